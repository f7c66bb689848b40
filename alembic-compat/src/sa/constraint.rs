//! Constraints, foreign keys and indexes.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use limbeck_schema::Name;
use limbeck_schema::expr;
use limbeck_schema::table::Check;
use limbeck_schema::table::Constraint;
use limbeck_schema::table::ConstraintOptions;
use limbeck_schema::table::Exclude;
use limbeck_schema::table::ForeignKey;
use limbeck_schema::table::ForeignKeyActions;
use limbeck_schema::table::ForeignKeyConstraint;
use limbeck_schema::table::ForeignKeyTarget;
use limbeck_schema::table::IndexElement;
use limbeck_schema::table::PrimaryKeyConstraint;
use limbeck_schema::table::Unique;

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
use super::errors;
use super::index;
use super::keywords::DialectOptions;
use super::keywords::flag;
use super::keywords::given;
use super::keywords::name;
use super::keywords::opt_flag;
use super::keywords::opt_text;
use super::keywords::text;
use super::keywords::texts;
use super::members;
use super::table::is_old;

/// A constraint of any kind.
#[derive(Debug)]
pub(crate) struct ConstraintObject {
    pub(crate) data: RefCell<Constraint>,
    class: Rc<Class>,
    /// The table, of those that a table was asked for.
    pub(super) table: Option<Value>,
    /// The name that it was given, where a convention may have made another one.
    pub(super) given: Name,
    /// What its columns were given as: one may get its name later.
    sources: Vec<Value>,
    /// Whether some table has it.
    pub(super) attached: Cell<bool>,
}

impl ConstraintObject {
    /// A constraint of a table.
    pub(super) fn attached(constraint: Constraint, class: Rc<Class>, table: Value) -> Self {
        Self {
            data: RefCell::new(constraint),
            class,
            table: Some(table),
            given: Name::None,
            sources: Vec::new(),
            attached: Cell::new(true),
        }
    }
}

/// A `ForeignKey`.
#[derive(Debug)]
pub(crate) struct ForeignKeyObject {
    pub(crate) data: ForeignKey,
    /// The key of its column and its constraint, of those that a table was asked for.
    pub(super) attached: Option<(String, Value)>,
}

impl Object for ConstraintObject {
    fn class(&self, _: &Interpreter) -> Rc<Class> {
        Rc::clone(&self.class)
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "name" => {
                let data = self.data.borrow();
                Ok(Some(data.name().as_str().map_or(Value::None, Value::str)))
            }
            _ if name.starts_with("__") => Ok(None),
            _ => match members::of_attached(interp, self, name)? {
                Some(value) => Ok(Some(value)),
                None => Err(interp.unsupported(format!("{}.{name}", self.class.name))),
            },
        }
    }

    fn iterate(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        match self.columns() {
            Some(columns) => interp.items(&columns).map(|columns| Some(Value::list(columns))),
            None => Err(interp.unsupported(format!("iter({})", self.class.name))),
        }
    }

    fn len(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<usize>> {
        match &self.table {
            Some(_) => Ok(Some(self.data.borrow().columns().len())),
            None => Err(interp.unsupported(format!("len({})", self.class.name))),
        }
    }

    fn truth(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        match &self.table {
            Some(_) => Ok(Some(!self.data.borrow().columns().is_empty())),
            None => Err(interp.unsupported(format!("bool({})", self.class.name))),
        }
    }

    fn contains(&self, _: &Value, item: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        match (&self.table, item.as_text()) {
            (Some(_), Some(key)) => {
                Ok(Some(self.data.borrow().columns().iter().any(|own| *own == *key)))
            }
            _ => Err(interp.unsupported(format!("x in {}", self.class.name))),
        }
    }
}

impl ConstraintObject {
    /// A table has it now. Gives the constraint, with the names that its columns have now.
    pub(super) fn attach(&self) -> Constraint {
        self.attached.set(true);
        let mut data = self.data.borrow_mut();
        let columns = match &mut *data {
            Constraint::Unique(unique) => &mut unique.columns,
            Constraint::PrimaryKey(key) => &mut key.columns,
            Constraint::ForeignKey(key) => &mut key.columns,
            Constraint::Check(_) | Constraint::Exclude(_) => return data.clone(),
        };
        for (name, source) in columns.iter_mut().zip(&self.sources) {
            if let Some(column) = source.downcast::<ColumnObject>() {
                column.data.borrow().key().clone_into(name);
            }
        }
        data.clone()
    }

    fn columns(&self) -> Option<Value> {
        let keys = self.data.borrow().columns();
        members::columns(self.table.as_ref()?, keys)
    }
}

impl Object for ForeignKeyObject {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        members::of_foreign_key(interp, self, name)
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let target = interp.repr(&Value::from(members::target_name(&self.data)))?;
        Ok(Some(format!("ForeignKey({target})")))
    }
}

/// Makes the classes.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let base = ClassBuilder::new("Constraint", "sqlalchemy.sql.schema").finish(interp);
    home.set("Constraint", Value::Class(Rc::clone(&base)));
    let add = |interp: &mut Interpreter, name: &str, module: &str, make| {
        let class = ClassBuilder::new(name, module).base(&base).constructor(make).finish(interp);
        let full = if module.ends_with("postgresql") {
            format!("postgresql.{name}")
        } else {
            name.to_owned()
        };
        home.set(full, Value::Class(class));
    };
    let schema = "sqlalchemy.sql.schema";
    add(interp, "PrimaryKeyConstraint", schema, primary_key);
    add(interp, "UniqueConstraint", schema, unique);
    add(interp, "CheckConstraint", schema, check);
    add(interp, "ForeignKeyConstraint", schema, foreign_key_constraint);
    add(interp, "ExcludeConstraint", "sqlalchemy.dialects.postgresql", exclude);
    let key = ClassBuilder::new("ForeignKey", schema).constructor(foreign_key).finish(interp);
    interp.register_class::<ForeignKeyObject>(Rc::clone(&key));
    home.set("ForeignKey", Value::Class(key));
}

/// A constraint of these columns, which may say whose it is.
fn made(
    interp: &mut Interpreter,
    class: &Rc<Class>,
    constraint: impl Into<Constraint>,
    columns: &[Value],
) -> Result<Value> {
    let made = Value::native(ConstraintObject {
        data: RefCell::new(constraint.into()),
        class: Rc::clone(class),
        table: None,
        given: Name::None,
        sources: columns.to_vec(),
        attached: Cell::new(false),
    });
    attach::by_columns(interp, &made, columns)?;
    Ok(made)
}

/// The key of a column that a constraint speaks of: a text or a `Column`.
pub(crate) fn column_key(interp: &mut Interpreter, value: &Value) -> Result<String> {
    if let Some(column) = value.downcast::<ColumnObject>() {
        return Ok(column.data.borrow().key().to_owned());
    }
    if value.as_text().is_none()
        && let Some(expr) = clause::find(interp, value)?
        && let expr::ExprKind::Column(column) = expr.kind()
    {
        return Ok(column.key.clone());
    }
    text(interp, value, "Column name or Column object")
}

/// The keys of several columns.
pub(crate) fn column_keys(interp: &mut Interpreter, values: &[Value]) -> Result<Vec<String>> {
    values.iter().map(|value| column_key(interp, value)).collect()
}

/// What every constraint may be given, of the keywords that name a dialect.
pub(crate) fn options(
    interp: &mut Interpreter,
    construct: &'static str,
    deferrable: Option<Value>,
    initially: Option<Value>,
    rest: Vec<(Text, Value)>,
) -> Result<ConstraintOptions> {
    let mut given_options = DialectOptions::new(construct, rest);
    let mut made = ConstraintOptions {
        deferrable: opt_flag(interp, deferrable)?,
        initially: opt_text(interp, initially, "initially")?,
        ..ConstraintOptions::default()
    };
    if !is_old(interp) {
        made.comment = opt_text(interp, given_options.take("comment"), "comment")?;
    }
    let on_conflict = given_options.take("sqlite_on_conflict");
    made.sqlite_on_conflict = opt_text(interp, on_conflict, "sqlite_on_conflict")?;
    if matches!(construct, "CheckConstraint" | "ForeignKeyConstraint") {
        made.postgresql_not_valid = flag(interp, given_options.take("postgresql_not_valid"))?;
    }
    if matches!(construct, "PrimaryKeyConstraint" | "UniqueConstraint")
        && let Some(include) = given(given_options.take("postgresql_include"))
    {
        made.postgresql_include = texts(interp, &include, "postgresql_include")?;
    }
    match construct {
        "UniqueConstraint" => {
            let value = given_options.take("postgresql_nulls_not_distinct");
            made.postgresql_nulls_not_distinct = opt_flag(interp, value)?;
        }
        "PrimaryKeyConstraint" => {
            made.mysql_using = opt_text(interp, given_options.take("mysql_using"), "mysql_using")?;
            let value = given_options.take("mariadb_using");
            made.mariadb_using = opt_text(interp, value, "mariadb_using")?;
        }
        _ => {}
    }
    given_options.finish(interp)?;
    Ok(made)
}

fn primary_key(interp: &mut Interpreter, class: &Rc<Class>, args: Args) -> Result<Value> {
    let names = ["name", "deferrable", "initially", "info", "_implicit_generated"];
    let signature = Signature {
        keyword_only: 5,
        star: true,
        double_star: true,
        ..Signature::new("__init__", names, 0)
    };
    let Bound { values: [own, deferrable, initially, ..], star, double_star } =
        args.bind(interp, &signature)?;
    let constraint = PrimaryKeyConstraint {
        name: name(interp, own, "name")?,
        columns: column_keys(interp, &star)?,
        options: options(interp, "PrimaryKeyConstraint", deferrable, initially, double_star)?,
    };
    made(interp, class, constraint, &star)
}

fn unique(interp: &mut Interpreter, class: &Rc<Class>, args: Args) -> Result<Value> {
    let names = ["name", "deferrable", "initially", "info", "_autoattach", "_column_flag"];
    let signature = Signature {
        keyword_only: 6,
        star: true,
        double_star: true,
        ..Signature::new("__init__", names, 0)
    };
    let Bound { values: [own, deferrable, initially, ..], star, double_star } =
        args.bind(interp, &signature)?;
    let constraint = Unique {
        name: name(interp, own, "name")?,
        columns: column_keys(interp, &star)?,
        options: options(interp, "UniqueConstraint", deferrable, initially, double_star)?,
        column_flag: false,
    };
    made(interp, class, constraint, &star)
}

fn check(interp: &mut Interpreter, class: &Rc<Class>, args: Args) -> Result<Value> {
    let names = ["sqltext", "name", "deferrable", "initially", "table", "info"];
    let signature = Signature { double_star: true, ..Signature::new("__init__", names, 1) };
    let Bound { values: [sql, own, deferrable, initially, ..], double_star, .. } =
        args.bind(interp, &signature)?;
    let sql = sql.unwrap_or_default();
    let condition = clause::expression_or(interp, &sql, expr::text)?;
    let mut constraint = Check::new(name(interp, own, "name")?, condition);
    constraint.options = options(interp, "CheckConstraint", deferrable, initially, double_star)?;
    made(interp, class, constraint, &[sql])
}

fn actions(
    interp: &mut Interpreter,
    onupdate: Option<Value>,
    ondelete: Option<Value>,
    match_type: Option<Value>,
    use_alter: Option<Value>,
) -> Result<ForeignKeyActions> {
    Ok(ForeignKeyActions {
        onupdate: opt_text(interp, onupdate, "onupdate")?,
        ondelete: opt_text(interp, ondelete, "ondelete")?,
        match_type: opt_text(interp, match_type, "match")?,
        use_alter: flag(interp, use_alter)?,
    })
}

/// Where a foreign key points to: a text or a `Column` of a table.
fn foreign_target(interp: &mut Interpreter, value: &Value) -> Result<ForeignKeyTarget> {
    if let Some(text) = value.as_text() {
        return Ok(ForeignKeyTarget::parse(&text));
    }
    let found = clause::find(interp, value)?;
    if let Some(expr) = found
        && let expr::ExprKind::Column(column) = expr.kind()
        && let Some(expr::FromClause::Table(table)) = &column.table
    {
        let name = column.name.as_str().unwrap_or(&column.key);
        return Ok(ForeignKeyTarget {
            schema: table.schema.clone(),
            table: table.name.clone(),
            column: Some(name.to_owned()),
        });
    }
    let got = interp.repr(value)?;
    Err(errors::argument(
        interp,
        format!(
            "String column name or Column object for DDL foreign key constraint expected, got {got}."
        ),
    )?)
}

fn foreign_key(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let names = [
        "column",
        "_constraint",
        "use_alter",
        "name",
        "onupdate",
        "ondelete",
        "deferrable",
        "initially",
        "link_to_name",
        "match",
        "info",
    ];
    let signature = Signature { double_star: true, ..Signature::new("__init__", names, 1) };
    let Bound { values, double_star, .. } = args.bind(interp, &signature)?;
    let [column, _, use_alter, own, onupdate, ondelete, deferrable, initially, _, matched, ..] =
        values;
    let data = ForeignKey {
        target: foreign_target(interp, &column.unwrap_or_default())?,
        name: name(interp, own, "name")?,
        actions: actions(interp, onupdate, ondelete, matched, use_alter)?,
        options: options(interp, "ForeignKeyConstraint", deferrable, initially, double_star)?,
    };
    Ok(Value::native(ForeignKeyObject { data, attached: None }))
}

fn foreign_key_constraint(
    interp: &mut Interpreter,
    class: &Rc<Class>,
    args: Args,
) -> Result<Value> {
    let names = [
        "columns",
        "refcolumns",
        "name",
        "onupdate",
        "ondelete",
        "deferrable",
        "initially",
        "use_alter",
        "link_to_name",
        "match",
        "table",
        "info",
    ];
    let signature = Signature { double_star: true, ..Signature::new("__init__", names, 2) };
    let Bound { values, double_star, .. } = args.bind(interp, &signature)?;
    let [
        columns,
        targets,
        own,
        onupdate,
        ondelete,
        deferrable,
        initially,
        use_alter,
        _,
        matched,
        ..,
    ] = values;
    let own_columns = interp.items(&columns.unwrap_or_default())?;
    let columns = column_keys(interp, &own_columns)?;
    let given_targets = interp.items(&targets.unwrap_or_default())?;
    let mut targets = Vec::new();
    for target in &given_targets {
        targets.push(foreign_target(interp, target)?);
    }
    if columns.len() != targets.len() {
        return Err(errors::argument(
            interp,
            "ForeignKeyConstraint number of constrained columns must match the number of referenced \
             columns.",
        )?);
    }
    let constraint = ForeignKeyConstraint {
        name: name(interp, own, "name")?,
        columns,
        targets,
        actions: actions(interp, onupdate, ondelete, matched, use_alter)?,
        options: options(interp, "ForeignKeyConstraint", deferrable, initially, double_star)?,
    };
    made(interp, class, constraint, &own_columns)
}

fn exclude(interp: &mut Interpreter, class: &Rc<Class>, args: Args) -> Result<Value> {
    let constraint = exclude_of(interp, args)?;
    made(interp, class, constraint, &[])
}

/// `ExcludeConstraint(*elements, **keywords)`.
pub(crate) fn exclude_of(interp: &mut Interpreter, args: Args) -> Result<Exclude> {
    let names = ["name", "deferrable", "initially", "using", "where", "ops", "info"];
    let signature = Signature {
        keyword_only: 7,
        star: true,
        double_star: true,
        ..Signature::new("__init__", names, 0)
    };
    let Bound { values: [own, deferrable, initially, using, predicate, ops, _], star, double_star } =
        args.bind(interp, &signature)?;
    let mut elements = Vec::new();
    for element in &star {
        let pair = interp.items(element)?;
        let [column, operator] = pair.as_slice() else {
            return interp.value_error("not enough values to unpack (expected 2)");
        };
        let operator = text(interp, operator, "an operator")?;
        let element = match column.as_text() {
            Some(column) => IndexElement::Column(column.to_string()),
            None => match column.downcast::<ColumnObject>() {
                Some(column) => IndexElement::Column(column.data.borrow().key().to_owned()),
                None => IndexElement::Expression(clause::expression(interp, column)?),
            },
        };
        elements.push((element, operator));
    }
    let operator_classes = index::text_pairs(interp, ops, "ops")?;
    Ok(Exclude {
        name: name(interp, own, "name")?,
        elements,
        using: opt_text(interp, using, "using")?.unwrap_or_else(|| "gist".to_owned()),
        predicate: given(predicate)
            .map(|predicate| clause::expression_or(interp, &predicate, expr::text))
            .transpose()?,
        operator_classes,
        options: options(interp, "ExcludeConstraint", deferrable, initially, double_star)?,
    })
}
