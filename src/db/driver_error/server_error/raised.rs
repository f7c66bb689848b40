//! Whether a message is one that the text of a statement itself raises: `RAISE EXCEPTION` in a block
//! of PL/pgSQL ("Reporting Errors and Messages" of PostgreSQL's manual).

/// What the text says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raised {
    /// It raises nothing like this.
    No,
    /// It raises this message, with no other code than the usual one.
    Plainly,
    /// It raises what may be this message, or with a code of its own.
    Perhaps,
}

/// Fewer letters of a format with places than this say nothing.
const TELLING: usize = 4;

/// Whether `sql` raises `message`.
pub(super) fn by(sql: &str, message: &str) -> Raised {
    let lower = sql.to_ascii_lowercase();
    if lower.trim_start().starts_with("create") {
        // What a function would raise when it is called.
        return Raised::No;
    }
    let mut found = Raised::No;
    for (at, word) in lower.match_indices("raise") {
        let Some(rest) = sql.get(at + word.len()..) else { continue };
        // Until the end of the statement, or farther: a format may hold a semicolon.
        let Some(raise) = read(rest) else { continue };
        if !fits(&raise.pieces, message) {
            continue;
        }
        let letters: usize = raise.pieces.iter().map(String::len).sum();
        let is_telling = raise.pieces.len() == 1 || letters >= TELLING;
        if raise.has_options || !is_telling {
            return Raised::Perhaps;
        }
        found = Raised::Plainly;
    }
    found
}

/// One `RAISE`.
struct Raise {
    /// The format, parted at its places.
    pieces: Vec<String>,
    /// Whether it says more with `USING`.
    has_options: bool,
}

/// What stands behind the word; `None` for a notice. One without a format (`RAISE unique_violation`,
/// `RAISE SQLSTATE '...'`, `RAISE;`) fits everything.
fn read(rest: &str) -> Option<Raise> {
    let trimmed = rest.trim_start();
    let word: String =
        trimmed.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let behind = match word.to_ascii_lowercase().as_str() {
        "notice" | "warning" | "info" | "log" | "debug" => return None,
        "exception" | "" => trimmed.get(word.len()..)?.trim_start(),
        _ => return Some(Raise { pieces: vec![String::new(); 2], has_options: true }),
    };
    let Some(quoted) = behind.strip_prefix('\'') else {
        return Some(Raise { pieces: vec![String::new(); 2], has_options: true });
    };
    let mut pieces = vec![String::new()];
    let mut chars = quoted.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\'' | '%', Some(next)) if *next == c => {
                chars.next();
                pieces.last_mut()?.push(c);
            }
            ('\'', _) => break,
            ('%', _) => pieces.push(String::new()),
            _ => pieces.last_mut()?.push(c),
        }
    }
    let options: String = chars.take_while(|c| *c != ';').collect();
    Some(Raise { pieces, has_options: options.to_ascii_lowercase().contains("using") })
}

fn fits(pieces: &[String], message: &str) -> bool {
    let Some((first, others)) = pieces.split_first() else { return false };
    let Some(mut rest) = message.strip_prefix(first.as_str()) else { return false };
    let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some((_, behind)) = rest.split_once(piece.as_str()) else { return false };
        rest = behind;
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_tells_what_it_raises() {
        for (sql, message, expected) in [
            ("DO $$ BEGIN RAISE EXCEPTION 'hey'; END $$", "hey there", Raised::No),
            ("DO $$ BEGIN RAISE EXCEPTION 'hey'; END $$", "hey", Raised::Plainly),
            ("DO $$ BEGIN RAISE EXCEPTION 'hey you'; END $$", "hey you", Raised::Plainly),
            ("do $$ begin raise 'no % in %', a, b; end $$", "no x in y", Raised::Plainly),
            ("do $$ begin raise exception '%', sqlerrm; end $$", "any", Raised::Perhaps),
            ("do $$ begin raise 'it''s 5%%'; end $$", "it's 5%", Raised::Plainly),
            ("raise exception 'gone' using errcode = '22012';", "gone", Raised::Perhaps),
            ("raise sqlstate '22012';", "22012", Raised::Perhaps),
            ("raise notice 'hello';", "hello", Raised::No),
            ("SELECT 1", "hello", Raised::No),
        ] {
            assert_eq!(by(sql, message), expected, "{sql}");
        }
    }
}
