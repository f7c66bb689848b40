//! `MetaData`.

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_schema::table::NamingConvention;
use limbeck_schema::table::Table;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::Dict;
use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Text;
use crate::eval::Value;

use super::errors;
use super::inspect;
use super::keywords::given;
use super::keywords::opt_flag;
use super::keywords::opt_text;
use super::migration;
use super::orm::Backrefs;
use super::table::TableObject;
use super::table::is_old;

/// A `MetaData`.
#[derive(Debug, Default)]
pub(crate) struct MetaDataObject {
    pub(crate) schema: Option<String>,
    pub(crate) naming: RefCell<NamingConvention>,
    /// The same, as it was given.
    pub(crate) given_naming: RefCell<Option<Value>>,
    pub(crate) tables: RefCell<Vec<(String, Value)>>,
    /// `bind`, where it was set.
    pub(crate) bind: RefCell<Option<Value>>,
    /// Whether it belongs to a module of which only what is needed runs: tables may be missing.
    pub(crate) is_partial: bool,
    pub(super) backrefs: Backrefs,
}

impl MetaDataObject {
    /// One without tables, for the code that runs.
    pub(crate) fn new(interp: &Interpreter) -> Self {
        Self { is_partial: interp.runs_by_need(), ..Self::default() }
    }

    fn check_whole(&self, interp: &Interpreter) -> Result<()> {
        if self.is_partial {
            return Err(interp.unsupported("the tables of a MetaData of the project's models"));
        }
        match interp.failed_statement() {
            Some(failed) => Err(Box::new(Error::Unsupported(failed))),
            None => Ok(()),
        }
    }
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    let class = ClassBuilder::new("MetaData", "sqlalchemy.sql.schema")
        .constructor(metadata)
        .method("create_all", |interp, args| all(interp, args, true))
        .method("drop_all", |interp, args| all(interp, args, false))
        .method("reflect", super::reflect::metadata_reflect)
        .method("clear", |_, mut args| {
            if let Some(metadata) =
                args.take_self().and_then(|this| this.downcast::<MetaDataObject>())
            {
                metadata.tables.borrow_mut().clear();
            }
            Ok(Value::None)
        })
        .finish(interp);
    interp.register_class::<MetaDataObject>(Rc::clone(&class));
    home.set("MetaData", Value::Class(class));
}

fn metadata(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let mut args = args;
    let is_old = is_old(interp);
    let mut bind = None;
    if is_old {
        bind = given(args.take_keyword("bind"));
        if !args.positional.is_empty() {
            bind = given(args.positional.first().cloned());
            args.positional.clear();
        }
    }
    let names = ["schema", "quote_schema", "naming_convention", "info"];
    let Bound { values: [schema, quote, naming, info], .. } =
        args.bind(interp, &Signature::new("__init__", names, 0))?;
    // Those of stand-ins for packages lack the tables of the models.
    let is_stand_in = matches!(&info, Some(Value::Dict(info))
        if info.entries().iter().any(|(key, _)| key.as_text().is_some_and(|key| key == "_limbeck_partial")));
    if let Some(quote) = given(quote) {
        // An engine as `bind`, of former versions.
        if !matches!(quote, Value::Bool(_)) {
            return interp.type_error("MetaData() takes no bind");
        }
    }
    let schema = opt_text(interp, schema, "schema")?;
    let given_naming = given(naming);
    let naming = match &given_naming {
        Some(naming) => naming_convention(interp, naming)?,
        None => NamingConvention::default(),
    };
    let made = MetaDataObject::new(interp);
    let is_partial = made.is_partial || is_stand_in;
    Ok(Value::native(MetaDataObject {
        schema,
        naming: RefCell::new(naming),
        given_naming: RefCell::new(given_naming),
        is_partial,
        bind: RefCell::new(bind),
        ..made
    }))
}

/// The naming convention of a `MetaData`; none for other values.
pub(crate) fn metadata_naming(value: &Value) -> Option<NamingConvention> {
    Some(value.downcast::<MetaDataObject>()?.naming.borrow().clone())
}

/// A naming convention, from its dictionary.
pub(crate) fn naming_convention(
    interp: &mut Interpreter,
    value: &Value,
) -> Result<NamingConvention> {
    let Value::Dict(dict) = value else {
        return Err(interp.unsupported("a naming convention that is no dictionary"));
    };
    let mut entries = Vec::new();
    for (key, template) in dict.entries() {
        match (key.as_text(), template.as_text()) {
            (Some(key), Some(template)) => entries.push((key.to_string(), template.to_string())),
            _ => return Err(interp.unsupported("a naming convention with other than texts")),
        }
    }
    Ok(NamingConvention::from_entries(entries))
}

impl MetaDataObject {
    fn sorted_tables(&self, interp: &mut Interpreter) -> Result<Value> {
        self.check_whole(interp)?;
        let objects: Vec<Value> =
            self.tables.borrow().iter().map(|(_, table)| table.clone()).collect();
        let tables = of_objects(&objects);
        let naming = self.naming.borrow().clone();
        let metadata = limbeck_schema::MetaData { tables, sequences: Vec::new(), naming };
        let sorted = errors::compiled(interp, metadata.sorted_tables())?;
        let is_it = |object: &Value, table: &Table| {
            object.downcast::<TableObject>().is_some_and(|object| {
                let object = object.data.borrow();
                object.name == table.name && object.schema == table.schema
            })
        };
        let sorted = sorted
            .iter()
            .filter_map(|table| objects.iter().find(|object| is_it(object, table)).cloned());
        Ok(Value::list(sorted.collect()))
    }
}

fn of_objects(objects: &[Value]) -> Vec<Table> {
    let table = |object: &Value| Some(object.downcast::<TableObject>()?.data.borrow().clone());
    objects.iter().filter_map(table).collect()
}

fn all(interp: &mut Interpreter, args: Args, creates: bool) -> Result<Value> {
    let function = if creates { "create_all" } else { "drop_all" };
    let signature = Signature::new(function, ["self", "bind", "tables", "checkfirst"], 2);
    let Bound { values: [this, _, only, checkfirst], .. } = args.bind(interp, &signature)?;
    let Some(object) = this.and_then(|this| this.downcast::<MetaDataObject>()) else {
        return Ok(Value::None);
    };
    let chosen = match given(only) {
        Some(only) => interp.items(&only)?,
        None => {
            object.check_whole(interp)?;
            object.tables.borrow().iter().map(|(_, table)| table.clone()).collect()
        }
    };
    let tables = of_objects(&chosen);
    let target = migration::target(interp)?;
    let metadata = limbeck_schema::MetaData {
        tables,
        sequences: Vec::new(),
        naming: object.naming.borrow().clone(),
    };
    let checks = opt_flag(interp, checkfirst)?.unwrap_or(true);
    run_all(interp, &metadata, &target, creates, checks)
}

pub(super) fn run_all(
    interp: &mut Interpreter,
    metadata: &limbeck_schema::MetaData,
    target: &limbeck_schema::Target,
    creates: bool,
    checks: bool,
) -> Result<Value> {
    let known = inspect::known_objects(interp, metadata, checks)?;
    let exists = |object: limbeck_schema::SchemaObject<'_>| match &known {
        Some(known) => known.contains(&inspect::key_of(object)),
        // Offline and unchecked, everything is created and dropped.
        None => !creates,
    };
    let statements = if creates {
        metadata.create_all(target, &exists)
    } else {
        metadata.drop_all(target, &exists)
    };
    let statements = errors::compiled(interp, statements)?;
    migration::emit(interp, statements.into_iter().map(|statement| statement.sql))?;
    Ok(Value::None)
}

impl Object for MetaDataObject {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "tables" => {
                self.check_whole(interp)?;
                let dict = Dict::default();
                for (key, table) in self.tables.borrow().iter() {
                    dict.set_text(&Text::from(key.as_str()), table.clone());
                }
                Ok(Some(Value::Dict(Rc::new(dict))))
            }
            "naming_convention" => Ok(Some(match &*self.given_naming.borrow() {
                Some(naming) => naming.clone(),
                None => Value::dict([("ix", Value::str("ix_%(column_0_label)s"))]),
            })),
            // An attribute of former versions; in later ones it is what was set.
            "bind" => match &*self.bind.borrow() {
                Some(bind) => Ok(Some(bind.clone())),
                None if is_old(interp) => Ok(Some(Value::None)),
                None => Ok(None),
            },
            "sorted_tables" => self.sorted_tables(interp).map(Some),
            "schema" => Ok(Some(self.schema.as_deref().map_or(Value::None, Value::str))),
            _ => Ok(None),
        }
    }

    fn set_attribute(
        &self,
        _this: &Value,
        name: &str,
        value: &Value,
        interp: &mut Interpreter,
    ) -> Result<bool> {
        if name == "naming_convention" {
            if !self.tables.borrow().is_empty() || self.is_partial {
                return Err(
                    interp.unsupported("MetaData.naming_convention of a MetaData with tables")
                );
            }
            *self.naming.borrow_mut() = naming_convention(interp, value)?;
            *self.given_naming.borrow_mut() = Some(value.clone());
            return Ok(true);
        }
        if name == "bind" {
            *self.bind.borrow_mut() = Some(value.clone());
            return Ok(true);
        }
        Ok(false)
    }
}
