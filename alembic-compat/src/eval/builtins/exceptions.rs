//! The exception classes.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::class::Instance;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::types::ClassBuilder;
use crate::eval::value::Value;

/// Every exception class below `BaseException` with its base. A base comes first.
const CLASSES: &[(&str, &str)] = &[
    ("GeneratorExit", "BaseException"),
    ("KeyboardInterrupt", "BaseException"),
    ("SystemExit", "BaseException"),
    ("ArithmeticError", "Exception"),
    ("FloatingPointError", "ArithmeticError"),
    ("OverflowError", "ArithmeticError"),
    ("ZeroDivisionError", "ArithmeticError"),
    ("AssertionError", "Exception"),
    ("AttributeError", "Exception"),
    ("BufferError", "Exception"),
    ("EOFError", "Exception"),
    ("ImportError", "Exception"),
    ("ModuleNotFoundError", "ImportError"),
    ("LookupError", "Exception"),
    ("IndexError", "LookupError"),
    ("KeyError", "LookupError"),
    ("MemoryError", "Exception"),
    ("NameError", "Exception"),
    ("UnboundLocalError", "NameError"),
    ("OSError", "Exception"),
    ("BlockingIOError", "OSError"),
    ("ChildProcessError", "OSError"),
    ("ConnectionError", "OSError"),
    ("BrokenPipeError", "ConnectionError"),
    ("ConnectionAbortedError", "ConnectionError"),
    ("ConnectionRefusedError", "ConnectionError"),
    ("ConnectionResetError", "ConnectionError"),
    ("FileExistsError", "OSError"),
    ("FileNotFoundError", "OSError"),
    ("InterruptedError", "OSError"),
    ("IsADirectoryError", "OSError"),
    ("NotADirectoryError", "OSError"),
    ("PermissionError", "OSError"),
    ("ProcessLookupError", "OSError"),
    ("TimeoutError", "OSError"),
    ("ReferenceError", "Exception"),
    ("RuntimeError", "Exception"),
    ("NotImplementedError", "RuntimeError"),
    ("RecursionError", "RuntimeError"),
    ("StopAsyncIteration", "Exception"),
    ("StopIteration", "Exception"),
    ("SyntaxError", "Exception"),
    ("IndentationError", "SyntaxError"),
    ("TabError", "IndentationError"),
    ("SystemError", "Exception"),
    ("TypeError", "Exception"),
    ("ValueError", "Exception"),
    ("UnicodeError", "ValueError"),
    ("UnicodeDecodeError", "UnicodeError"),
    ("UnicodeEncodeError", "UnicodeError"),
    ("UnicodeTranslateError", "UnicodeError"),
    ("Warning", "Exception"),
    ("BytesWarning", "Warning"),
    ("DeprecationWarning", "Warning"),
    ("EncodingWarning", "Warning"),
    ("FutureWarning", "Warning"),
    ("ImportWarning", "Warning"),
    ("PendingDeprecationWarning", "Warning"),
    ("ResourceWarning", "Warning"),
    ("RuntimeWarning", "Warning"),
    ("SyntaxWarning", "Warning"),
    ("UnicodeWarning", "Warning"),
    ("UserWarning", "Warning"),
];

pub(super) fn install(interp: &mut Interpreter) {
    let types = interp.types();
    super::methods(
        &types.base_exception,
        &[("with_traceback", with_traceback), ("add_note", add_note)],
    );
    interp.set_builtin("BaseException", Value::Class(Rc::clone(&types.base_exception)));
    interp.set_builtin("Exception", Value::Class(Rc::clone(&types.exception)));
    for (name, base) in CLASSES {
        let Some(Value::Class(base)) = interp.builtin(base) else { continue };
        let class = ClassBuilder::new(*name, "builtins").base(&base).finish(interp);
        interp.set_builtin(name, Value::Class(class));
    }
    for alias in ["IOError", "EnvironmentError"] {
        let error = interp.builtin("OSError").unwrap_or_default();
        interp.set_builtin(alias, error);
    }
}

fn with_traceback(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [this, _] = args.exactly(interp, "with_traceback")?;
    Ok(this)
}

fn add_note(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [this, note] = args.exactly(interp, "add_note")?;
    let notes = match interp.find_attribute(&this, "__notes__")? {
        Some(notes) => notes,
        None => {
            let notes = Value::list(Vec::new());
            interp.set_attribute(&this, "__notes__", &notes)?;
            notes
        }
    };
    if let Value::List(notes) = notes {
        notes.push(note);
    }
    Ok(Value::None)
}

/// `BaseException.__init__`.
pub(in crate::eval) fn init_exception(
    interp: &mut Interpreter,
    value: &Value,
    args: &Args,
) -> Result<()> {
    let Value::Instance(instance) = value else { return Ok(()) };
    let class = instance.class();
    let is = |interp: &Interpreter, name: &str| matches!(interp.builtins.get(name), Some(Value::Class(base)) if class.is_subclass(base));
    if let Some((name, _)) = args.keywords.first() {
        let attributes: &[&str] = if is(interp, "ImportError") {
            &["name", "path"]
        } else if is(interp, "AttributeError") {
            &["name", "obj"]
        } else if is(interp, "NameError") {
            &["name"]
        } else {
            &[]
        };
        if !attributes.iter().any(|attribute| *name == *attribute) {
            let class = &class.name;
            return interp.type_error(format!("{class}() takes no keyword arguments"));
        }
    }
    for (name, value) in &args.keywords {
        instance.set(name.clone(), value.clone());
    }
    if is(interp, "OSError") && args.positional.len() == 2 {
        instance.set("errno", args.positional.first().cloned().unwrap_or_default());
        instance.set("strerror", args.positional.get(1).cloned().unwrap_or_default());
    }
    if let Some(state) = &instance.exception {
        state.borrow_mut().args.clone_from(&args.positional);
    }
    Ok(())
}

/// Makes an exception.
pub(super) fn construct(
    interp: &mut Interpreter,
    class: &Rc<crate::eval::class::Class>,
    args: Args,
) -> Result<Value> {
    let value = Value::Instance(Rc::new(Instance::new(Rc::clone(class), None)));
    init_exception(interp, &value, &args)?;
    drop(args);
    Ok(value)
}
