//! `Index`.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use limbeck_schema::expr;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::table::Index;
use limbeck_schema::table::IndexElement;
use limbeck_schema::table::IndexOptions;
use limbeck_schema::table::MysqlIndex;
use limbeck_schema::table::MysqlIndexLength;
use limbeck_schema::table::OptionValue;
use limbeck_schema::table::Table;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Text;
use crate::eval::Value;

use super::attach;
use super::clause;
use super::column::ColumnObject;
use super::keywords::DialectOptions;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::name;
use super::keywords::opt_flag;
use super::keywords::opt_size;
use super::keywords::opt_text;
use super::keywords::text;
use super::members;

/// An `Index`.
#[derive(Debug)]
pub(crate) struct IndexObject {
    data: Index,
    /// What its elements were made of: a column may get its name later.
    sources: Vec<Value>,
    /// The table, where the columns tell: its schema and name.
    pub(crate) table: RefCell<Option<(Option<String>, String)>>,
    /// The table itself, of those that a table was asked for.
    pub(super) of: Option<Value>,
    /// Whether some table has it.
    attached: Cell<bool>,
}

impl IndexObject {
    /// One of those that a table was asked for.
    pub(super) fn of(data: Index, place: (Option<String>, String), table: Value) -> Self {
        Self {
            data,
            sources: Vec::new(),
            table: RefCell::new(Some(place)),
            of: Some(table),
            attached: Cell::new(true),
        }
    }

    /// A table has it now.
    pub(super) fn attach_to(&self, table: &Table) {
        self.attached.set(true);
        *self.table.borrow_mut() = Some((table.schema.clone(), table.name.clone()));
    }

    pub(super) fn is_attached(&self) -> bool {
        self.attached.get()
    }

    /// The index, with the names that its columns have now.
    pub(crate) fn data(&self) -> Index {
        let mut data = self.data.clone();
        for (element, source) in data.elements.iter_mut().zip(&self.sources) {
            if let Some(column) = source.downcast::<ColumnObject>() {
                *element = IndexElement::Column(column.data.borrow().key().to_owned());
            }
        }
        data
    }
}

impl Object for IndexObject {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let keys = || -> Option<Vec<String>> {
            let elements = self.data.elements.iter();
            elements.map(|element| element.column().map(str::to_owned)).collect()
        };
        Ok(match (name, &self.of) {
            ("name", _) => Some(self.data.name.as_str().map_or(Value::None, Value::str)),
            ("unique", _) => Some(Value::Bool(self.data.unique)),
            ("table", Some(table)) => Some(table.clone()),
            ("columns" | "c", Some(table)) if keys().is_some() => {
                members::columns(table, keys().unwrap_or_default())
            }
            _ if name.starts_with("__") => None,
            _ => return Err(interp.unsupported(format!("Index.{name}"))),
        })
    }
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let class = ClassBuilder::new("Index", "sqlalchemy.sql.schema")
        .constructor(construct)
        .method("create", |interp, args| super::table::index_life(interp, args, true))
        .method("drop", |interp, args| super::table::index_life(interp, args, false))
        .finish(interp);
    interp.register_class::<IndexObject>(Rc::clone(&class));
    home.set("Index", Value::Class(class));
}

fn construct(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let signature = Signature {
        keyword_only: 4,
        star: true,
        double_star: true,
        ..Signature::new("__init__", ["name", "unique", "quote", "info", "_table"], 1)
    };
    let Bound { values: [own, unique, ..], star, double_star } = args.bind(interp, &signature)?;
    let mut elements = Vec::new();
    let mut table = None;
    for value in &star {
        if let Some(found) = clause::find(interp, value)?
            && let ExprKind::Column(column) = found.kind()
            && let Some(expr::FromClause::Table(of)) = &column.table
        {
            table = Some((of.schema.clone(), of.name.clone()));
        }
        elements.push(element(interp, value)?);
    }
    let data = Index {
        name: name(interp, own, "name")?,
        elements,
        unique: flag(interp, unique)?,
        options: options(interp, double_star)?,
        column_flag: false,
    };
    let made = Value::native(IndexObject {
        data,
        sources: star.clone(),
        table: RefCell::new(table),
        of: None,
        attached: Cell::new(false),
    });
    attach::by_columns(interp, &made, &star)?;
    Ok(made)
}

/// A column or an expression of an index.
pub(crate) fn element(interp: &mut Interpreter, value: &Value) -> Result<IndexElement> {
    if let Some(text) = value.as_text() {
        return Ok(IndexElement::Column(text.to_string()));
    }
    if let Some(column) = value.downcast::<ColumnObject>() {
        return Ok(IndexElement::Column(column.data.borrow().key().to_owned()));
    }
    let expr = clause::expression(interp, value)?;
    Ok(match expr.kind() {
        ExprKind::Column(column) if column.table.is_some() => {
            IndexElement::Column(column.key.clone())
        }
        _ => IndexElement::Expression(expr),
    })
}

/// Pairs of texts of a dictionary.
pub(crate) fn text_pairs(
    interp: &mut Interpreter,
    value: Option<Value>,
    what: &str,
) -> Result<Vec<(String, String)>> {
    match given(value) {
        None => Ok(Vec::new()),
        Some(Value::Dict(dict)) => {
            let mut pairs = Vec::new();
            for (key, value) in dict.entries() {
                pairs.push((text(interp, &key, what)?, text(interp, &value, what)?));
            }
            Ok(pairs)
        }
        Some(_) => Err(interp.unsupported(format!("{what} that is no dictionary"))),
    }
}

/// Storage parameters.
pub(crate) fn storage(
    interp: &mut Interpreter,
    value: Option<Value>,
    what: &str,
) -> Result<Vec<(String, OptionValue)>> {
    match given(value) {
        None => Ok(Vec::new()),
        Some(Value::Dict(dict)) => {
            let mut pairs = Vec::new();
            for (key, value) in dict.entries() {
                let key = text(interp, &key, what)?;
                let value = match &value {
                    Value::None => OptionValue::Absent,
                    Value::Bool(value) => OptionValue::Bool(*value),
                    other => OptionValue::Text(interp.str(other)?.to_string()),
                };
                pairs.push((key, value));
            }
            Ok(pairs)
        }
        Some(_) => Err(interp.unsupported(format!("{what} that is no dictionary"))),
    }
}

fn mysql(
    interp: &mut Interpreter,
    given_options: &mut DialectOptions,
    dialect: &str,
) -> Result<MysqlIndex> {
    let mut take = |name: &str| given_options.take(&format!("{dialect}_{name}"));
    let length = match given(take("length")) {
        None => None,
        Some(Value::Dict(dict)) => {
            let mut lengths = Vec::new();
            for (key, value) in dict.entries() {
                let key = text(interp, &key, "mysql_length")?;
                if let Some(length) = opt_size(interp, Some(value), "mysql_length")? {
                    lengths.push((key, length));
                }
            }
            Some(MysqlIndexLength::Columns(lengths))
        }
        Some(value) => opt_size(interp, Some(value), "mysql_length")?.map(MysqlIndexLength::All),
    };
    Ok(MysqlIndex {
        prefix: opt_text(interp, take("prefix"), "mysql_prefix")?,
        length,
        with_parser: opt_text(interp, take("with_parser"), "mysql_with_parser")?,
        using: opt_text(interp, take("using"), "mysql_using")?,
    })
}

/// Options of the dialects.
pub(crate) fn options(
    interp: &mut Interpreter,
    keywords: Vec<(Text, Value)>,
) -> Result<IndexOptions> {
    let mut given_options = DialectOptions::new("Index", keywords);
    let mut made = IndexOptions::default();
    let postgresql = &mut made.postgresql;
    let mut take = |name: &str| given_options.take(name);
    if let Some(using) = given(take("postgresql_using"))
        && interp.truth(&using)?
    {
        postgresql.using = Some(text(interp, &using, "postgresql_using")?);
    }
    if let Some(include) = given(take("postgresql_include")) {
        let items = interp.items(&include)?;
        postgresql.include = super::constraint::column_keys(interp, &items)?;
    }
    if let Some(predicate) = given(take("postgresql_where")) {
        postgresql.predicate = Some(clause::expression_or(interp, &predicate, expr::text)?);
    }
    postgresql.operator_classes = text_pairs(interp, take("postgresql_ops"), "postgresql_ops")?;
    postgresql.concurrently = flag(interp, take("postgresql_concurrently"))?;
    postgresql.with = storage(interp, take("postgresql_with"), "postgresql_with")?;
    postgresql.tablespace =
        opt_text(interp, take("postgresql_tablespace"), "postgresql_tablespace")?;
    postgresql.nulls_not_distinct = opt_flag(interp, take("postgresql_nulls_not_distinct"))?;
    if let Some(predicate) = given(take("sqlite_where")) {
        made.sqlite_where = Some(clause::expression_or(interp, &predicate, expr::text)?);
    }
    made.mysql = mysql(interp, &mut given_options, "mysql")?;
    made.mariadb = mysql(interp, &mut given_options, "mariadb")?;
    given_options.finish(interp)?;
    Ok(made)
}
