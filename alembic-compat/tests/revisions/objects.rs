//! What SQLAlchemy's objects have and are: `hasattr`, `isinstance` and the name of the type of many
//! objects, each as real SQLAlchemy answers or not supported.

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_alembic::eval::Error;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::NoHost;
use limbeck_alembic::eval::Value;
use limbeck_alembic::sa;
use limbeck_alembic::sa::Connection as _;
use limbeck_alembic::sa::Migration;
use limbeck_alembic::sa::SqlalchemyVersion;
use limbeck_alembic::stdlib;
use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;
use serde_json::Value as Json;
use serde_json::json;

use crate::live::Double;
use crate::live::Sqlite;
use crate::real_python::Answering;
use crate::real_python::is_sqlalchemy_2_0;

const SOURCE: &str = concat!(
    "import collections.abc as abc\nimport typing\nimport sqlalchemy as sa\nfrom alembic import op\n",
    "from sqlalchemy import orm\nfrom sqlalchemy.dialects import mysql, postgresql, sqlite\n",
    "SPECIAL = ['__iter__', '__len__', '__getitem__', '__contains__', '__call__', '__enter__', \
     '__clause_element__', '__table__', '__tablename__', '_mapping', '_asdict', '_fields']\n",
    include_str!("objects.txt"),
);

const SETUP: [&str; 3] = [
    "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(5))",
    "CREATE TABLE par (id INTEGER NOT NULL PRIMARY KEY)",
    "INSERT INTO t VALUES (1, 'x')",
];

/// The values of a dictionary of the module, by their keys.
fn items(interp: &mut Interpreter, globals: &Value, name: &str) -> Vec<(String, Value)> {
    let Value::Dict(items) = interp.get_attribute(globals, name).unwrap() else { panic!("{name}") };
    let items = items.entries().into_iter();
    items.map(|(key, value)| (key.as_text().unwrap().to_string(), value)).collect()
}

#[test]
fn objects_have_and_are_what_those_of_sqlalchemy_have_and_are() {
    let question = json!({ "setup": SETUP, "source": SOURCE }).to_string();
    let theirs = Answering::start(include_str!("objects.py")).ask(&question);
    let theirs: Json = serde_json::from_str(&theirs).unwrap();

    let sqlite = Sqlite(Answering::start(include_str!("live.py")));
    let mut double = Double(Rc::new(RefCell::new(sqlite)));
    for sql in SETUP {
        double.execute(sql, &[]).unwrap();
    }
    let mut migration =
        Migration::live(Target::sqlite(), NamingConvention::default(), Box::new(double));
    if is_sqlalchemy_2_0() {
        migration = migration.with_sqlalchemy(SqlalchemyVersion::V20);
    }
    let mut interp = Interpreter::new(Box::new(NoHost(migration)), Limits::default());
    sa::register(&mut interp);
    stdlib::register(&mut interp);
    let module = match interp.run_file("revision", "revision.py", SOURCE) {
        Ok(module) => Value::Module(module),
        Err(error) => panic!("{:?}", interp.report(&error)),
    };
    let objects = items(&mut interp, &module, "objects");
    let classes = items(&mut interp, &module, "classes");
    let texts = |list: &Json| -> Vec<String> {
        list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let names = texts(&theirs["names"]);

    let (mut wrong, mut answered, mut refused) = (Vec::new(), 0, 0);
    let mut compare = |what: String, ours: Result<Json, Box<Error>>, theirs: &Json| match ours {
        Ok(ours) if ours == *theirs => answered += 1,
        Ok(ours) => wrong.push(format!("{what}: {ours}, and {theirs} in Python")),
        Err(error) if matches!(*error, Error::Unsupported(_)) => refused += 1,
        Err(error) => wrong.push(format!("{what}: {error:?}")),
    };
    for (key, object) in &objects {
        for (name, theirs) in names.iter().zip(theirs["has"][key].as_array().unwrap()) {
            let ours = interp.find_attribute(object, name).map(|found| json!(found.is_some()));
            compare(format!("hasattr({key}, '{name}')"), ours, theirs);
        }
        let is = theirs["is"][key].as_array().unwrap();
        for ((name, class), theirs) in classes.iter().zip(is) {
            let ours = interp.is_instance(object, class).map(|is| json!(is));
            compare(format!("isinstance({key}, {name})"), ours, theirs);
        }
        // Classes of classes are not known here.
        if matches!(object, Value::Class(_)) {
            continue;
        }
        let class = Value::Class(interp.class(object));
        let ours = interp.get_attribute(&class, "__name__");
        let ours = ours.map(|name| json!(name.as_text().unwrap().to_string()));
        compare(format!("type({key}).__name__"), ours, &theirs["types"][key]);
    }
    println!("{} objects: {answered} answers, {refused} not supported", objects.len());
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(answered > 3 * refused, "{answered} answers, {refused} not supported");
}
