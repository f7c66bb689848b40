//! SQLAlchemy's free-standing constructors: `column()`, `literal()`, `case()`, `cast()` …

use crate::CompileError;
use crate::SqlType;
use crate::expr::Bind;
use crate::expr::BindKey;
use crate::expr::BindRole;
use crate::expr::Case;
use crate::expr::Cast;
use crate::expr::CastKind;
use crate::expr::ColumnRef;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Name;
use crate::expr::Operand;
use crate::expr::Operator;
use crate::expr::Query;
use crate::expr::Select;
use crate::expr::TextClause;
use crate::expr::build;
use crate::expr::typing;
use crate::value::SqlValue;

/// A column by its name, of no table and no type.
pub fn column(name: impl Into<String>) -> Expr {
    typed_column(name, SqlType::Null)
}

/// A column by its name and type, of no table.
pub fn typed_column(name: impl Into<String>, sql_type: SqlType) -> Expr {
    column_ref(name.into(), sql_type, false)
}

/// Text that stands for a column and is taken as it is.
pub fn literal_column(text: impl Into<String>, sql_type: SqlType) -> Expr {
    column_ref(text.into(), sql_type, true)
}

fn column_ref(name: String, sql_type: SqlType, is_literal: bool) -> Expr {
    Expr::new(ExprKind::Column(ColumnRef {
        key: name.clone(),
        name: Name::plain(name),
        table: None,
        sql_type,
        is_literal,
    }))
}

/// A value; a type is found for it if none is given.
pub fn literal(value: impl Into<SqlValue>, sql_type: Option<SqlType>) -> Expr {
    let value = value.into();
    let sql_type = sql_type.unwrap_or_else(|| typing::type_of(&value));
    Expr::bind(build::unique_bind(None, value, sql_type))
}

/// The place of a value that comes with the execution.
pub fn bindparam(name: impl Into<String>) -> Bind {
    Bind {
        key: BindKey::Named(name.into()),
        value: None,
        sql_type: SqlType::Null,
        role: BindRole::Value,
        expanding: false,
        expand_operator: None,
        literal_execute: false,
    }
}

impl Bind {
    /// The parameter with a value; without a type it takes the value's.
    #[must_use]
    pub fn value(mut self, value: impl Into<SqlValue>) -> Bind {
        let value = match value.into() {
            SqlValue::Tuple(items) if self.expanding => SqlValue::Array(items),
            value => value,
        };
        if self.sql_type == SqlType::Null {
            self.sql_type = match &value {
                SqlValue::Array(values) if self.expanding => {
                    values.first().map_or(SqlType::Null, typing::type_of)
                }
                value => typing::type_of(value),
            };
        }
        self.value = Some(value);
        self
    }

    /// The parameter with a type.
    #[must_use]
    pub fn typed(mut self, sql_type: SqlType) -> Bind {
        self.sql_type = sql_type;
        self
    }

    /// The parameter as a list, each of whose values is a parameter (`expanding=True`).
    #[must_use]
    pub fn expanding(mut self) -> Bind {
        self.expanding = true;
        self
    }

    /// The parameter as a literal whatever is asked for (`literal_execute=True`).
    #[must_use]
    pub fn literal_execute(mut self) -> Bind {
        self.literal_execute = true;
        self
    }

    /// The parameter under a made-up name (`unique=True`).
    #[must_use]
    pub fn unique(mut self) -> Bind {
        if let BindKey::Named(name) = self.key {
            self.key = BindKey::Unique { seed: name, identity: crate::expr::Identity::new() };
        }
        self
    }
}

impl From<Bind> for Expr {
    fn from(bind: Bind) -> Self {
        Expr::bind(bind)
    }
}

impl From<Bind> for Operand {
    fn from(bind: Bind) -> Self {
        Operand::Expr(Expr::bind(bind))
    }
}

/// SQL text, taken as it is but for `:name` parameters; `\:` stands for a colon.
pub fn text(text: impl Into<String>) -> Expr {
    Expr::new(ExprKind::Text(TextClause { text: text.into(), binds: Vec::new() }))
}

impl TextClause {
    /// The names of the parameters, in their order, each once.
    pub fn parameters(&self) -> Vec<String> {
        crate::expr::text::names(&self.text)
    }

    /// What is known of a parameter beside its name.
    pub fn bind_of(&self, name: &str) -> Option<&Bind> {
        self.binds.iter().find(|bind| match &bind.key {
            BindKey::Named(known) | BindKey::Unique { seed: known, .. } => known == name,
        })
    }

    /// The text with what is known of a parameter (`bindparams()`).
    ///
    /// # Errors
    ///
    /// The text has no parameter of that name.
    pub fn with_bind(mut self, bind: Bind) -> Result<TextClause, CompileError> {
        let name = match &bind.key {
            BindKey::Named(name) | BindKey::Unique { seed: name, .. } => name.clone(),
        };
        if !self.parameters().contains(&name) {
            return Err(CompileError::Argument(format!(
                "This text() construct doesn't define a bound parameter named '{name}'"
            )));
        }
        let same = |other: &Bind| match &other.key {
            BindKey::Named(other) | BindKey::Unique { seed: other, .. } => *other == name,
        };
        // A value alone leaves the type that was given before.
        match self.binds.iter_mut().find(|other| same(other)) {
            Some(other) => *other = bind,
            None => self.binds.push(bind),
        }
        Ok(self)
    }
}

impl From<TextClause> for Expr {
    fn from(text: TextClause) -> Self {
        Expr::new(ExprKind::Text(text))
    }
}

/// `NULL`
pub fn null() -> Expr {
    Expr::new(ExprKind::Null)
}

/// `true`, or what stands for it.
pub fn true_() -> Expr {
    Expr::new(ExprKind::True)
}

/// `false`, or what stands for it.
pub fn false_() -> Expr {
    Expr::new(ExprKind::False)
}

/// `CASE WHEN condition THEN result … ELSE otherwise END`; with `value`, the conditions are values
/// that it is compared with.
pub fn case<C: Into<Operand>, R: Into<Operand>>(
    value: Option<Expr>,
    whens: impl IntoIterator<Item = (C, R)>,
    otherwise: Option<Operand>,
) -> Expr {
    let whens: Vec<(Expr, Expr)> = whens
        .into_iter()
        .map(|(condition, result)| {
            (condition.into().into_expr().grouped(None), result.into().into_expr())
        })
        .collect();
    let otherwise = otherwise.map(Operand::into_expr);
    let typed = whens.iter().rev().map(|(_, result)| result.sql_type());
    let sql_type = typed
        .into_iter()
        .find(|sql_type| *sql_type != SqlType::Null)
        .unwrap_or_else(|| otherwise.as_ref().map_or(SqlType::Null, Expr::sql_type));
    let parts = whens.iter().flat_map(|(a, b)| [a, b]).chain(&otherwise).chain(&value);
    if let Some(invalid) = parts.into_iter().find(|part| part.error().is_some()) {
        return invalid.clone();
    }
    Expr::new(ExprKind::Case(Box::new(Case { value, whens, otherwise, sql_type })))
}

fn cast_of(operand: Operand, sql_type: SqlType, kind: CastKind) -> Expr {
    let element = operand.into_typed(&sql_type);
    if element.error().is_some() {
        return element;
    }
    Expr::new(ExprKind::Cast(Box::new(Cast { element, sql_type, kind })))
}

/// `CAST(operand AS type)`
pub fn cast(operand: impl Into<Operand>, sql_type: SqlType) -> Expr {
    cast_of(operand.into(), sql_type, CastKind::Cast)
}

/// `TRY_CAST(operand AS type)`, which none of these databases has.
pub fn try_cast(operand: impl Into<Operand>, sql_type: SqlType) -> Expr {
    cast_of(operand.into(), sql_type, CastKind::TryCast)
}

/// The operand, taken for another type.
pub fn type_coerce(operand: impl Into<Operand>, sql_type: SqlType) -> Expr {
    cast_of(operand.into(), sql_type, CastKind::Coerce)
}

impl Expr {
    /// `CAST(self AS type)`
    #[must_use]
    pub fn cast(&self, sql_type: SqlType) -> Expr {
        cast(self, sql_type)
    }
}

/// `EXTRACT(field FROM operand)`
pub fn extract(field: impl Into<String>, operand: impl Into<Operand>) -> Expr {
    let element = operand.into().into_expr();
    if element.error().is_some() {
        return element;
    }
    Expr::new(ExprKind::Extract { field: field.into(), element })
}

/// `(a, b)`
pub fn tuple<T: Into<Operand>>(items: impl IntoIterator<Item = T>) -> Expr {
    let items = items.into_iter().map(|item| item.into().into_expr());
    let items: Vec<Expr> = items.map(|item| item.grouped(Some(&Operator::Comma))).collect();
    match items.iter().find(|item| item.error().is_some()) {
        Some(invalid) => invalid.clone(),
        None => Expr::new(ExprKind::Tuple(items)),
    }
}

/// `EXISTS (SELECT …)`
pub fn exists(query: &Query) -> Expr {
    Expr::unary(&query.scalar_subquery(), Operator::Exists, SqlType::boolean())
}

/// `EXISTS (SELECT * FROM … WHERE …)`, as `exists().where(…)` has it.
pub fn exists_where(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    let star = literal_column("*", SqlType::Null);
    let select = conditions.into_iter().fold(Select::new([star]), Select::filter);
    exists(&select.into())
}

/// `ANY (x)`, to stand beside a comparison.
pub fn any(expr: &Expr) -> Expr {
    expr.any()
}

/// `ALL (x)`, to stand beside a comparison.
pub fn all(expr: &Expr) -> Expr {
    expr.all()
}

/// PostgreSQL's `x ORDER BY y` inside of an aggregate function (`aggregate_order_by`).
pub fn aggregate_order_by(target: &Expr, order_by: &[Expr]) -> Expr {
    let order_by = match order_by {
        [one] => one.clone(),
        several => Expr::plain_list(several),
    };
    Expr::new(ExprKind::OrderedArgument { target: target.clone(), order_by })
}

/// `nextval('sequence')`
pub fn next_value(schema: Option<&str>, name: impl Into<String>) -> Expr {
    Expr::new(ExprKind::NextValue { schema: schema.map(str::to_owned), name: name.into() })
}

/// A label of the columns, by its name, in `ORDER BY` and the like.
pub fn label_reference(name: impl Into<String>) -> Expr {
    Expr::new(ExprKind::TextualLabelReference(name.into()))
}
