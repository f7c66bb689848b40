//! Values: as parameters, as literals, as lists.

use super::Compiler;
use super::Context;
use super::MARK;
use super::Written;
use crate::CompileError;
use crate::Dialect;
use crate::PythonError;
use crate::SqlType;
use crate::expr::Bind;
use crate::expr::BindKey;
use crate::expr::BindRole;
use crate::expr::Binds;
use crate::expr::Operator;
use crate::expr::Parameter;
use crate::expr::Processor;
use crate::expr::name::OwnerKey;
use crate::expr::typing;
use crate::value::SqlValue;

/// What makes two places hold the same parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ParameterKey {
    name: Option<String>,
    identity: usize,
    element: usize,
}

impl Compiler<'_> {
    /// The value of a parameter: the one that came with the execution, else its own.
    /// The value: a tuple is one only where no type makes a list of it.
    fn value_of(&self, bind: &Bind) -> Option<SqlValue> {
        let later = match &bind.key {
            BindKey::Named(name) => self.options.values.get(name),
            BindKey::Unique { .. } => None,
        };
        match later.or(bind.value.as_ref())?.clone() {
            SqlValue::Tuple(items) if bind.expanding || bind.sql_type != SqlType::Null => {
                Some(SqlValue::Array(items))
            }
            value => Some(value),
        }
    }

    pub(super) fn bind(&mut self, bind: &Bind, context: Context<'_>) -> Written {
        let value = self.value_of(bind);
        let value = value.map(|value| self.of_program(value, bind)).transpose()?;
        let literal_binds = self.options.binds == Binds::Literal || context.literal_binds;
        if !literal_binds {
            self.has_binds = true;
            self.consume_name(bind);
        }
        let literal = literal_binds || bind.literal_execute || context.literal_execute;
        let typed;
        let bind = match &value {
            // A value that came later has no type but where it is written into the text: drivers
            // get it as it is.
            Some(value) if literal && bind.sql_type == SqlType::Null && bind.value.is_none() => {
                let sql_type = match value {
                    SqlValue::Array(values) if bind.expanding => {
                        values.first().map_or(SqlType::Null, typing::type_of)
                    }
                    value => typing::type_of(value),
                };
                typed = Bind { sql_type, ..bind.clone() };
                &typed
            }
            _ => bind,
        };
        if bind.expanding {
            return Ok(format!("({})", self.expanded(bind, value, literal)?));
        }
        if literal {
            return match value {
                None | Some(SqlValue::Null) if literal_binds => Ok("NULL".to_owned()),
                None => Err(missing(bind)),
                Some(value) => self.literal(&value, &bind.sql_type, &bind.role),
            };
        }
        let Some(value) = value else { return Err(missing(bind)) };
        let value = self.processed(value, &bind.role)?;
        self.parameter(bind, value, bind.sql_type.clone(), 0)
    }

    /// The value as the program that makes statements wants it; lists by their elements.
    fn of_program(&self, value: SqlValue, bind: &Bind) -> Result<SqlValue, CompileError> {
        let Some(Processor(process)) = self.options.processor else { return Ok(value) };
        let one = |value: SqlValue, sql_type: &SqlType| {
            process(&value, sql_type).map(|made| made.unwrap_or(value))
        };
        match (value, &bind.role) {
            (SqlValue::Array(rows), BindRole::Tuple(types)) if bind.expanding => {
                let row = |row| match row {
                    SqlValue::Array(items) => {
                        let type_at = |at| types.get(at).unwrap_or(&SqlType::Null);
                        let items = items.into_iter().enumerate();
                        let made: Result<_, _> =
                            items.map(|(at, item)| one(item, type_at(at))).collect();
                        made.map(SqlValue::Array)
                    }
                    other => Ok(other),
                };
                rows.into_iter().map(row).collect::<Result<_, _>>().map(SqlValue::Array)
            }
            (SqlValue::Array(items), _) if bind.expanding => {
                let items: Result<_, _> =
                    items.into_iter().map(|item| one(item, &bind.sql_type)).collect();
                items.map(SqlValue::Array)
            }
            (value, _) => one(value, &bind.sql_type),
        }
    }

    /// Parameters use up made-up names, which labels then do not get.
    fn consume_name(&mut self, bind: &Bind) {
        if let BindKey::Unique { seed, identity } = &bind.key
            && !self.named_binds.contains(&identity.address())
        {
            self.kept.push(identity.clone());
            let key: OwnerKey = (identity.address(), String::new(), 0);
            let mut seed = seed.as_str();
            let mut clean = String::new();
            let is_special =
                |c: char| matches!(c, '%' | '(' | ')' | ' ' | '$' | '.' | '[' | ']' | ':');
            while let Some(at) = seed.find(is_special) {
                clean.push_str(&seed[..at]);
                clean.push('_');
                seed = seed[at..].trim_start_matches(is_special);
            }
            clean.push_str(seed);
            let _name = self.made_up_name(key, clean.trim_matches('_'));
        }
    }

    /// A parameter of an assignment has the name of its column, and uses up no other.
    pub(super) fn assigned_bind(&mut self, bind: &Bind, context: Context<'_>) -> Written {
        if let BindKey::Unique { identity, .. } = &bind.key {
            self.kept.push(identity.clone());
            self.named_binds.push(identity.address());
        }
        self.bind(bind, context)
    }

    fn parameter(
        &mut self,
        bind: &Bind,
        value: SqlValue,
        sql_type: SqlType,
        element: usize,
    ) -> Written {
        let (name, identity) = match &bind.key {
            BindKey::Named(name) => (Some(name.clone()), 0),
            BindKey::Unique { identity, .. } => {
                self.kept.push(identity.clone());
                (None, identity.address())
            }
        };
        let key = ParameterKey { name: name.clone(), identity, element };
        let cast = self.bind_cast(&sql_type, &bind.role)?;
        let known = self.parameters.iter().position(|(other, _)| *other == key);
        let index = known.unwrap_or_else(|| {
            // MariaDB's own type takes a UUID as it is.
            let is_plain = self.dialect() == Dialect::Mysql
                && self.target.supports_native_uuid()
                && matches!(sql_type.resolve(self.target), SqlType::Uuid(uuid) if uuid.native || uuid.upper);
            let sql_type = (sql_type != SqlType::Null && !is_plain).then_some(sql_type);
            self.parameters.push((key, Parameter { name, value, sql_type }));
            self.parameters.len() - 1
        });
        Ok(format!("{MARK}{index}{MARK}{cast}"))
    }

    /// PostgreSQL's `::type` behind parameters of types that its server does not guess.
    fn bind_cast(&self, sql_type: &SqlType, role: &BindRole) -> Written {
        let resolved = sql_type.resolve(self.target);
        let is_cast = self.dialect() == Dialect::Postgresql
            && !matches!(role, BindRole::JsonIndex | BindRole::JsonPath)
            && match resolved {
                SqlType::Uuid(uuid) => uuid.native || uuid.upper,
                SqlType::Json(json) => *json != crate::types::Json::Jsonpath,
                SqlType::Array(_) | SqlType::Bit(_) => true,
                SqlType::Simple(simple) => simple.class_name().ends_with("RANGE"),
                _ => false,
            };
        Ok(if is_cast { format!("::{}", resolved.compile(self.target)?) } else { String::new() })
    }

    /// A value as the driver gets it: paths into JSON are text.
    fn processed(&self, value: SqlValue, role: &BindRole) -> Result<SqlValue, CompileError> {
        match role {
            BindRole::JsonIndex | BindRole::JsonPath => self.json_path(&value, role),
            BindRole::Value | BindRole::Tuple(_) => Ok(value),
        }
    }

    /// A list as several parameters or literals.
    fn expanded(&mut self, bind: &Bind, value: Option<SqlValue>, literal: bool) -> Written {
        let values = match value {
            Some(SqlValue::Array(values)) => values,
            None if !literal => return Err(missing(bind)),
            // SQLAlchemy writes a list that has no value as a single NULL.
            None | Some(SqlValue::Null) => return Ok("NULL".to_owned()),
            Some(_) => {
                return Err(PythonError::Type(
                    "an expanding parameter takes a list of values".to_owned(),
                )
                .into());
            }
        };
        let types = match &bind.role {
            BindRole::Tuple(types) => Some(types.clone()),
            _ if matches!(values.first(), Some(SqlValue::Array(_)))
                && bind.sql_type == SqlType::Null =>
            {
                Some(Vec::new())
            }
            _ => None,
        };
        if values.is_empty() {
            let count = types.map_or(1, |types| types.len());
            let prefix = if bind.role != BindRole::Value
                && literal
                && self.dialect() == Dialect::Sqlite
                && matches!(bind.role, BindRole::Tuple(_))
            {
                "VALUES "
            } else {
                ""
            };
            let empty = self.empty_list(bind, count)?;
            return Ok(format!("{prefix}{empty}"));
        }
        let Some(types) = types else {
            let mut parts = Vec::with_capacity(values.len());
            for (index, value) in values.into_iter().enumerate() {
                parts.push(if literal {
                    self.literal(&value, &bind.sql_type, &bind.role)?
                } else {
                    self.parameter(bind, value, bind.sql_type.clone(), index + 1)?
                });
            }
            return Ok(parts.join(", "));
        };
        let mut rows = Vec::with_capacity(values.len());
        let mut element = 0;
        for row in values {
            let SqlValue::Array(row) = row else {
                return Err(
                    PythonError::Type("a tuple is compared with no tuple".to_owned()).into()
                );
            };
            let mut parts = Vec::with_capacity(row.len());
            for (index, value) in row.into_iter().enumerate() {
                element += 1;
                let own = || typing::type_of(&value);
                let sql_type = types.get(index).cloned().filter(|t| *t != SqlType::Null);
                let sql_type = sql_type.unwrap_or_else(own);
                parts.push(if literal {
                    self.literal(&value, &sql_type, &BindRole::Value)?
                } else {
                    self.parameter(bind, value, sql_type, element)?
                });
            }
            rows.push(format!("({})", parts.join(", ")));
        }
        let prefix = if self.dialect() == Dialect::Sqlite { "VALUES " } else { "" };
        Ok(format!("{prefix}{}", rows.join(", ")))
    }

    /// What stands for an empty list, between the parentheses.
    fn empty_list(&self, bind: &Bind, count: usize) -> Written {
        let ones = |text: &str| vec![text; count].join(", ");
        match (self.dialect(), &bind.expand_operator) {
            (Dialect::Sqlite, _) => {
                Ok(format!("SELECT {} FROM (SELECT {}) WHERE 1!=1", ones("1"), ones("1")))
            }
            (_, Some(operator @ (Operator::In | Operator::NotIn))) => {
                let (word, condition) = match operator {
                    Operator::In => ("AND", "1 != 1"),
                    _ => ("OR", "1 = 1"),
                };
                Ok(if count > 1 {
                    format!("({})) {word} ({condition}", ones("NULL"))
                } else {
                    format!("NULL) {word} ({condition}")
                })
            }
            (Dialect::Postgresql, _) => {
                let sql_type = match &bind.sql_type {
                    SqlType::Null => "INTEGER".to_owned(),
                    sql_type => sql_type.compile(self.target)?,
                };
                Ok(format!("SELECT CAST(NULL AS {sql_type}) WHERE 1!=1"))
            }
            (Dialect::Mysql, _) => {
                let inner: Vec<_> = (0..count).map(|index| format!("1 AS _in_{index}")).collect();
                let outer: Vec<_> = (0..count).map(|index| format!("_in_{index}")).collect();
                Ok(format!(
                    "SELECT {} FROM (SELECT {}) as _empty_set WHERE 1!=1",
                    outer.join(", "),
                    inner.join(", ")
                ))
            }
        }
    }
}

fn missing(bind: &Bind) -> CompileError {
    CompileError::MissingParameter(match &bind.key {
        BindKey::Named(name) => name.clone(),
        BindKey::Unique { seed, .. } => format!("{seed}_1"),
    })
}
