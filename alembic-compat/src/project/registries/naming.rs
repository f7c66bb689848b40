//! Notes what the names of a text stand for.

use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Span;

use super::collector::Collector;
use super::deeds::Act;
use super::deeds::Function;
use super::deeds::To;
use super::names::choices;
use super::names::given_by_loop;
use super::names::names_in;
use super::path::ITEM;
use super::path::is_given;
use super::path::items_of;
use super::path::join;
use super::path::last;
use super::path::of_collection;
use super::path::path_of;
use super::path::path_of_wrapped;
use super::scopes::Thing;
use super::words::is_changing;

impl Collector {
    /// Notes what a name or an attribute stands for.
    pub(super) fn bind(&mut self, target: &Expr, value: &Expr, span: Span) {
        if let ExprKind::Lambda { parameters, body } = &value.kind {
            if let ExprKind::Name(name) = &target.kind {
                self.lambda(name, parameters, body, span);
            }
            return;
        }
        let Some(path) = path_of_wrapped(value) else { return };
        match &target.kind {
            ExprKind::Name(name) => self.bind_path(name, &path, span),
            ExprKind::Attribute { .. } => self.bind_attribute(target, &path, span),
            _ => {}
        }
    }

    /// The same of a name that stands for what is at a path.
    pub(super) fn bind_path(&mut self, name: &str, path: &str, span: Span) {
        if self.scope.by.is_some() && !self.scope.is_global(name) {
            let is_made_here = |thing: &Thing| matches!(thing, Thing::Parameter(_, rest) if is_given(&of_collection(rest)));
            let things = self.scope.things(path).into_iter().filter(|it| !is_made_here(it));
            self.scope.bind(name, things.collect::<Vec<_>>());
            return;
        }
        if path.starts_with('/') {
            self.scope.bind_module(name, path);
        }
        let class = self.scope.class.clone().filter(|_| self.scope.by.is_none());
        match class {
            None => self.name(path.to_owned(), name.to_owned(), span),
            Some(class) => match path.strip_suffix(".()") {
                Some(maker) if !maker.contains("()") && !maker.contains(ITEM) => {
                    let class = self.deeds.classes.entry(class).or_default();
                    class.made.insert(name.to_owned(), maker.to_owned());
                }
                Some(_) => {}
                None => {
                    self.name(path.to_owned(), join(&class, name), span);
                    // `task = staticmethod(register)`, `put = core.register`
                    if path.matches('.').count() > 1 && !is_changing(last(path)) {
                        return;
                    }
                    self.scope.by = Some(Function { class: Some(class), name: name.to_owned() });
                    self.act(Act::Call, path, span);
                    self.scope.by = None;
                }
            },
        }
    }

    /// Notes what a method keeps as an attribute of its object.
    fn keep(&mut self, path: &str, attribute: &str, span: Span) {
        let Some(Function { class: Some(class), .. }) = self.scope.by.clone() else { return };
        for thing in self.scope.things(path) {
            match thing {
                Thing::Parameter(of, rest) if self.scope.receiver.as_ref() == Some(&of) => {
                    // `cls._only = cls()`
                    if matches!(&*rest, "()" | "__class__.()") {
                        let class = self.deeds.classes.entry(class.clone()).or_default();
                        class.made_own.insert(attribute.to_owned());
                    }
                }
                Thing::Parameter(of, rest) => {
                    let to = To::Own(attribute.to_owned());
                    self.touch(Act::Keep, &of, &rest, Some(&to));
                }
                Thing::Global(path) if is_given(&path) => {}
                Thing::Global(path) => self.name(path, join(&class, attribute), span),
            }
        }
    }

    /// Notes what stands behind an attribute.
    fn bind_attribute(&mut self, target: &Expr, path: &str, span: Span) {
        let Some(target) = path_of(target) else { return };
        for thing in self.scope.things(&target) {
            match thing {
                Thing::Parameter(name, attribute)
                    if self.scope.receiver.as_ref() == Some(&name) =>
                {
                    self.keep(path, &attribute, span);
                    let maker = path.strip_suffix(".()").filter(|it| !is_given(it));
                    if let (Some(maker), Some(Function { class: Some(class), .. })) =
                        (maker, &self.scope.by)
                        && !maker.contains(ITEM)
                    {
                        let class = self.deeds.classes.entry(class.clone()).or_default();
                        class.made_of_objects.insert(attribute, maker.to_owned());
                    }
                }
                Thing::Parameter(..) => self.act_to(Act::Keep, path, span, Some(&To::Other)),
                Thing::Global(target) if is_given(&target) || target.contains(ITEM) => {
                    self.act_to(Act::Keep, path, span, Some(&To::Other));
                }
                Thing::Global(target) => {
                    for thing in self.scope.things(path) {
                        match thing {
                            Thing::Global(path) => self.name(path, target.clone(), span),
                            Thing::Parameter(name, rest) => {
                                self.touch(Act::Keep, &name, &rest, Some(&To::Other));
                            }
                        }
                    }
                }
            }
        }
    }

    /// Notes what becomes of a value that is an item of something from now on, or has the names of a
    /// target as its items.
    pub(super) fn spread(&mut self, target: &Expr, value: &Expr, span: Span) {
        for path in choices(value).into_iter().filter_map(path_of) {
            match &target.kind {
                ExprKind::Subscript { .. } => {
                    self.act_to(Act::Keep, &path, span, Some(&To::Other));
                }
                ExprKind::Name(name) if self.scope.is_global(name) => {
                    for thing in self.scope.things(&path) {
                        if let Thing::Parameter(of, rest) = thing {
                            self.touch(Act::Keep, &of, &rest, Some(&To::Other));
                        }
                    }
                }
                ExprKind::Tuple(_) | ExprKind::List(_) => {
                    let item = join(&path, ITEM);
                    let names = names_in(target).into_iter();
                    names.for_each(|name| self.bind_path(name, &item, span));
                }
                _ => {}
            }
        }
    }

    /// Notes what the names in a target stand for.
    pub(super) fn bind_items(&mut self, target: &Expr, iter: &Expr, span: Span) {
        for (target, value) in given_by_loop(target, iter) {
            self.bind(target, value, span);
        }
        for path in items_of(iter) {
            names_in(target).into_iter().for_each(|name| self.bind_path(name, &path, span));
        }
    }
}
