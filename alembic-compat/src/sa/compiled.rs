//! `expression.compile(…)`: the text of an expression or statement, as Python code reads it.

use std::rc::Rc;

use limbeck_schema::Dialect;
use limbeck_schema::Target;
use limbeck_schema::expr::Binds;

use crate::eval::Args;
use crate::eval::Bound;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Value;

use super::connection::ConnectionObject;
use super::dialect::DialectObject;
use super::dml;
use super::keywords::flag;
use super::keywords::given;
use super::migration;
use super::names::unknown;
use super::processing;

/// What `compile()` gives: a text without parameters.
#[derive(Debug)]
pub(super) struct CompiledObject(String);

impl Object for CompiledObject {
    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        match name {
            "string" => Ok(Some(Value::str(self.0.as_str()))),
            "params" => Ok(Some(Value::Dict(Rc::default()))),
            _ => unknown(interp, "Compiled", name),
        }
    }

    fn str(&self, _this: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(self.0.clone()))
    }

    fn repr(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported("repr() of what compile() gives"))
    }
}

/// Makes the class.
pub(super) fn install(interp: &mut Interpreter) {
    let class = ClassBuilder::new("SQLCompiler", "sqlalchemy.sql.compiler").finish(interp);
    interp.register_class::<CompiledObject>(class);
}

/// `compile(bind, dialect, compile_kwargs)` of an expression or statement. Where the text would
/// have parameters, or percent signs that only some drivers double, it is not supported: which
/// driver SQLAlchemy would take is not known.
pub(super) fn compile(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let names = ["self", "bind", "dialect", "compile_kwargs"];
    let signature =
        Signature { keyword_only: 1, double_star: true, ..Signature::new("compile", names, 1) };
    let Bound { values: [this, bind, dialect, options], double_star, .. } =
        args.bind(interp, &signature)?;
    if let Some((name, _)) = double_star.first() {
        return Err(interp.unsupported(format!("compile({name}=…)")));
    }
    let literal = match given(options) {
        Some(options) => has_literal_binds(interp, &options)?,
        None => false,
    };
    let (target, is_of_run) = match (given(dialect), given(bind)) {
        (Some(dialect), _) => target_of(interp, &dialect)?,
        (None, Some(bind)) if bind.downcast::<ConnectionObject>().is_some() => {
            (migration::target(interp)?, true)
        }
        (None, Some(_)) => return Err(interp.unsupported("compile() for such a bind")),
        (None, None) => return Err(interp.unsupported("compile() without a dialect")),
    };
    let statement = dml::find_clause(interp, &this.unwrap_or_default())?;
    let Some(statement) = statement else {
        return Err(interp.unsupported("compile() of such an object"));
    };
    let binds = if literal { Binds::Literal } else { Binds::Parameters };
    let compiled = processing::compile_for(interp, &statement, &target, binds)?;
    if compiled.has_binds {
        return Err(interp.unsupported("compile() that gives parameters"));
    }
    let mut sql = compiled.sql;
    if sql.contains('%') && target.dialect() != Dialect::Sqlite {
        let is_sure = match target.dialect() {
            _ if !is_of_run => true,
            dialect => dialect == Dialect::Mysql && !migration::current(interp)?.is_offline(),
        };
        if !is_sure {
            return Err(interp.unsupported("compile() of a percent sign"));
        }
        // The drivers format the text.
        sql = sql.replace('%', "%%");
    }
    Ok(Value::native(CompiledObject(sql)))
}

/// What a dialect compiles for, and whether it is that of the run.
fn target_of(interp: &mut Interpreter, dialect: &Value) -> Result<(Target, bool)> {
    let own = migration::target(interp)?;
    match dialect.downcast::<DialectObject>() {
        Some(dialect) => {
            let target = dialect.target(interp)?;
            if target.dialect() != own.dialect() {
                // Types of the project may be other ones there.
                return Err(interp.unsupported("compile() for another database"));
            }
            Ok((target, dialect.is_of_run()))
        }
        None => Err(interp.unsupported("compile() for such a dialect")),
    }
}

fn has_literal_binds(interp: &mut Interpreter, options: &Value) -> Result<bool> {
    let Value::Dict(dict) = options else {
        return Err(interp.unsupported("compile_kwargs that are no dict"));
    };
    let mut literal = false;
    for (key, value) in dict.entries() {
        match key.as_text().as_deref() {
            Some("literal_binds") => literal = flag(interp, Some(value))?,
            // Lists are written out either way where there are no parameters.
            Some("render_postcompile") => {}
            _ => {
                let key = interp.repr(&key)?;
                return Err(interp.unsupported(format!("compile_kwargs with {key}")));
            }
        }
    }
    Ok(literal)
}
