//! `:name` in SQL text.

/// A piece of the text of `text()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// `:name`
    Parameter(&'a str),
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// SQLAlchemy's `(?<![:\w\x5c]):(\w+)(?!:)` over the text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    let mut before: Option<char> = None;
    let mut position = 0;
    while let Some(c) = text[position..].chars().next() {
        let after = position + c.len_utf8();
        if c == ':' && !before.is_some_and(|b| b == ':' || b == '\\' || is_word(b)) {
            let rest = &text[after..];
            let length: usize = rest.chars().take_while(|&c| is_word(c)).map(char::len_utf8).sum();
            if let Some(name) = name_before_colon(&rest[..length], &rest[length..]) {
                if begin < position {
                    pieces.push(Piece::Text(&text[begin..position]));
                }
                pieces.push(Piece::Parameter(name));
                position = after + name.len();
                begin = position;
                before = name.chars().next_back();
                continue;
            }
        }
        before = Some(c);
        position = after;
    }
    if begin < text.len() {
        pieces.push(Piece::Text(&text[begin..]));
    }
    pieces
}

/// The name that the pattern finds: before a colon it gives back its last character, as a regular
/// expression does.
fn name_before_colon<'a>(word: &'a str, rest: &str) -> Option<&'a str> {
    let name = if rest.starts_with(':') {
        let last = word.chars().next_back()?;
        &word[..word.len() - last.len_utf8()]
    } else {
        word
    };
    (!name.is_empty()).then_some(name)
}

/// The names of the parameters, each once.
pub(crate) fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in pieces(text) {
        if let Piece::Parameter(name) = piece
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// `\:name` without its backslash: `\x5c(:\w*)(?![:\w])`.
pub(crate) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\:") {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let behind = &found[2..];
        let length: usize = behind.chars().take_while(|&c| is_word(c)).map(char::len_utf8).sum();
        // A colon behind the word makes the pattern fail, whatever it gives back: what it would
        // give back is a letter of a word.
        if behind[length..].starts_with(':') {
            out.push('\\');
        }
        out.push(':');
        out.push_str(&behind[..length]);
        rest = &behind[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_words_behind_a_single_colon() {
        assert_eq!(names("a = :x AND b = :y OR :x"), ["x", "y"]);
        assert_eq!(names("a::int, 'b:c', '12:30', \\:no, ::text"), Vec::<String>::new());
        assert_eq!(names("(:a)::int"), ["a"]);
        assert_eq!(names(":ab:"), ["a"]);
        assert_eq!(names("x :é1"), ["é1"]);
    }

    #[test]
    fn a_backslash_hides_a_colon() {
        assert_eq!(unescaped("a \\:x b"), "a :x b");
        assert_eq!(unescaped("a \\: b"), "a : b");
        assert_eq!(unescaped("a\\:\\:int"), "a::int");
    }
}
