//! Third-party packages that migrations use, as modules of the interpreter.
//!
//! Each has what revisions take from it: types with the SQL that the real ones make, operations
//! that are added to `alembic.op`, loggers. They are written in Python, in `python/`, on
//! `sqlalchemy` and `alembic` as limbeck has them. What a package has besides is an
//! [`Unsupported`](crate::eval::Unsupported) with its dotted name.

mod importing;
mod psycopg2;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

/// A text in Python and the modules that show what it defines; a module is one of its own for each
/// package above it.
struct Library {
    source: &'static str,
    modules: &'static [&'static str],
}

const GEOALCHEMY: &str = "geoalchemy2";

const LIBRARIES: &[Library] = &[
    Library {
        source: include_str!("python/sqlalchemy_utils.py"),
        modules: &[
            "sqlalchemy_utils",
            "sqlalchemy_utils.types",
            "sqlalchemy_utils.types.arrow",
            "sqlalchemy_utils.types.choice",
            "sqlalchemy_utils.types.color",
            "sqlalchemy_utils.types.country",
            "sqlalchemy_utils.types.currency",
            "sqlalchemy_utils.types.email",
            "sqlalchemy_utils.types.encrypted",
            "sqlalchemy_utils.types.encrypted.encrypted_type",
            "sqlalchemy_utils.types.enriched_datetime",
            "sqlalchemy_utils.types.enriched_datetime.enriched_date_type",
            "sqlalchemy_utils.types.enriched_datetime.enriched_datetime_type",
            "sqlalchemy_utils.types.ip_address",
            "sqlalchemy_utils.types.json",
            "sqlalchemy_utils.types.locale",
            "sqlalchemy_utils.types.ltree",
            "sqlalchemy_utils.types.password",
            "sqlalchemy_utils.types.phone_number",
            "sqlalchemy_utils.types.range",
            "sqlalchemy_utils.types.scalar_coercible",
            "sqlalchemy_utils.types.scalar_list",
            "sqlalchemy_utils.types.timezone",
            "sqlalchemy_utils.types.ts_vector",
            "sqlalchemy_utils.types.url",
            "sqlalchemy_utils.types.uuid",
            "sqlalchemy_utils.types.weekdays",
            "sqlalchemy_utils.exceptions",
            "sqlalchemy_utils.functions",
            "sqlalchemy_utils.listeners",
        ],
    },
    Library {
        source: include_str!("python/sqlmodel_types.py"),
        modules: &["sqlmodel.sql.sqltypes", "sqlmodel.sql"],
    },
    Library {
        source: include_str!("python/fastapi_users.py"),
        modules: &[
            "fastapi_users_db_sqlalchemy.generics",
            "fastapi_users_db_sqlalchemy.guid",
            "fastapi_users_db_sqlalchemy",
            "fastapi_users.db",
            "fastapi_users",
        ],
    },
    Library {
        source: include_str!("python/geoalchemy2.py"),
        modules: &[GEOALCHEMY, "geoalchemy2.types", "geoalchemy2.alembic_helpers"],
    },
    Library {
        source: include_str!("python/pgvector.py"),
        modules: &[
            "pgvector.sqlalchemy",
            "pgvector.sqlalchemy.vector",
            "pgvector.sqlalchemy.halfvec",
            "pgvector.sqlalchemy.sparsevec",
            "pgvector.sqlalchemy.bit",
        ],
    },
    Library {
        source: include_str!("python/alembic_utils.py"),
        modules: &[
            "alembic_utils",
            "alembic_utils.exceptions",
            "alembic_utils.pg_extension",
            "alembic_utils.pg_function",
            "alembic_utils.pg_grant_table",
            "alembic_utils.pg_materialized_view",
            "alembic_utils.pg_policy",
            "alembic_utils.pg_trigger",
            "alembic_utils.pg_view",
            "alembic_utils.replaceable_entity",
        ],
    },
    Library {
        source: include_str!("python/alembic_postgresql_enum.py"),
        modules: &[
            "alembic_postgresql_enum",
            "alembic_postgresql_enum.get_enum_data",
            "alembic_postgresql_enum.sql_commands",
            "alembic_postgresql_enum.sql_commands.indexes",
        ],
    },
    Library { source: include_str!("python/sqlmodel.py"), modules: &["sqlmodel"] },
    Library { source: include_str!("python/flask_sqlalchemy.py"), modules: &["flask_sqlalchemy"] },
    Library { source: include_str!("python/citext.py"), modules: &["citext"] },
    Library { source: include_str!("python/oslo_log.py"), modules: &["oslo_log.log"] },
    Library {
        source: include_str!("python/oslo_db_types.py"),
        modules: &["oslo_db.sqlalchemy.types"],
    },
    Library {
        source: include_str!("python/oslo_uuidutils.py"),
        modules: &["oslo_utils.uuidutils"],
    },
    Library {
        source: include_str!("python/oslo_timeutils.py"),
        modules: &["oslo_utils.timeutils"],
    },
    Library { source: include_str!("python/oslo_strutils.py"), modules: &["oslo_utils.strutils"] },
    Library {
        source: include_str!("python/oslo_jsonutils.py"),
        modules: &["oslo_serialization.jsonutils"],
    },
    Library { source: include_str!("python/oslo_i18n.py"), modules: &["oslo_i18n"] },
    Library { source: include_str!("python/neutron_lib.py"), modules: &["neutron_lib.constants"] },
    Library {
        source: include_str!("python/neutron_lib_db.py"),
        modules: &["neutron_lib.db.constants"],
    },
    Library {
        source: include_str!("python/neutron_lib_exceptions.py"),
        modules: &["neutron_lib.exceptions"],
    },
    Library {
        source: include_str!("python/neutron_lib_pvlan.py"),
        modules: &["neutron_lib.services.pvlan.constants"],
    },
    Library {
        source: include_str!("python/octavia_lib.py"),
        modules: &["octavia_lib.common.constants"],
    },
    Library { source: include_str!("python/lfx.py"), modules: &["lfx.log.logger"] },
    Library {
        source: include_str!("python/flask_appbuilder.py"),
        modules: &["flask_appbuilder.utils.legacy"],
    },
    Library {
        source: include_str!("python/lazy_object_proxy.py"),
        modules: &["lazy_object_proxy"],
    },
    Library {
        source: include_str!("python/packaging.py"),
        modules: &["packaging.version", "packaging.utils"],
    },
    Library { source: include_str!("python/simplejson.py"), modules: &["simplejson"] },
    Library { source: include_str!("python/structlog.py"), modules: &["structlog"] },
    Library { source: include_str!("python/loguru.py"), modules: &["loguru"] },
    Library {
        source: include_str!("python/alembic_operations.py"),
        modules: &[
            "alembic.operations.base",
            "alembic.operations",
            "alembic.operations.ops",
            "alembic.autogenerate",
            "alembic.autogenerate.render",
            "alembic.autogenerate.compare",
        ],
    },
];

/// Packages that only hold others.
const EMPTY: &[&str] = &[
    "flask_appbuilder",
    "flask_appbuilder.utils",
    "lfx",
    "lfx.log",
    "neutron_lib",
    "neutron_lib.db",
    "neutron_lib.services",
    "neutron_lib.services.pvlan",
    "octavia_lib",
    "octavia_lib.common",
    "oslo_db",
    "oslo_db.sqlalchemy",
    "oslo_log",
    "oslo_serialization",
    "oslo_utils",
    "packaging",
    "pgvector",
];

/// The operations of packages that `env.py` imports in the projects that use them, so that
/// revisions need not.
pub(crate) const OPERATIONS: &[(&str, &str)] = &[
    ("create_entity", "alembic_utils"),
    ("drop_entity", "alembic_utils"),
    ("replace_entity", "alembic_utils"),
    ("sync_enum_values", "alembic_postgresql_enum"),
    ("add_enum_value", "alembic_postgresql_enum"),
    ("create_geospatial_table", "geoalchemy2"),
    ("drop_geospatial_table", "geoalchemy2"),
    ("add_geospatial_column", "geoalchemy2"),
    ("drop_geospatial_column", "geoalchemy2"),
    ("create_geospatial_index", "geoalchemy2"),
    ("drop_geospatial_index", "geoalchemy2"),
];

/// Whether a module is one of these.
pub(crate) fn has_module(name: &str) -> bool {
    EMPTY.contains(&name)
        || psycopg2::MODULES.contains(&name)
        || LIBRARIES.iter().any(|library| library.modules.contains(&name))
}

/// Packages that only have types, and nothing that code could leave something in.
const TYPES: &[&str] = &[
    "citext",
    "fastapi_users",
    "fastapi_users_db_sqlalchemy",
    "oslo_db.sqlalchemy.types",
    "pgvector",
    "sqlalchemy_utils",
    "sqlmodel.sql",
];

/// Whether a module is of a package that only has types, as SQLAlchemy's own are.
pub(crate) fn only_has_types(name: &str) -> bool {
    has_module(name)
        && TYPES.iter().any(|package| {
            name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
}

/// Registers every module with an interpreter, after [`sa::register`](crate::sa::register) and
/// [`stdlib::register`](crate::stdlib::register).
pub fn register(interp: &mut Interpreter) {
    for name in EMPTY {
        interp.register_module(name, |_| Ok(Rc::new(Module::native(*name).with_fallback(missing))));
    }
    for library in LIBRARIES {
        let Some((first, others)) = library.modules.split_first() else { continue };
        let whole = format!("{first} (whole)");
        interp.register_module(&whole, |interp| interp.run_library(first, library.source));
        for name in std::iter::once(first).chain(others) {
            let whole = whole.clone();
            interp.register_module(name, move |interp| view(interp, name, &whole));
        }
    }
    interp.register_module("typing_extensions", |interp| {
        let typing = interp.load_module("typing")?;
        let module = Module::native("typing_extensions").with_fallback(missing);
        copy(&typing, &module);
        Ok(Rc::new(module))
    });
    importing::register(interp);
    psycopg2::register(interp);
}

/// A module that shows the public names of a library.
fn view(interp: &mut Interpreter, name: &'static str, whole: &str) -> Result<Rc<Module>> {
    let inner = interp.load_module(whole)?;
    if let Some(failed) = Interpreter::skipped(&inner).into_iter().next() {
        return Err(Box::new(Error::Unsupported(failed)));
    }
    let module = Module::native(name).with_fallback(missing);
    copy(&inner, &module);
    Ok(Rc::new(module))
}

fn copy(from: &Module, to: &Module) {
    let names: Vec<(Text, Value)> = {
        let globals = from.globals.borrow();
        let public = globals.iter().filter(|(name, _)| !name.starts_with('_'));
        public.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    for (name, value) in names {
        to.set(name, value);
    }
}

fn missing(interp: &mut Interpreter, module: &Rc<Module>, name: &str) -> Result<Option<Value>> {
    let full = format!("{}.{name}", module.name);
    if interp.has_native_module(&full) {
        return Ok(Some(Value::Module(interp.load_module(&full)?)));
    }
    if name.starts_with("__") {
        return Ok(None);
    }
    Err(interp.unsupported(format!("'{full}'")))
}

/// An operation that was added to `alembic.op`: by the project, or by a package known here.
pub(crate) fn operation(interp: &mut Interpreter, name: &str) -> Result<Option<Value>> {
    if !interp.has_native_module("alembic.operations") {
        return Ok(None);
    }
    if let Some((_, package)) = OPERATIONS.iter().find(|(known, _)| *known == name) {
        interp.load_module(package)?;
    }
    let operations = interp.load_module("alembic.operations")?;
    let find = operations.globals.borrow().get("run_registered").cloned();
    let Some(find) = find else { return Ok(None) };
    let found = interp.call(&find, crate::eval::Args::of([Value::str(name)]))?;
    Ok((!found.is_none()).then_some(found))
}

/// The index that comes with a column because of its type: that of a spatial column.
pub(crate) fn index_of_column(
    interp: &mut Interpreter,
    table: &str,
    column: &str,
    sql_type: &Value,
) -> Result<Option<Value>> {
    let Some(module) = interp.loaded_module(&format!("{GEOALCHEMY} (whole)")) else {
        return Ok(None);
    };
    let find = module.globals.borrow().get("index_of_column").cloned().unwrap_or_default();
    let args = [Value::str(table), Value::str(column), sql_type.clone()];
    let index = interp.call(&find, crate::eval::Args::of(args))?;
    Ok((!index.is_none()).then_some(index))
}
