//! What the lexer makes of each database's rules.

use super::*;
use crate::lexer::Lexer;
use crate::token::Construct;
use crate::token::TokenKind;

fn significant(text: &str, dialect: Dialect) -> Vec<(TokenKind, &str)> {
    Lexer::new(text, dialect)
        .filter(|token| !token.kind.is_trivia())
        .map(|token| (token.kind, token.text(text)))
        .collect()
}

fn kinds(text: &str, dialect: Dialect) -> Vec<TokenKind> {
    significant(text, dialect).into_iter().map(|(kind, _)| kind).collect()
}

#[test]
fn dollars_within_words_quote_nothing() {
    use TokenKind::*;
    assert_eq!(kinds("a$1$ b$$c", Postgresql), [Word, Word]);
    assert_eq!(
        significant("$1 $é_2$ $x$ $é_2$", Postgresql),
        [(Punctuation(b'$'), "$"), (Number, "1"), (String, "$é_2$ $x$ $é_2$")]
    );
    assert_eq!(kinds("$$a", Postgresql), [Unterminated(Construct::DollarQuote)]);
    assert_eq!(kinds("$$", Sqlite), [Punctuation(b'$'), Punctuation(b'$')]);
}

#[test]
fn backslashes_escape_where_the_database_says_so() {
    use TokenKind::*;
    let unterminated = Unterminated(Construct::String);
    assert_eq!(kinds(r"'a\'b'", Mysql), [String]);
    assert_eq!(kinds(r#""a\"b""#, Mysql), [String]);
    assert_eq!(kinds(r"'a\'b'", Postgresql), [String, Word, unterminated]);
    assert_eq!(kinds(r"E'a\'b' e'\\'", Postgresql), [String, String]);
    assert_eq!(kinds(r"name'a\'", Postgresql), [Word, String]);
    assert_eq!(kinds(r"'é\é'", Mysql), [String]);
}

#[test]
fn a_string_continued_on_the_next_line_keeps_its_escapes() {
    use TokenKind::*;
    let unterminated = Unterminated(Construct::String);
    let text = "E'a' -- c\n 'b\\'c'\r\n'\\''";
    assert_eq!(kinds(text, Postgresql), [String, String, String]);
    assert_eq!(kinds("E'a' 'b\\'c'", Postgresql), [String, String, Word, unterminated]);
    assert_eq!(kinds("E'a' /**/\n'b\\'", Postgresql), [String, String]);
    assert_eq!(kinds("'a'\n'b\\'", Postgresql), [String, String]);
}

#[test]
fn comments_differ_by_database() {
    use TokenKind::*;
    let minus = Punctuation(b'-');
    assert_eq!(kinds("1--1", Mysql), [Number, minus, minus, Number]);
    assert_eq!(kinds("1--1", Sqlite), [Number]);
    assert_eq!(kinds("1 --", Mysql), [Number]);
    assert_eq!(kinds("1 # x", Mysql), [Number]);
    assert_eq!(kinds("/* /* */ */ 1", Postgresql), [Number]);
    let left_over = [Punctuation(b'*'), Punctuation(b'/'), Number];
    assert_eq!(kinds("/* /* */ */ 1", Mysql), left_over);
    assert_eq!(kinds("-- a\rb", Postgresql), [Word]);
    assert_eq!(kinds("-- a\rb", Sqlite), []);
    assert_eq!(kinds("/*/", Sqlite), [Unterminated(Construct::Comment)]);
}

#[test]
fn executable_comments_are_text() {
    assert_eq!(
        significant("/*!50003 a /* b */ '*/' */ c /*+ h */", Mysql),
        [
            (TokenKind::ExecutableOpen, "/*!50003"),
            (TokenKind::Word, "a"),
            (TokenKind::String, "'*/'"),
            (TokenKind::ExecutableClose, "*/"),
            (TokenKind::Word, "c"),
            (TokenKind::Hint, "/*+ h */"),
        ]
    );
    assert_eq!(kinds("/*!1 a */", Sqlite), []);
}

#[test]
fn brackets_and_backticks_quote_names() {
    use TokenKind::*;
    assert_eq!(kinds("[a';b] `c``;`", Sqlite), [QuotedIdentifier, QuotedIdentifier]);
    assert_eq!(kinds("`a``b`", Mysql), [QuotedIdentifier]);
    assert_eq!(kinds("`", Postgresql), [Punctuation(b'`')]);
    assert_eq!(kinds("[", Sqlite), [Unterminated(Construct::QuotedIdentifier)]);
}
