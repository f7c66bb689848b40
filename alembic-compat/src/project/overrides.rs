//! What a project changes in SQLAlchemy and Alembic themselves: from then on, operations of any
//! revision make other statements than they do elsewhere.
//!
//! Alembic loads `env.py` and all revision files, and with them whatever they import. What these
//! modules do when they are loaded is looked for in their texts, below functions alone: a
//! `@compiles` of a class of SQLAlchemy, an `implementation_for` of an operation of Alembic, an
//! implementation of Alembic for a dialect, a listener for the life of all tables, an assignment to
//! an attribute of either package. Packages that are not part of the project are not looked into.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use limbeck_schema::Dialect;

use crate::eval::ModuleSource;
use crate::eval::Place;
use crate::python;
use crate::python::Argument;
use crate::python::ClassDef;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::ImportedName;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::position;
use crate::python::walk_stmts;
use crate::stdlib;

use super::imports::imported;

/// Events of tables and metadata, and of connections that give other statements back.
const EVENTS: [&str; 8] = [
    "before_create",
    "after_create",
    "before_drop",
    "after_drop",
    "before_parent_attach",
    "after_parent_attach",
    "column_reflect",
    "do_execute",
];

/// Something that is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// What is there, for people.
    pub construct: String,
    /// Where.
    pub place: Place,
    /// The dialects that it is for; all, if there are none.
    dialects: Vec<String>,
    /// The class that is compiled otherwise.
    class: Option<String>,
}

impl Override {
    /// Whether it may change what a revision with this text does on `dialect`; `statements` are all
    /// of its statements, where these are known.
    #[must_use]
    pub fn concerns(&self, dialect: Dialect, source: &str, statements: Option<&[String]>) -> bool {
        let is_meant = |name: &String| match dialect {
            Dialect::Mysql => matches!(name.as_str(), "mysql" | "mariadb"),
            dialect => name == dialect.name(),
        };
        if !self.dialects.is_empty() && !self.dialects.iter().any(is_meant) {
            return false;
        }
        let Some(class) = &self.class else { return true };
        // Functions are called by code alone.
        if is_function(class) && !source.to_lowercase().contains(class) && !imports_others(source) {
            return false;
        }
        statements.is_none_or(|statements| {
            statements.iter().any(|statement| may_make(class, statement) != Some(false))
        })
    }

    /// Whether a statement tells that it may be in it: then it need not be known beforehand.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.class.as_ref().is_some_and(|class| may_make(class, "").is_some())
    }
}

/// Functions have small letters.
fn is_function(class: &str) -> bool {
    class.starts_with(char::is_lowercase)
}

/// Whether something of a class that is compiled otherwise may be in a statement; `None` where the
/// statement does not tell.
fn may_make(class: &str, statement: &str) -> Option<bool> {
    let begins = |words: &[&str]| words.iter().any(|word| statement.trim_start().starts_with(word));
    Some(match class {
        "CreateTable" | "CreateColumn" => begins(&["CREATE TABLE", "CREATE TEMP", "ALTER TABLE"]),
        "DropTable" => begins(&["DROP TABLE"]),
        "CreateIndex" => begins(&["CREATE INDEX", "CREATE UNIQUE"]),
        "DropIndex" => begins(&["DROP INDEX"]),
        "Insert" => begins(&["INSERT", "WITH"]),
        "Update" => begins(&["UPDATE", "WITH"]),
        "Delete" => begins(&["DELETE", "WITH"]),
        "ForeignKeyConstraint" => {
            statement.contains("FOREIGN KEY") || statement.contains("REFERENCES")
        }
        _ if is_function(class) => {
            let text = statement.to_lowercase();
            // Those of the standard have no parentheses.
            text.contains(&format!("{class}("))
                || class == "now" && text.contains("current_timestamp")
                || ["current_", "local", "session_", "user"].iter().any(|it| class.starts_with(it))
                    && text.contains(class)
        }
        _ => return None,
    })
}

/// Whether a text imports modules that may be the project's.
fn imports_others(source: &str) -> bool {
    let is_known = |name: &String| {
        let is_standard = || {
            let top = name.split('.').next().unwrap_or_default();
            stdlib::modules().iter().any(|(known, _)| *known == top)
        };
        is_framework(name) || name == "__future__" || is_standard()
    };
    !imported(source, None).iter().all(is_known)
}

/// A text that Alembic loads by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Its path, for places.
    pub path: String,
    /// The text.
    pub text: String,
}

/// What is changed by `loaded` and by all modules of the project that they import, in the order in
/// which they are found. `modules` finds a module by its dotted name.
pub fn overrides(
    loaded: &[Loaded],
    modules: &dyn Fn(&str) -> Option<ModuleSource>,
) -> Vec<Override> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next: Vec<String> = Vec::new();
    for Loaded { path, text } in loaded {
        look_at(path, text, &mut found);
        next.extend(imported(text, None));
    }
    next.reverse();
    while let Some(name) = next.pop() {
        if is_framework(&name) || !seen.insert(name.clone()) {
            continue;
        }
        if let Some((parent, _)) = name.rsplit_once('.')
            && !seen.contains(parent)
        {
            next.push(parent.to_owned());
        }
        let Some(ModuleSource::File { path, text, is_package }) = modules(&name) else { continue };
        look_at(&path, &text, &mut found);
        let package = match is_package {
            true => Some(&*name),
            false => name.rsplit_once('.').map(|(package, _)| package),
        };
        next.extend(imported(&text, package).into_iter().rev());
    }
    found
}

fn is_framework(name: &str) -> bool {
    matches!(name.split('.').next(), Some("sqlalchemy" | "alembic"))
}

/// Words without which a text changes nothing.
const WORDS: [&str; 4] = ["compiles", "implementation_for", "__dialect__", "listen"];

fn look_at(path: &str, text: &str, found: &mut Vec<Override>) {
    if !(text.contains("sqlalchemy") || text.contains("alembic"))
        || !(WORDS.iter().any(|word| text.contains(word)) || text.lines().any(sets_attribute))
    {
        return;
    }
    // What is no Python cannot be loaded either.
    let Ok(tree) = python::parse(text) else { return };
    let mut look = Look { path, text, names: BTreeMap::new(), found };
    walk_stmts(&tree.body, &mut look);
}

/// Whether a line may be an assignment to an attribute.
fn sets_attribute(line: &str) -> bool {
    let target = line.split('=').next().unwrap_or_default().trim();
    target.len() < line.len()
        && target.contains('.')
        && target.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
}

struct Look<'a> {
    path: &'a str,
    text: &'a str,
    /// What imported names stand for.
    names: BTreeMap<String, String>,
    found: &'a mut Vec<Override>,
}

impl Look<'_> {
    /// The dotted name of an expression, where it is one of SQLAlchemy or Alembic.
    fn framework(&self, expr: &Expr) -> Option<String> {
        let name = match &expr.kind {
            ExprKind::Name(name) => self.names.get(name)?.clone(),
            ExprKind::Attribute { value, name } => format!("{}.{name}", self.framework(value)?),
            _ => return None,
        };
        is_framework(&name).then_some(name)
    }

    fn import(&mut self, from: Option<&str>, name: &ImportedName) {
        let bound = name.bound().to_owned();
        let means = match from {
            Some(from) => format!("{from}.{}", name.name),
            None if name.alias.is_some() => name.name.clone(),
            None => bound.clone(),
        };
        self.names.insert(bound, means);
    }

    fn add(&mut self, span: Span, construct: String, dialects: Vec<String>, class: Option<&str>) {
        let position = position(self.text, span.offset());
        let place = Place { file: self.path.to_owned(), span, position };
        let class = class.map(str::to_owned);
        self.found.push(Override { construct, place, dialects, class });
    }

    fn call(&mut self, span: Span, function: &Expr, arguments: &[Argument]) {
        let Some(function) = self.framework(function) else { return };
        let Some(first) = arguments.first() else { return };
        let Some(class) = self.framework(first.value()) else { return };
        let class = class.rsplit('.').next().unwrap_or_default();
        let texts = || arguments.iter().skip(1).map(|argument| &argument.value().kind);
        match function.rsplit('.').next().unwrap_or_default() {
            "compiles" => {
                let dialects = texts().filter_map(text_of).collect();
                self.add(span, format!("an own way to compile {class}"), dialects, Some(class));
            }
            "implementation_for" => {
                self.add(span, format!("an own implementation of {class}"), Vec::new(), None);
            }
            "listen" | "listens_for" => {
                // What cannot be read may be any event.
                let event = texts().next().and_then(text_of);
                let gives_back = arguments.iter().any(|argument| {
                    matches!(argument, Argument::Keyword { name, value }
                        if name == "retval" && value.kind == ExprKind::Bool(true))
                });
                if gives_back || event.is_none_or(|event| EVENTS.contains(&&*event)) {
                    self.add(span, format!("a listener for every {class}"), Vec::new(), None);
                }
            }
            _ => {}
        }
    }

    fn class(&mut self, span: Span, class: &ClassDef) {
        let bases = class.arguments.iter().filter_map(|base| self.framework(base.value()));
        if !bases.into_iter().any(|base| base.starts_with("alembic.") && base.ends_with("Impl")) {
            return;
        }
        let dialect = class.body.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Assign { targets, value } => {
                let is_dialect = |target: &Expr| {
                    matches!(&target.kind, ExprKind::Name(name) if name == "__dialect__")
                };
                targets.iter().any(is_dialect).then(|| text_of(&value.kind)).flatten()
            }
            _ => None,
        });
        let construct = format!("class {}, an implementation of Alembic's operations", class.name);
        self.add(span, construct, dialect.into_iter().collect(), None);
    }

    fn assign(&mut self, span: Span, target: &Expr) {
        let ExprKind::Attribute { value, name } = &target.kind else { return };
        if let Some(of) = self.framework(value) {
            self.add(span, format!("a new value of {of}.{name}"), Vec::new(), None);
        }
    }
}

fn text_of(kind: &ExprKind) -> Option<String> {
    match kind {
        ExprKind::Str(text) => Some(text.clone()),
        _ => None,
    }
}

impl<'t> Visitor<'t> for Look<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Import(names) => names.iter().for_each(|name| self.import(None, name)),
            StmtKind::ImportFrom { level: 0, module: Some(module), names } => {
                names.iter().for_each(|name| self.import(Some(module), name));
            }
            StmtKind::Assign { targets, .. } => {
                targets.iter().for_each(|target| self.assign(stmt.span, target));
            }
            StmtKind::ClassDef(class) => self.class(stmt.span, class),
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let ExprKind::Call { function, arguments } = &expr.kind {
            self.call(expr.span, function, arguments);
        }
        true
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        let loaded = [Loaded { path: "env.py".to_owned(), text: text.to_owned() }];
        let found = overrides(&loaded, &|_| None);
        found.into_iter().map(|one| format!("{} {}", one.construct, one.place)).collect()
    }

    #[test]
    fn every_kind_is_found() {
        let found = of("\
import sqlalchemy as sa
import alembic.ddl.postgresql
from alembic.ddl.impl import DefaultImpl
from alembic.operations import Operations, ops
from sqlalchemy import event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable as C, DropTable
@compiles(C)
def a(element, compiler, **kw): pass
if True:
    compiles(DropTable, 'postgresql')(a)
@sa.ext.compiler.compiles(sa.BigInteger, 'sqlite')
def b(element, compiler, **kw): pass
@Operations.implementation_for(ops.CreateTableOp, replace=True)
def c(operations, operation): pass
class D(DefaultImpl):
    __dialect__ = 'sqlite'
class E(alembic.ddl.postgresql.PostgresqlImpl):
    pass
@event.listens_for(sa.Table, 'before_create')
def f(*args): pass
@event.listens_for(sa.engine.Engine, 'before_cursor_execute', retval=True)
def g(*args): pass
sa.Column.nullable = True
");
        assert_eq!(
            found,
            [
                "an own way to compile CreateTable env.py, line 8, column 2",
                "an own way to compile DropTable env.py, line 11, column 5",
                "an own way to compile BigInteger env.py, line 12, column 2",
                "an own implementation of CreateTableOp env.py, line 14, column 2",
                "class D, an implementation of Alembic's operations env.py, line 16, column 1",
                "class E, an implementation of Alembic's operations env.py, line 18, column 1",
                "a listener for every Table env.py, line 20, column 2",
                "a listener for every Engine env.py, line 22, column 2",
                "a new value of sqlalchemy.Column.nullable env.py, line 24, column 1",
            ]
        );
    }

    #[test]
    fn what_a_project_does_with_its_own_is_none() {
        let found = of("\
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DDLElement, DropTable
from app.ddl import View
class Index(DDLElement):
    pass
@compiles(Index)
def a(element, compiler, **kw): pass
@compiles(View, 'postgresql')
def b(element, compiler, **kw): pass
def tests():
    @compiles(DropTable, 'postgresql')
    def c(element, compiler, **kw): pass
@event.listens_for(Engine, 'connect')
def d(*args): pass
View.name = 'x'
target_metadata = View.metadata
");
        assert_eq!(found, Vec::<String>::new());
        assert_eq!(of("this is (no Python: compiles sqlalchemy"), Vec::<String>::new());
    }

    #[test]
    fn imports_are_followed_through_the_project() {
        let modules = |name: &str| {
            let (text, is_package) = match name {
                "app" => ("from . import models", true),
                "app.models" => ("from .types import Money\nimport sqlalchemy", false),
                "app.types" => (
                    "from sqlalchemy import String\nfrom sqlalchemy.ext.compiler import compiles\n\
                     import app.models\n@compiles(String, 'mysql')\ndef f(e, c): pass\n",
                    false,
                ),
                _ => return None,
            };
            let path = format!("{}.py", name.replace('.', "/"));
            Some(ModuleSource::File { path, text: text.to_owned(), is_package })
        };
        let env = Loaded { path: "env.py".to_owned(), text: "import app.base".to_owned() };
        let found = overrides(&[env], &modules);
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(one.place.to_string(), "app/types.py, line 4, column 2");
        assert!(one.concerns(Dialect::Mysql, "", None));
        assert!(!one.concerns(Dialect::Sqlite, "", None));
    }

    #[test]
    fn statements_that_it_does_not_make_are_not_concerned() {
        let loaded = [Loaded {
            path: "env.py".to_owned(),
            text: "from sqlalchemy.ext.compiler import compiles\nfrom sqlalchemy.schema import \
                   DropTable\n@compiles(DropTable)\ndef f(e, c): pass\n"
                .to_owned(),
        }];
        let found = overrides(&loaded, &|_| None);
        let drops = ["DROP TABLE t".to_owned()];
        let creates = ["CREATE TABLE t (id INTEGER)".to_owned()];
        assert!(found[0].concerns(Dialect::Sqlite, "", None));
        assert!(found[0].is_seen());
        assert!(found[0].concerns(Dialect::Sqlite, "", Some(&drops)));
        assert!(!found[0].concerns(Dialect::Sqlite, "", Some(&creates)));

        let loaded = [Loaded {
            path: "env.py".to_owned(),
            text: "from sqlalchemy.ext.compiler import compiles\nfrom sqlalchemy.sql import \
                   functions\n@compiles(functions.now)\ndef f(e, c): pass\n"
                .to_owned(),
        }];
        let found = overrides(&loaded, &|_| None);
        for (statement, is) in [
            ("CREATE TABLE t (a DATETIME DEFAULT (CURRENT_TIMESTAMP))", true),
            ("INSERT INTO t (a) VALUES (now())", true),
            ("CREATE TABLE t (id INTEGER)", false),
        ] {
            let source = "import sqlalchemy as sa\nsa.func.now()";
            let statements = [statement.to_owned()];
            assert_eq!(found[0].concerns(Dialect::Sqlite, source, Some(&statements)), is);
        }
        for (source, is) in [
            ("from alembic import op\nimport datetime\n", false),
            ("from alembic import op\nimport app\n", true),
            ("import sqlalchemy\nsqlalchemy.func.NOW()", true),
        ] {
            assert_eq!(found[0].concerns(Dialect::Sqlite, source, None), is, "{source}");
        }
    }
}
