//! What a project changes in SQLAlchemy and Alembic themselves: from then on, operations of any
//! revision make other statements than they do elsewhere.
//!
//! Alembic loads `env.py` and all revision files, and with them whatever they import. What these
//! modules do when they are loaded is looked for in their texts, outside of functions (but for
//! those of `env.py`): a `@compiles` of a class of SQLAlchemy, an `implementation_for` of an
//! operation of Alembic, an implementation of Alembic for a dialect, a listener, an assignment to an
//! attribute of either package. Packages that are not part of the project are not looked into.

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

/// Events of connections.
const OF_CONNECTIONS: [&str; 6] =
    ["connect", "first_connect", "checkout", "begin", "engine_connect", "do_connect"];

/// The directives of Alembic.
const DIRECTIVES: [&str; 20] = [
    "add_column",
    "alter_column",
    "batch_alter_table",
    "bulk_insert",
    "create_check_constraint",
    "create_exclude_constraint",
    "create_foreign_key",
    "create_index",
    "create_primary_key",
    "create_table",
    "create_table_comment",
    "create_unique_constraint",
    "drop_column",
    "drop_constraint",
    "drop_index",
    "drop_table",
    "drop_table_comment",
    "execute",
    "rename_table",
    "run_async",
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
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// A class is compiled otherwise.
    Compiled(String),
    /// Objects of mapped classes do more than they say.
    OfSessions,
    Anything,
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
        let class = match &self.what {
            What::Compiled(class) => class,
            What::OfSessions => return source.contains("ession"),
            What::Anything => return true,
        };
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
        matches!(&self.what, What::Compiled(class) if may_make(class, "").is_some())
    }
}

/// Functions have small letters.
fn is_function(class: &str) -> bool {
    class.starts_with(char::is_lowercase)
}

/// Whether something of a class that is compiled otherwise may be in a statement; `None` where the
/// statement does not tell.
fn may_make(class: &str, statement: &str) -> Option<bool> {
    let statement = statement.trim_start();
    let begins = |words: &[&str]| words.iter().any(|word| statement.starts_with(word));
    let does = |verb: &str, kind: &str| begins(&[verb]) && statement.contains(kind);
    Some(match class {
        "CreateTable" | "CreateColumn" => does("CREATE", " TABLE") || begins(&["ALTER TABLE"]),
        "DropTable" => does("DROP", " TABLE"),
        "CreateIndex" => does("CREATE", " INDEX"),
        "DropIndex" => does("DROP", " INDEX"),
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
        // An operator stands between something and something.
        _ if class.ends_with("Expression") => {
            let words = [" LIKE ", " ILIKE ", " IN ", " IS ", " AND ", " OR ", " BETWEEN "];
            statement.contains(['=', '<', '>', '+', '-', '*', '/', '%', '|', '&', '~', '@', '?'])
                || words.iter().any(|word| statement.contains(word))
        }
        _ => return None,
    })
}

/// Whether a text imports modules that may be the project's.
fn imports_others(source: &str) -> bool {
    let is_known = |name: &String| {
        let top = name.split('.').next().unwrap_or_default();
        is_framework(name) || name == "__future__" || stdlib::has_module(top)
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
    /// Whether its functions run when it is loaded, as those of an env.py do.
    pub is_env: bool,
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
    for Loaded { path, text, is_env } in loaded {
        look_at(path, text, *is_env, &mut found);
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
        look_at(&path, &text, false, &mut found);
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
const WORDS: [&str; 6] =
    ["compiles", "implementation_for", "register_operation", "__dialect__", "listen", "setattr"];

fn look_at(path: &str, text: &str, is_env: bool, found: &mut Vec<Override>) {
    if !(text.contains("sqlalchemy") || text.contains("alembic"))
        || !(WORDS.iter().any(|word| text.contains(word)) || text.lines().any(sets_attribute))
    {
        return;
    }
    // What is no Python cannot be loaded either.
    let Ok(tree) = python::parse(text) else { return };
    let own = tree.body.iter().filter_map(|stmt| match &stmt.kind {
        StmtKind::ClassDef(class) => Some(class.name.clone()),
        _ => None,
    });
    let (own, names) = (own.collect(), BTreeMap::new());
    let mut look = Look { path, text, is_env, own, names, found };
    walk_stmts(&tree.body, &mut look);
}

/// Whether a line may be an assignment to an attribute.
fn sets_attribute(line: &str) -> bool {
    let target = line.split('=').next().unwrap_or_default().trim();
    target.len() < line.len()
        && target.contains(['.', '['])
        && target.chars().all(|c| c.is_alphanumeric() || "_.[]'\"".contains(c))
}

struct Look<'a> {
    path: &'a str,
    text: &'a str,
    is_env: bool,
    /// The classes of the file.
    own: BTreeSet<String>,
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

    fn add(&mut self, span: Span, construct: String, dialects: Vec<String>, what: What) {
        let position = position(self.text, span.offset());
        let place = Place { file: self.path.to_owned(), span, position };
        self.found.push(Override { construct, place, dialects, what });
    }

    /// The class that a call is about.
    fn about(&self, expr: &Expr) -> About {
        if let Some(class) = self.framework(expr) {
            return About::Framework(class.rsplit('.').next().unwrap_or_default().to_owned());
        }
        let mut root = expr;
        while let ExprKind::Attribute { value, .. } = &root.kind {
            root = value;
        }
        match &root.kind {
            ExprKind::Name(name) if self.own.contains(name) || self.names.contains_key(name) => {
                About::Project
            }
            _ => About::Unknown,
        }
    }

    fn call(&mut self, span: Span, function: &Expr, arguments: &[Argument]) {
        let Some(first) = arguments.first() else { return };
        if matches!(&function.kind, ExprKind::Name(name) if name == "setattr") {
            if let Some(of) = self.framework(first.value()) {
                self.add(
                    span,
                    format!("a new value of an attribute of {of}"),
                    Vec::new(),
                    What::Anything,
                );
            }
            return;
        }
        let Some(function) = self.framework(function) else { return };
        let about = self.about(first.value());
        let texts = || arguments.iter().skip(1).map(|argument| &argument.value().kind);
        match function.rsplit('.').next().unwrap_or_default() {
            "compiles" => {
                let (construct, what) = match about {
                    About::Framework(class) => {
                        (format!("an own way to compile {class}"), What::Compiled(class))
                    }
                    About::Unknown => {
                        ("an own way to compile something".to_owned(), What::Anything)
                    }
                    About::Project => return,
                };
                self.add(span, construct, texts().filter_map(text_of).collect(), what);
            }
            "implementation_for" => {
                if let About::Framework(class) = about {
                    let construct = format!("an own implementation of {class}");
                    self.add(span, construct, Vec::new(), What::Anything);
                }
            }
            "register_operation" => {
                let name = text_of(&first.value().kind).unwrap_or_default();
                if DIRECTIVES.contains(&&*name) {
                    let construct = format!("an own operation {name}");
                    self.add(span, construct, Vec::new(), What::Anything);
                }
            }
            "listen" | "listens_for" => {
                let event = texts().next().and_then(text_of);
                let gives_back = arguments.iter().any(|argument| {
                    matches!(argument, Argument::Keyword { name, value }
                        if name == "retval" && value.kind == ExprKind::Bool(true))
                });
                self.listener(span, &about, event.as_deref(), gives_back);
            }
            _ => {}
        }
    }

    fn listener(&mut self, span: Span, about: &About, event: Option<&str>, gives_back: bool) {
        let of = match about {
            About::Framework(class) => format!("a listener for every {class}"),
            About::Project | About::Unknown => "a listener".to_owned(),
        };
        let is_framework = matches!(about, About::Framework(_));
        match event {
            // They make settings of the session.
            Some(event) if OF_CONNECTIONS.contains(&event) => {
                if self.text.contains("PRAGMA") || self.text.contains("pragma") {
                    self.add(span, of.clone(), vec!["sqlite".to_owned()], What::Anything);
                }
                if self.text.contains("SET ") {
                    let dialects = ["postgresql", "mysql"].map(str::to_owned).to_vec();
                    self.add(span, of, dialects, What::Anything);
                }
            }
            Some("before_cursor_execute" | "before_execute") => {
                if gives_back {
                    self.add(span, of, Vec::new(), What::Anything);
                }
            }
            Some(event) if EVENTS.contains(&event) => {
                if is_framework {
                    self.add(span, of, Vec::new(), What::Anything);
                }
            }
            None if is_framework => self.add(span, of, Vec::new(), What::Anything),
            _ => self.add(span, of, Vec::new(), What::OfSessions),
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
        self.add(span, construct, dialect.into_iter().collect(), What::Anything);
    }

    fn assign(&mut self, span: Span, target: &Expr) {
        let (of, name) = match &target.kind {
            ExprKind::Attribute { value, name } => (value, name.as_str()),
            ExprKind::Subscript { value, .. } => (value, "[…]"),
            _ => return,
        };
        if let Some(of) = self.framework(of) {
            let construct = format!("a new value of {of}.{name}");
            self.add(span, construct, Vec::new(), What::Anything);
        }
    }
}

/// What a call is about.
enum About {
    /// A class of SQLAlchemy or Alembic.
    Framework(String),
    /// Something of the project's own.
    Project,
    /// Nobody can tell.
    Unknown,
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
        self.is_env
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        texts(text, false)
    }

    fn texts(text: &str, is_env: bool) -> Vec<String> {
        let loaded = [Loaded { path: "env.py".to_owned(), text: text.to_owned(), is_env }];
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
    fn what_cannot_be_told_counts() {
        let head = "import sqlalchemy as sa\nfrom sqlalchemy import event\nfrom sqlalchemy.ext.compiler import \
                    compiles\nfrom alembic.operations import Operations\nfrom app import User\n";
        for (body, found) in [
            ("for one in all_of_them:\n    compiles(one)(f)\n", "an own way to compile something"),
            ("setattr(sa.Table, 'x', 1)\n", "a new value of an attribute of sqlalchemy.Table"),
            ("sa.types.names['a'] = 1\n", "a new value of sqlalchemy.types.names.[…]"),
            (
                "@Operations.register_operation('create_table')\nclass A: pass\n",
                "an own operation create_table",
            ),
            ("@event.listens_for(User, 'before_insert')\ndef f(*args): pass\n", "a listener"),
            (
                "@event.listens_for(User.name, 'set', retval=True)\ndef f(*args): pass\n",
                "a listener",
            ),
            (
                "@event.listens_for(sa.Engine, 'connect')\ndef f(c, r): c.execute('PRAGMA foreign_keys=ON')\n",
                "a listener for every Engine",
            ),
        ] {
            let found_there = of(&format!("{head}{body}"));
            assert!(
                matches!(found_there.as_slice(), [one] if one.starts_with(found)),
                "{body}: {found_there:?}"
            );
        }
        let in_env = format!(
            "{head}def run(connection):\n    @event.listens_for(connection, 'before_cursor_execute', \
             retval=True)\n    def f(*args): pass\n"
        );
        assert_eq!(texts(&in_env, true).len(), 1);
        assert_eq!(of(&in_env), Vec::<String>::new());
    }

    #[test]
    fn operators_are_seen() {
        for (statement, is) in [
            ("CREATE TABLE t (\n\tid INTEGER NOT NULL, \n\tPRIMARY KEY (id)\n)", false),
            ("ALTER TABLE t ADD COLUMN a VARCHAR(10) DEFAULT 'x'", false),
            ("CREATE INDEX ix ON t (a) WHERE a IS NULL", true),
            ("UPDATE t SET a=b", true),
            ("DELETE FROM t WHERE a || b LIKE 'x'", true),
        ] {
            assert_eq!(may_make("BinaryExpression", statement), Some(is), "{statement}");
        }
    }

    #[test]
    fn listeners_of_models_concern_sessions() {
        let loaded = [Loaded {
            path: "env.py".to_owned(),
            text: "from sqlalchemy import event\nfrom app import User\n@event.listens_for(User, \
                   'before_insert')\ndef f(*args): pass\n"
                .to_owned(),
            is_env: true,
        }];
        let found = overrides(&loaded, &|_| None);
        assert!(found[0].concerns(Dialect::Sqlite, "with Session(op.get_bind()) as s: pass", None));
        assert!(!found[0].concerns(Dialect::Sqlite, "op.create_table('t')", None));
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
        let env =
            Loaded { path: "env.py".to_owned(), text: "import app.base".to_owned(), is_env: true };
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
            is_env: true,
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
            is_env: true,
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
