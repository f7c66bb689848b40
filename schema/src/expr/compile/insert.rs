//! `INSERT`.

use super::Compiler;
use super::Context;
use super::Entry;
use super::Written;
use crate::CompileError;
use crate::Dialect;
use crate::SqlType;
use crate::expr::Binds;
use crate::expr::ConflictTarget;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::FromClause;
use crate::expr::Insert;
use crate::expr::InsertSource;
use crate::expr::OnConflict;
use crate::expr::Operand;
use crate::expr::Query;
use crate::expr::Selected;
use crate::expr::TableClause;
use crate::expr::bindparam;
use crate::expr::build;
use crate::expr::dml::Assignments;
use crate::expr::dml::Target;
use crate::expr::dml::key_of;
use crate::expr::from::TableColumn;
use crate::value::SqlValue;

/// What is put into a column.
enum Put {
    Operand(Operand),
    /// A value that comes with the execution.
    Required,
    /// The column's default.
    Default(Expr),
}

impl Compiler<'_> {
    pub(super) fn insert(&mut self, insert: &Insert, context: Context<'_>) -> Written {
        let top = self.stack.is_empty();
        self.stack.push(Entry::default());
        let text = self.insert_body(insert, top, context);
        self.stack.pop();
        text
    }

    fn insert_body(&mut self, insert: &Insert, top: bool, context: Context<'_>) -> Written {
        let context = Context { as_from: false, ..context };
        let FromClause::Table(table) = &insert.table else {
            return self.dml_table(&insert.table);
        };
        let mut table = TableClause::clone(table);
        if !self.target.supports_sequences() {
            for column in &mut table.columns {
                column
                    .default
                    .take_if(|default| matches!(default.kind(), ExprKind::NextValue { .. }));
            }
        }
        let mut text = "INSERT ".to_owned();
        text += &self.prefixes(&insert.prefixes, context)?;
        let (columns, rows) = self.insert_rows(insert, &table.columns)?;
        text += "INTO ";
        text += &self.dml_table(&insert.table)?;
        if !columns.is_empty() || self.dialect() == Dialect::Mysql {
            let names: Vec<String> =
                columns.iter().map(|column| self.target.quote(&column.name)).collect();
            text += &format!(" ({})", names.join(", "));
        }
        let mut with = String::new();
        if let InsertSource::Query { query, .. } = &insert.source {
            let select = self.insert_query(query, &columns, context)?;
            let clause = self.with_clause(top, true);
            if self.dialect() == Dialect::Mysql {
                text += &format!(" {clause}{select}");
            } else {
                with = clause;
                text += &format!(" {select}");
            }
        } else if columns.is_empty() && self.dialect() != Dialect::Mysql {
            text += " DEFAULT VALUES";
        } else {
            let mut written = Vec::with_capacity(rows.len());
            for row in rows {
                let mut values = Vec::with_capacity(row.len());
                for (put, column) in row.into_iter().zip(&columns) {
                    values.push(self.put(put, column, context)?);
                }
                written.push(format!("({})", values.join(", ")));
            }
            text += " VALUES ";
            text += &written.join(", ");
        }
        if let Some(on_conflict) = &insert.on_conflict {
            text.push(' ');
            text += &self.on_conflict(insert, on_conflict, &table.columns, context)?;
        }
        let implicit = if top { self.implicit_returning(insert, &table) } else { Vec::new() };
        let returning = if implicit.is_empty() { &insert.returning } else { &implicit };
        text += &self.returning(returning, context)?;
        if with.is_empty() {
            with = self.with_clause(top, false);
        }
        Ok(with + &text)
    }

    /// The columns of the primary key that SQLAlchemy asks for by itself, to know the new row.
    fn implicit_returning(&self, insert: &Insert, table: &TableClause) -> Vec<Selected> {
        let given: &[(Target, Operand)] = match &insert.source {
            InsertSource::Row(row) => row,
            InsertSource::Parameters(Some(_)) => &[],
            // All columns have values then.
            InsertSource::Parameters(None) | InsertSource::Rows(_) | InsertSource::Query { .. } => {
                return Vec::new();
            }
        };
        let knows_returning = match self.dialect() {
            Dialect::Postgresql => true,
            Dialect::Sqlite => self.target.is_at_least(&[3, 35]),
            Dialect::Mysql => self.target.is_mariadb() && self.target.is_at_least(&[10, 5]),
        };
        // Where the database tells the last number that it gave, nothing more is asked.
        let tells_number = self.dialect() != Dialect::Postgresql
            && table.columns.iter().any(|column| column.counts_up);
        if insert.inline || !insert.returning.is_empty() || !knows_returning || tells_number {
            return Vec::new();
        }
        let is_given_by_parameter = |column: &TableColumn| match &insert.source {
            InsertSource::Parameters(Some(keys)) => keys.contains(&column.key),
            _ => false,
        };
        let is_asked_for = |column: &&TableColumn| {
            let value = given.iter().find(|(key, _)| key_of(key).as_ref() == Some(&column.key));
            column.primary_key
                && !is_given_by_parameter(column)
                && match value {
                    Some((_, Operand::Value(_))) => false,
                    Some((_, Operand::Expr(expr))) => !matches!(expr.kind(), ExprKind::Bind(_)),
                    None => match &column.default {
                        Some(default) => {
                            !matches!(default.kind(), ExprKind::Bind(_) | ExprKind::Invalid(_))
                        }
                        None => column.counts_up || column.server_default,
                    },
                }
        };
        let keys: Vec<&str> =
            table.columns.iter().filter(is_asked_for).map(|column| column.key.as_str()).collect();
        keys.into_iter().filter_map(|key| insert.table.get(key)).map(Selected::Expr).collect()
    }

    fn insert_query(
        &mut self,
        query: &Query,
        columns: &[TableColumn],
        context: Context<'_>,
    ) -> Written {
        let context = Context { insert_into: true, ..context };
        let Query::Select(select) = query else { return self.query(query, context) };
        let given = select.all_columns().len();
        let missing: Vec<Selected> = columns
            .iter()
            .skip(given)
            .filter_map(|column| Some(self.written_default(column.default.as_ref()?, column)))
            .map(Selected::Expr)
            .collect();
        if missing.is_empty() {
            return self.query(query, context);
        }
        let mut select = crate::expr::Select::clone(select);
        select.columns.extend(missing);
        self.query(&select.into(), context)
    }

    /// The columns that are written, and the values of each row for them.
    fn insert_rows(
        &self,
        insert: &Insert,
        columns: &[TableColumn],
    ) -> Result<(Vec<TableColumn>, Vec<Vec<Put>>), CompileError> {
        match &insert.source {
            InsertSource::Parameters(None) => {
                let row = columns.iter().map(|_| Put::Required).collect();
                Ok((columns.to_vec(), vec![row]))
            }
            InsertSource::Parameters(Some(keys)) => {
                check_keys(keys, columns)?;
                let mut written = Vec::new();
                let mut row = Vec::new();
                for column in columns {
                    let put = if keys.contains(&column.key) {
                        Some(Put::Required)
                    } else {
                        column.default.clone().map(Put::Default)
                    };
                    if let Some(put) = put {
                        written.push(column.clone());
                        row.push(put);
                    }
                }
                Ok((written, vec![row]))
            }
            InsertSource::Row(row) => insert_values(std::slice::from_ref(row), columns),
            InsertSource::Rows(rows) => insert_values(rows, columns),
            InsertSource::Query { columns: keys, query, include_defaults } => {
                check_keys(keys, columns)?;
                let find = |key: &String| columns.iter().find(|column| column.key == *key).cloned();
                let mut written: Vec<TableColumn> = keys.iter().filter_map(find).collect();
                if *include_defaults {
                    let defaults = columns
                        .iter()
                        .filter(|column| column.default.is_some() && !keys.contains(&column.key));
                    let defaults: Vec<TableColumn> = defaults.cloned().collect();
                    if !defaults.is_empty() && !matches!(query, Query::Select(_)) {
                        let names: Vec<String> =
                            defaults.iter().map(|column| format!("'{}'", column.name)).collect();
                        return Err(CompileError::Compile(format!(
                            "Can't extend statement for INSERT..FROM SELECT to include additional \
                             default-holding column(s) {}.  Convert the selectable to a \
                             subquery() first, or pass include_defaults=False to \
                             Insert.from_select() to skip these columns.",
                            names.join(", ")
                        )));
                    }
                    written.extend(defaults);
                }
                Ok((written, Vec::new()))
            }
        }
    }

    /// The default of a column as an insert writes it. A plain value is a parameter; where
    /// SQLAlchemy writes literals, it writes NULL, as it looks such values up only when it executes.
    fn written_default(&self, default: &Expr, column: &TableColumn) -> Expr {
        match default.kind() {
            ExprKind::Bind(_) if self.options.binds == Binds::Literal => {
                let null = build::unique_bind(None, SqlValue::Null, column.sql_type.clone());
                Expr::bind(null)
            }
            ExprKind::Bind(_) => default.with_binary_type(&column.sql_type),
            _ => default.clone(),
        }
    }

    /// A value of a column.
    fn put(&mut self, put: Put, column: &TableColumn, context: Context<'_>) -> Written {
        match put {
            Put::Operand(operand) => {
                self.assigned(&operand, &column.key, &column.sql_type, context)
            }
            Put::Required => self.required(&column.key, &column.sql_type, context),
            Put::Default(default) => {
                let default = self.written_default(&default, column);
                self.process(&default.grouped(None), context)
            }
        }
    }

    /// A value that must come with the execution.
    pub(super) fn required(
        &mut self,
        key: &str,
        sql_type: &SqlType,
        context: Context<'_>,
    ) -> Written {
        if !self.options.values.contains_key(key) {
            return Err(CompileError::MissingParameter(key.to_owned()));
        }
        self.bind(&bindparam(key).typed(sql_type.clone()), context)
    }

    /// The value of an assignment: a plain one is a parameter of the column's name and type.
    pub(super) fn assigned(
        &mut self,
        operand: &Operand,
        key: &str,
        sql_type: &SqlType,
        context: Context<'_>,
    ) -> Written {
        match operand {
            Operand::Value(value) => {
                // A parameter for a column without a type goes to the driver as it is.
                let is_text = self.options.binds == Binds::Literal || context.literal_binds;
                let own = if *sql_type == SqlType::Null && is_text {
                    crate::expr::typing::type_of(value)
                } else {
                    sql_type.clone()
                };
                let bind = build::unique_bind(Some(key), value.clone(), own);
                self.assigned_bind(&bind, context)
            }
            Operand::Expr(expr) => match expr.kind() {
                ExprKind::Bind(bind) => {
                    let mut bind = bind.clone();
                    if bind.sql_type == SqlType::Null {
                        bind.sql_type = sql_type.clone();
                    }
                    self.assigned_bind(&bind, context)
                }
                _ => self.process(&expr.grouped(None), context),
            },
        }
    }

    fn on_conflict(
        &mut self,
        insert: &Insert,
        on_conflict: &OnConflict,
        columns: &[TableColumn],
        context: Context<'_>,
    ) -> Written {
        match (on_conflict, self.dialect()) {
            (OnConflict::DuplicateKeyUpdate { set, ordered }, Dialect::Mysql) => {
                self.on_duplicate(insert, set, *ordered, columns, context)
            }
            (OnConflict::DuplicateKeyUpdate { .. }, _) => {
                Err(self.unrenderable("OnDuplicateClause"))
            }
            (OnConflict::DoNothing(_), Dialect::Mysql) => {
                Err(self.unrenderable("OnConflictDoNothing"))
            }
            (OnConflict::DoUpdate { .. }, Dialect::Mysql) => {
                Err(self.unrenderable("OnConflictDoUpdate"))
            }
            (OnConflict::DoNothing(target), _) => {
                let target = self.conflict_target(target, context)?;
                Ok(if target.is_empty() {
                    "ON CONFLICT DO NOTHING".to_owned()
                } else {
                    format!("ON CONFLICT {target} DO NOTHING")
                })
            }
            (OnConflict::DoUpdate { target, set, criterion }, _) => {
                let target = self.conflict_target(target, context)?;
                let mut set = self.conflict_set(set, columns, context)?;
                if let Some(criterion) = criterion {
                    let context = Context { use_schema: false, ..context };
                    set += &format!(" WHERE {}", self.process(criterion, context)?);
                }
                Ok(format!("ON CONFLICT {target} DO UPDATE SET {set}"))
            }
        }
    }

    fn conflict_target(&mut self, target: &ConflictTarget, context: Context<'_>) -> Written {
        if let Some(constraint) = &target.constraint
            && self.dialect() == Dialect::Postgresql
        {
            return Ok(format!("ON CONSTRAINT {}", self.target.quote(constraint)));
        }
        if target.elements.is_empty() {
            return Ok(String::new());
        }
        let plain = Context { include_table: false, use_schema: false, ..Context::default() };
        let mut parts = Vec::with_capacity(target.elements.len());
        for element in &target.elements {
            parts.push(match element {
                Target::Key(name) => self.target.quote(name),
                Target::Expr(expr) => self.process(expr, plain)?,
            });
        }
        let mut text = format!("({})", parts.join(", "));
        if let Some(criterion) = &target.criterion {
            let literal_execute = self.dialect() == Dialect::Sqlite;
            let context =
                Context { include_table: false, use_schema: false, literal_execute, ..context };
            text += &format!(" WHERE {}", self.process(criterion, context)?);
        }
        Ok(text)
    }

    /// Assignments, those of known columns first and in the order of the columns.
    fn conflict_set(
        &mut self,
        set: &Assignments,
        columns: &[TableColumn],
        context: Context<'_>,
    ) -> Written {
        let context = Context { use_schema: false, ..context };
        let mut parts = Vec::with_capacity(set.len());
        for column in columns {
            let own = set.iter().find(|(target, _)| key_of(target).as_ref() == Some(&column.key));
            if let Some((_, value)) = own {
                let value = self.conflict_value(value, &column.sql_type, context)?;
                parts.push(format!("{} = {value}", self.target.quote(&column.name)));
            }
        }
        for (target, value) in set {
            let key = key_of(target);
            if columns.iter().any(|column| key.as_ref() == Some(&column.key)) {
                continue;
            }
            let name = match target {
                Target::Key(key) => self.target.quote(key),
                Target::Expr(expr) => {
                    self.process(expr, Context { use_schema: false, ..Context::default() })?
                }
            };
            let value = self.conflict_value(value, &SqlType::Null, context)?;
            parts.push(format!("{name} = {value}"));
        }
        Ok(parts.join(", "))
    }

    fn conflict_value(
        &mut self,
        value: &Operand,
        sql_type: &SqlType,
        context: Context<'_>,
    ) -> Written {
        let expr = match value {
            Operand::Value(SqlValue::Null) => {
                let bind = build::unique_bind(None, SqlValue::Null, sql_type.clone());
                Expr::bind(bind)
            }
            Operand::Value(value) => {
                let own = crate::expr::typing::type_of(value);
                let own = if own == SqlType::Null { sql_type.clone() } else { own };
                Expr::bind(build::unique_bind(None, value.clone(), own))
            }
            Operand::Expr(expr) => match expr.kind() {
                ExprKind::Bind(bind) if bind.sql_type == SqlType::Null => {
                    expr.with_binary_type(sql_type)
                }
                _ => expr.clone(),
            },
        };
        self.process(&expr.grouped(None), context)
    }

    fn on_duplicate(
        &mut self,
        insert: &Insert,
        set: &Assignments,
        ordered: bool,
        columns: &[TableColumn],
        context: Context<'_>,
    ) -> Written {
        let find = |key: &String| columns.iter().find(|column| column.key == *key);
        let keys: Vec<String> = set.iter().filter_map(|(target, _)| key_of(target)).collect();
        let mut sorted: Vec<&TableColumn> = Vec::new();
        if ordered {
            sorted.extend(keys.iter().filter_map(find));
        }
        let rest: Vec<&TableColumn> = columns
            .iter()
            .filter(|column| !sorted.iter().any(|other| other.key == column.key))
            .collect();
        sorted.extend(rest);
        let has_rows = !matches!(insert.source, InsertSource::Query { .. });
        let is_aliased = has_rows
            && !self.target.is_mariadb()
            && self.target.version().is_some()
            && self.target.is_at_least(&[8, 0, 20]);
        let is_new = match &insert.table {
            FromClause::Table(table) => table.name.eq_ignore_ascii_case("new"),
            _ => false,
        };
        let alias = if is_new { "new_1" } else { "new" };
        let mut parts = Vec::new();
        for column in sorted {
            let own = set.iter().find(|(target, _)| key_of(target).as_ref() == Some(&column.key));
            let Some((_, value)) = own else { continue };
            let value = match value {
                Operand::Expr(expr) => {
                    Operand::Expr(self.inserted_columns(expr, is_aliased.then_some(alias)))
                }
                value => value.clone(),
            };
            let context = Context {
                use_schema: false,
                literal_binds: context.literal_binds,
                ..Context::default()
            };
            let value = self.conflict_value(&value, &column.sql_type, context)?;
            parts.push(format!("{} = {value}", self.target.quote(&column.name)));
        }
        let text = format!("ON DUPLICATE KEY UPDATE {}", parts.join(", "));
        Ok(if is_aliased { format!("AS {alias} {text}") } else { text })
    }

    /// Columns of the row that was to be put in, as MySQL names them.
    fn inserted_columns(&self, expr: &Expr, alias: Option<&str>) -> Expr {
        crate::expr::replace::replaced(expr, &|expr| {
            let ExprKind::Column(column) = expr.kind() else { return None };
            let Some(FromClause::Alias(table)) = &column.table else { return None };
            if table.name.as_str() != Some("excluded") {
                return None;
            }
            let name = self.target.quote(column.name.as_str()?);
            let text = match alias {
                Some(alias) => format!("{alias}.{name}"),
                None => format!("VALUES({name})"),
            };
            Some(crate::expr::literal_column(text, SqlType::Null))
        })
    }
}

fn check_keys(keys: &[String], columns: &[TableColumn]) -> Result<(), CompileError> {
    let unknown: Vec<&str> = keys
        .iter()
        .filter(|key| !columns.iter().any(|column| column.key == **key))
        .map(String::as_str)
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(CompileError::Compile(format!("Unconsumed column names: {}", unknown.join(", "))))
    }
}

fn insert_values(
    rows: &[Assignments],
    columns: &[TableColumn],
) -> Result<(Vec<TableColumn>, Vec<Vec<Put>>), CompileError> {
    let Some(first) = rows.first() else { return Ok((Vec::new(), Vec::new())) };
    let keys = |row: &Assignments| -> Vec<String> {
        row.iter().filter_map(|(target, _)| key_of(target)).collect()
    };
    let first_keys = keys(first);
    check_keys(&first_keys, columns)?;
    let written: Vec<TableColumn> = columns
        .iter()
        .filter(|column| first_keys.contains(&column.key) || column.default.is_some())
        .cloned()
        .collect();
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let mut values = Vec::with_capacity(written.len());
        for column in &written {
            let own = row.iter().find(|(target, _)| key_of(target).as_ref() == Some(&column.key));
            values.push(match (own, &column.default) {
                (Some((_, operand)), _) => Put::Operand(operand.clone()),
                (None, Some(default)) => Put::Default(default.clone()),
                (None, None) => {
                    return Err(CompileError::Compile(format!(
                        "INSERT value for column {} is explicitly rendered as a boundparameter in \
                         the VALUES clause; a Python-side value or SQL expression is required",
                        column.name
                    )));
                }
            });
        }
        all.push(values);
    }
    Ok((written, all))
}
