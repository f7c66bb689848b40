//! What native code gives to Python code and gets from it. What Python code itself does is compared
//! with real Python in `tests/eval_python.rs`.

use std::any::Any;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;
use crate::python::BinaryOp;
use crate::python::CompareOp;

/// Files by dotted name, and what was printed.
#[derive(Default)]
struct Project {
    files: BTreeMap<&'static str, &'static str>,
    printed: Rc<RefCell<String>>,
}

impl Host for Project {
    fn print(&mut self, text: &str) {
        self.printed.borrow_mut().push_str(text);
    }

    fn log(&mut self, _: &str, _: i64, _: &str) {}

    fn now(&mut self) -> std::result::Result<Now, HostError> {
        Err(HostError::new("no clock"))
    }

    fn random(&mut self, _: &mut [u8]) -> std::result::Result<(), HostError> {
        Err(HostError::new("no chance"))
    }

    fn environment(&mut self, _: &str) -> Option<String> {
        None
    }

    fn module_source(&mut self, name: &str) -> std::result::Result<ModuleSource, HostError> {
        Ok(match self.files.get(name) {
            Some(text) => ModuleSource::File {
                path: format!("{}.py", name.replace('.', "/")),
                text: (*text).to_owned(),
                is_package: self.files.keys().any(|other| other.starts_with(&format!("{name}."))),
            },
            None if name.starts_with("app.") => ModuleSource::Missing,
            None => ModuleSource::Unknown,
        })
    }

    fn extension(&mut self) -> &mut dyn Any {
        self
    }
}

fn interpreter(files: &[(&'static str, &'static str)]) -> (Interpreter, Rc<RefCell<String>>) {
    let project = Project { files: files.iter().copied().collect(), ..Project::default() };
    let printed = Rc::clone(&project.printed);
    (Interpreter::new(Box::new(project), Limits::default()), printed)
}

/// Runs a program with modules of the project; gives what it prints and how it ends.
fn run_with(files: &[(&'static str, &'static str)], source: &str) -> String {
    let (mut interp, printed) = interpreter(files);
    install_native(&mut interp);
    let result = interp.run_file("__main__", "main.py", source);
    match result {
        Ok(module) => {
            for skipped in Interpreter::skipped(&module) {
                printed.borrow_mut().push_str(&skipped.to_string());
            }
        }
        Err(error) => {
            let failure = interp.report(&error);
            printed.borrow_mut().push_str(&failure.to_string());
        }
    }
    printed.take()
}

/// A native type with everything that column expressions need.
#[derive(Debug)]
struct Column {
    text: String,
    entered: Cell<u32>,
}

impl Column {
    fn value(text: impl Into<String>) -> Value {
        Value::native(Self { text: text.into(), entered: Cell::new(0) })
    }
}

impl Object for Column {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok((name == "text").then(|| Value::str(self.text.as_str())))
    }

    fn binary(
        &self,
        _: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if op != BinaryOp::Add {
            return Ok(None);
        }
        let other = interp.str(other)?;
        let text = if reflected {
            format!("{other} + {}", self.text)
        } else {
            format!("{} + {other}", self.text)
        };
        Ok(Some(Self::value(text)))
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let other = interp.str(other)?;
        Ok(Some(Self::value(format!("{} {op:?} {other}", self.text))))
    }

    fn truth(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        interp.type_error("Boolean value of this clause is not defined")
    }

    fn is_context_manager(&self) -> bool {
        true
    }

    fn exit(&self, _: &Value, exception: Option<&Value>, _: &mut Interpreter) -> Result<bool> {
        self.entered.set(self.entered.get() + 1);
        Ok(exception.is_some())
    }

    fn str(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(self.text.clone()))
    }
}

/// Collects the members of derived classes, as `enum.Enum` does.
struct Members;

impl ClassHooks for Members {
    fn created(&self, _: &mut Interpreter, class: &Rc<Class>, _: Vec<(Text, Value)>) -> Result<()> {
        let body: Vec<(Text, Value)> = {
            let attributes = class.attributes.borrow();
            let members = attributes.iter().filter(|(name, value)| {
                !name.starts_with('_') && !matches!(value, Value::Function(_))
            });
            members.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        for (name, value) in body {
            let member = Instance::new(Rc::clone(class), None);
            member.set("name", Value::Str(name.clone()));
            member.set("value", value);
            class.set(name, Value::Instance(Rc::new(member)));
        }
        Ok(())
    }

    fn call(
        &self,
        interp: &mut Interpreter,
        class: &Rc<Class>,
        args: &Args,
    ) -> Result<Option<Value>> {
        let members: Vec<Value> =
            class.attributes.borrow().iter().map(|(_, value)| value.clone()).collect();
        for member in members {
            if let (Value::Instance(instance), Some(wanted)) = (&member, args.positional.first())
                && let Some(value) = instance.get("value")
                && interp.equal(&value, wanted)?
            {
                return Ok(Some(member));
            }
        }
        let wanted = interp.repr(&args.positional.first().cloned().unwrap_or_default())?;
        interp.value_error(format!("{wanted} is not a valid {}", class.name))
    }

    fn iterate(&self, _: &mut Interpreter, class: &Rc<Class>) -> Result<Option<Value>> {
        let attributes = class.attributes.borrow();
        let members = attributes.iter().filter(|(_, value)| matches!(value, Value::Instance(_)));
        Ok(Some(Value::list(members.map(|(_, value)| value.clone()).collect())))
    }
}

fn install_native(interp: &mut Interpreter) {
    let class = ClassBuilder::new("Column", "native")
        .constructor(|interp, _, args| {
            const COLUMN: Signature<2> = Signature {
                keyword_only: 1,
                star: true,
                ..Signature::new("Column", ["name", "key"], 1)
            };
            let bound = args.bind(interp, &COLUMN)?;
            let [name, key] = bound.values;
            let name = interp.str(&name.unwrap_or_default())?;
            let key = key.map_or(Ok(Text::from("")), |key| interp.str(&key))?;
            Ok(Column::value(format!("{name}{key}")))
        })
        .method("upper", |interp, args| {
            let [this] = args.exactly(interp, "Column.upper")?;
            match this.downcast::<Column>() {
                Some(column) => Ok(Value::str(column.text.to_uppercase())),
                None => interp.type_error("a column is required"),
            }
        })
        .class_method("made", |interp, mut args| match args.take_self() {
            Some(Value::Class(class)) => interp.call_class(&class, args),
            _ => interp.type_error("a class is required"),
        })
        .property("length", |_, mut args| {
            let this = args.take_self().and_then(|this| this.downcast::<Column>());
            Ok(this.map_or(Value::None, |column| Value::size(column.text.len())))
        })
        .finish(interp);
    interp.register_class::<Column>(Rc::clone(&class));
    let members = ClassBuilder::new("Members", "native").hooks(Rc::new(Members)).finish(interp);
    let error = interp.types().exception.clone();
    let error = ClassBuilder::new("NativeError", "native.errors").base(&error).finish(interp);
    interp.register_module("native", move |interp| {
        let module = Module::native("native").with_fallback(|interp, module, name| {
            Ok(name.starts_with("any_").then(|| {
                let text = format!("{}.{name}", module.name);
                interp.function(name, move |_, _| Ok(Value::str(text.as_str())))
            }))
        });
        module.set("Column", Value::Class(Rc::clone(&class)));
        module.set("Members", Value::Class(Rc::clone(&members)));
        let failing = Rc::clone(&error);
        module.function("fail", move |interp, _| {
            Err(interp.raised(&failing, vec![Value::str("from Rust")]))
        });
        module.function("twice", |interp, args| {
            let [function] = args.exactly(interp, "twice")?;
            interp.call(&function, Args::of([Value::Int(1)]))?;
            interp.call(&function, Args::of([Value::Int(2)]))
        });
        let sub = interp.load_module("native.errors");
        drop(sub);
        Ok(Rc::new(module))
    });
    interp.register_module("native.errors", |_| Ok(Rc::new(Module::native("native.errors"))));
}

#[test]
fn native_objects_take_part() {
    let out = run_with(
        &[],
        "\
from native import Column, fail, twice, any_thing
import native
c = Column('a', 1, 2, key='k')
print(c, c + 1, 2 + c, c == 3, 4 > c, c.text, c.upper(), c.length, type(c).__name__)
print(isinstance(c, Column), Column.made('m'), any_thing(), native.any_other())
try:
    Column()
except TypeError as e:
    print(e)
try:
    if c: pass
except TypeError as e:
    print(e)
try:
    c.nope
except AttributeError as e:
    print(e)
try:
    c - 1
except TypeError as e:
    print(e)
try:
    fail()
except Exception as e:
    print(type(e), e)
with c as d:
    print(d is c)
    raise ValueError
print(twice(lambda x: x * 10))
class Mine(Column):
    def __init__(self, name):
        super().__init__(name + '!')
        self.extra = 1
    def both(self): return self.upper() + str(self.length)
m = Mine('z')
print(m, m + 1, m.both(), m.extra, m.text, isinstance(m, Column), m == 2)
class Plain(Column): pass
print(Plain('p', key='q').upper())
",
    );
    assert_eq!(
        out,
        "\
ak ak + 1 2 + ak ak Eq 3 ak Lt 4 ak AK 2 Column
True m native.any_thing native.any_other
Column() missing 1 required positional argument: 'name'
Boolean value of this clause is not defined
'Column' object has no attribute 'nope'
unsupported operand type(s) for -: 'Column' and 'int'
<class 'native.errors.NativeError'> from Rust
True
20
z! z! + 1 Z!2 1 z! True z! Eq 2
PQ
"
    );
}

#[test]
fn hooks_make_an_enum() {
    let out = run_with(
        &[],
        "\
from native import Members
class Color(Members):
    RED = 'r'
    BLUE = 'b'
    def shout(self): return self.name + '!'
print(Color.RED.value, Color('b').name, [c.value for c in Color], Color.RED is Color('r'))
print(Color.RED.shout(), isinstance(Color.RED, Color))
Color('x')
",
    );
    assert_eq!(out, "r BLUE ['r', 'b'] True\nRED! True\nValueError: 'x' is not a valid Color");
}

#[test]
fn modules_of_the_project_are_run_by_need() {
    let files = [
        ("app", ""),
        ("app.constants", "print('constants')\nLENGTH = 5\n"),
        (
            "app.lazy",
            "import nowhere\nfrom .constants import LENGTH\nBAD = nowhere.thing()\nGOOD = LENGTH + 1\ndef helper(x): return x + GOOD\nclass Model(nowhere.Base): pass\n",
        ),
        ("app.sub", "from .. import constants as c\nVALUE = c.LENGTH * 2\nVALUE += 1\n"),
        ("app.sub.deep", "from ..lazy import helper\nfrom ..sub import *\nD = helper(VALUE)\n"),
        ("app.cycle_a", "from app import cycle_b\nA = 1\ndef f(): return cycle_b.B\n"),
        ("app.cycle_b", "from app.cycle_a import A\nB = A + 1\n"),
        ("app.broken", "def f(:\n"),
        ("app.raises", "X = 1\nX = 1 / 0\nY = 2\n"),
    ];
    let run = |source: &str| run_with(&files, source);
    assert_eq!(run("from app.lazy import helper\nprint('here')\nprint(helper(1))\n"), "here\n7\n");
    assert_eq!(run("import app.sub.deep\nprint(app.sub.deep.D)\n"), "17\n");
    assert_eq!(run("from app import cycle_a\nprint(cycle_a.f())"), "2\n");
    assert!(
        run("from app.lazy import BAD\nprint(1)\nBAD")
            .starts_with("1\nthe module 'nowhere' is not supported")
    );
    assert!(run("from app.lazy import Model\nModel").contains("the module 'nowhere'"));
    assert_eq!(
        run("try:\n    from app.none import x\nexcept ImportError as e:\n    print(e)"),
        "No module named 'app.none'\n"
    );
    assert_eq!(
        run("try:\n    from app.constants import zz\nexcept ImportError as e:\n    print(e)"),
        "cannot import name 'zz' from 'app.constants' (app/constants.py)\n"
    );
    assert!(
        run("try:\n    from app.lazy import helper\nexcept ImportError:\n    print(1)")
            .starts_with("a guarded import that needs 'nowhere' is not supported")
    );
    assert!(run("from app.broken import f\nf()").starts_with("SyntaxError: "));
    // What Python would stop at may be a difference to the run with it: the name says so.
    let raises = run("import app.raises as r\nprint(r.Y)\nr.X");
    let wanted = "2\nthe module 'app.raises', which raises ZeroDivisionError, is not supported";
    assert!(raises.starts_with(wanted), "{raises}");
}

#[test]
fn a_statement_that_cannot_be_run_spoils_its_names_only() {
    let (mut interp, _) = interpreter(&[]);
    let source = "\
import nowhere
from other import thing as t, gone
items = [1]
items.append(nowhere.f())
X = t.y
def upgrade():
    return 5
def downgrade():
    return X
nowhere.register()
";
    let module = interp.run_file("rev", "rev.py", source).unwrap();
    let upgrade = interp.get_attribute(&Value::Module(Rc::clone(&module)), "upgrade").unwrap();
    assert!(matches!(interp.call(&upgrade, Args::none()), Ok(Value::Int(5))));
    let downgrade = interp.get_attribute(&Value::Module(Rc::clone(&module)), "downgrade").unwrap();
    let error = interp.call(&downgrade, Args::none()).unwrap_err();
    let failure = interp.report(&error);
    assert_eq!(
        failure.to_string(),
        "the module 'other' is not supported without Python (rev.py, line 5, column 5)"
    );
    let items = interp.get_attribute(&Value::Module(Rc::clone(&module)), "items").unwrap_err();
    assert!(matches!(*items, Error::Unsupported(_)));
    assert_eq!(Interpreter::skipped(&module).len(), 2);
}

#[test]
fn methods_that_only_cpython_calls_are_refused() {
    let run = |source: &str| {
        let (mut interp, _) = interpreter(&[]);
        match interp.run_file("rev", "rev.py", &format!("def upgrade():\n{source}")) {
            Ok(module) => {
                let module = Value::Module(module);
                let upgrade = interp.get_attribute(&module, "upgrade").unwrap();
                match interp.call(&upgrade, Args::none()) {
                    Ok(_) => String::new(),
                    Err(error) => interp.report(&error).to_string(),
                }
            }
            Err(error) => interp.report(&error).to_string(),
        }
    };
    for name in ["__del__", "__getattribute__", "__subclasshook__", "__length_hint__"] {
        let wanted = format!("'{name}' in a class is not supported without Python (rev.py, line 2");
        let class = format!("  class A:\n    def {name}(self): pass\n");
        let said = run(&class);
        assert!(said.starts_with(&wanted), "{said}");
        let said = run(&format!("  A = type('A', (list,), {{'{name}': len}})\n"));
        assert!(said.starts_with(&wanted), "{said}");
        let wanted = format!("setting '{name}' of a class is not supported");
        let said = run(&format!("  class A: pass\n  A.{name} = len\n"));
        assert!(said.starts_with(&wanted), "{said}");
    }
}

#[test]
fn tracebacks_are_those_of_python() {
    let (mut interp, _) = interpreter(&[]);
    let source = "\
def inner(x):
    return 1 / x
def outer():
    try:
        inner(0)
    except ZeroDivisionError as e:
        raise ValueError('wrapped') from e
outer()
";
    let error = interp.run_file("__main__", "m.py", source).unwrap_err();
    let Failure::Raised { class, message, traceback, places, .. } = interp.report(&error) else {
        panic!()
    };
    assert_eq!((class.as_str(), message.as_str()), ("ValueError", "wrapped"));
    assert_eq!(places.iter().map(|place| place.position.line).collect::<Vec<_>>(), [8, 7]);
    assert_eq!(
        traceback,
        "\
Traceback (most recent call last):
  File \"m.py\", line 5, in outer
    inner(0)
  File \"m.py\", line 2, in inner
    return 1 / x
ZeroDivisionError: division by zero

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File \"m.py\", line 8, in <module>
    outer()
  File \"m.py\", line 7, in outer
    raise ValueError('wrapped') from e
ValueError: wrapped
"
    );
}
