//! Names and targets: loading, binding, deleting.

use std::rc::Rc;

use crate::python::BinaryOp;
use crate::python::Expr;
use crate::python::ExprKind;

use super::error::Result;
use super::frame::Frame;
use super::frame::FrameKind;
use super::interpreter::Interpreter;
use super::namespace::hash_text;
use super::scope::Scope;
use super::value::Value;

impl Interpreter {
    /// Reads a name.
    pub(super) fn load(&mut self, frame: &Frame, name: &str) -> Result<Value> {
        let value = self.load_bound(frame, name)?;
        match value {
            Value::Deferred(deferred) => self.resolve(frame, name, &deferred),
            value => Ok(value),
        }
    }

    fn load_bound(&mut self, frame: &Frame, name: &str) -> Result<Value> {
        let hash = hash_text(name);
        match &frame.kind {
            FrameKind::Function(scope) => {
                if let Some(slot) = scope.names.slot(hash, name) {
                    return match scope.get(slot) {
                        Some(value) => Ok(value),
                        None => self.unbound(name),
                    };
                }
                if !scope.names.is_global(name) {
                    if let Some(value) = self.load_enclosing(scope.parent.as_ref(), hash, name)? {
                        return Ok(value);
                    }
                    if name == "__class__" {
                        let cell = scope.class.as_ref().and_then(|cell| cell.0.borrow().clone());
                        if let Some(class) = cell.and_then(|class| class.upgrade()) {
                            return Ok(Value::Class(class));
                        }
                    }
                }
            }
            FrameKind::Class(class) => {
                if !class.names.is_global(name) {
                    if let Some(value) = class.namespace.borrow().get_hashed(hash, name) {
                        return Ok(value.clone());
                    }
                    if let Some(value) = self.load_enclosing(class.parent.as_ref(), hash, name)? {
                        return Ok(value);
                    }
                }
            }
            FrameKind::Module => {}
        }
        self.load_global(frame, hash, name)
    }

    fn load_global(&mut self, frame: &Frame, hash: u64, name: &str) -> Result<Value> {
        if let Some(value) = frame.module.globals.borrow().get_hashed(hash, name) {
            return Ok(value.clone());
        }
        if let Some(value) = self.run_pending(&frame.module, name)? {
            return Ok(value);
        }
        if let Some(value) = self.builtins.get_hashed(hash, name) {
            return Ok(value.clone());
        }
        if let Some(module) = &*frame.module.open_star.borrow() {
            return Err(self.unsupported(format!("'{name}', which may be of '{module}'")));
        }
        let args = vec![Value::str(format!("name '{name}' is not defined"))];
        let error = self.raised_builtin("NameError", args);
        Err(error)
    }

    fn load_enclosing(
        &mut self,
        scope: Option<&Rc<Scope>>,
        hash: u64,
        name: &str,
    ) -> Result<Option<Value>> {
        let Some((scope, slot)) = scope.and_then(|scope| scope.find(hash, name)) else {
            return Ok(None);
        };
        match scope.get(slot) {
            Some(value) => Ok(Some(value)),
            None => self.raise(
                "NameError",
                format!(
                    "cannot access free variable '{name}' where it is not associated with a value \
                     in enclosing scope"
                ),
            ),
        }
    }

    fn unbound<R>(&mut self, name: &str) -> Result<R> {
        self.raise(
            "UnboundLocalError",
            format!(
                "cannot access local variable '{name}' where it is not associated with a value"
            ),
        )
    }

    /// Binds a name.
    pub(super) fn store(&mut self, frame: &Frame, name: &str, value: Value) -> Result<()> {
        match &frame.kind {
            FrameKind::Function(scope) => {
                let hash = hash_text(name);
                if let Some(slot) = scope.names.slot(hash, name) {
                    drop(scope.set(slot, Some(value)));
                    return Ok(());
                }
                // A walrus in a comprehension binds in the function around it.
                if !scope.names.is_global(name) {
                    let found = scope.parent.as_ref().and_then(|scope| scope.find(hash, name));
                    if let Some((scope, slot)) = found {
                        drop(scope.set(slot, Some(value)));
                        return Ok(());
                    }
                }
            }
            FrameKind::Class(class) => {
                if class.names.is_nonlocal(name) {
                    let hash = hash_text(name);
                    let found = class.parent.as_ref().and_then(|scope| scope.find(hash, name));
                    if let Some((scope, slot)) = found {
                        drop(scope.set(slot, Some(value)));
                        return Ok(());
                    }
                }
                if !class.names.is_global(name) {
                    let name = self.intern(name);
                    let old = class.namespace.borrow_mut().set(name, value);
                    drop(old);
                    return Ok(());
                }
            }
            FrameKind::Module => {}
        }
        if !matches!(frame.kind, FrameKind::Module) {
            // What the file itself binds comes before what its functions bind.
            self.run_pending(&frame.module, name)?;
        }
        let name = self.intern(name);
        frame.module.set(name, value);
        Ok(())
    }

    /// Removes a name if it is bound.
    pub(super) fn forget(&mut self, frame: &Frame, name: &str) -> bool {
        let removed = match &frame.kind {
            FrameKind::Function(scope) => {
                let hash = hash_text(name);
                if scope.names.is_global(name) {
                    frame.module.globals.borrow_mut().remove(name)
                } else {
                    scope.find(hash, name).and_then(|(scope, slot)| scope.set(slot, None))
                }
            }
            FrameKind::Class(class) if !class.names.is_global(name) => {
                class.namespace.borrow_mut().remove(name)
            }
            _ => frame.module.globals.borrow_mut().remove(name),
        };
        removed.is_some()
    }

    /// Binds a target.
    pub(super) fn assign(&mut self, frame: &Frame, target: &Expr, value: Value) -> Result<()> {
        match &target.kind {
            ExprKind::Name(name) => self.store(frame, name, value),
            ExprKind::Attribute { value: of, name } => {
                let of = self.eval(frame, of)?;
                self.mark(target.span);
                self.set_attribute(&of, name, &value)
            }
            ExprKind::Subscript { value: of, index } => {
                let of = self.eval(frame, of)?;
                let key = self.eval(frame, index)?;
                self.mark(target.span);
                self.set_item(&of, &key, value)
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                self.nested(|interp| interp.unpack(frame, targets, &value))
            }
            ExprKind::Starred(_) => {
                Err(self.unsupported("a starred target outside of a list or tuple"))
            }
            _ => Err(self.unsupported("this target of an assignment")),
        }
    }

    fn unpack(&mut self, frame: &Frame, targets: &[Expr], value: &Value) -> Result<()> {
        let Some(mut iter) = self.try_iterate(value)? else {
            let class = self.class_name(value);
            return self.type_error(format!("cannot unpack non-iterable {class} object"));
        };
        let is_star = |target: &Expr| matches!(target.kind, ExprKind::Starred(_));
        let star = targets.iter().position(is_star);
        let before = star.unwrap_or(targets.len());
        let mut items = Vec::new();
        while items.len() < before {
            match iter.next(self)? {
                Some(item) => items.push(item),
                None => {
                    let got = items.len();
                    let message = match star {
                        Some(_) => format!(
                            "not enough values to unpack (expected at least {}, got {got})",
                            targets.len() - 1
                        ),
                        None => {
                            format!("not enough values to unpack (expected {before}, got {got})")
                        }
                    };
                    return self.value_error(message);
                }
            }
        }
        let Some(star) = star else {
            if iter.next(self)?.is_some() {
                return self.value_error(format!("too many values to unpack (expected {before})"));
            }
            for (target, item) in targets.iter().zip(items) {
                self.assign(frame, target, item)?;
            }
            return Ok(());
        };
        let mut rest = Vec::new();
        while let Some(item) = iter.next(self)? {
            rest.push(item);
            self.allow_collected(rest.len())?;
        }
        let after = targets.len() - star - 1;
        if rest.len() < after {
            let got = before + rest.len();
            return self.value_error(format!(
                "not enough values to unpack (expected at least {}, got {got})",
                targets.len() - 1
            ));
        }
        let last = rest.split_off(rest.len() - after);
        items.push(Value::list(rest));
        items.extend(last);
        for (target, item) in targets.iter().zip(items) {
            match &target.kind {
                ExprKind::Starred(inner) => self.assign(frame, inner, item)?,
                _ => self.assign(frame, target, item)?,
            }
        }
        Ok(())
    }

    /// `target op= value`.
    pub(super) fn augmented(
        &mut self,
        frame: &Frame,
        target: &Expr,
        op: BinaryOp,
        value: &Expr,
    ) -> Result<()> {
        match &target.kind {
            ExprKind::Name(name) => {
                let old = self.load(frame, name)?;
                let value = self.eval(frame, value)?;
                self.mark(target.span);
                let new = self.in_place(op, &old, &value)?;
                drop(old);
                self.store(frame, name, new)
            }
            ExprKind::Attribute { value: of, name } => {
                let of = self.eval(frame, of)?;
                self.mark(target.span);
                let old = self.get_attribute(&of, name)?;
                let value = self.eval(frame, value)?;
                self.mark(target.span);
                let new = self.in_place(op, &old, &value)?;
                self.set_attribute(&of, name, &new)
            }
            ExprKind::Subscript { value: of, index } => {
                let of = self.eval(frame, of)?;
                let key = self.eval(frame, index)?;
                self.mark(target.span);
                let old = self.item(&of, &key)?;
                let value = self.eval(frame, value)?;
                self.mark(target.span);
                let new = self.in_place(op, &old, &value)?;
                self.set_item(&of, &key, new)
            }
            _ => Err(self.unsupported("this target of an assignment")),
        }
    }

    /// `del target`.
    pub(super) fn delete(&mut self, frame: &Frame, target: &Expr) -> Result<()> {
        match &target.kind {
            ExprKind::Name(name) => {
                if self.forget(frame, name) {
                    return Ok(());
                }
                match &frame.kind {
                    FrameKind::Function(scope)
                        if scope.names.slot(hash_text(name), name).is_some() =>
                    {
                        self.unbound(name)
                    }
                    _ => self.raise("NameError", format!("name '{name}' is not defined")),
                }
            }
            ExprKind::Attribute { value, name } => {
                let value = self.eval(frame, value)?;
                self.mark(target.span);
                self.delete_attribute(&value, name)
            }
            ExprKind::Subscript { value, index } => {
                let value = self.eval(frame, value)?;
                let key = self.eval(frame, index)?;
                self.mark(target.span);
                self.delete_item(&value, &key)
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                targets.iter().try_for_each(|target| self.delete(frame, target))
            }
            _ => Err(self.unsupported("this target of 'del'")),
        }
    }
}
