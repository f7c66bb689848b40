//! Queries.

use super::Compiler;
use super::Context;
use super::Entry;
use super::Written;
use crate::CompileError;
use crate::Dialect;
use crate::SqlType;
use crate::expr::Compound;
use crate::expr::Correlate;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::ForUpdate;
use crate::expr::FromClause;
use crate::expr::Name;
use crate::expr::Owner;
use crate::expr::Query;
use crate::expr::RowLimit;
use crate::expr::Select;
use crate::expr::Selected;
use crate::expr::build;
use crate::expr::froms::from_objects;
use crate::expr::froms::normalized;
use crate::expr::naming::NamedColumn;
use crate::expr::naming::named_columns;
use crate::value::SqlValue;

impl Compiler<'_> {
    pub(super) fn query(&mut self, query: &Query, context: Context<'_>) -> Written {
        match query {
            Query::Select(select) => self.select(select, context),
            Query::Compound(compound) => self.compound(compound, context),
            Query::Textual(textual) => {
                let top = self.stack.is_empty();
                self.stack.push(Entry::default());
                let text = self.process(&textual.text, Context { as_from: false, ..context });
                let with = self.with_clause(top, false);
                self.stack.pop();
                Ok(with + &text?)
            }
        }
    }

    fn select(&mut self, select: &Select, context: Context<'_>) -> Written {
        let top = self.stack.is_empty();
        let embedded = context.compound_index.is_some() || context.insert_into;
        let as_from = context.as_from;
        let lateral = context.lateral;
        let context = Context {
            within_columns: false,
            within_label: false,
            as_from: false,
            insert_into: false,
            lateral: false,
            label_as: None,
            ..context
        };
        let columns = select.all_columns();
        self.check_width(context.compound_index, columns.len())?;
        let context = Context { compound_index: None, ..context };
        let columns = named_columns(&columns, select.label_style, true);
        let froms = select.froms()?;
        let entry = self.select_entry(select, &columns, &froms, as_from && !lateral)?;
        let displayed = entry.own.clone();
        let (own, displayed) = split(displayed);
        self.stack.push(Entry { own, ..entry });
        let text = self.select_body(select, &columns, &displayed, as_from, context);
        let text = match text {
            Ok(text) if !embedded || top => Ok(self.with_clause(top, false) + &text),
            text => text,
        };
        let text = text.and_then(|text| {
            let suffixes = self.prefixes(&select.suffixes, context)?;
            Ok(if suffixes.is_empty() { text } else { format!("{text} {suffixes}") })
        });
        self.stack.pop();
        text
    }

    fn check_width(&mut self, index: Option<usize>, width: usize) -> Result<(), CompileError> {
        let Some(index) = index else { return Ok(()) };
        let Some(entry) = self.stack.last_mut() else { return Ok(()) };
        if index == 0 {
            entry.first_part = Some(width);
        } else if let Some(first) = entry.first_part
            && first != width
        {
            return Err(CompileError::Compile(format!(
                "All selectables passed to CompoundSelect must have identical numbers of columns; \
                 select #1 has {first} columns, select #{} has {width}",
                index + 1
            )));
        }
        Ok(())
    }

    /// What is known while the query is written. `own` of the entry is what the query selects
    /// from, after those that it shares with the queries around it are left out; a query that is
    /// apart (in `FROM`) shares nothing with the one that it stands in.
    fn select_entry(
        &self,
        select: &Select,
        columns: &[NamedColumn],
        froms: &[FromClause],
        is_apart: bool,
    ) -> Result<Entry, CompileError> {
        let none: &[FromClause] = &[];
        let (all, direct) = match self.stack.last() {
            Some(entry) => (entry.correlate.as_slice(), entry.own.as_slice()),
            None => (none, none),
        };
        let has =
            |list: &[FromClause], from: &FromClause| list.iter().any(|other| other.is_same(from));
        let explicit: Vec<FromClause> = if is_apart {
            all.iter().filter(|from| !has(direct, from)).cloned().collect()
        } else {
            all.to_vec()
        };
        let implicit: &[FromClause] = if is_apart { none } else { direct };
        let mut displayed = froms.to_vec();
        match &select.correlate {
            Correlate::To(to) => displayed.retain(|from| !(has(&explicit, from) && has(to, from))),
            Correlate::Except(except) => {
                displayed.retain(|from| !has(&explicit, from) || has(except, from));
            }
            Correlate::Auto if !implicit.is_empty() && displayed.len() > 1 => {
                displayed.retain(|from| !has(implicit, from));
                if displayed.is_empty() {
                    return Err(CompileError::InvalidRequest(
                        "Select statement returned no FROM clauses due to auto-correlation; \
                         specify correlate(<tables>) to control correlation manually."
                            .to_owned(),
                    ));
                }
            }
            Correlate::Auto => {}
        }
        let mut correlate: Vec<FromClause> =
            displayed.iter().flat_map(FromClause::sources).collect();
        correlate.extend(all.iter().cloned());
        let mut ambiguous: Vec<(String, Name)> = Vec::new();
        for from in froms.iter().flat_map(FromClause::sources) {
            if let FromClause::Table(table) = &from
                && table.schema.as_ref().is_some_and(|schema| !schema.is_empty())
                && !ambiguous.iter().any(|(name, _)| *name == table.name)
            {
                let of = Owner::Word(table.name.clone());
                ambiguous.push((table.name.clone(), Name::anonymous(&table.name, of)));
            }
        }
        Ok(Entry {
            correlate,
            own: displayed,
            columns: Some(columns.to_vec()),
            froms: froms.to_vec(),
            ambiguous,
            first_part: None,
        })
    }

    fn select_body(
        &mut self,
        select: &Select,
        columns: &[NamedColumn],
        displayed: &[FromClause],
        as_from: bool,
        context: Context<'_>,
    ) -> Written {
        let mut text = "SELECT ".to_owned();
        for cte in &select.ctes {
            let _name = self.source(cte, context)?;
        }
        text += &self.prefixes(&select.prefixes, context)?;
        text += &self.distinct(select, context)?;
        let mut parts = Vec::with_capacity(columns.len());
        for column in columns {
            parts.push(self.select_column(column, as_from, context)?);
        }
        text += &parts.join(", ");
        if parts.is_empty() {
            text.truncate(text.trim_end().len());
        }
        if displayed.is_empty() {
            if self.dialect() == Dialect::Mysql && !select.criteria.is_empty() {
                text += " FROM DUAL";
            }
        } else {
            let mut parts = Vec::with_capacity(displayed.len());
            for from in displayed {
                parts.push(self.source(from, context)?);
            }
            text += " \nFROM ";
            text += &parts.join(", ");
        }
        if !select.criteria.is_empty() {
            let criteria = self.criteria(&select.criteria, context)?;
            if !criteria.is_empty() {
                text += " \nWHERE ";
                text += &criteria;
            }
        }
        text += &self.by(" GROUP BY ", &select.group_by, context)?;
        if !select.having.is_empty() {
            let having = self.criteria(&select.having, context)?;
            if !having.is_empty() {
                text += " \nHAVING ";
                text += &having;
            }
        }
        text += &self.by(" ORDER BY ", &select.order_by, context)?;
        text += &self.row_limit(&select.row_limit, context)?;
        if let Some(for_update) = &select.for_update {
            text += &self.for_update(for_update)?;
        }
        Ok(text)
    }

    fn by(&mut self, word: &str, clauses: &[Expr], context: Context<'_>) -> Written {
        let text = self.list(clauses, ", ", context)?;
        Ok(if text.is_empty() { text } else { format!("{word}{text}") })
    }

    fn distinct(&mut self, select: &Select, context: Context<'_>) -> Written {
        if self.dialect() == Dialect::Postgresql && !select.distinct_on.is_empty() {
            let mut parts = Vec::with_capacity(select.distinct_on.len());
            for on in &select.distinct_on {
                parts.push(self.process(on, context)?);
            }
            return Ok(format!("DISTINCT ON ({}) ", parts.join(", ")));
        }
        Ok(if select.distinct { "DISTINCT ".to_owned() } else { String::new() })
    }

    /// A column, labelled where it has no name of its own or not the one it must have.
    pub(super) fn select_column(
        &mut self,
        column: &NamedColumn,
        as_from: bool,
        context: Context<'_>,
    ) -> Written {
        let context = Context { within_columns: true, within_label: false, ..context };
        let expr = &column.expr;
        if matches!(expr.kind(), ExprKind::Label(_)) {
            return self.process(expr, context);
        }
        let name = match &column.required {
            Some(name) => Some(name.clone()),
            None => {
                let wanted = match expr.kind() {
                    ExprKind::Column(column) => {
                        as_from && !column.is_literal && column.table.is_some()
                    }
                    ExprKind::Text(_) | ExprKind::TableValued(..) => false,
                    ExprKind::Unary(_) => wraps_unnamed(expr) || as_from,
                    ExprKind::AsBoolean { .. } => {
                        !self.target.supports_native_boolean() || wraps_unnamed(expr) || as_from
                    }
                    _ => true,
                };
                let name = column.fallback.clone().unwrap_or_else(|| expr.made_up_name());
                wanted.then_some(name)
            }
        };
        let Some(name) = name else { return self.process(expr, context) };
        let name = match name {
            Name::Plain { name, .. } => Name::Plain { name, cut: true },
            name => name,
        };
        let name = self.named(&name, "colident");
        let text = self.process(expr, Context { within_label: true, ..context })?;
        Ok(format!("{text} AS {}", self.target.quote(&name)))
    }

    fn compound(&mut self, compound: &Compound, context: Context<'_>) -> Written {
        let top = self.stack.is_empty();
        let (correlate, own) = match self.stack.last() {
            Some(entry) => (entry.correlate.clone(), entry.own.clone()),
            None => (Vec::new(), Vec::new()),
        };
        let query = Query::Compound(std::sync::Arc::new(compound.clone()));
        let columns = query.exported().into_iter().map(|column| {
            let name = Name::plain(column.key.clone());
            NamedColumn {
                required: None,
                proxy: column.key.clone(),
                fallback: Some(name),
                expr: Expr::new(ExprKind::Column(column)),
            }
        });
        let columns = columns.collect();
        self.stack.push(Entry { correlate, own, columns: Some(columns), ..Entry::default() });
        let text = self.compound_body(compound, context);
        let text = text.map(|text| self.with_clause(top, true) + &text);
        self.stack.pop();
        text
    }

    fn compound_body(&mut self, compound: &Compound, context: Context<'_>) -> Written {
        let mut parts = Vec::with_capacity(compound.queries.len());
        for (index, query) in compound.queries.iter().enumerate() {
            let part = Context { compound_index: Some(index), insert_into: false, ..context };
            let text = self.query(query, part)?;
            parts.push(if query.needs_parentheses() { format!("({text})") } else { text });
        }
        let mut text = parts.join(&format!(" {} ", compound.operator.keyword()));
        let context =
            Context { include_table: false, as_from: false, insert_into: false, ..context };
        text += &self.by(" GROUP BY ", &compound.group_by, context)?;
        text += &self.by(" ORDER BY ", &compound.order_by, context)?;
        text += &self.row_limit(&compound.row_limit, context)?;
        Ok(text)
    }

    fn row_limit(&mut self, rows: &RowLimit, context: Context<'_>) -> Written {
        if !rows.is_some() {
            return Ok(String::new());
        }
        if let Some(fetch) = &rows.fetch {
            return self.fetch(rows, fetch, context);
        }
        let dialect = self.dialect();
        let mut part = |expr: &Option<Expr>| -> Result<Option<String>, CompileError> {
            expr.as_ref().map(|expr| self.process(expr, context)).transpose()
        };
        Ok(match dialect {
            Dialect::Mysql => {
                let offset = part(&rows.offset)?;
                let limit = part(&rows.limit)?;
                match (limit, offset) {
                    (Some(limit), None) => format!(" \n LIMIT {limit}"),
                    (limit, Some(offset)) => {
                        let limit = limit.unwrap_or_else(|| "18446744073709551615".to_owned());
                        format!(" \n LIMIT {offset}, {limit}")
                    }
                    (None, None) => String::new(),
                }
            }
            Dialect::Postgresql => {
                let limit = part(&rows.limit)?;
                let offset = part(&rows.offset)?;
                let mut text = String::new();
                if let Some(limit) = &limit {
                    text += &format!(" \n LIMIT {limit}");
                }
                if let Some(offset) = offset {
                    if limit.is_none() {
                        text += "\n LIMIT ALL";
                    }
                    text += &format!(" OFFSET {offset}");
                }
                text
            }
            Dialect::Sqlite => {
                let mut number = |number: i64| {
                    let value = SqlValue::Int(number);
                    let bind = build::unique_bind(None, value, SqlType::integer());
                    self.bind(&bind, context)
                };
                let limit = match &rows.limit {
                    Some(limit) => Some(self.process(limit, context)?),
                    None if rows.offset.is_some() => Some(number(-1)?),
                    None => None,
                };
                let offset = match &rows.offset {
                    Some(offset) => self.process(offset, context)?,
                    None => {
                        let value = SqlValue::Int(0);
                        let bind = build::unique_bind(None, value, SqlType::integer());
                        self.bind(&bind, context)?
                    }
                };
                let limit = limit.map_or_else(String::new, |limit| format!("\n LIMIT {limit}"));
                format!("{limit} OFFSET {offset}")
            }
        })
    }

    fn fetch(&mut self, rows: &RowLimit, fetch: &Expr, context: Context<'_>) -> Written {
        if self.dialect() != Dialect::Postgresql {
            // SQLAlchemy writes standard SQL here, which these databases do not take.
            let mut text = String::new();
            if let Some(offset) = &rows.offset {
                text += &format!("\n OFFSET {} ROWS", self.process(offset, context)?);
            }
            let fetch = self.process(fetch, context)?;
            return Ok(text + &fetch_tail(&fetch, rows));
        }
        let mut text = String::new();
        if let Some(offset) = &rows.offset {
            text += &format!("\n OFFSET ({}) ROWS", self.process(offset, context)?);
        }
        let fetch = format!("({})", self.process(fetch, context)?);
        Ok(text + &fetch_tail(&fetch, rows))
    }

    fn for_update(&mut self, for_update: &ForUpdate) -> Written {
        let mut text = match self.dialect() {
            Dialect::Sqlite => return Ok(String::new()),
            Dialect::Postgresql => match (for_update.read, for_update.key_share) {
                (true, true) => " FOR KEY SHARE",
                (true, false) => " FOR SHARE",
                (false, true) => " FOR NO KEY UPDATE",
                (false, false) => " FOR UPDATE",
            },
            Dialect::Mysql if for_update.read => {
                if self.is_mysql_8() {
                    " FOR SHARE"
                } else {
                    " LOCK IN SHARE MODE"
                }
            }
            Dialect::Mysql => " FOR UPDATE",
        }
        .to_owned();
        let knows_of = self.dialect() == Dialect::Postgresql || self.is_mysql_8();
        if !for_update.of.is_empty() && knows_of {
            let mut tables: Vec<String> = Vec::new();
            for from in &for_update.of {
                let table = self.hint(from)?;
                if !tables.contains(&table) {
                    tables.push(table);
                }
            }
            text += &format!(" OF {}", tables.join(", "));
        }
        if for_update.nowait {
            text += " NOWAIT";
        }
        if for_update.skip_locked {
            text += " SKIP LOCKED";
        }
        Ok(text)
    }

    /// MySQL (not MariaDB) that is known to be of version 8.
    fn is_mysql_8(&self) -> bool {
        self.dialect() == Dialect::Mysql
            && !self.target.is_mariadb()
            && self.target.version().is_some()
            && self.target.is_at_least(&[8, 0, 1])
    }

    /// A label of the columns in `ORDER BY` and the like: by its name, where it can be.
    pub(super) fn label_reference(&mut self, element: &Expr, context: Context<'_>) -> Written {
        let Some(entry) = self.stack.last() else { return self.process(element, context) };
        let Some(columns) = &entry.columns else {
            return Err(CompileError::Compile(
                "Can't resolve label reference for ORDER BY / GROUP BY / DISTINCT etc.".to_owned(),
            ));
        };
        let label = build::unordered(element);
        let same_name = columns.iter().rfind(|column| column.resolved_name() == label.name());
        let is_column = same_name.is_some_and(|column| column.expr.shares_lineage(&label));
        let label_as = (is_column && !context.within_columns).then_some(&label);
        self.process(element, Context { label_as, ..context })
    }

    /// The same by its name as text.
    pub(super) fn textual_reference(&mut self, name: &str, context: Context<'_>) -> Written {
        let unresolved = || {
            CompileError::Compile(format!(
                "Can't resolve label reference for ORDER BY / GROUP BY / DISTINCT etc. Textual \
                 SQL expression '{name}' should be explicitly declared as text('{name}')"
            ))
        };
        let Some(entry) = self.stack.last() else { return Ok(name.to_owned()) };
        let Some(columns) = &entry.columns else { return Err(unresolved()) };
        // Among the columns, their own labels are not there yet.
        let labels: &[NamedColumn] = if context.within_columns { &[] } else { columns };
        let found = labels
            .iter()
            .rfind(|column| column.resolved_name().is_some_and(|own| own.as_str() == Some(name)))
            .map(|column| column.expr.clone());
        let found = found.or_else(|| {
            entry.froms.iter().flat_map(FromClause::columns).find(|expr| match expr.kind() {
                ExprKind::Column(column) => column.key == name,
                _ => false,
            })
        });
        let found = found.ok_or_else(unresolved)?;
        self.process(&found, Context { label_as: Some(&found), ..context })
    }
}

fn fetch_tail(fetch: &str, rows: &RowLimit) -> String {
    let percent = if rows.percent { " PERCENT" } else { "" };
    let ties = if rows.with_ties { "WITH TIES" } else { "ONLY" };
    format!("\n FETCH FIRST {fetch}{percent} ROWS {ties}")
}

impl NamedColumn {
    /// The name by which `ORDER BY` and the like can mean it.
    fn resolved_name(&self) -> Option<Name> {
        self.expr.table_qualified_name().or_else(|| match self.expr.kind() {
            ExprKind::Column(column) => Some(Name::plain(column.key.clone())),
            ExprKind::Function(function) => Some(Name::plain(&function.name)),
            _ => None,
        })
    }
}

impl Expr {
    /// Whether one is the other under another label.
    fn shares_lineage(&self, other: &Expr) -> bool {
        fn inner(expr: &Expr) -> &Expr {
            match expr.kind() {
                ExprKind::Label(label) => inner(&label.element),
                ExprKind::Grouping(element) => inner(element),
                _ => expr,
            }
        }
        self.is_same(other) || inner(self).is_same(inner(other))
    }
}

/// Whether what an operator stands before has no name of its own.
fn wraps_unnamed(expr: &Expr) -> bool {
    let mut inner = match expr.kind() {
        ExprKind::Unary(unary) => unary.element.clone(),
        ExprKind::AsBoolean { element, .. } => element.clone(),
        _ => return true,
    };
    while let ExprKind::Grouping(element) = inner.kind() {
        inner = element.clone();
    }
    inner.natural_name().is_none()
}

/// What a query selects from, as it is written and as those inside of it see it.
fn split(displayed: Vec<FromClause>) -> (Vec<FromClause>, Vec<FromClause>) {
    let own = displayed.iter().flat_map(FromClause::sources).collect();
    (own, displayed)
}

impl Select {
    /// What the query selects from: what it is told, what its columns and conditions name.
    pub(crate) fn froms(&self) -> Result<Vec<FromClause>, CompileError> {
        let mut told = self.from.clone();
        for join in &self.joins {
            crate::expr::froms::add_join(&mut told, join, self)?;
        }
        for selected in &self.columns {
            match selected {
                Selected::From(from) => told.extend(from.sources()),
                Selected::Expr(expr) => told.extend(from_objects(expr)),
            }
        }
        told.extend(self.criteria.iter().flat_map(from_objects));
        Ok(normalized(told))
    }
}
