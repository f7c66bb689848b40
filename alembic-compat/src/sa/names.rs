//! The names that SQLAlchemy's objects have as attributes, by class and version.
//!
//! Code asks for them with `hasattr()` and `getattr(…, None)`: that there is no such attribute is
//! only said where it is known. The table is made by `tests/names/generate.py`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::OnceLock;

use crate::eval::Class;
use crate::eval::ClassHooks;
use crate::eval::Interpreter;
use crate::eval::Listing;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::migration;
use super::migration::SqlalchemyVersion;

const TABLE: &str = include_str!("names.txt");

/// The names of one class, each with the versions that have it.
struct Entry {
    /// The versions that have the class.
    known: u8,
    /// The class whose names it has as well.
    base: Option<&'static str>,
    /// The lines with its own names, each behind its versions.
    lines: &'static str,
    names: OnceLock<BTreeMap<&'static str, Having>>,
}

/// Which versions have a name.
#[derive(Debug, Clone, Copy, Default)]
struct Having {
    versions: u8,
    /// Whether only some of the objects have it.
    varies: bool,
}

/// The classes by module and name.
type Entries = BTreeMap<(&'static str, &'static str), Entry>;

/// Classes whose objects have names of their own, the columns of a table or of a result or what
/// code has set, and which say in Python's words that there is no such attribute.
const WITH_OWN: &[&str] = &["ColumnCollection", "LegacyRow", "MetaData", "MockConnection", "Row"];

/// Classes that stand for several of SQLAlchemy's.
const MERGED: &[&str] =
    &["ColumnElement", "FilterResult", "FromClause", "Result", "SelectBase", "UpdateBase"];

/// Classes of which SQLAlchemy has one for each dialect, driver or function.
const RENAMED: &[&str] = &["ColumnCollection", "CursorResult", "Dialect", "Function"];

/// Special names that do not depend on Python's version.
const PROTOCOLS: &[&str] = &[
    "_asdict",
    "_fields",
    "_mapping",
    "_t",
    "_tuple",
    "__aenter__",
    "__aiter__",
    "__await__",
    "__bind_key__",
    "__call__",
    "__clause_element__",
    "__contains__",
    "__delitem__",
    "__enter__",
    "__exit__",
    "__get__",
    "__getitem__",
    "__html__",
    "__index__",
    "__int__",
    "__iter__",
    "__len__",
    "__next__",
    "__reversed__",
    "__mapper__",
    "__mapper_args__",
    "__set__",
    "__setitem__",
    "__table__",
    "__table_args__",
    "__tablename__",
];

const DECLARATIVE: &str = "sqlalchemy.orm.decl_api";

fn key(full: &'static str) -> Option<(&'static str, &'static str)> {
    full.rsplit_once('.')
}

fn entries() -> &'static Entries {
    static ENTRIES: OnceLock<Entries> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let mut made = Entries::new();
        let mut rest = TABLE;
        while !rest.is_empty() {
            let (head, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let mut end = 0;
            for line in after.split_inclusive('\n') {
                if !line.starts_with(' ') {
                    break;
                }
                end += line.len();
            }
            let (lines, after) = after.split_at(end);
            rest = after;
            let mut words = head.split(' ');
            let full = words.next().and_then(key);
            let known = words.next().and_then(|known| known.parse().ok());
            if let (Some(full), Some(known)) = (full, known) {
                let base = words.next().filter(|base| *base != "-");
                made.insert(full, Entry { known, base, lines, names: OnceLock::new() });
            }
        }
        made
    })
}

impl Entry {
    fn names(&self) -> &BTreeMap<&'static str, Having> {
        self.names.get_or_init(|| {
            let base = self.base.and_then(key).and_then(|base| entries().get(&base));
            let mut names = base.map(|base| base.names().clone()).unwrap_or_default();
            for line in self.lines.lines() {
                let mut words = line.split_ascii_whitespace();
                let Some(first) = words.next() else { continue };
                let (first, varies) = match first.strip_suffix('?') {
                    Some(first) => (first, true),
                    None => (first, false),
                };
                let Ok(versions) = first.parse() else { continue };
                names.extend(words.map(|word| (word, Having { versions, varies })));
            }
            names
        })
    }
}

/// Whether a class is of one of the packages that the table is about.
fn is_own(class: &Class) -> bool {
    let package = class.module.split('.').next();
    !class.traits.is_python && matches!(package, Some("sqlalchemy" | "alembic"))
}

/// What is known of an attribute of the objects of a class.
pub(super) fn listing(interp: &mut Interpreter, class: &Class, name: &str) -> Listing {
    if !is_own(class) {
        return Listing::Foreign;
    }
    let version = migration::current(interp).map(|migration| migration.sqlalchemy);
    // What a declarative base is called is for the code to say.
    let of_class = match &*class.module {
        DECLARATIVE if !matches!(&*class.name, "registry" | "declared_attr") => "Base",
        _ => &*class.name,
    };
    let is_private = name.starts_with('_');
    let Some(entry) = entries().get(&(&*class.module, of_class)) else {
        let is_merged = MERGED.contains(&of_class) && !is_private;
        return if is_merged { Listing::Varies } else { Listing::Unknown };
    };
    // Where nobody says which 2.x it is, the two must agree.
    let asked = entry.known
        & match version.unwrap_or_default() {
            SqlalchemyVersion::V14 => 4,
            SqlalchemyVersion::V20 => 2,
            SqlalchemyVersion::V21 => 3,
        };
    if asked == 0 {
        return Listing::Unknown;
    }
    let having = entry.names().get(name).copied().unwrap_or_default();
    let (varies, having) = (having.varies, asked & having.versions);
    if having != 0 {
        return if varies || having != asked { Listing::Varies } else { Listing::Listed };
    }
    if is_private && !PROTOCOLS.contains(&name) {
        return Listing::Unknown;
    }
    match WITH_OWN.contains(&&*class.name) {
        true => Listing::AbsentUnlessFound,
        false => Listing::Absent,
    }
}

/// Whether a class stands for several, or has another name than SQLAlchemy's.
pub(super) fn is_inexact(class: &Class) -> bool {
    is_own(class) && (MERGED.contains(&&*class.name) || RENAMED.contains(&&*class.name))
}

/// Says of a class in [`MERGED`] that its objects may be of those below it.
pub(super) struct Merged;

impl ClassHooks for Merged {
    fn created(&self, _: &mut Interpreter, _: &Rc<Class>, _: Vec<(Text, Value)>) -> Result<()> {
        Ok(())
    }

    fn may_be(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        wanted: &Rc<Class>,
    ) -> Result<bool> {
        if MERGED.contains(&&*class.name) && wanted.is_subclass(class) {
            return Err(interp.unsupported(format!("isinstance({}, {})", class.name, wanted.name)));
        }
        Ok(false)
    }
}

/// The answer for an attribute that limbeck's object has not: none where no object has it.
///
/// # Errors
/// It is not supported: SQLAlchemy's object may have it.
pub(super) fn unknown(interp: &mut Interpreter, of: &str, name: &str) -> Result<Option<Value>> {
    if name.starts_with("__") {
        return Ok(None);
    }
    Err(interp.unsupported(format!("{of}.{name}")))
}

/// Whether the attributes of a class' objects can be set: where limbeck has not set one, that is no
/// `AttributeError`.
pub(super) fn takes(class: &Class) -> bool {
    let package = class.module.split('.').next();
    package == Some("sqlalchemy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        assert!(entries().len() > 150);
        for (key, entry) in entries() {
            assert!(entry.known > 0 && entry.known < 8, "{key:?}");
            assert!(!entry.names().is_empty(), "{key:?}");
            if let Some(base) = entry.base {
                assert!(super::key(base).is_some_and(|base| entries().contains_key(&base)));
            }
        }
    }
}
