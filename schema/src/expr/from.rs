//! What a statement selects from: tables, aliases, subqueries, joins.

use std::sync::Arc;

use crate::CompileError;
use crate::SqlType;
use crate::expr::ColumnRef;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Identity;
use crate::expr::Name;
use crate::expr::Owner;
use crate::expr::Query;
use crate::expr::Statement;
use crate::expr::froms::join_condition;
use crate::expr::node::MAX_DEPTH;

/// What a statement selects from. A clone is the same object: two tables of one name that were
/// made apart are two.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FromClause {
    /// A table.
    Table(Arc<TableClause>),
    /// Something under another name.
    Alias(Arc<Alias>),
    /// A common table expression.
    Cte(Arc<Cte>),
    /// A join.
    Join(Arc<Join>),
    /// A join in parentheses.
    Grouping(Arc<FromClause>),
    /// `VALUES`
    Values(Arc<Values>),
    /// A function, as it is.
    Function(Expr),
    /// Text.
    Text(Expr),
}

/// A table by name, with the columns that are known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableClause {
    /// The name.
    pub name: String,
    /// The schema.
    pub schema: Option<String>,
    /// The columns.
    pub columns: Vec<TableColumn>,
}

/// A column of a [`TableClause`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// The name.
    pub name: String,
    /// How Python code calls it.
    pub key: String,
    /// The type.
    pub sql_type: SqlType,
    /// What an insert without it writes (`default=`).
    pub default: Option<Expr>,
    /// What an update without it writes (`onupdate=`).
    pub onupdate: Option<Expr>,
    /// Whether it is part of the primary key.
    pub primary_key: bool,
    /// Whether it is the one that counts up.
    pub counts_up: bool,
    /// Whether the database has a default for it.
    pub server_default: bool,
    /// The columns of other tables that it refers to; joins without a condition find theirs here.
    pub references: Vec<Reference>,
}

/// A column of another table that a foreign key refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The schema.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The column; the one of the same name, if none is told.
    pub column: Option<String>,
}

impl TableColumn {
    /// A column of a name and type, and nothing else.
    pub fn new(name: impl Into<String>, sql_type: SqlType) -> TableColumn {
        let name = name.into();
        TableColumn {
            key: name.clone(),
            name,
            sql_type,
            default: None,
            onupdate: None,
            primary_key: false,
            counts_up: false,
            server_default: false,
            references: Vec::new(),
        }
    }
}

/// Something under another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// What it is.
    pub element: Aliased,
    /// The name.
    pub name: Name,
    /// `LATERAL`
    pub lateral: bool,
    /// The columns of a function in `FROM`.
    pub columns: Vec<TableColumn>,
    /// Whether the names of the columns are written behind the name, and whether with types.
    pub derived: Option<DerivedColumns>,
    /// `TABLESAMPLE`
    pub sample: Option<TableSample>,
    pub(crate) depth: u32,
}

/// How the columns behind an alias are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DerivedColumns {
    /// `AS t(a, b)`
    Names,
    /// `AS t(a INTEGER, b TEXT)`
    Types,
}

/// `TABLESAMPLE method(…) REPEATABLE (…)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSample {
    /// The method, a function.
    pub method: Expr,
    /// The seed.
    pub seed: Option<Expr>,
}

/// What an [`Alias`] stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aliased {
    /// A table, a join, a function.
    From(FromClause),
    /// A query.
    Query(Query),
}

/// A common table expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cte {
    /// The statement.
    pub element: Statement,
    /// The name.
    pub name: Name,
    /// `WITH RECURSIVE`
    pub recursive: bool,
    /// Whether it stands at its place rather than at the top.
    pub nesting: bool,
    /// Words before the parentheses, such as `MATERIALIZED`.
    pub prefixes: Vec<(Expr, Option<String>)>,
    /// The expression that this one repeats with more in it (of a recursive one).
    pub restates: Option<Arc<Cte>>,
    /// The expression that this one is another name of.
    pub alias_of: Option<Arc<Cte>>,
    pub(crate) depth: u32,
}

/// A join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The left side.
    pub left: FromClause,
    /// The right side.
    pub right: FromClause,
    /// The condition.
    pub on: Expr,
    /// Which rows without a partner stay.
    pub kind: JoinKind,
    pub(crate) depth: u32,
}

/// Which rows without a partner a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum JoinKind {
    /// None.
    #[default]
    Inner,
    /// Those of the left.
    LeftOuter,
    /// Those of both.
    FullOuter,
}

/// `VALUES`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// The columns.
    pub columns: Vec<TableColumn>,
    /// The name.
    pub name: Option<Name>,
    /// The rows.
    pub rows: Vec<Vec<Expr>>,
    /// Whether values are written as literals whatever is asked for.
    pub literal_binds: bool,
    /// `LATERAL`
    pub lateral: bool,
}

/// A table of this name with these columns (SQLAlchemy's lightweight `table()`).
pub fn table(
    name: impl Into<String>,
    columns: impl IntoIterator<Item = (&'static str, SqlType)>,
) -> FromClause {
    let columns = columns.into_iter().map(|(name, sql_type)| TableColumn::new(name, sql_type));
    FromClause::table(TableClause { name: name.into(), schema: None, columns: columns.collect() })
}

impl FromClause {
    /// A table.
    pub fn table(table: TableClause) -> FromClause {
        FromClause::Table(Arc::new(table))
    }

    fn too_deep() -> FromClause {
        FromClause::Text(Expr::invalid(crate::expr::node::too_deep()))
    }

    pub(crate) fn new_alias(mut alias: Alias) -> FromClause {
        let inner = match &alias.element {
            Aliased::From(from) => from.depth(),
            Aliased::Query(query) => query.depth(),
        };
        alias.depth = inner + 1;
        if inner >= MAX_DEPTH { Self::too_deep() } else { FromClause::Alias(Arc::new(alias)) }
    }

    pub(crate) fn new_cte(mut cte: Cte) -> FromClause {
        let inner = match &cte.element {
            Statement::Query(query) => query.depth(),
            Statement::Expr(expr) => expr.depth(),
            Statement::Insert(insert) => insert.depth(),
            Statement::Update(update) => update.depth(),
            Statement::Delete(delete) => delete.depth(),
        };
        let others = [&cte.restates, &cte.alias_of];
        let others = others.into_iter().flatten().map(|cte| cte.depth).max().unwrap_or(0);
        let inner = inner.max(others);
        cte.depth = inner + 1;
        if inner >= MAX_DEPTH { Self::too_deep() } else { FromClause::Cte(Arc::new(cte)) }
    }

    fn new_join(mut join: Join) -> FromClause {
        let inner = join.left.depth().max(join.right.depth()).max(join.on.depth());
        join.depth = inner + 1;
        if inner >= MAX_DEPTH { Self::too_deep() } else { FromClause::Join(Arc::new(join)) }
    }

    /// How many levels it has.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            FromClause::Table(_) | FromClause::Values(_) => 0,
            FromClause::Alias(alias) => alias.depth,
            FromClause::Cte(cte) => cte.depth,
            FromClause::Join(join) => join.depth,
            FromClause::Grouping(inner) => inner.depth(),
            FromClause::Function(expr) | FromClause::Text(expr) => expr.depth(),
        }
    }

    /// Where the object is: equal for the same object only.
    pub(crate) fn address(&self) -> usize {
        match self {
            FromClause::Table(table) => Arc::as_ptr(table) as usize,
            FromClause::Alias(alias) => Arc::as_ptr(alias) as usize,
            FromClause::Cte(cte) => Arc::as_ptr(cte) as usize,
            FromClause::Join(join) => Arc::as_ptr(join) as usize,
            FromClause::Grouping(inner) => Arc::as_ptr(inner) as usize,
            FromClause::Values(values) => Arc::as_ptr(values) as usize,
            FromClause::Function(expr) | FromClause::Text(expr) => expr.identity().0,
        }
    }

    /// Whether both are the same object.
    pub fn is_same(&self, other: &FromClause) -> bool {
        self.address() == other.address()
    }

    /// The name by which columns are qualified, if there is one.
    pub fn name(&self) -> Option<&Name> {
        match self {
            FromClause::Alias(alias) => Some(&alias.name),
            FromClause::Cte(cte) => Some(&cte.name),
            FromClause::Values(values) => values.name.as_ref(),
            _ => None,
        }
    }

    /// The columns, in their order.
    pub fn columns(&self) -> Vec<Expr> {
        match self {
            FromClause::Table(table) => self.columns_of(&table.columns),
            FromClause::Alias(alias) => match &alias.element {
                _ if !alias.columns.is_empty() => self.columns_of(&alias.columns),
                Aliased::From(from) => {
                    self.proxies(from.columns().iter().filter_map(|column| match column.kind() {
                        ExprKind::Column(column) => Some(column.clone()),
                        _ => None,
                    }))
                }
                Aliased::Query(query) => self.proxies(query.exported()),
            },
            FromClause::Cte(cte) => match &cte.element {
                Statement::Query(query) => self.proxies(query.exported()),
                statement => self.proxies(statement.returned()),
            },
            FromClause::Join(join) => {
                let mut columns = join.left.columns();
                columns.extend(join.right.columns());
                columns
            }
            FromClause::Grouping(inner) => inner.columns(),
            FromClause::Values(values) => self.columns_of(&values.columns),
            FromClause::Function(_) | FromClause::Text(_) => Vec::new(),
        }
    }

    fn columns_of(&self, columns: &[TableColumn]) -> Vec<Expr> {
        let make = |column: &TableColumn| ColumnRef {
            name: Name::plain(&column.name),
            key: column.key.clone(),
            table: None,
            sql_type: column.sql_type.clone(),
            is_literal: false,
        };
        self.proxies(columns.iter().map(make))
    }

    /// The same columns, but as columns of this.
    fn proxies(&self, columns: impl IntoIterator<Item = ColumnRef>) -> Vec<Expr> {
        let own = |column: ColumnRef| {
            Expr::new(ExprKind::Column(ColumnRef { table: Some(self.clone()), ..column }))
        };
        columns.into_iter().map(own).collect()
    }

    /// The column of this key, if there is one.
    pub fn get(&self, key: &str) -> Option<Expr> {
        if let FromClause::Join(join) = self {
            return join.column(key);
        }
        self.columns().into_iter().find(|column| match column.kind() {
            ExprKind::Column(column) => column.key == key,
            _ => false,
        })
    }

    /// The column of this key; an [invalid expression](Expr::error) if there is none.
    pub fn c(&self, key: &str) -> Expr {
        self.get(key).unwrap_or_else(|| Expr::invalid(CompileError::Argument(key.to_owned())))
    }

    /// The same under another name; without one, a name is made up.
    #[must_use]
    pub fn alias(&self, name: Option<&str>) -> FromClause {
        if let FromClause::Cte(cte) = self {
            let name = alias_name(name, cte.name.as_str());
            return FromClause::new_cte(Cte {
                name,
                alias_of: Some(cte.clone()),
                restates: None,
                ..Cte::clone(cte)
            });
        }
        let base = match self {
            FromClause::Table(table) => Some(table.name.as_str()),
            FromClause::Alias(alias) => alias.name.as_str(),
            _ => None,
        };
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

    /// A join with `right`.
    #[must_use]
    pub fn join(&self, right: &FromClause, on: &Expr) -> FromClause {
        self.join_as(right, on, JoinKind::Inner)
    }

    /// A left outer join with `right`.
    #[must_use]
    pub fn outer_join(&self, right: &FromClause, on: &Expr) -> FromClause {
        self.join_as(right, on, JoinKind::LeftOuter)
    }

    /// The condition that foreign keys give for a join with `right`.
    ///
    /// # Errors
    /// [`CompileError::NoForeignKeys`], [`CompileError::AmbiguousForeignKeys`].
    pub fn condition_to(&self, right: &FromClause) -> Result<Expr, CompileError> {
        join_condition(self, right)
    }

    /// A join of any kind.
    #[must_use]
    pub fn join_as(&self, right: &FromClause, on: &Expr, kind: JoinKind) -> FromClause {
        let right = match right {
            // A join on the right side keeps its parentheses.
            FromClause::Join(_) => FromClause::Grouping(Arc::new(right.clone())),
            _ => right.clone(),
        };
        let on = on.grouped(Some(&crate::expr::Operator::AsBool));
        FromClause::new_join(Join { left: self.clone(), right, on, kind, depth: 0 })
    }

    /// The part of the table that a sampling method gives.
    #[must_use]
    pub fn table_sample(&self, method: Expr, seed: Option<Expr>, name: Option<&str>) -> FromClause {
        let base = match self {
            FromClause::Table(table) => Some(table.name.as_str()),
            _ => None,
        };
        FromClause::new_alias(Alias {
            element: Aliased::From(self.clone()),
            name: alias_name(name, base),
            lateral: false,
            columns: Vec::new(),
            derived: None,
            sample: Some(TableSample { method, seed }),
            depth: 0,
        })
    }

    /// Whether columns are written behind its name.
    pub(crate) fn qualifies_columns(&self) -> bool {
        match self {
            FromClause::Table(_) | FromClause::Alias(_) | FromClause::Cte(_) => true,
            FromClause::Values(values) => values.name.is_some(),
            FromClause::Join(_)
            | FromClause::Grouping(_)
            | FromClause::Function(_)
            | FromClause::Text(_) => false,
        }
    }

    /// What it is made of that could stand in a list of its own, itself included.
    pub(crate) fn sources(&self) -> Vec<FromClause> {
        let mut all = vec![self.clone()];
        match self {
            FromClause::Join(join) => {
                all.extend(join.left.sources());
                all.extend(join.right.sources());
            }
            FromClause::Grouping(inner) => return inner.sources(),
            _ => {}
        }
        all
    }

    /// What need not stand in a list beside it.
    pub(crate) fn hidden(&self) -> Vec<FromClause> {
        match self {
            FromClause::Join(join) => {
                let mut all = join.left.sources();
                all.extend(join.right.sources());
                all
            }
            FromClause::Grouping(inner) => inner.hidden(),
            _ => Vec::new(),
        }
    }

    /// SQLAlchemy's words for it in messages.
    pub(crate) fn description(&self) -> String {
        match self {
            FromClause::Table(table) => match &table.schema {
                Some(schema) => format!("{schema}.{}", table.name),
                None => table.name.clone(),
            },
            FromClause::Join(join) => {
                format!(
                    "Join object on {} and {}",
                    join.left.description(),
                    join.right.description()
                )
            }
            FromClause::Grouping(inner) => inner.description(),
            FromClause::Alias(_) | FromClause::Cte(_) | FromClause::Values(_) => {
                self.name().and_then(Name::as_str).unwrap_or("anon").to_owned()
            }
            FromClause::Function(_) | FromClause::Text(_) => String::new(),
        }
    }
}

/// The name of an alias: the one given, or one made up from that of what it stands for.
pub(crate) fn alias_name(given: Option<&str>, base: Option<&str>) -> Name {
    match given {
        Some(name) if !name.is_empty() => Name::plain(name),
        _ => Name::anonymous(base.unwrap_or("anon"), Owner::Identity(Identity::new())),
    }
}

impl Join {
    fn column(&self, key: &str) -> Option<Expr> {
        let side = |from: &FromClause| {
            from.columns().into_iter().find(|column| {
                column.table_qualified_key().is_some_and(|qualified| qualified == key)
            })
        };
        side(&self.left).or_else(|| side(&self.right))
    }
}
