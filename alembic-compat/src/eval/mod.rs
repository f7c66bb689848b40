//! An interpreter for the Python of migrations.
//!
//! [`Interpreter`] runs modules, functions and classes of Python code on the tree of
//! [`python`](crate::python). It knows Python and nothing of Alembic or SQLAlchemy: those, and the
//! modules of the standard library, are native modules that others add
//! ([`Interpreter::register_module`], [`ClassBuilder`], [`Object`]). Code reaches the outside only
//! through a [`Host`].
//!
//! What it runs behaves as in Python 3.11, down to the texts of exceptions. What it does not run is
//! an [`Unsupported`] with its place, and never a guess; neither that nor a reached [`Limits`] can
//! be caught by Python code. Annotations outside of class bodies are not evaluated, and sets keep
//! the order of insertion.

mod args;
mod attribute;
mod block;
mod builtins;
mod call;
mod changed;
mod class;
mod class_def;
mod compare;
mod comprehension;
mod containers;
mod deferred;
mod descriptor;
mod dictionary;
mod error;
mod expression;
mod facts;
mod format;
mod frame;
mod function;
mod generator;
mod host;
mod import;
mod import_check;
mod interpreter;
mod item;
mod iterate;
mod lazy;
mod limits;
mod memory;
mod module;
mod names_view;
mod namespace;
mod number;
mod object;
mod operator;
mod parsed;
mod pattern;
mod percent;
mod python_names;
mod raise;
mod range;
mod repr;
mod scope;
mod statement;
mod table;
mod target;
mod text;
mod traceback;
mod type_names;
mod types;
mod value;

#[cfg(test)]
mod tests;

pub use args::Args;
pub use args::Bound;
pub use args::Signature;
pub use builtins::GenericAlias;
pub use class::Class;
pub use class::ClassHooks;
pub use class::ClassTraits;
pub use class::Constructor;
pub use class::Instance;
pub use containers::Dict;
pub use containers::List;
pub use containers::Set;
pub use containers::Tuple;
pub use deferred::Deferred;
pub use descriptor::ClassMethod;
pub use descriptor::Property;
pub use descriptor::StaticMethod;
pub use error::Error;
pub use error::ExceptionState;
pub use error::Failure;
pub use error::HostError;
pub use error::Limit;
pub use error::LimitReached;
pub use error::Place;
pub use error::Result;
pub use error::TraceEntry;
pub use error::Unsupported;
pub(crate) use facts::CHANGING;
pub use function::Builtin;
pub use function::Function;
pub use function::Method;
pub use generator::Coroutine;
pub use generator::Generator;
pub use host::Bound as BoundName;
pub use host::Holds;
pub use host::Host;
pub use host::ModuleSource;
pub use host::NoHost;
pub use host::Now;
pub use interpreter::Interpreter;
pub(crate) use interpreter::Listing;
pub use interpreter::ModuleLoader;
pub(crate) use interpreter::Partial;
pub(crate) use interpreter::Start;
pub use interpreter::on_large_stack;
pub use iterate::DictPart;
pub use iterate::Iter;
pub use limits::Limits;
pub use memory::drop_values;
pub use module::Module;
pub use module::ModuleFallback;
pub use namespace::Namespace;
pub use object::Object;
pub use operator::UnionType;
pub use range::Range;
pub use range::Slice;
pub use repr::float_repr;
pub(crate) use scope::bound_names as bound_in;
pub use text::Text;
pub use types::ClassBuilder;
pub use types::Types;
pub use value::Value;
