//! A run of a module, class body or function.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use crate::python::Span;

use super::error::Result;
use super::module::Module;
use super::namespace::Namespace;
use super::scope::ClassCell;
use super::scope::Names;
use super::scope::Scope;
use super::text::Text;
use super::value::Value;

/// Where code runs: its variables, and in generators where it goes on.
pub(super) struct Frame {
    pub(super) module: Rc<Module>,
    pub(super) kind: FrameKind,
    /// The name of the function or class, with those around it; empty in a module.
    pub(super) qualified: Text,
    /// How many `try` statements lie around the current one.
    pub(super) tries: Cell<u32>,
    /// How many of them may see that an import does not work.
    pub(super) import_guards: Cell<u32>,
    /// Whether a suspended run goes on and has not come to its `yield` yet.
    pub(super) resuming: Cell<bool>,
    /// Where a suspended run stands: the innermost statement first.
    pub(super) resume: RefCell<Vec<Resume>>,
    /// What the `yield` expression gives when the run goes on.
    pub(super) sent: RefCell<Option<Result<Value>>>,
}

/// What kind of code runs.
pub(super) enum FrameKind {
    Module,
    Class(Box<ClassFrame>),
    Function(Rc<Scope>),
}

/// The run of a class body.
pub(super) struct ClassFrame {
    pub(super) names: Names,
    pub(super) namespace: RefCell<Namespace>,
    /// The scope of the function around the class.
    pub(super) parent: Option<Rc<Scope>>,
    /// The class around this one, whose cell methods of functions around see.
    pub(super) cell: Rc<ClassCell>,
    /// Bare annotations and annotated assignments, in order: what dataclasses go by.
    pub(super) annotations: RefCell<Vec<(Text, Value)>>,
}

/// How a statement goes on that was left by a `yield` inside.
pub(super) enum Resume {
    /// A block, at this statement.
    Block(usize),
    /// An `if` or `match`, in this branch.
    Branch(usize),
    /// A loop, with its iterator if it is a `for`; `true` in its `else`.
    Loop(Option<super::iterate::Iter>, bool),
    /// A `with`, with the managers that were entered.
    With(Vec<Value>),
    /// A `try`, in this part, with the exception being handled and what the block ended with.
    Try(TryPart),
    /// A `yield from`, with its iterator.
    From(Value),
    /// A plain `yield`.
    Yield,
}

/// The parts of a `try`.
pub(super) enum TryPart {
    Body,
    Handler(usize, Value),
    Else,
    Finally(Box<Result<super::statement::Flow>>, Option<Value>),
}

impl Frame {
    pub(super) fn new(module: Rc<Module>, kind: FrameKind, qualified: Text) -> Self {
        Self {
            module,
            kind,
            qualified,
            tries: Cell::new(0),
            import_guards: Cell::new(0),
            resuming: Cell::new(false),
            resume: RefCell::default(),
            sent: RefCell::new(None),
        }
    }

    /// The scope that functions defined here close over.
    pub(super) fn closure(&self) -> Option<Rc<Scope>> {
        match &self.kind {
            FrameKind::Module => None,
            FrameKind::Class(class) => class.parent.clone(),
            FrameKind::Function(scope) => Some(Rc::clone(scope)),
        }
    }

    /// The class whose methods functions defined here are.
    pub(super) fn class_cell(&self) -> Option<Rc<ClassCell>> {
        match &self.kind {
            FrameKind::Module => None,
            FrameKind::Class(class) => Some(Rc::clone(&class.cell)),
            FrameKind::Function(scope) => scope.class.clone(),
        }
    }

    /// The name of something defined here.
    pub(super) fn qualify(&self, name: &str) -> Text {
        match &self.kind {
            FrameKind::Module => Text::from(name),
            FrameKind::Class(_) => Text::from(format!("{}.{name}", self.qualified)),
            FrameKind::Function(_) => Text::from(format!("{}.<locals>.{name}", self.qualified)),
        }
    }

    /// Whether a suspended run stands inside a `try` or `with`.
    pub(super) fn has_blocks_to_end(&self) -> bool {
        let resume = self.resume.borrow();
        resume.iter().any(|at| matches!(at, Resume::With(_) | Resume::Try(_) | Resume::From(_)))
    }

    /// What the innermost statement that is left by a `yield` stands at, when the run goes on.
    pub(super) fn next_resume(&self) -> Option<Resume> {
        if !self.resuming.get() {
            return None;
        }
        self.resume.borrow_mut().pop()
    }

    /// Says where a statement goes on that a `yield` leaves.
    pub(super) fn suspend(&self, at: Resume) {
        self.resume.borrow_mut().push(at);
    }
}

/// The part of a frame that tracebacks show.
#[derive(Debug, Clone)]
pub(super) struct FrameMark {
    pub(super) module: Rc<Module>,
    pub(super) function: Text,
    pub(super) span: Span,
    pub(super) id: u64,
    /// The scope, for `locals()` and `super()`.
    pub(super) scope: Option<Rc<Scope>>,
}
