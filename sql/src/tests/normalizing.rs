//! Laws of what counts as a change of a script.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::sample::select;

use super::properties::dialects;
use super::properties::scripts;
use super::properties::well_formed;
use super::*;
use crate::lexer::Lexer;
use crate::normalize;
use crate::normalize::fold;
use crate::token::Token;
use crate::token::TokenKind;

/// What means something, with its text.
fn meaning(text: &str, dialect: Dialect) -> Vec<(TokenKind, String)> {
    Lexer::new(text, dialect)
        .filter(|token| !token.kind.is_trivia())
        .map(|token| (token.kind, token.text(text).to_owned()))
        .collect()
}

fn trivia() -> impl Strategy<Value = &'static str> {
    select(vec![" ", "\n", "\t \r\n", " /* ' ; */ ", "/**/", " -- \"x\n"])
}

fn statements() -> impl Strategy<Value = (Dialect, String)> {
    dialects().prop_flat_map(|dialect| (Just(dialect), well_formed(dialect)))
}

/// `text` with other white space and comments wherever there are some, and around what stands for
/// itself; not where a routine may have lines of its client.
fn respaced(text: &str, dialect: Dialect, others: &[&str], at: &[Index]) -> String {
    let parts = |token: &Token| {
        matches!(token.kind, TokenKind::Punctuation(b'(' | b')' | b',') | TokenKind::Semicolon)
    };
    let mut places = at.iter().cycle();
    let mut other = || places.next().map_or(" ", |place| *place.get(others));
    let tokens: Vec<Token> = Lexer::new(text, dialect).collect();
    let mut out = String::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind.is_trivia() {
            out.push_str(other());
            continue;
        }
        out.push_str(token.text(text));
        let next = tokens.get(index + 1);
        // `IF(` of MySQL need not stay together, `COUNT(` must.
        if next.is_some_and(|next| !next.kind.is_trivia() && (parts(token) || parts(next))) {
            out.push_str(other());
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// So texts that differ in what means something never have one normalised text.
    #[test]
    fn folding_keeps_all_that_means_something(text in scripts(), dialect in dialects()) {
        prop_assert_eq!(meaning(&fold(&text, dialect), dialect), meaning(&text, dialect));
    }

    #[test]
    fn folding_twice_is_folding_once(text in scripts(), dialect in dialects()) {
        let once = fold(&text, dialect);
        prop_assert_eq!(fold(&once, dialect), once);
    }

    #[test]
    fn other_white_space_and_comments_are_no_change(
        (dialect, text) in statements(),
        others in proptest::collection::vec(trivia(), 1..8),
        at in proptest::collection::vec(any::<Index>(), 1..40),
    ) {
        let other = respaced(&text, dialect, &others, &at);
        prop_assert_eq!(normalize(&other, dialect), normalize(&text, dialect), "{}", other);
    }

    #[test]
    fn another_token_is_a_change((dialect, text) in statements(), at in any::<Index>()) {
        let tokens: Vec<Token> =
            Lexer::new(&text, dialect).filter(|token| !token.kind.is_trivia()).collect();
        let token = at.get(&tokens);
        let mut without = text.clone();
        without.replace_range(token.start..token.end, " ");
        prop_assert_ne!(normalize(&without, dialect), normalize(&text, dialect));
    }
}
