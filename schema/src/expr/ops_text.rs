//! The operators on text.

use crate::SqlType;
use crate::expr::Expr;
use crate::expr::Modifiers;
use crate::expr::Operand;
use crate::expr::Operator;

impl Expr {
    /// `self LIKE other ESCAPE escape`, and the other operators that take an escape character.
    #[must_use]
    pub fn like_with(
        &self,
        operator: Operator,
        other: impl Into<Operand>,
        escape: Option<&str>,
    ) -> Expr {
        let modifiers = Modifiers { escape: escape.map(str::to_owned), ..Modifiers::default() };
        self.operate_with(operator, other.into(), modifiers, None)
    }

    /// `self LIKE other`
    #[must_use]
    pub fn like(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::Like, other)
    }

    /// `self NOT LIKE other`
    #[must_use]
    pub fn not_like(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::NotLike, other)
    }

    /// `self ILIKE other`, or `lower(self) LIKE lower(other)`.
    #[must_use]
    pub fn ilike(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::ILike, other)
    }

    /// The negation of [`Expr::ilike`].
    #[must_use]
    pub fn not_ilike(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::NotILike, other)
    }

    /// Whether the text begins with `other`.
    #[must_use]
    pub fn startswith(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::StartsWith, other)
    }

    /// Whether the text ends with `other`.
    #[must_use]
    pub fn endswith(&self, other: impl Into<Operand>) -> Expr {
        self.operate(Operator::EndsWith, other)
    }

    /// Whether the text has `other` in it; of PostgreSQL's JSONB, arrays and ranges: `@>`.
    #[must_use]
    pub fn contains(&self, other: impl Into<Operand>) -> Expr {
        if let Some(operator) = self.container_operator("@>") {
            return self.op_typed(operator, other, SqlType::boolean());
        }
        self.operate(Operator::Contains, other)
    }

    /// The operators that look for text in text, with `%` and `_` of the text escaped
    /// (`autoescape=True`).
    #[must_use]
    pub fn autoescaped(&self, operator: Operator, text: &str, escape: Option<&str>) -> Expr {
        let escape = escape.unwrap_or("/");
        let mut escaped = text.to_owned();
        if !matches!(escape, "%" | "_") {
            escaped = escaped.replace(escape, &format!("{escape}{escape}"));
        }
        let escaped =
            escaped.replace('%', &format!("{escape}%")).replace('_', &format!("{escape}_"));
        self.like_with(operator, escaped, Some(escape))
    }

    /// Full text search (`match()`); `regconfig` is PostgreSQL's configuration.
    #[must_use]
    pub fn match_text(&self, other: impl Into<Operand>, regconfig: Option<&str>) -> Expr {
        let modifiers =
            Modifiers { regconfig: regconfig.map(str::to_owned), ..Modifiers::default() };
        self.operate_with(Operator::Match, other.into(), modifiers, None)
    }

    /// Whether the text matches a regular expression.
    #[must_use]
    pub fn regexp_match(&self, pattern: impl Into<Operand>, flags: Option<&str>) -> Expr {
        let pattern = self.operand(&Operator::Comma, pattern.into());
        let negate = Some(Operator::NotRegexpMatch);
        let modifiers = Modifiers { flags: flags.map(str::to_owned), ..Modifiers::default() };
        let operator = Operator::RegexpMatch;
        Expr::binary_of(self, &pattern, operator, SqlType::Null, negate, modifiers)
    }

    /// The text with what matches a regular expression replaced.
    #[must_use]
    pub fn regexp_replace(
        &self,
        pattern: impl Into<Operand>,
        replacement: impl Into<Operand>,
        flags: Option<&str>,
    ) -> Expr {
        let arguments = vec![
            self.operand(&Operator::Comma, pattern.into()),
            self.operand(&Operator::Comma, replacement.into()),
        ];
        let list = Expr::list_of(Operator::Comma, arguments, SqlType::Null, false);
        let modifiers = Modifiers { flags: flags.map(str::to_owned), ..Modifiers::default() };
        let operator = Operator::RegexpReplace;
        Expr::binary_of(self, &list, operator, SqlType::Null, None, modifiers)
    }
}
