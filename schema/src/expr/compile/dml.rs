//! `UPDATE`, `DELETE` and `RETURNING`.

use super::Compiler;
use super::Context;
use super::Entry;
use super::Written;
use crate::CompileError;
use crate::Dialect;
use crate::expr::Delete;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::FromClause;
use crate::expr::Operand;
use crate::expr::Selected;
use crate::expr::Update;
use crate::expr::dml::Target;
use crate::expr::dml::key_of;
use crate::expr::from::TableColumn;
use crate::expr::froms::from_objects;
use crate::expr::naming::expanded;
use crate::expr::naming::named_columns;

/// The first table of an update or delete, and others that its conditions name.
fn extra_froms(table: &FromClause, parts: &[&Expr]) -> Vec<FromClause> {
    let own = table.sources();
    let primary = own.first().cloned();
    let mut seen: Vec<FromClause> = primary.into_iter().collect();
    let mut extra = Vec::new();
    for part in parts {
        for from in from_objects(part) {
            for from in from.sources() {
                if !seen.iter().any(|other| other.is_same(&from)) {
                    seen.push(from.clone());
                    extra.push(from);
                }
            }
        }
    }
    extra.extend(own.into_iter().skip(1).filter(|from| !matches!(from, FromClause::Join(_))));
    extra
}

fn columns_of(from: &FromClause) -> Vec<TableColumn> {
    match from {
        FromClause::Table(table) => table.columns.clone(),
        FromClause::Alias(alias) => match &alias.element {
            crate::expr::from::Aliased::From(inner) => columns_of(inner),
            crate::expr::from::Aliased::Query(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

impl Compiler<'_> {
    pub(super) fn update(&mut self, update: &Update, context: Context<'_>) -> Written {
        let top = self.stack.is_empty();
        let mut parts: Vec<&Expr> = update.criteria.iter().collect();
        for (_, value) in &update.values {
            if let Operand::Expr(expr) = value {
                parts.push(expr);
            }
        }
        let extra = extra_froms(&update.table, &parts);
        let own = update.table.sources();
        let mut all = own.clone();
        all.extend(extra.iter().cloned());
        let rendered: Vec<FromClause> = extra
            .iter()
            .filter(|from| !own.iter().any(|other| other.is_same(from)))
            .cloned()
            .collect();
        self.stack.push(Entry { correlate: all.clone(), own: all, ..Entry::default() });
        let text = self.update_body(update, top, &extra, &rendered, context);
        self.stack.pop();
        text
    }

    fn update_body(
        &mut self,
        update: &Update,
        top: bool,
        extra: &[FromClause],
        rendered: &[FromClause],
        context: Context<'_>,
    ) -> Written {
        let context = Context { as_from: false, ..context };
        let is_mysql = self.dialect() == Dialect::Mysql;
        let mut text = "UPDATE ".to_owned();
        text += &self.prefixes(&update.prefixes, context)?;
        text += &self.source(&update.table, context)?;
        if is_mysql {
            for from in rendered {
                text += ", ";
                text += &self.source(from, context)?;
            }
        }
        text += " SET ";
        let qualified = is_mysql && !extra.is_empty();
        text += &self.assignments(update, extra, qualified, context)?;
        if !rendered.is_empty() && !is_mysql {
            let mut parts = Vec::with_capacity(rendered.len());
            for from in rendered {
                parts.push(self.source(from, context)?);
            }
            text += &format!(" FROM {}", parts.join(", "));
        }
        text += &self.dml_criteria(&update.criteria, context)?;
        if let (true, Some(limit)) = (is_mysql, update.limit) {
            text += &format!(" LIMIT {limit}");
        }
        text += &self.returning(&update.returning, context)?;
        Ok(self.with_clause(top, false) + &text)
    }

    /// Conditions, without the line break that they have in a query.
    fn dml_criteria(&mut self, criteria: &[Expr], context: Context<'_>) -> Written {
        if criteria.is_empty() {
            return Ok(String::new());
        }
        let text = self.criteria(criteria, context)?;
        Ok(if text.is_empty() { text } else { format!(" WHERE {text}") })
    }

    fn assignments(
        &mut self,
        update: &Update,
        extra: &[FromClause],
        qualified: bool,
        context: Context<'_>,
    ) -> Written {
        let columns = columns_of(&update.table);
        let mut parts = Vec::new();
        let is_of_other = |target: &Target| match target {
            Target::Expr(expr) => match expr.kind() {
                ExprKind::Column(column) => column.table.as_ref().is_some_and(|table| {
                    !update.table.sources().iter().any(|own| own.is_same(table))
                }),
                _ => false,
            },
            Target::Key(_) => false,
        };
        // Elements of columns come first, then columns of other tables, then the table's own.
        for (target, value) in &update.values {
            if let (Target::Expr(expr), None) = (target, key_of(target)) {
                let plain = Context { include_table: qualified, ..Context::default() };
                let name = self.process(expr, plain)?;
                let value = self.assigned(value, "param", &expr.sql_type(), context)?;
                parts.push(format!("{name}={value}"));
            }
        }
        for from in extra {
            for column in from.columns() {
                let own = update.values.iter().find(
                    |(target, _)| matches!(target, Target::Expr(expr) if expr.is_same(&column)),
                );
                let Some((_, value)) = own else { continue };
                if !qualified {
                    return Err(CompileError::Compile(format!(
                        "Backend does not support additional tables in the SET clause; cannot \
                         include columns from table(s) '{}' in SET clause",
                        from.description()
                    )));
                }
                let name = self.process(&column, Context::default())?;
                let value = self.assigned(value, "param", &column.sql_type(), context)?;
                parts.push(format!("{name}={value}"));
            }
        }
        if let Some((target, _)) = update.values.iter().find(|(target, _)| {
            is_of_other(target)
                && !matches!(target, Target::Expr(expr)
                    if extra.iter().any(|from| from.columns().iter().any(|c| c.is_same(expr))))
        }) {
            let table = match target {
                Target::Expr(expr) => match expr.kind() {
                    ExprKind::Column(column) => {
                        column.table.as_ref().map(FromClause::description).unwrap_or_default()
                    }
                    _ => String::new(),
                },
                Target::Key(key) => key.clone(),
            };
            let preamble = if self.dialect() == Dialect::Mysql {
                "Statement is not a multi-table UPDATE statement"
            } else {
                "Backend does not support additional tables in the SET clause"
            };
            return Err(CompileError::Compile(format!(
                "{preamble}; cannot include columns from table(s) '{table}' in SET clause"
            )));
        }
        let own: Vec<(String, &Operand)> = update
            .values
            .iter()
            .filter(|(target, _)| !is_of_other(target))
            .filter_map(|(target, value)| key_of(target).map(|key| (key, value)))
            .collect();
        let unknown: Vec<&str> = own
            .iter()
            .map(|(key, _)| key)
            .chain(update.keys.iter().flatten())
            .filter(|key| !columns.iter().any(|column| column.key == **key))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            return Err(CompileError::Compile(format!(
                "Unconsumed column names: {}",
                unknown.join(", ")
            )));
        }
        let mut sorted: Vec<&TableColumn> = Vec::new();
        if update.ordered {
            let find =
                |(key, _): &(String, &Operand)| columns.iter().find(|column| column.key == *key);
            sorted.extend(own.iter().filter_map(find));
        }
        let rest: Vec<&TableColumn> = columns
            .iter()
            .filter(|column| !sorted.iter().any(|other| other.key == column.key))
            .collect();
        sorted.extend(rest);
        let all = update.values.is_empty() && update.keys.is_none();
        for column in sorted {
            let given = own.iter().find(|(key, _)| *key == column.key).map(|(_, value)| *value);
            let is_key = update.keys.as_ref().is_some_and(|keys| keys.contains(&column.key));
            let value = match (given, &column.onupdate) {
                (Some(value), _) => self.assigned(value, &column.key, &column.sql_type, context)?,
                (None, _) if all || is_key => {
                    self.required(&column.key, &column.sql_type, context)?
                }
                (None, Some(onupdate)) => {
                    let onupdate = Operand::Expr(onupdate.clone());
                    self.assigned(&onupdate, &column.key, &column.sql_type, context)?
                }
                (None, None) => continue,
            };
            let name = self.target.quote(&column.name);
            let name =
                if qualified { format!("{}.{name}", self.hint(&update.table)?) } else { name };
            parts.push(format!("{name}={value}"));
        }
        Ok(parts.join(", "))
    }

    pub(super) fn delete(&mut self, delete: &Delete, context: Context<'_>) -> Written {
        let top = self.stack.is_empty();
        let parts: Vec<&Expr> = delete.criteria.iter().collect();
        let extra = extra_froms(&delete.table, &parts);
        let mut all = vec![delete.table.clone()];
        all.extend(extra.iter().cloned());
        self.stack.push(Entry { correlate: all.clone(), own: all, ..Entry::default() });
        let text = self.delete_body(delete, top, &extra, context);
        self.stack.pop();
        text
    }

    fn delete_body(
        &mut self,
        delete: &Delete,
        top: bool,
        extra: &[FromClause],
        context: Context<'_>,
    ) -> Written {
        let context = Context { as_from: false, ..context };
        let is_mysql = self.dialect() == Dialect::Mysql;
        let mut text = "DELETE ".to_owned();
        text += &self.prefixes(&delete.prefixes, context)?;
        text += "FROM ";
        let hint = is_mysql && !extra.is_empty();
        text += &self.source(&delete.table, Context { as_hint: hint, ..context })?;
        if !extra.is_empty() {
            let mut froms = extra.to_vec();
            match self.dialect() {
                Dialect::Sqlite => {
                    return Err(CompileError::NotImplemented(
                        "This backend does not support multiple-table criteria within DELETE"
                            .to_owned(),
                    ));
                }
                Dialect::Mysql => froms.insert(0, delete.table.clone()),
                Dialect::Postgresql => {}
            }
            let mut parts = Vec::with_capacity(froms.len());
            for from in &froms {
                parts.push(self.source(from, context)?);
            }
            text += &format!(" USING {}", parts.join(", "));
        }
        text += &self.dml_criteria(&delete.criteria, context)?;
        if let (true, Some(limit)) = (is_mysql, delete.limit) {
            text += &format!(" LIMIT {limit}");
        }
        text += &self.returning(&delete.returning, context)?;
        Ok(self.with_clause(top, false) + &text)
    }

    /// `RETURNING`, with a blank before.
    pub(super) fn returning(&mut self, returning: &[Selected], context: Context<'_>) -> Written {
        if returning.is_empty() {
            return Ok(String::new());
        }
        let include_table = self.dialect() != Dialect::Sqlite;
        let context = Context { include_table, ..context };
        let columns = expanded(returning);
        let mut parts = Vec::with_capacity(columns.len());
        for column in named_columns(&columns, crate::expr::LabelStyle::default(), true) {
            parts.push(self.select_column(&column, false, context)?);
        }
        Ok(format!(" RETURNING {}", parts.join(", ")))
    }
}
