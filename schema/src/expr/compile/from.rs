//! Columns, and what statements select from.

use super::Compiler;
use super::Context;
use super::Written;
use crate::CompileError;
use crate::Dialect;
use crate::expr::ColumnRef;
use crate::expr::FromClause;
use crate::expr::Name;
use crate::expr::TableClause;
use crate::expr::from::Alias;
use crate::expr::from::Aliased;
use crate::expr::from::DerivedColumns;
use crate::expr::from::JoinKind;
use crate::expr::from::Values;

impl Compiler<'_> {
    pub(super) fn column(&mut self, column: &ColumnRef, context: Context<'_>) -> Written {
        let name = self.named(&column.name, "colident");
        let name = if column.is_literal { name } else { self.target.quote(&name) };
        let Some(table) = &column.table else { return Ok(name) };
        if !context.include_table || !table.qualifies_columns() {
            return Ok(name);
        }
        let (schema, table_name) = match table {
            FromClause::Table(table) => match table.schema.as_deref() {
                Some(schema) if !schema.is_empty() => (Some(schema), table.name.clone()),
                _ => {
                    let ambiguous = self.ambiguous(&table.name);
                    let name = match ambiguous {
                        Some(name) => self.named(&name, "alias"),
                        None => table.name.clone(),
                    };
                    (None, name)
                }
            },
            other => {
                let name = other.name().cloned().unwrap_or_else(|| Name::plain(""));
                (None, self.named(&name, "alias"))
            }
        };
        Ok(match schema {
            Some(schema) => {
                format!("{}.{}.{name}", self.target.quote(schema), self.target.quote(&table_name))
            }
            None => format!("{}.{name}", self.target.quote(&table_name)),
        })
    }

    fn ambiguous(&self, table: &str) -> Option<Name> {
        let entry = self.stack.last()?;
        entry.ambiguous.iter().find(|(name, _)| name == table).map(|(_, name)| name.clone())
    }

    /// What stands in `FROM`.
    pub(super) fn source(&mut self, from: &FromClause, context: Context<'_>) -> Written {
        self.source_in(from, None, context)
    }

    fn source_in(
        &mut self,
        from: &FromClause,
        alias: Option<&Alias>,
        context: Context<'_>,
    ) -> Written {
        let context = Context { as_from: true, ..context };
        match from {
            FromClause::Table(table) => Ok(self.table(table, alias.is_some(), context)),
            FromClause::Alias(alias) => self.alias(alias, context),
            FromClause::Cte(cte) => self.cte(cte, context),
            FromClause::Join(join) => {
                let word = match (join.kind, self.dialect()) {
                    (JoinKind::FullOuter, _) => " FULL OUTER JOIN ",
                    (JoinKind::LeftOuter, _) => " LEFT OUTER JOIN ",
                    (JoinKind::Inner, Dialect::Mysql) => " INNER JOIN ",
                    (JoinKind::Inner, _) => " JOIN ",
                };
                let left = self.source(&join.left, context)?;
                let right = self.source(&join.right, context)?;
                let on = self.process(&join.on, Context { as_from: false, ..context })?;
                Ok(format!("{left}{word}{right} ON {on}"))
            }
            FromClause::Grouping(inner) => Ok(format!("({})", self.source(inner, context)?)),
            FromClause::Values(values) => self.values(values, context),
            FromClause::Function(function) | FromClause::Text(function) => {
                self.process(function, Context { as_from: false, ..context })
            }
        }
    }

    fn table(&mut self, table: &TableClause, is_aliased: bool, context: Context<'_>) -> String {
        let schema = table.schema.as_deref().filter(|schema| !schema.is_empty());
        if context.use_schema && schema.is_some() {
            return self.target.quote_qualified(schema, &table.name);
        }
        let name = self.target.quote(&table.name);
        if !is_aliased
            && schema.is_none()
            && let Some(other) = self.ambiguous(&table.name)
        {
            let other = self.named(&other, "alias");
            return format!("{name} AS {}", self.target.quote(&other));
        }
        name
    }

    fn alias(&mut self, alias: &Alias, context: Context<'_>) -> Written {
        let name = self.named(&alias.name, "alias");
        let quoted = self.target.quote(&name);
        if context.as_hint {
            return Ok(quoted);
        }
        let lateral = if alias.lateral { "LATERAL " } else { "" };
        let inner_context = Context { lateral: alias.lateral, ..context };
        let inner = match &alias.element {
            Aliased::From(from) => self.source_in(from, Some(alias), inner_context)?,
            Aliased::Query(query) => format!("({})", self.query(query, inner_context)?),
        };
        let mut text = format!("{lateral}{inner} AS {quoted}");
        if let Some(derived) = alias.derived {
            let mut columns = Vec::new();
            for column in &alias.columns {
                let name = self.target.quote(&column.name);
                columns.push(match derived {
                    DerivedColumns::Names => name,
                    DerivedColumns::Types => {
                        format!("{name} {}", column.sql_type.compile(self.target)?)
                    }
                });
            }
            text += &format!("({})", columns.join(", "));
        }
        if let Some(sample) = &alias.sample {
            text += " TABLESAMPLE ";
            text += &self.process(&sample.method, Context { as_from: false, ..context })?;
            if let Some(seed) = &sample.seed {
                let seed = self.process(seed, Context { as_from: false, ..context })?;
                text += &format!(" REPEATABLE ({seed})");
            }
        }
        Ok(text)
    }

    fn values(&mut self, values: &Values, context: Context<'_>) -> Written {
        let inner = Context {
            as_from: false,
            literal_binds: context.literal_binds || values.literal_binds,
            ..context
        };
        let mut rows = Vec::with_capacity(values.rows.len());
        for row in &values.rows {
            rows.push(format!("({})", self.list(row, ", ", inner)?));
        }
        let rows = format!("VALUES {}", rows.join(", "));
        let lateral = if values.lateral { "LATERAL " } else { "" };
        let Some(name) = &values.name else { return Ok(format!("{lateral}({rows})")) };
        let name = self.named(name, "values");
        let columns: Vec<String> =
            values.columns.iter().map(|column| self.target.quote(&column.name)).collect();
        let name = self.target.quote(&name);
        Ok(format!("{lateral}({rows}) AS {name} ({})", columns.join(", ")))
    }

    /// The table of an insert, update or delete, as it is.
    pub(super) fn dml_table(&mut self, table: &FromClause) -> Written {
        match table {
            FromClause::Table(table) => {
                Ok(self.target.quote_qualified(table.schema.as_deref(), &table.name))
            }
            other => Err(CompileError::Argument(format!(
                "subject table for an INSERT, UPDATE or DELETE expected, got {:?}.",
                other.description()
            ))),
        }
    }

    /// Tables by their names alone, for `OF`.
    pub(super) fn hint(&mut self, from: &FromClause) -> Written {
        match from {
            FromClause::Table(table) => {
                let schema = table.schema.as_deref().filter(|schema| !schema.is_empty());
                let other = schema.map_or_else(|| self.ambiguous(&table.name), |_| None);
                let name = match other {
                    Some(other) => self.named(&other, "alias"),
                    None => table.name.clone(),
                };
                Ok(self.target.quote(&name))
            }
            FromClause::Alias(_) | FromClause::Cte(_) => {
                let name = from.name().cloned().unwrap_or_else(|| Name::plain(""));
                let name = self.named(&name, "alias");
                Ok(self.target.quote(&name))
            }
            FromClause::Join(join) => {
                Ok(format!("{}, {}", self.hint(&join.left)?, self.hint(&join.right)?))
            }
            other => Err(CompileError::Unsupported {
                dialect: self.target.name(),
                element: format!("OF {}", other.description()),
            }),
        }
    }
}
