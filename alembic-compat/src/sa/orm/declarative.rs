//! Declarative classes: `declarative_base()`, `DeclarativeBase`, and what becomes of the classes
//! that are derived from them.

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_schema::SqlType;

use crate::eval::Args;
use crate::eval::Class;
use crate::eval::ClassBuilder;
use crate::eval::ClassHooks;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::super::column::ColumnObject;
use super::super::errors;
use super::super::metadata::MetaDataObject;
use super::super::table::TableObject;
use super::annotation;
use super::backref::Backref;
use super::mapper;
use super::mapper::Attribute;
use super::mapper::Mapped;
use super::mapper::Mapper;
use super::mapper::Relationship;

/// What the classes do.
#[derive(Debug)]
struct Declarative;

/// `declared_attr`.
#[derive(Debug)]
struct DeclaredAttribute(Value);

impl Object for DeclaredAttribute {
    fn bind(
        &self,
        _this: &Value,
        _object: Option<&Value>,
        class: &Rc<Class>,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        call_declared(interp, &self.0, class).map(Some)
    }
}

fn call_declared(interp: &mut Interpreter, function: &Value, class: &Rc<Class>) -> Result<Value> {
    let function = match function.downcast::<crate::eval::ClassMethod>() {
        Some(method) => method.function.clone(),
        None => function.clone(),
    };
    interp.call(&function, Args::of([Value::Class(Rc::clone(class))]))
}

impl ClassHooks for Declarative {
    fn created(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        keywords: Vec<(Text, Value)>,
    ) -> Result<()> {
        if let Some((name, _)) = keywords.first() {
            return Err(interp.unsupported(format!("'{name}' of a mapped class")));
        }
        let own = |name: &str| class.attributes.borrow().get(name).cloned();
        if class.bases.iter().any(|base| !base.traits.is_python && &*base.name == "DeclarativeBase")
        {
            if class.lookup("metadata").is_none() {
                class.set("metadata", Value::native(MetaDataObject::new(interp)));
            }
            return Ok(());
        }
        if let Some(is_abstract) = own("__abstract__")
            && interp.truth(&is_abstract)?
        {
            return Ok(());
        }
        if mapper::of_class(class).is_some() {
            return Err(interp.unsupported("a mapped class derived from another one"));
        }
        map(interp, class)?;
        super::super::validates::heed(interp, class)
    }

    fn set(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        name: &str,
        value: &Value,
    ) -> Result<()> {
        let maps = value.downcast::<ColumnObject>().is_some()
            || value.downcast::<Relationship>().is_some();
        if maps && mapper::of_class(class).is_some() {
            return Err(interp.unsupported(format!("'{name}', set on a mapped class")));
        }
        Ok(())
    }

    fn call(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        args: &Args,
    ) -> Result<Option<Value>> {
        let Some(found) = mapper::of_class(class) else { return Ok(None) };
        let made = mapper::new_object(class, &found);
        match class.lookup_python("__init__") {
            Some(init) => {
                let bound = interp.bind(&init, Some(&made), class)?;
                interp.call(&bound, args.clone())?;
            }
            None => {
                if !args.positional.is_empty() {
                    let given = args.positional.len() + 1;
                    return interp.type_error(format!(
                        "_declarative_constructor() takes 1 positional argument but {given} were \
                         given"
                    ));
                }
                for (key, value) in &args.keywords {
                    if class.lookup(key).is_none() {
                        return interp.type_error(format!(
                            "'{key}' is an invalid keyword argument for {}",
                            class.name
                        ));
                    }
                    interp.set_attribute(&made, key, value)?;
                }
            }
        }
        Ok(Some(made))
    }
}

fn metadata_of(interp: &mut Interpreter, class: &Rc<Class>) -> Result<Option<Rc<MetaDataObject>>> {
    let found = interp.find_attribute(&Value::Class(Rc::clone(class)), "metadata")?;
    Ok(found.and_then(|metadata| metadata.downcast::<MetaDataObject>()))
}

/// The columns of a class: its own, then those of the classes beside and above it.
fn collect(interp: &mut Interpreter, class: &Rc<Class>) -> Result<Vec<(String, Value)>> {
    let mut found: Vec<(String, Value)> = Vec::new();
    let classes: Vec<Rc<Class>> = class.order().cloned().collect();
    for of in classes {
        if !of.traits.is_python {
            continue;
        }
        let is_own = Rc::ptr_eq(&of, class);
        // `x: Mapped[int]` without a value is a column too.
        let annotations = annotation::annotations(interp, &of)?;
        let annotated: Vec<String> = annotations.iter().map(|(name, _)| name.clone()).collect();
        let valued: Vec<String> =
            of.attributes.borrow().iter().map(|(name, _)| name.to_string()).collect();
        let own = |name: &str| of.attributes.borrow().get(name).cloned();
        let items: Vec<(String, Value)> = merged(valued, annotated)
            .into_iter()
            .map(|name| {
                let value = own(&name).unwrap_or_default();
                (name, value)
            })
            .collect();
        for (name, value) in items {
            if name.starts_with("__") || found.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let value = match value.downcast::<DeclaredAttribute>() {
                Some(declared) => call_declared(interp, &declared.0, class)?,
                None => value,
            };
            if let Some(relationship) = value.downcast::<Relationship>() {
                name.clone_into(&mut relationship.name.borrow_mut());
                if let (Some(backref), Some(metadata)) =
                    (&relationship.backref, metadata_of(interp, class)?)
                {
                    metadata.backrefs.learn(backref.clone());
                }
                class.set(name.as_str(), value);
                continue;
            }
            let annotated = annotations.iter().find(|(known, _)| *known == name);
            let annotated = annotated.map(|(_, annotated)| annotated);
            let column = match (value.downcast::<ColumnObject>(), annotated) {
                (Some(column), _) if is_own && column.from.borrow().is_none() => value,
                (Some(column), _) => Value::native(column.copied()),
                (None, Some(_)) if value.is_none() => {
                    let column = interp.load_module(super::super::registry::HOME)?;
                    let column = interp.get_attribute(&Value::Module(column), "Column")?;
                    interp.call(&column, Args::none())?
                }
                _ => continue,
            };
            if let (Some(annotated), Some(object)) = (annotated, column.downcast::<ColumnObject>())
            {
                annotation::apply(interp, class, annotated, &object, &name)?;
            }
            if let Some(object) = column.downcast::<ColumnObject>() {
                let mut data = object.data.borrow_mut();
                if data.name.is_empty() {
                    data.name.clone_from(&name);
                }
            }
            found.push((name, column));
        }
    }
    Ok(found)
}

/// The names of values and of annotations in one order, which keeps both as far as they go
/// together, as SQLAlchemy finds it (`merge_lists_w_ordering`): what stands before a name of both
/// comes before it, first from the one list, then from the other.
fn merged(values: Vec<String>, annotations: Vec<String>) -> Vec<String> {
    let mut common: Vec<String> =
        values.iter().filter(|name| annotations.contains(name)).cloned().collect();
    let mut made = Vec::new();
    let (mut current, mut other) = (values.into_iter(), annotations.into_iter());
    loop {
        let Some(name) = current.next() else {
            made.extend(other);
            return made;
        };
        match common.iter().position(|known| *known == name) {
            Some(at) => {
                common.swap_remove(at);
                std::mem::swap(&mut current, &mut other);
            }
            None => made.push(name),
        }
    }
}

/// A column without a type that refers to another has that one's type.
fn type_of_reference(metadata: &Value, column: &Value) {
    let (Some(metadata), Some(column)) =
        (metadata.downcast::<MetaDataObject>(), column.downcast::<ColumnObject>())
    else {
        return;
    };
    let mut data = column.data.borrow_mut();
    let (SqlType::Null, [key]) = (&data.sql_type, data.foreign_keys.as_slice()) else { return };
    let target = key.target.clone();
    for (_, table) in metadata.tables.borrow().iter() {
        let Some(table) = table.downcast::<TableObject>() else { continue };
        let table = table.data.borrow();
        if table.name != target.table || table.schema != target.schema {
            continue;
        }
        let columns = table.columns.iter();
        if let Some(found) =
            columns.into_iter().find(|known| Some(&known.name) == target.column.as_ref())
        {
            data.sql_type = found.sql_type.clone();
        }
    }
}

fn map(interp: &mut Interpreter, class: &Rc<Class>) -> Result<()> {
    let columns = collect(interp, class)?;
    let this = Value::Class(Rc::clone(class));
    let table = match class.lookup("__table__") {
        Some(table) => table,
        None => {
            let Some(name) = interp.find_attribute(&this, "__tablename__")? else {
                let message = format!(
                    "Class <class '{}.{}'> does not have a __table__ or __tablename__ specified \
                     and does not inherit from an existing table-mapped class.",
                    class.module, class.qualified
                );
                return Err(errors::of_class(interp, "InvalidRequestError", message)?);
            };
            let metadata = interp.get_attribute(&this, "metadata")?;
            for (_, column) in &columns {
                type_of_reference(&metadata, column);
            }
            let mut args = Args::of([name, metadata]);
            args.positional.extend(columns.iter().map(|(_, column)| column.clone()));
            let more = interp.find_attribute(&this, "__table_args__")?.unwrap_or_default();
            let mut parts = match &more {
                Value::None => Vec::new(),
                Value::Dict(_) => vec![more.clone()],
                more => interp.items(more)?,
            };
            if let Some(Value::Dict(keywords)) = parts.last().cloned() {
                parts.pop();
                for (key, value) in keywords.entries() {
                    if let Some(key) = key.as_text() {
                        args.keywords.push((key, value));
                    }
                }
            }
            args.positional.extend(parts);
            let table = mapper::home_class(interp, "Table")?;
            interp.call_class(&table, args)?
        }
    };
    let Some(object) = table.downcast::<TableObject>() else {
        return Err(errors::argument(interp, "__table__ is no Table")?);
    };
    let by_column: Vec<(String, String)> = columns
        .iter()
        .filter_map(|(name, column)| {
            let column = column.downcast::<ColumnObject>()?;
            let key = column.data.borrow().key().to_owned();
            Some((key, name.clone()))
        })
        .collect();
    let Some(from) = super::super::find_from(&table) else { return Ok(()) };
    let limbeck_schema::expr::FromClause::Table(clause) = &from else { return Ok(()) };
    let mut mapped = Vec::new();
    for (column_key, column) in object.columns.borrow().iter() {
        let key = by_column
            .iter()
            .find(|(known, _)| known == column_key)
            .map_or_else(|| column_key.clone(), |(_, name)| name.clone());
        let primary_key =
            clause.columns.iter().any(|known| known.key == *column_key && known.primary_key);
        mapped.push(Mapped {
            key,
            column_key: column_key.clone(),
            column: column.clone(),
            primary_key,
            sql_type: mapper::type_of(column),
        });
    }
    let own_keys = class.lookup("__mapper_args__");
    if let Some(Value::Dict(arguments)) = own_keys {
        for (key, value) in arguments.entries() {
            let key = key.as_text().map(|key| key.to_string()).unwrap_or_default();
            match key.as_str() {
                "primary_key" => {
                    for item in interp.items(&value)? {
                        for column in &mut mapped {
                            column.primary_key |= column.column.is(&item);
                        }
                    }
                }
                "eager_defaults" | "confirm_deleted_rows" | "exclude_properties" => {}
                other => {
                    return Err(interp.unsupported(format!("'{other}' in __mapper_args__")));
                }
            }
        }
    }
    if !mapped.iter().any(|column| column.primary_key) {
        let message = format!(
            "Mapper Mapper[{}({})] could not assemble any primary key columns for mapped table \
             '{}'",
            class.name,
            object.data.borrow().name,
            object.data.borrow().name
        );
        return Err(errors::argument(interp, message)?);
    }
    for column in &mapped {
        let attribute = Attribute { key: column.key.clone(), column: column.column.clone() };
        class.set(column.key.as_str(), Value::native(attribute));
    }
    class.set("__table__", table.clone());
    let made =
        Mapper { class: Rc::downgrade(class), name: class.name.clone(), table, columns: mapped };
    *class.extra.borrow_mut() = Some(Rc::new(made));
    if let Some(metadata) = metadata_of(interp, class)? {
        metadata.backrefs.learn_class(class);
    }
    Ok(())
}

fn refuse_init(interp: &mut Interpreter, _: &Rc<Class>, _: Args) -> Result<Value> {
    Err(interp.unsupported("super().__init__() of a mapped class"))
}

/// `declarative_base(metadata=…)`.
fn declarative_base(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let Args { positional, keywords } = args;
    let mut metadata = None;
    let mut bases = Vec::new();
    let mut name = Text::from("Base");
    if !positional.is_empty() {
        return Err(interp.unsupported("arguments of declarative_base()"));
    }
    for (key, value) in keywords {
        match (key.as_str(), &value) {
            // The registry has names of relationships, which are refused where they are used.
            (_, Value::None) | ("class_registry", _) => {}
            ("metadata", _) => metadata = Some(value),
            ("cls", Value::Class(class)) => bases.push(Rc::clone(class)),
            ("cls", Value::Tuple(items)) => {
                for item in items.iter() {
                    if let Value::Class(class) = item {
                        bases.push(Rc::clone(class));
                    }
                }
            }
            ("name", value) => name = value.as_text().unwrap_or(name),
            _ => return Err(interp.unsupported(format!("declarative_base({key}=…)"))),
        }
    }
    let metadata = metadata.unwrap_or_else(|| Value::native(MetaDataObject::new(interp)));
    let mut builder = ClassBuilder::new(name, "sqlalchemy.orm.decl_api")
        .attribute("metadata", metadata)
        .constructor(refuse_init)
        .hooks(Rc::new(Declarative));
    for base in &bases {
        builder = builder.base(base);
    }
    Ok(Value::Class(builder.finish(interp)))
}

/// `registry()`.
#[derive(Debug)]
struct Registry {
    metadata: Value,
}

impl Object for Registry {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let metadata = self.metadata.clone();
        match name {
            "metadata" => Ok(Some(metadata)),
            "generate_base" => Ok(Some(interp.function("generate_base", move |interp, args| {
                let mut args = args;
                args.keywords.push(("metadata".into(), metadata.clone()));
                declarative_base(interp, args)
            }))),
            _ if name.starts_with("__") => Ok(None),
            _ => Err(interp.unsupported(format!("registry.{name}"))),
        }
    }
}

/// Makes the classes and functions.
pub(super) fn install(interp: &mut Interpreter, home: &Rc<Module>) {
    home.function("orm.declarative_base", declarative_base);
    let class = ClassBuilder::new("DeclarativeBase", "sqlalchemy.orm.decl_api")
        .constructor(refuse_init)
        .hooks(Rc::new(Declarative))
        .finish(interp);
    home.set("orm.DeclarativeBase", Value::Class(class));
    let class = ClassBuilder::new("declared_attr", "sqlalchemy.orm.decl_api")
        .constructor(|interp, _, args| {
            let [function] = args.exactly(interp, "declared_attr")?;
            Ok(Value::native(DeclaredAttribute(function)))
        })
        .finish(interp);
    for name in ["directive", "cascading"] {
        class.set(name, Value::Class(Rc::clone(&class)));
    }
    interp.register_class::<DeclaredAttribute>(Rc::clone(&class));
    home.set("orm.declared_attr", Value::Class(class));
    let class = ClassBuilder::new("registry", "sqlalchemy.orm.decl_api")
        .constructor(|interp, _, mut args| {
            let metadata = args.take_keyword("metadata");
            if !args.positional.is_empty() || !args.keywords.is_empty() {
                return Err(interp.unsupported("arguments of registry()"));
            }
            let metadata = metadata.unwrap_or_else(|| Value::native(MetaDataObject::new(interp)));
            Ok(Value::native(Registry { metadata }))
        })
        .finish(interp);
    interp.register_class::<Registry>(Rc::clone(&class));
    home.set("orm.registry", Value::Class(class));
    let class = ClassBuilder::new("Relationship", "sqlalchemy.orm.relationships").finish(interp);
    interp.register_class::<Relationship>(class);
    for name in ["orm.relationship", "orm.dynamic_loader", "orm.association_proxy", "orm.synonym"] {
        home.function(name, |_, args| {
            let (name, backref) = (RefCell::default(), Backref::read(&args));
            Ok(Value::native(Relationship { name, backref }))
        });
    }
}
