//! Comprehensions and generator expressions.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::python::Comprehension;
use crate::python::ComprehensionKind;
use crate::python::Expr;

use super::class::Class;
use super::containers::Dict;
use super::containers::Set;
use super::error::Result;
use super::frame::Frame;
use super::frame::FrameKind;
use super::interpreter::Interpreter;
use super::iterate::Iter;
use super::object::Object;
use super::scope::Names;
use super::scope::Scope;
use super::table::Table;
use super::text::Text;
use super::value::Value;

impl Interpreter {
    pub(super) fn comprehension(
        &mut self,
        frame: &Frame,
        kind: &ComprehensionKind,
        element: &Arc<Expr>,
        clauses: &Arc<Vec<Comprehension>>,
    ) -> Result<Value> {
        if clauses.iter().any(|clause| clause.is_async) {
            return Err(self.unsupported("an asynchronous comprehension"));
        }
        let Some(first) = clauses.first() else { return Ok(Value::None) };
        let first_items = self.eval(frame, &first.iter)?;
        self.mark(first.iter.span);
        let iter = self.iterate(&first_items)?;
        let address = Arc::as_ptr(clauses) as usize;
        let names = match self.names.get(&address) {
            Some(names) => Rc::clone(names),
            None => {
                let names = Rc::new(Names::of_comprehension(clauses));
                self.names.insert(address, Rc::clone(&names));
                names
            }
        };
        let scope = Rc::new(Scope::new(&names, frame.closure(), frame.class_cell()));
        let inner = Frame::new(
            Rc::clone(&frame.module),
            FrameKind::Function(scope),
            frame.qualified.clone(),
        );
        match kind {
            ComprehensionKind::Generator => Ok(Value::native(GeneratorExpression {
                frame: inner,
                element: Arc::clone(element),
                clauses: Arc::clone(clauses),
                walks: RefCell::new(vec![iter]),
                running: Cell::new(false),
            })),
            ComprehensionKind::List => {
                let mut items = Vec::new();
                self.clause(&inner, clauses, iter, &mut |interp, frame| {
                    items.push(interp.eval(frame, element)?);
                    if items.len() % 256 == 0 {
                        interp.allow_collected(items.len())?;
                    }
                    Ok(())
                })?;
                Ok(Value::list(items))
            }
            ComprehensionKind::Set => {
                let set = Set::from_table(Table::default(), false);
                self.clause(&inner, clauses, iter, &mut |interp, frame| {
                    let item = interp.eval(frame, element)?;
                    interp.set_add(&set, item).map(drop)
                })?;
                Ok(Value::Set(Rc::new(set)))
            }
            ComprehensionKind::Dict { key } => {
                let dict = Dict::default();
                self.clause(&inner, clauses, iter, &mut |interp, frame| {
                    let key = interp.eval(frame, key)?;
                    let value = interp.eval(frame, element)?;
                    interp.dict_set(&dict, key, value)
                })?;
                Ok(Value::Dict(Rc::new(dict)))
            }
        }
    }

    /// Runs the `for` clauses from the first of `clauses` on, calling `each` in the innermost.
    fn clause(
        &mut self,
        frame: &Frame,
        clauses: &[Comprehension],
        mut iter: Iter,
        each: &mut dyn FnMut(&mut Self, &Frame) -> Result<()>,
    ) -> Result<()> {
        let Some((clause, rest)) = clauses.split_first() else { return Ok(()) };
        while let Some(item) = iter.next(self)? {
            self.assign(frame, &clause.target, item)?;
            if !self.conditions(frame, clause)? {
                continue;
            }
            match rest.first() {
                None => each(self, frame)?,
                Some(next) => {
                    let items = self.eval(frame, &next.iter)?;
                    let iter = self.iterate(&items)?;
                    self.nested(|interp| interp.clause(frame, rest, iter, each))?;
                }
            }
        }
        Ok(())
    }

    fn conditions(&mut self, frame: &Frame, clause: &Comprehension) -> Result<bool> {
        for condition in &clause.conditions {
            let holds = self.eval(frame, condition)?;
            if !self.truth(&holds)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// `(element for …)`.
pub(super) struct GeneratorExpression {
    frame: Frame,
    element: Arc<Expr>,
    clauses: Arc<Vec<Comprehension>>,
    /// One for each clause that is under way, the outermost first.
    walks: RefCell<Vec<Iter>>,
    running: Cell<bool>,
}

impl GeneratorExpression {
    fn advance(&self, interp: &mut Interpreter) -> Result<Option<Value>> {
        loop {
            let Some(mut walk) = self.walks.borrow_mut().pop() else { return Ok(None) };
            let depth = self.walks.borrow().len();
            let Some(clause) = self.clauses.get(depth) else { return Ok(None) };
            let Some(item) = walk.next(interp)? else { continue };
            self.walks.borrow_mut().push(walk);
            interp.assign(&self.frame, &clause.target, item)?;
            if !interp.conditions(&self.frame, clause)? {
                continue;
            }
            match self.clauses.get(depth + 1) {
                None => return interp.eval(&self.frame, &self.element).map(Some),
                Some(next) => {
                    let items = interp.eval(&self.frame, &next.iter)?;
                    let walk = interp.iterate(&items)?;
                    self.walks.borrow_mut().push(walk);
                }
            }
        }
    }
}

impl Object for GeneratorExpression {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        interp.class_of::<super::generator::Generator>()
    }

    fn attribute(&self, this: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        let _ = this;
        Ok((name == "__name__").then(|| Value::str("<genexpr>")))
    }

    fn is_iterator(&self) -> bool {
        true
    }

    fn next(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        if self.running.get() {
            return interp.value_error("generator already executing");
        }
        self.running.set(true);
        let name = Text::from("<genexpr>");
        let result = interp.in_frame(&self.frame, &name, |interp| self.advance(interp));
        self.running.set(false);
        if result.is_err() {
            let walks = std::mem::take(&mut *self.walks.borrow_mut());
            drop(walks);
        }
        match result {
            Err(error) if interp.is_raised(&error, "StopIteration") => {
                interp.raise("RuntimeError", "generator raised StopIteration")
            }
            result => result,
        }
    }
}
