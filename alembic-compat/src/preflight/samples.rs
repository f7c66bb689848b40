//! Objects that calls give whatever their arguments are: the connection, its results, an
//! inspector. The walk asks them for attributes as the code would.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;

/// One object of each kind.
pub(super) struct Samples {
    bind: Value,
    context: Value,
    result: Value,
    inspect: Value,
    inspector: Value,
    session: Value,
    batch: Value,
    /// Functions with what they give.
    functions: Vec<(Value, Value)>,
    /// Built-in functions that are always refused.
    refused: Vec<(Value, &'static str)>,
}

const REFUSED: &[&str] = &[
    "open",
    "exec",
    "eval",
    "compile",
    "input",
    "breakpoint",
    "__import__",
    "memoryview",
    "bytearray",
    "complex",
];

impl Samples {
    /// Makes them in an interpreter whose migration is a trial.
    pub(super) fn new(interp: &mut Interpreter) -> Result<Self> {
        let op = interp.load_module("alembic.op")?;
        let context_module = interp.load_module("alembic.context")?;
        let sa = interp.load_module("sqlalchemy")?;
        let orm = interp.load_module("sqlalchemy.orm")?;
        let get = |interp: &mut Interpreter, module: &Rc<Module>, name: &str| {
            interp.get_attribute(&Value::Module(Rc::clone(module)), name)
        };
        let get_bind = get(interp, &op, "get_bind")?;
        let bind = interp.call(&get_bind, Args::none())?;
        let get_context = get(interp, &op, "get_context")?;
        let context = interp.call(&get_context, Args::none())?;
        let result =
            interp.call_method(&bind, "exec_driver_sql", Args::of([Value::str("SELECT 1")]))?;
        let inspect = get(interp, &sa, "inspect")?;
        let inspector = interp.call(&inspect, Args::of([bind.clone()]))?;
        let session_class = get(interp, &orm, "Session")?;
        let session = interp.call(&session_class, Args::of([bind.clone()]))?;
        let batch_function = get(interp, &op, "batch_alter_table")?;
        let batch = interp.call(&batch_function, Args::of([Value::str("t")]))?;
        let offline = get(interp, &context_module, "is_offline_mode")?;
        let mut functions = vec![
            (get_bind, bind.clone()),
            (get_context, context.clone()),
            (session_class, session.clone()),
            (batch_function, batch.clone()),
            (offline, Value::Bool(false)),
        ];
        for (name, value) in [("get_context", &context), ("get_bind", &bind)] {
            functions.push((get(interp, &context_module, name)?, value.clone()));
        }
        let refused =
            REFUSED.iter().filter_map(|name| Some((interp.builtin(name)?, *name))).collect();
        Ok(Self { bind, context, result, inspect, inspector, session, batch, functions, refused })
    }

    /// What a call of this gives with that first argument, where it is known.
    pub(super) fn result_of(&self, function: &Value, first: Option<&Value>) -> Option<Value> {
        // Of other objects `inspect` gives other things: a query is its own inspection.
        if function.is(&self.inspect) {
            return first.filter(|it| self.is_bind(it)).map(|_| self.inspector.clone());
        }
        if let Some((_, value)) = self.functions.iter().find(|(known, _)| known.is(function)) {
            return Some(value.clone());
        }
        let Value::Method(method) = function else { return None };
        let Value::Builtin(builtin) = &method.function else { return None };
        let receiver = &method.receiver;
        let executes = receiver.is(&self.session) || self.is_bind(receiver);
        match &*builtin.name {
            "execute" | "exec_driver_sql" if executes => Some(self.result.clone()),
            "scalars" | "mappings" if executes || receiver.is(&self.result) => {
                Some(self.result.clone())
            }
            "connection" | "get_bind" if receiver.is(&self.session) || receiver.is(&self.batch) => {
                Some(self.bind.clone())
            }
            "connect" | "execution_options" if self.is_bind(receiver) => Some(self.bind.clone()),
            "get_context" if receiver.is(&self.batch) => Some(self.context.clone()),
            "from_engine" => Some(self.inspector.clone()),
            _ => None,
        }
    }

    fn is_bind(&self, value: &Value) -> bool {
        value.is(&self.bind)
    }

    /// What `with value as name` binds.
    pub(super) fn entered(&self, value: &Value) -> Option<Value> {
        let known = [&self.batch, &self.session, &self.bind];
        known.into_iter().any(|known| known.is(value)).then(|| value.clone())
    }

    /// The name of a built-in function that limbeck refuses.
    pub(super) fn refused(&self, function: &Value) -> Option<&'static str> {
        self.refused.iter().find(|(known, _)| known.is(function)).map(|(_, name)| *name)
    }
}
