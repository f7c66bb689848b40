//! Walks over the tokens of one statement that mean something.

use limbeck_schema::Dialect;

use super::lexer::Lexer;
use super::token::Token;
use super::token::TokenKind;

/// PostgreSQL cuts names to this many bytes (`NAMEDATALEN` - 1; manual, 4.1.1 "Identifiers and
/// Key Words"), and so has to everybody who looks for them in the catalog.
const POSTGRESQL_NAME_BYTES: usize = 63;

/// A cursor over a statement, without white space, comments and the marks around executable
/// comments, whose content counts. It lexes as it goes: a statement of megabytes whose first
/// words tell all is not read further. Cloning is cheap.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    dialect: Dialect,
    /// Reads behind `ahead`.
    lexer: Lexer<'a>,
    /// The next token, kept so that asking for it does not lex it again.
    ahead: Option<Token>,
}

/// A name of an object with its schema, as the catalog spells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct QualifiedName {
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        let mut cursor = Cursor { text, dialect, lexer: Lexer::new(text, dialect), ahead: None };
        cursor.next();
        cursor
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Option<Token> {
        let skipped = |kind: TokenKind| {
            let mark = matches!(kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose);
            kind.is_trivia() || mark || kind == TokenKind::Hint
        };
        let following = self.lexer.find(|token| !skipped(token.kind));
        std::mem::replace(&mut self.ahead, following)
    }

    pub(super) fn at_end(&self) -> bool {
        self.ahead.is_none()
    }

    /// Whether the next token is the word `keyword` (in any case).
    pub(super) fn at(&self, keyword: &str) -> bool {
        self.ahead.is_some_and(|token| self.is_word(token, keyword))
    }

    /// Whether the next token is one of `keywords`.
    pub(super) fn at_any(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.at(keyword))
    }

    /// Takes `keywords` if all of them come next, in this order; takes nothing otherwise.
    pub(super) fn take(&mut self, keywords: &[&str]) -> bool {
        let mut ahead = self.clone();
        for keyword in keywords {
            if !ahead.next().is_some_and(|token| self.is_word(token, keyword)) {
                return false;
            }
        }
        *self = ahead;
        true
    }

    /// Takes the next token if it is one of `keywords`.
    pub(super) fn take_any(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.take(&[keyword]))
    }

    /// Takes the next token if it is the character `mark`.
    pub(super) fn take_mark(&mut self, mark: u8) -> bool {
        let found = self.ahead.is_some_and(|t| t.kind == TokenKind::Punctuation(mark));
        found && self.next().is_some()
    }

    /// Takes tokens until the word `keyword` is taken; `false` when there is none.
    pub(super) fn skip_behind(&mut self, keyword: &str) -> bool {
        while let Some(token) = self.next() {
            if self.is_word(token, keyword) {
                return true;
            }
        }
        false
    }

    /// The text of `token`.
    pub(super) fn text_of(&self, token: Token) -> &'a str {
        token.text(self.text)
    }

    pub(super) fn is_word(&self, token: Token, keyword: &str) -> bool {
        token.kind == TokenKind::Word && token.text(self.text).eq_ignore_ascii_case(keyword)
    }

    /// Takes `name` or `schema.name`. `None`, with the cursor anywhere, when there is no name or
    /// it cannot be told how the catalog spells it.
    pub(super) fn qualified_name(&mut self) -> Option<QualifiedName> {
        let first = self.name()?;
        if !self.take_mark(b'.') {
            return Some(QualifiedName { schema: None, name: first });
        }
        let name = self.name()?;
        // `catalog.schema.table` of PostgreSQL: nobody writes it, nothing here looks it up.
        let more = self.take_mark(b'.');
        (!more).then_some(QualifiedName { schema: Some(first), name })
    }

    /// Takes one name, unquoted as the catalog spells it.
    pub(super) fn name(&mut self) -> Option<String> {
        let token = self.next()?;
        let text = token.text(self.text);
        let name = match token.kind {
            TokenKind::Word => {
                // U&"..." holds escapes.
                let escaped = text.eq_ignore_ascii_case("u")
                    && self.text.get(token.end..).is_some_and(|rest| rest.starts_with('&'));
                if escaped {
                    return None;
                }
                match self.dialect {
                    Dialect::Postgresql => text.to_ascii_lowercase(),
                    Dialect::Mysql | Dialect::Sqlite => text.to_owned(),
                }
            }
            TokenKind::QuotedIdentifier => unquote(text),
            // SQLite takes a string for a name ("SQL Keywords").
            TokenKind::String if self.dialect == Dialect::Sqlite => unquote(text),
            _ => return None,
        };
        if self.dialect == Dialect::Postgresql && name.len() > POSTGRESQL_NAME_BYTES {
            let cut = name.floor_char_boundary(POSTGRESQL_NAME_BYTES);
            return name.get(..cut).map(str::to_owned);
        }
        Some(name)
    }
}

/// The name within a quoted identifier, its doubled quotes halved.
fn unquote(text: &str) -> String {
    let mut inner = text.chars();
    let quote = inner.next();
    inner.next_back();
    match quote {
        Some('[') | None => inner.as_str().to_owned(),
        Some(quote) => {
            let doubled: String = [quote, quote].iter().collect();
            inner.as_str().replace(&doubled, quote.encode_utf8(&mut [0; 4]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str, dialect: Dialect) -> Option<(Option<String>, String)> {
        let name = Cursor::new(text, dialect).qualified_name()?;
        Some((name.schema, name.name))
    }

    #[test]
    fn names_are_spelled_as_the_catalog_spells_them() {
        let plain = |name: &str| Some((None, name.to_owned()));
        let within = |schema: &str, name: &str| Some((Some(schema.to_owned()), name.to_owned()));
        assert_eq!(name("Users", Dialect::Postgresql), plain("users"));
        assert_eq!(name("Users", Dialect::Sqlite), plain("Users"));
        assert_eq!(name(r#"App . "Us""ers" ("#, Dialect::Postgresql), within("app", r#"Us"ers"#));
        assert_eq!(
            name("`a``b`.`c`", Dialect::Mysql),
            within("a", "a`b").map(|_| { (Some("a`b".to_owned()), "c".to_owned()) })
        );
        assert_eq!(name("[a b]", Dialect::Sqlite), plain("a b"));
        assert_eq!(name("'a'", Dialect::Sqlite), plain("a"));
        assert_eq!(name("'a'", Dialect::Mysql), None);
        assert_eq!(name(r#"U&"\0061""#, Dialect::Postgresql), None);
        assert_eq!(name("a.b.c", Dialect::Postgresql), None);
        let long = format!("x{}", "é".repeat(40));
        assert_eq!(name(&long, Dialect::Postgresql), plain(&format!("x{}", "é".repeat(31))));
    }

    #[test]
    fn keywords_are_taken_all_or_none() {
        let mut cursor = Cursor::new("if /* */ Not\n-- x\nexists t", Dialect::Postgresql);
        assert!(!cursor.take(&["IF", "EXISTS"]));
        assert!(cursor.take(&["IF", "NOT", "EXISTS"]));
        assert!(cursor.at("T"));
        assert!(!cursor.at_end());
    }
}
