//! Functions: `func.…`, windows, filters and ordered aggregates.

use crate::SqlType;
use crate::expr::CompileError;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Frame;
use crate::expr::FromClause;
use crate::expr::Function;
use crate::expr::Operand;
use crate::expr::Over;
use crate::expr::build;
use crate::expr::from::Alias;
use crate::expr::from::Aliased;
use crate::expr::from::DerivedColumns;
use crate::expr::from::TableColumn;
use crate::expr::from::alias_name;
use crate::expr::literal_column;
use crate::expr::typing;
use crate::types::Array;
use crate::types::CharacterKind;
use crate::types::SimpleType;
use crate::value::SqlValue;

/// A function (`func.name(…)`). The functions that SQLAlchemy knows by name have their types, and
/// their ways of being written.
pub fn func<T: Into<Operand>>(name: &str, arguments: impl IntoIterator<Item = T>) -> Expr {
    let arguments = arguments.into_iter().map(Into::into).collect();
    let known = name.to_lowercase();
    if let Some(sql_type) = known_type(&known) {
        return known_function(known, arguments, sql_type);
    }
    plain_function(Vec::new(), name.to_owned(), arguments, SqlType::Null)
}

/// A function in a schema or package (`func.a.b.name(…)`).
pub fn func_in<T: Into<Operand>>(
    packages: &[&str],
    name: &str,
    arguments: impl IntoIterator<Item = T>,
) -> Expr {
    let packages = packages.iter().map(|package| (*package).to_owned()).collect();
    let arguments = arguments.into_iter().map(Into::into).collect();
    plain_function(packages, name.to_owned(), arguments, SqlType::Null)
}

/// The type of a function that SQLAlchemy knows.
enum Known {
    /// Always this.
    Type(SqlType),
    /// That of the first argument which has one.
    OfArguments,
    /// An array of that.
    ArrayOfArguments,
    /// This; and of several arguments, the first is the name of a configuration.
    TextSearch(SqlType),
}

fn known_type(name: &str) -> Option<Known> {
    let string = || SqlType::from(CharacterKind::String);
    let date_time = || SqlType::date_time(false);
    Some(match name {
        "coalesce" | "max" | "min" | "sum" | "pow" => Known::OfArguments,
        "array_agg" => Known::ArrayOfArguments,
        "now" | "current_timestamp" | "localtime" | "localtimestamp" | "sysdate" => {
            Known::Type(date_time())
        }
        "current_date" => Known::Type(SqlType::date()),
        "current_time" => Known::Type(SqlType::time()),
        "concat" | "current_user" | "session_user" | "user" | "aggregate_strings" => {
            Known::Type(string())
        }
        "char_length" | "count" | "rank" | "dense_rank" => Known::Type(SqlType::integer()),
        "percent_rank" | "cume_dist" => Known::Type(crate::types::NumericKind::Numeric.into()),
        "any" | "all" | "some" => Known::Type(SqlType::boolean()),
        "random" | "cube" | "rollup" | "grouping_sets" | "mode" | "percentile_cont"
        | "percentile_disc" => Known::Type(SqlType::Null),
        "to_tsvector" => Known::TextSearch(SimpleType::Tsvector.into()),
        "to_tsquery" | "plainto_tsquery" | "phraseto_tsquery" | "websearch_to_tsquery" => {
            Known::TextSearch(SimpleType::Tsquery.into())
        }
        "ts_headline" => Known::TextSearch(CharacterKind::UpperText.into()),
        _ => return None,
    })
}

fn known_function(name: String, mut arguments: Vec<Operand>, known: Known) -> Expr {
    if name == "count" && arguments.is_empty() {
        arguments.push(literal_column("*", SqlType::Null).into());
    }
    if let Known::TextSearch(sql_type) = known {
        return text_search(name, arguments, sql_type);
    }
    let seed = (name != "array_agg").then_some(name.as_str());
    let arguments: Vec<Expr> =
        arguments.into_iter().map(|argument| argument_of(seed, argument)).collect();
    let of_arguments = || {
        let types = arguments.iter().map(Expr::sql_type);
        types.into_iter().find(|sql_type| *sql_type != SqlType::Null).unwrap_or_default()
    };
    let sql_type = match known {
        Known::Type(sql_type) | Known::TextSearch(sql_type) => sql_type,
        Known::OfArguments => of_arguments(),
        Known::ArrayOfArguments => {
            let item = of_arguments();
            match typing::base(&item) {
                SqlType::Array(_) => item,
                _ => Array { item: Box::new(item), dimensions: Some(1) }.into(),
            }
        }
    };
    function_of(Vec::new(), name, &arguments, sql_type)
}

fn text_search(name: String, arguments: Vec<Operand>, sql_type: SqlType) -> Expr {
    // `ts_headline` has a configuration only where the second argument is no query.
    let several = arguments.len() > 1;
    let has_configuration = if name == "ts_headline" {
        several
            && arguments.get(1).is_some_and(|second| match second {
                Operand::Expr(expr) => expr.sql_type() != SqlType::from(SimpleType::Tsquery),
                Operand::Value(_) => true,
            })
    } else {
        several
    };
    let arguments = arguments.into_iter().enumerate().map(|(index, argument)| match argument {
        Operand::Value(value) if index == 0 && has_configuration && !value.is_null() => {
            let sql_type = SimpleType::Regconfig.into();
            Expr::bind(build::unique_bind(Some(&name), value, sql_type))
        }
        argument => argument_of(Some(&name), argument),
    });
    let arguments: Vec<Expr> = arguments.collect();
    function_of(Vec::new(), name, &arguments, sql_type)
}

fn plain_function(
    packages: Vec<String>,
    name: String,
    arguments: Vec<Operand>,
    sql_type: SqlType,
) -> Expr {
    let arguments: Vec<Expr> =
        arguments.into_iter().map(|argument| argument_of(Some(&name), argument)).collect();
    function_of(packages, name, &arguments, sql_type)
}

/// A value among the arguments; its made-up name has the function's.
fn argument_of(seed: Option<&str>, argument: Operand) -> Expr {
    match argument {
        Operand::Value(value) if value != SqlValue::Null => {
            let sql_type = typing::type_of(&value);
            Expr::bind(build::unique_bind(seed, value, sql_type))
        }
        other => other.into_expr(),
    }
}

fn function_of(packages: Vec<String>, name: String, arguments: &[Expr], sql_type: SqlType) -> Expr {
    if let Some(invalid) = arguments.iter().find(|argument| argument.error().is_some()) {
        return invalid.clone();
    }
    let comma = crate::expr::Operator::Comma;
    let arguments = arguments.iter().map(|argument| argument.grouped(Some(&comma))).collect();
    Expr::new(ExprKind::Function(Box::new(Function {
        packages,
        name,
        arguments,
        sql_type,
        with_ordinality: false,
    })))
}

impl Expr {
    /// The same function with another type of result (`type_=`).
    #[must_use]
    pub fn returning_type(&self, sql_type: SqlType) -> Expr {
        match self.kind() {
            ExprKind::Function(function) => Expr::new(ExprKind::Function(Box::new(Function {
                sql_type,
                ..Function::clone(function)
            }))),
            _ => self.clone(),
        }
    }

    /// `self OVER (PARTITION BY … ORDER BY …)`
    #[must_use]
    pub fn over(&self, partition_by: &[Expr], order_by: &[Expr], frame: Option<Frame>) -> Expr {
        let comma = crate::expr::Operator::Comma;
        let grouped = |list: &[Expr]| list.iter().map(|item| item.grouped(Some(&comma))).collect();
        Expr::new(ExprKind::Over(Box::new(Over {
            element: self.clone(),
            partition_by: grouped(partition_by),
            order_by: grouped(order_by),
            frame,
        })))
    }

    /// `self FILTER (WHERE …)`; several conditions are joined by `AND`.
    #[must_use]
    pub fn filter(&self, criteria: impl IntoIterator<Item = Expr>) -> Expr {
        let criterion = criteria.into_iter().reduce(|all, next| all.and(next));
        Expr::new(ExprKind::Filter { function: self.clone(), criterion })
    }

    /// `self WITHIN GROUP (ORDER BY …)`
    #[must_use]
    pub fn within_group(&self, order_by: &[Expr]) -> Expr {
        self.ordered(order_by, true)
    }

    /// `f(x ORDER BY …)`, or `WITHIN GROUP` where a database writes it so
    /// (`aggregate_order_by()` of a function).
    #[must_use]
    pub fn aggregate_order_by(&self, order_by: &[Expr]) -> Expr {
        self.ordered(order_by, false)
    }

    fn ordered(&self, order_by: &[Expr], within_group: bool) -> Expr {
        let comma = crate::expr::Operator::Comma;
        Expr::new(ExprKind::AggregateOrderBy {
            function: self.clone(),
            order_by: order_by.iter().map(|item| item.grouped(Some(&comma))).collect(),
            within_group,
        })
    }

    /// The function as a table with these columns, in `FROM` (`table_valued()`).
    #[must_use]
    pub fn table_valued(
        &self,
        columns: Vec<TableColumn>,
        with_ordinality: Option<&str>,
        name: Option<&str>,
    ) -> FromClause {
        let mut columns = columns;
        let mut function = self.clone();
        if let ExprKind::Function(called) = self.kind()
            && let Some(ordinality) = with_ordinality
        {
            columns.push(TableColumn::new(ordinality, SqlType::Null));
            function = Expr::new(ExprKind::Function(Box::new(Function {
                with_ordinality: true,
                ..Function::clone(called)
            })));
        }
        FromClause::new_alias(Alias {
            element: Aliased::From(FromClause::Function(function)),
            name: alias_name(name, None),
            lateral: false,
            columns,
            derived: None,
            sample: None,
            depth: 0,
        })
    }

    /// The function in `FROM`, and its rows as one column (`column_valued()`).
    #[must_use]
    pub fn column_valued(&self, name: Option<&str>) -> Expr {
        let alias = FromClause::Function(self.clone()).alias_with(name, None);
        Expr::new(ExprKind::TableValued(alias, self.sql_type()))
    }
}

impl FromClause {
    fn alias_with(&self, name: Option<&str>, base: Option<&str>) -> FromClause {
        FromClause::new_alias(Alias {
            element: Aliased::From(self.clone()),
            name: alias_name(name, base),
            lateral: false,
            columns: Vec::new(),
            derived: None,
            sample: None,
            depth: 0,
        })
    }

    /// The alias with the names of its columns behind it (`render_derived()`).
    #[must_use]
    pub fn render_derived(&self, name: Option<&str>, with_types: bool) -> FromClause {
        match self {
            FromClause::Alias(alias) => FromClause::new_alias(Alias {
                name: alias_name(name, None),
                derived: Some(if with_types {
                    DerivedColumns::Types
                } else {
                    DerivedColumns::Names
                }),
                ..Alias::clone(alias)
            }),
            other => other.clone(),
        }
    }

    /// `LATERAL` before the alias.
    #[must_use]
    pub fn lateral(&self) -> FromClause {
        match self {
            FromClause::Alias(alias) => {
                FromClause::new_alias(Alias { lateral: true, ..Alias::clone(alias) })
            }
            other => other.clone(),
        }
    }
}

/// The frame of a window, if it can be one.
///
/// # Errors
///
/// `exclude` is none of the words that may stand there.
pub fn frame(frame: Frame) -> Result<Frame, CompileError> {
    const WORDS: [&str; 4] = ["CURRENT ROW", "GROUP", "TIES", "NO OTHERS"];
    match &frame.exclude {
        Some(word) if !WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) => {
            Err(CompileError::Compile(format!(
                "Unexpected SQL phrase: {word:?} (matching against \
                 '^(?:CURRENT ROW|GROUP|TIES|NO OTHERS)$')"
            )))
        }
        _ => Ok(frame),
    }
}
