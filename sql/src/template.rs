//! Variables in a script: `{{ tenant }}` and its like, which stand where a value or a name stands
//! and never within one.

use limbeck_schema::Dialect;

use super::lexer::Lexer;
use super::token::Token;
use super::token::TokenKind;

/// Why a text with variables cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is no such variable.
    #[error("there is no variable `{name}`")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// It stands within a literal or a quoted name, whose end the value might be.
    #[error("`{name}` stands within quotes, which the value brings itself")]
    Quoted {
        /// Its name.
        name: String,
    },
    /// It stands in a dollar-quoted text, and the value might end that.
    #[error("`{name}` stands in a dollar-quoted text, and its value holds a `$`")]
    Dollar {
        /// Its name.
        name: String,
    },
}

/// `text` with the variables filled in: `value` gives each as SQL, quoted as what it is. Comments
/// stay as they are. In the body of a function in dollar quotes they are filled in too.
///
/// # Errors
/// [`TemplateError`].
pub fn fill_variables(
    text: &str,
    dialect: Dialect,
    value: &dyn Fn(&str) -> Option<String>,
) -> Result<String, TemplateError> {
    let tokens: Vec<Token> = Lexer::new(text, dialect).collect();
    let mut out = String::with_capacity(text.len());
    let mut rest = tokens.as_slice();
    while let Some((token, behind)) = rest.split_first() {
        if let Some((name, length)) = variable(text, rest) {
            out.push_str(&value(name).ok_or_else(|| TemplateError::Unknown { name: name.into() })?);
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let piece = token.text(text);
        match token.kind {
            TokenKind::String if dialect == Dialect::Postgresql && piece.starts_with('$') => {
                out.push_str(&fill_dollar_quoted(piece, dialect, value)?);
            }
            TokenKind::String | TokenKind::QuotedIdentifier => {
                if let Some(name) = named_within(piece, value) {
                    return Err(TemplateError::Quoted { name });
                }
                out.push_str(piece);
            }
            _ => out.push_str(piece),
        }
        rest = behind;
    }
    Ok(out)
}

/// The variable that `tokens` begin with: its name, and how many tokens it takes.
fn variable<'t>(text: &'t str, tokens: &[Token]) -> Option<(&'t str, usize)> {
    let is = |token: Option<&Token>, mark: u8| {
        token.is_some_and(|token| token.kind == TokenKind::Punctuation(mark))
    };
    if !is(tokens.first(), b'{') || !is(tokens.get(1), b'{') {
        return None;
    }
    let is_blank =
        |place: usize| tokens.get(place).is_some_and(|token| token.kind == TokenKind::Whitespace);
    let mut place = if is_blank(2) { 3 } else { 2 };
    let name = tokens.get(place).filter(|token| token.kind == TokenKind::Word)?;
    place += if is_blank(place + 1) { 2 } else { 1 };
    (is(tokens.get(place), b'}') && is(tokens.get(place + 1), b'}'))
        .then(|| (name.text(text), place + 2))
}

fn fill_dollar_quoted(
    piece: &str,
    dialect: Dialect,
    value: &dyn Fn(&str) -> Option<String>,
) -> Result<String, TemplateError> {
    let length = piece.get(1..).and_then(|tail| tail.find('$')).map_or(1, |at| at + 2);
    let end = piece.len().saturating_sub(length);
    let (Some(mark), Some(body)) = (piece.get(..length), piece.get(length..end)) else {
        return Ok(piece.to_owned());
    };
    let harmful = std::cell::RefCell::new(None);
    let body = fill_variables(body, dialect, &|name| {
        let value = value(name)?;
        if value.contains('$') {
            *harmful.borrow_mut() = Some(name.to_owned());
        }
        Some(value)
    })?;
    match harmful.into_inner() {
        Some(name) => Err(TemplateError::Dollar { name }),
        None => Ok(format!("{mark}{body}{mark}")),
    }
}

/// The variable that is written within `piece`, if one is.
fn named_within(piece: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut rest = piece;
    while let Some((_, behind)) = rest.split_once("{{") {
        let (inside, tail) = behind.split_once("}}")?;
        if value(inside.trim()).is_some() {
            return Some(inside.trim().to_owned());
        }
        rest = tail;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String, TemplateError> {
        fill_variables(text, Dialect::Postgresql, &|name| match name {
            "tenant" => Some("'it''s'".to_owned()),
            "schema" => Some("\"it's\"".to_owned()),
            "costly" => Some("'$1'".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn variables_stand_for_themselves() {
        assert_eq!(
            fill("SELECT {{ tenant }}, {{tenant}} FROM {{ schema }}.t -- {{ tenant }}").unwrap(),
            "SELECT 'it''s', 'it''s' FROM \"it's\".t -- {{ tenant }}"
        );
        assert_eq!(fill("SELECT '{{ other }}', '{1}'").unwrap(), "SELECT '{{ other }}', '{1}'");
        assert_eq!(
            fill("DO $a$ BEGIN PERFORM {{ tenant }}; END $a$").unwrap(),
            "DO $a$ BEGIN PERFORM 'it''s'; END $a$"
        );
    }

    #[test]
    fn a_value_never_ends_what_it_stands_in() {
        let name = || "tenant".to_owned();
        assert_eq!(fill("SELECT '{{ tenant }}'"), Err(TemplateError::Quoted { name: name() }));
        assert_eq!(fill("SELECT \"x{{tenant}}\""), Err(TemplateError::Quoted { name: name() }));
        assert_eq!(
            fill("DO $a$ BEGIN PERFORM '{{ tenant }}'; END $a$"),
            Err(TemplateError::Quoted { name: name() })
        );
        let name = "costly".to_owned();
        assert_eq!(fill("DO $$ SELECT {{ costly }} $$"), Err(TemplateError::Dollar { name }));
        let name = "nobody".to_owned();
        assert_eq!(fill("SELECT {{ nobody }}"), Err(TemplateError::Unknown { name }));
    }
}
