//! `insert()`, `update()`, `delete()`.

use std::rc::Rc;

use limbeck_schema::expr::AssignmentTarget;
use limbeck_schema::expr::Assignments;
use limbeck_schema::expr::ConflictTarget;
use limbeck_schema::expr::Delete;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::Insert;
use limbeck_schema::expr::InsertSource;
use limbeck_schema::expr::OnConflict;
use limbeck_schema::expr::Query;
use limbeck_schema::expr::Select;
use limbeck_schema::expr::Statement;
use limbeck_schema::expr::Update;

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

use super::clause;
use super::clause::conditions;
use super::clause::operand;
use super::compiled;
use super::execution_options;
use super::from;
use super::keywords::given;
use super::keywords::opt_text;
use super::migration;
use super::orm;
use super::registry;
use super::select;
use super::select::find_query;

/// A statement that changes rows.
#[derive(Debug)]
pub(crate) struct DmlObject {
    pub(crate) statement: Statement,
    /// The mapped class that it was made for; none for one on a table.
    pub(super) mapper: Option<Rc<orm::Mapper>>,
    /// Whether a session lets its objects know: `synchronize_session`.
    pub(super) synchronizes: bool,
    /// The dialect whose `insert()` made it.
    dialect: Option<&'static str>,
}

/// A statement for a table or a mapped class.
fn wrap(of: &Value, statement: impl Into<Statement>) -> Value {
    let mapper = orm::mapper_of(of);
    let (statement, dialect) = (statement.into(), None);
    Value::native(DmlObject { statement, mapper, synchronizes: true, dialect })
}

/// A statement made of another one.
fn wrap_as(like: &Value, statement: impl Into<Statement>) -> Value {
    let like = like.downcast::<DmlObject>();
    Value::native(DmlObject {
        statement: statement.into(),
        mapper: like.as_ref().and_then(|like| like.mapper.clone()),
        synchronizes: like.as_ref().is_none_or(|like| like.synchronizes),
        dialect: like.and_then(|like| like.dialect),
    })
}

/// What `execution_options(synchronize_session=…)` says.
pub(super) fn synchronizes(
    interp: &mut Interpreter,
    options: &[(Text, Value)],
) -> Result<Option<bool>> {
    let found = options.iter().find(|(key, _)| *key == "synchronize_session");
    found.map(|(_, value)| interp.truth(value)).transpose()
}

fn execution_options(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let this = args.take_self().unwrap_or_default();
    execution_options::of_other(interp, &args.keywords)?;
    let statement = statement_of(interp, &this)?;
    let made = wrap_as(&this, statement);
    let Some(told) = synchronizes(interp, &args.keywords)? else { return Ok(made) };
    let Some(object) = made.downcast::<DmlObject>() else { return Ok(made) };
    Ok(Value::native(DmlObject {
        statement: object.statement.clone(),
        mapper: object.mapper.clone(),
        synchronizes: told,
        dialect: object.dialect,
    }))
}

/// The statement that a value is, if it is one.
pub(crate) fn find_statement(interp: &mut Interpreter, value: &Value) -> Result<Option<Statement>> {
    if let Some(statement) = whole_statement(value) {
        return Ok(Some(statement));
    }
    let Some(expr) = clause::find(interp, value)? else { return Ok(None) };
    Ok(match expr.kind() {
        ExprKind::Text(_) => Some(expr.into()),
        // A function is executed as a query for what it gives. `--sql` writes it as it is.
        ExprKind::Function(_) | ExprKind::NextValue { .. } => {
            match migration::current(interp)?.is_offline() {
                true => Some(expr.into()),
                false => Some(Query::from(Select::new([expr])).into()),
            }
        }
        // No other expression is executable by itself.
        _ => None,
    })
}

/// What `compile()` is asked of: a statement, or an expression as it stands.
pub(super) fn find_clause(interp: &mut Interpreter, value: &Value) -> Result<Option<Statement>> {
    if let Some(statement) = whole_statement(value) {
        return Ok(Some(statement));
    }
    Ok(clause::find(interp, value)?.map(Into::into))
}

fn whole_statement(value: &Value) -> Option<Statement> {
    match value.downcast::<DmlObject>() {
        Some(object) => Some(object.statement.clone()),
        None => find_query(value).map(Into::into),
    }
}

/// Makes the class and the functions.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let module = "sqlalchemy.sql.dml";
    let builder = ClassBuilder::new("UpdateBase", module);
    let builder = match registry::value(home, "ClauseElement") {
        Some(Value::Class(base)) => builder.base(&base),
        _ => builder,
    };
    // What all statements have; which of it each kind has, the table of names tells.
    let class = builder
        .method("values", values)
        .method("where", filter)
        .method("filter", filter)
        .method("returning", returning)
        .method("from_select", from_select)
        .method("on_conflict_do_nothing", |interp, args| on_conflict(interp, args, false))
        .method("on_conflict_do_update", |interp, args| on_conflict(interp, args, true))
        .method("on_duplicate_key_update", on_duplicate)
        .method("inline", |interp, args| {
            let [this] = args.exactly(interp, "Insert.inline")?;
            match statement_of(interp, &this)? {
                Statement::Insert(insert) => Ok(wrap_as(&this, insert.inline())),
                other => Ok(wrap_as(&this, other)),
            }
        })
        .method("execution_options", execution_options)
        .method("ordered_values", |interp, _| Err(interp.unsupported("ordered_values()")))
        .method("compile", compiled::compile)
        .finish(interp);
    interp.register_class::<DmlObject>(Rc::clone(&class));
    for name in ["Insert", "Update", "Delete"] {
        let kind = ClassBuilder::new(name, module).base(&class).finish(interp);
        home.set(name, Value::Class(kind));
    }
    home.set("UpdateBase", Value::Class(class));
    home.function("insert", insert);
    home.function("update", update);
    home.function("delete", delete);
    for dialect in ["postgresql", "mysql", "sqlite"] {
        let function = interp.function("insert", move |interp, args| {
            let made = insert(interp, args)?;
            let Some(object) = made.downcast::<DmlObject>() else { return Ok(made) };
            Ok(Value::native(DmlObject {
                statement: object.statement.clone(),
                mapper: object.mapper.clone(),
                synchronizes: object.synchronizes,
                dialect: Some(dialect),
            }))
        });
        home.set(format!("{dialect}.insert"), function);
        let kind = ClassBuilder::new("Insert", format!("sqlalchemy.dialects.{dialect}.dml"));
        let kind = match registry::value(home, "Insert") {
            Some(Value::Class(base)) => kind.base(&base),
            _ => kind,
        };
        let kind = kind.finish(interp);
        home.set(format!("{dialect}.Insert"), Value::Class(kind));
    }
}

/// `insert(table)`.
pub(super) fn insert(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Bound { values: [table], .. } =
        args.bind(interp, &Signature::new("insert", ["table"], 1))?;
    let table = table.unwrap_or_default();
    let from = from::from(interp, &table)?;
    Ok(wrap(&table, Insert::new(&from)))
}

/// `update(table)`.
pub(super) fn update(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Bound { values: [table], .. } =
        args.bind(interp, &Signature::new("update", ["table"], 1))?;
    let table = table.unwrap_or_default();
    let from = from::from(interp, &table)?;
    Ok(wrap(&table, Update::new(&from)))
}

/// `delete(table)`.
pub(super) fn delete(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Bound { values: [table], .. } =
        args.bind(interp, &Signature::new("delete", ["table"], 1))?;
    let table = table.unwrap_or_default();
    let from = from::from(interp, &table)?;
    Ok(wrap(&table, Delete::new(&from)))
}

fn target(interp: &mut Interpreter, key: &Value) -> Result<AssignmentTarget> {
    match key.as_text() {
        Some(key) => Ok(AssignmentTarget::Key(key.to_string())),
        None => Ok(AssignmentTarget::Expr(clause::expression(interp, key)?)),
    }
}

/// The assignments of a dictionary.
pub(crate) fn row(interp: &mut Interpreter, value: &Value) -> Result<Assignments> {
    let Value::Dict(dict) = value else {
        return Err(interp.unsupported("values that are no dictionary"));
    };
    let mut made = Vec::new();
    for (key, value) in dict.entries() {
        made.push((target(interp, &key)?, operand(interp, &value)?));
    }
    Ok(made)
}

fn statement_of(interp: &mut Interpreter, value: &Value) -> Result<Statement> {
    match value.downcast::<DmlObject>() {
        Some(object) => Ok(object.statement.clone()),
        None => Err(interp.unsupported("a statement of another kind")),
    }
}

/// A row whose values are in the order of the columns.
fn by_position(interp: &mut Interpreter, columns: &[Expr], items: &[Value]) -> Result<Assignments> {
    let mut made = Vec::new();
    for (column, item) in columns.iter().zip(items) {
        made.push((AssignmentTarget::Expr(column.clone()), operand(interp, item)?));
    }
    Ok(made)
}

fn values(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Args { positional, keywords } = args;
    let mut positional = positional.into_iter();
    let this = positional.next().unwrap_or_default();
    let statement = statement_of(interp, &this)?;
    let mut rows: Vec<Assignments> = Vec::new();
    let mut many = false;
    for value in positional {
        match &value {
            Value::Dict(_) => rows.push(row(interp, &value)?),
            Value::List(_) | Value::Tuple(_) => {
                let items = interp.items(&value)?;
                if items.iter().all(|item| matches!(item, Value::Dict(_))) {
                    many = true;
                    for item in &items {
                        rows.push(row(interp, item)?);
                    }
                } else {
                    let Statement::Insert(insert) = &statement else {
                        return Err(interp.unsupported("values by position"));
                    };
                    let columns = insert.table.columns();
                    // SQLAlchemy looks at the first one as well.
                    many = matches!(items.first(), Some(Value::List(_) | Value::Tuple(_)));
                    if many {
                        for item in &items {
                            let items = interp.items(item)?;
                            rows.push(by_position(interp, &columns, &items)?);
                        }
                    } else {
                        rows.push(by_position(interp, &columns, &items)?);
                    }
                }
            }
            _ => return Err(interp.unsupported("values of this kind")),
        }
    }
    let mut named = Vec::new();
    for (key, value) in keywords {
        named.push((AssignmentTarget::Key(key.to_string()), operand(interp, &value)?));
    }
    match statement {
        Statement::Insert(mut insert) => {
            if many {
                insert.source = match insert.source {
                    InsertSource::Rows(mut known) => {
                        known.extend(rows);
                        InsertSource::Rows(known)
                    }
                    _ => InsertSource::Rows(rows),
                };
            } else {
                let mut all = match insert.source {
                    InsertSource::Row(row) => row,
                    _ => Vec::new(),
                };
                for (target, value) in rows.into_iter().flatten().chain(named) {
                    match all.iter_mut().find(|(known, _)| *known == target) {
                        Some((_, known)) => *known = value,
                        None => all.push((target, value)),
                    }
                }
                insert.source = InsertSource::Row(all);
            }
            Ok(wrap_as(&this, *insert))
        }
        Statement::Update(update) => {
            Ok(wrap_as(&this, update.values(rows.into_iter().flatten().chain(named))))
        }
        _ => interp.raise("AttributeError", "'Delete' object has no attribute 'values'"),
    }
}

fn filter(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let mut positional = args.positional;
    let this = if positional.is_empty() { Value::None } else { positional.remove(0) };
    let more = conditions(interp, &positional)?;
    match statement_of(interp, &this)? {
        Statement::Update(update) => {
            Ok(wrap_as(&this, more.into_iter().fold(*update, Update::filter)))
        }
        Statement::Delete(delete) => {
            Ok(wrap_as(&this, more.into_iter().fold(*delete, Delete::filter)))
        }
        _ => interp.raise("AttributeError", "'Insert' object has no attribute 'where'"),
    }
}

fn returning(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let mut positional = args.positional;
    let this = if positional.is_empty() { Value::None } else { positional.remove(0) };
    let mut columns = Vec::new();
    for value in &positional {
        columns.push(select::selected(interp, value)?);
    }
    Ok(match statement_of(interp, &this)? {
        Statement::Insert(insert) => wrap_as(&this, insert.returning(columns)),
        Statement::Update(update) => wrap_as(&this, update.returning(columns)),
        Statement::Delete(delete) => wrap_as(&this, delete.returning(columns)),
        _ => return Err(interp.unsupported("returning() of such a statement")),
    })
}

fn from_select(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = ["self", "names", "select", "include_defaults"];
    let Bound { values: [this, names, query, include], .. } =
        args.bind(interp, &Signature::new("from_select", names, 3))?;
    let this = this.unwrap_or_default();
    let Statement::Insert(mut insert) = statement_of(interp, &this)? else {
        return Err(interp.unsupported("from_select() of such a statement"));
    };
    let names = interp.items(&names.unwrap_or_default())?;
    let columns = super::constraint::column_keys(interp, &names)?;
    let Some(query) = query.as_ref().and_then(find_query) else {
        return Err(interp.unsupported("from_select() of something that is no query"));
    };
    let include_defaults = include.map_or(Ok(true), |include| interp.truth(&include))?;
    insert.source = InsertSource::Query { columns, query, include_defaults };
    Ok(wrap_as(&this, *insert))
}

fn on_conflict(interp: &mut Interpreter, args: Args, updates: bool) -> Result<Value> {
    let names = ["self", "constraint", "index_elements", "index_where", "set_", "where"];
    let signature = Signature::new("on_conflict_do_update", names, 1);
    let Bound { values: [this, constraint, elements, index_where, set, criterion], .. } =
        args.bind(interp, &signature)?;
    let this = this.unwrap_or_default();
    let Statement::Insert(insert) = statement_of(interp, &this)? else {
        return Err(interp.unsupported("ON CONFLICT of such a statement"));
    };
    let mut conflict = ConflictTarget {
        constraint: opt_text(interp, constraint, "constraint")?,
        ..ConflictTarget::default()
    };
    if let Some(elements) = given(elements) {
        for element in interp.items(&elements)? {
            conflict.elements.push(target(interp, &element)?);
        }
    }
    conflict.criterion =
        given(index_where).map(|criterion| clause::condition(interp, &criterion)).transpose()?;
    let made = if updates {
        let set = row(interp, &set.unwrap_or_default())?;
        let criterion =
            given(criterion).map(|criterion| clause::condition(interp, &criterion)).transpose()?;
        OnConflict::DoUpdate { target: conflict, set, criterion }
    } else {
        OnConflict::DoNothing(conflict)
    };
    Ok(wrap_as(&this, insert.on_conflict(made)))
}

fn on_duplicate(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Args { positional, keywords } = args;
    let mut positional = positional.into_iter();
    let this = positional.next().unwrap_or_default();
    let Statement::Insert(insert) = statement_of(interp, &this)? else {
        return Err(interp.unsupported("ON DUPLICATE KEY of such a statement"));
    };
    let mut set = Vec::new();
    for value in positional {
        set.extend(row(interp, &value)?);
    }
    for (key, value) in keywords {
        set.push((AssignmentTarget::Key(key.to_string()), operand(interp, &value)?));
    }
    let conflict = OnConflict::DuplicateKeyUpdate { set, ordered: false };
    Ok(wrap_as(&this, insert.on_conflict(conflict)))
}

impl Object for DmlObject {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        let class = match (&self.statement, self.dialect) {
            (Statement::Insert(_), Some(dialect)) => {
                registry::known(interp, &format!("{dialect}.Insert"))
            }
            (Statement::Insert(_), None) => registry::known(interp, "Insert"),
            (Statement::Update(_), _) => registry::known(interp, "Update"),
            (Statement::Delete(_), _) => registry::known(interp, "Delete"),
            _ => None,
        };
        class.unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match (&self.statement, name) {
            (Statement::Insert(insert), "excluded" | "inserted") => {
                Ok(Some(Value::native(from::Columns::new(insert.excluded(), Vec::new()))))
            }
            _ if name.starts_with("__") => Ok(None),
            _ => Err(interp.unsupported(format!("attribute '{name}' of a statement"))),
        }
    }

    fn str(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported("str() of a statement"))
    }
}
