//! Which names the columns of a query have (SQLAlchemy's `_generate_columns_plus_names`).

use std::collections::BTreeMap;

use crate::expr::CastKind;
use crate::expr::ColumnRef;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::FromClause;
use crate::expr::LabelStyle;
use crate::expr::Name;
use crate::expr::Owner;
use crate::expr::Select;
use crate::expr::Selected;

/// A column of a query and its names.
#[derive(Debug, Clone)]
pub(crate) struct NamedColumn {
    /// The name that must be written.
    pub(crate) required: Option<Name>,
    /// The key by which those around the query know it.
    pub(crate) proxy: String,
    /// The name that is written where there must be one.
    pub(crate) fallback: Option<Name>,
    /// The column.
    pub(crate) expr: Expr,
}

impl Expr {
    /// Its name, if it has one: of a column, a label, a function.
    pub(crate) fn name(&self) -> Option<Name> {
        match self.kind() {
            ExprKind::Column(column) => Some(column.name.clone()),
            ExprKind::Label(label) => Some(label.name.clone()),
            ExprKind::Function(function) => Some(Name::plain(&function.name)),
            ExprKind::TableValued(from, _) => from.name().cloned(),
            ExprKind::Grouping(inner) => inner.name(),
            _ => None,
        }
    }

    /// What is inside of a wrapper that lets the name of its operand through.
    fn wrapped(&self) -> Option<&Expr> {
        match self.kind() {
            ExprKind::Cast(cast) => Some(&cast.element),
            ExprKind::AsBoolean { element, .. } => Some(element),
            ExprKind::AggregateOrderBy { function, .. } => Some(function),
            _ => None,
        }
    }

    /// The name that a column of the database has by itself.
    pub(crate) fn natural_name(&self) -> Option<Name> {
        match self.kind() {
            ExprKind::Column(column) => Some(column.name.clone()),
            ExprKind::Label(label) => Some(label.name.clone()),
            ExprKind::TableValued(from, _) => from.name().cloned(),
            _ => None,
        }
    }

    fn anonymous(&self, seed: Option<Name>, again: u32) -> Name {
        let of = Owner::Expr(self.clone(), again);
        match seed {
            None => Name::anonymous("anon", of),
            Some(Name::Plain { name, .. }) => {
                let name = if again > 0 { format!("{name}_") } else { name };
                Name::anonymous(&name, of)
            }
            Some(name) => Name::Again { name: Box::new(name), of },
        }
    }

    /// The name that is made up for it.
    pub(crate) fn made_up_name(&self) -> Name {
        if let Some(inner) = self.wrapped()
            && !matches!(inner.kind(), ExprKind::Text(_))
        {
            return inner.natural_name().unwrap_or_else(|| inner.made_up_name());
        }
        self.anonymous(self.name(), 0)
    }

    /// The name with that of the table before it.
    pub(crate) fn table_qualified_name(&self) -> Option<Name> {
        match self.kind() {
            ExprKind::Column(column) => column.qualified(&column.name),
            ExprKind::Label(label) => Some(label.name.clone()),
            ExprKind::TableValued(from, _) => from.name().cloned(),
            ExprKind::Grouping(inner) => {
                inner.table_qualified_name().or_else(|| Some(self.made_up_name()))
            }
            _ => self.wrapped().and_then(Expr::table_qualified_name),
        }
    }

    /// The key with the name of the table before it.
    pub(crate) fn table_qualified_key(&self) -> Option<String> {
        let name = match self.kind() {
            ExprKind::Column(column) => column.qualified(&Name::plain(&column.key)),
            _ => self.table_qualified_name(),
        };
        match name {
            Some(Name::Plain { name, .. }) => Some(name),
            _ => None,
        }
    }

    fn repeated_qualified_name(&self, again: u32) -> Name {
        let name = self.table_qualified_name();
        let seed = match name {
            None => Name::plain("anon"),
            Some(name) => name,
        };
        self.anonymous(Some(seed), again)
    }

    /// The name that is made up for its repetition.
    fn repeated_name(&self, again: u32) -> Name {
        if let Some(inner) = self.wrapped() {
            return match inner.natural_name() {
                Some(Name::Plain { name, .. }) => {
                    self.anonymous(Some(Name::plain(format!("{name}_"))), 0)
                }
                _ => self.repeated_qualified_name(again),
            };
        }
        match self.name() {
            None => self.repeated_qualified_name(again),
            name => self.anonymous(name, again),
        }
    }

    /// The key by which those around a query know it.
    fn proxy_key(&self) -> Option<String> {
        match self.kind() {
            ExprKind::Column(column) => Some(column.key.clone()),
            ExprKind::Function(function) => Some(function.name.clone()),
            ExprKind::Cast(cast) if cast.kind != CastKind::Coerce || !self.is_text() => {
                match cast.element.kind() {
                    ExprKind::Text(_) => None,
                    _ => cast.element.proxy_key(),
                }
            }
            ExprKind::AsBoolean { element, .. } => element.proxy_key(),
            ExprKind::Grouping(inner) => inner.proxy_key(),
            _ => self.natural_name().and_then(|name| name.as_str().map(str::to_owned)),
        }
    }

    fn is_free_column(&self) -> bool {
        matches!(self.kind(), ExprKind::Column(column) if column.table.is_none())
    }

    fn is_text(&self) -> bool {
        matches!(self.kind(), ExprKind::Text(_))
    }
}

impl ColumnRef {
    fn qualified(&self, name: &Name) -> Option<Name> {
        if self.is_literal {
            return None;
        }
        let Some(table) = &self.table else { return Some(name.clone()) };
        let (schema, table_name) = match table {
            FromClause::Table(table) => (table.schema.as_deref(), Name::plain(table.name.clone())),
            other => match other.name() {
                Some(name) => (None, name.clone()),
                None => return Some(name.clone()),
            },
        };
        let (Name::Plain { name, .. }, Name::Plain { name: table_name, .. }) = (name, &table_name)
        else {
            // A made-up part: SQLAlchemy makes the whole up from it.
            return Some(name.clone());
        };
        let mut label = match schema {
            Some(schema) => format!("{}_{table_name}_{name}", schema.replace('.', "_")),
            None => format!("{table_name}_{name}"),
        };
        if table.get(&label).is_some() {
            let mut number = 1;
            while table.get(&format!("{label}_{number}")).is_some() {
                number += 1;
            }
            label = format!("{label}_{number}");
        }
        Some(Name::Plain { name: label, cut: true })
    }
}

/// A name as a key: equal only for the same name.
fn key(name: &Name) -> String {
    match name {
        Name::Plain { name, .. } => format!("={name}"),
        Name::Anonymous { seed, of } => format!("%{:?} {seed}", of.key()),
        Name::Again { name, of } => format!("{}%{:?}", key(name), of.key()),
    }
}

/// The keys by which those around a query know its columns.
#[derive(Default)]
struct ProxyKeys {
    seen: Vec<String>,
    counters: BTreeMap<String, u32>,
}

impl ProxyKeys {
    fn next(&mut self, expr: &Expr, style: LabelStyle) -> String {
        let own = match style {
            LabelStyle::TablenamePlusColumn => expr.table_qualified_key(),
            _ => expr.proxy_key(),
        };
        let own = own.unwrap_or_else(|| "_no_label".to_owned());
        if style == LabelStyle::None || !self.seen.contains(&own) {
            self.seen.push(own.clone());
            return own;
        }
        let counter = self.counters.entry(own.clone()).or_insert(0);
        *counter += 1;
        format!("{own}_{counter}")
    }
}

/// The columns of a query or of `RETURNING`, each with its names. `all` tells apart even the same
/// column where it repeats.
pub(crate) fn named_columns(columns: &[Expr], style: LabelStyle, all: bool) -> Vec<NamedColumn> {
    let qualified = style == LabelStyle::TablenamePlusColumn;
    let mut names: BTreeMap<String, Expr> = BTreeMap::new();
    let mut proxies = ProxyKeys::default();
    let mut again = 0;
    let mut named = Vec::with_capacity(columns.len());
    for expr in columns {
        let mut required = None;
        let mut fallback = None;
        let mut effective = None;
        let mut repetition = |expr: &Expr| {
            again += 1;
            if qualified { expr.repeated_qualified_name(again) } else { expr.repeated_name(again) }
        };
        if expr.is_text() || expr.is_free_column() {
            // Text has no name, and a column of no table keeps its own.
        } else if style == LabelStyle::None {
            fallback = Some(expr.natural_name().unwrap_or_else(|| expr.made_up_name()));
        } else {
            if qualified {
                required = expr.table_qualified_name();
                effective.clone_from(&required);
            } else {
                effective = expr.natural_name();
            }
            fallback.clone_from(&effective);
            if effective.is_none() {
                let made_up = expr.made_up_name();
                let repeats = names.insert(key(&made_up), expr.clone()).is_some();
                required = None;
                fallback = Some(if repeats { repetition(expr) } else { made_up });
            }
        }
        if let Some(effective) = effective {
            match names.get(&key(&effective)) {
                None => {
                    names.insert(key(&effective), expr.clone());
                }
                Some(other) if !other.is_same(expr) => {
                    let name = if qualified {
                        expr.anonymous(expr.table_qualified_name(), 0)
                    } else {
                        expr.made_up_name()
                    };
                    let name = if all && names.contains_key(&key(&name)) {
                        repetition(expr)
                    } else {
                        names.insert(key(&name), expr.clone());
                        name
                    };
                    required = Some(name.clone());
                    fallback = Some(name);
                }
                Some(_) if all => {
                    let name = repetition(expr);
                    required = Some(name.clone());
                    fallback = Some(name);
                }
                Some(_) => {}
            }
        }
        let proxy = if expr.is_text() { String::new() } else { proxies.next(expr, style) };
        named.push(NamedColumn { required, proxy, fallback, expr: expr.clone() });
    }
    named
}

/// The columns that are meant by what stands among the columns.
pub(crate) fn expanded(columns: &[Selected]) -> Vec<Expr> {
    let mut all = Vec::new();
    for selected in columns {
        match selected {
            Selected::Expr(expr) => all.push(expr.clone()),
            Selected::From(from) => all.extend(from.columns()),
        }
    }
    all
}

impl Select {
    /// All columns, in their order.
    pub(crate) fn all_columns(&self) -> Vec<Expr> {
        expanded(&self.columns)
    }

    /// The columns as those see them who select from the query.
    pub(crate) fn exported(&self) -> Vec<ColumnRef> {
        let style = match self.label_style {
            LabelStyle::None => LabelStyle::DisambiguateOnly,
            style => style,
        };
        let named = named_columns(&self.all_columns(), style, false);
        let proxy = |column: NamedColumn| {
            let is_literal = match column.expr.kind() {
                ExprKind::Text(_) => return None,
                ExprKind::Column(own) => own.is_literal && column.required.is_none(),
                _ => false,
            };
            let name = column
                .required
                .or_else(|| column.expr.natural_name())
                .unwrap_or_else(|| column.expr.made_up_name());
            let is_label = matches!(column.expr.kind(), ExprKind::Label(_));
            let name = match name {
                // A label that was given is never cut.
                Name::Plain { name, cut } => Name::Plain { name, cut: cut || !is_label },
                name => name,
            };
            Some(ColumnRef {
                name,
                key: column.proxy,
                table: None,
                sql_type: column.expr.sql_type(),
                is_literal,
            })
        };
        named.into_iter().filter_map(proxy).collect()
    }
}
