//! The classes of built-in values, and how native classes are put together.

use std::cell::RefCell;
use std::rc::Rc;

use super::args::Args;
use super::class::Class;
use super::class::ClassHooks;
use super::class::ClassTraits;
use super::class::Constructor;
use super::descriptor::ClassMethod;
use super::descriptor::Property;
use super::descriptor::StaticMethod;
use super::error::Result;
use super::function::Builtin;
use super::interpreter::Interpreter;
use super::namespace::Namespace;
use super::text::Text;
use super::value::Value;

/// The classes of values that are not [`Value::Native`].
#[derive(Debug)]
#[allow(missing_docs, reason = "each field is the class of its name")]
pub struct Types {
    pub object: Rc<Class>,
    pub r#type: Rc<Class>,
    pub none: Rc<Class>,
    pub ellipsis: Rc<Class>,
    pub not_implemented: Rc<Class>,
    pub bool: Rc<Class>,
    pub int: Rc<Class>,
    pub float: Rc<Class>,
    pub str: Rc<Class>,
    pub bytes: Rc<Class>,
    pub list: Rc<Class>,
    pub tuple: Rc<Class>,
    pub dict: Rc<Class>,
    pub set: Rc<Class>,
    pub frozenset: Rc<Class>,
    pub function: Rc<Class>,
    pub builtin: Rc<Class>,
    pub method: Rc<Class>,
    pub module: Rc<Class>,
    pub base_exception: Rc<Class>,
    pub exception: Rc<Class>,
}

impl Types {
    pub(super) fn new() -> Self {
        let object = ClassBuilder::of_builtin("object").finish_root();
        let make = |name| ClassBuilder::of_builtin(name).base(&object);
        let immutable = |name| make(name).immutable().finish_plain();
        let last = |name| make(name).last().finish_plain();
        let int = immutable("int");
        let base_exception = make("BaseException").exception().finish_plain();
        let exception =
            ClassBuilder::new("Exception", "builtins").base(&base_exception).finish_plain();
        Self {
            r#type: make("type").finish_plain(),
            none: last("NoneType"),
            ellipsis: last("ellipsis"),
            not_implemented: last("NotImplementedType"),
            bool: ClassBuilder::of_builtin("bool").base(&int).immutable().last().finish_plain(),
            float: immutable("float"),
            str: immutable("str"),
            bytes: immutable("bytes"),
            tuple: immutable("tuple"),
            frozenset: immutable("frozenset"),
            list: make("list").container().finish_plain(),
            dict: make("dict").container().finish_plain(),
            set: make("set").container().finish_plain(),
            function: last("function"),
            builtin: last("builtin_function_or_method"),
            method: last("method"),
            module: make("module").finish_plain(),
            base_exception,
            exception,
            int,
            object,
        }
    }
}

/// Puts a native class together.
pub struct ClassBuilder {
    name: Text,
    module: Text,
    bases: Vec<Rc<Class>>,
    constructor: Option<Constructor>,
    hooks: Option<Rc<dyn ClassHooks>>,
    traits: ClassTraits,
    attributes: Namespace,
}

impl ClassBuilder {
    /// A class of this name in this module.
    pub fn new(name: impl Into<Text>, module: impl Into<Text>) -> Self {
        Self {
            name: name.into(),
            module: module.into(),
            bases: Vec::new(),
            constructor: None,
            hooks: None,
            traits: ClassTraits::default(),
            attributes: Namespace::default(),
        }
    }

    fn of_builtin(name: &str) -> Self {
        let constructor = super::builtins::constructor_of(name);
        Self { constructor, ..Self::new(name, "builtins") }
    }

    /// A class that it is derived from; `object` when there is none. Constructor, hooks and facts
    /// of the first are inherited.
    #[must_use]
    pub fn base(mut self, base: &Rc<Class>) -> Self {
        self.bases.push(Rc::clone(base));
        self
    }

    /// How an object is made from the arguments of a call.
    #[must_use]
    pub fn constructor(mut self, constructor: Constructor) -> Self {
        self.constructor = Some(constructor);
        self
    }

    /// What derived classes, and the class as an object, do.
    #[must_use]
    pub fn hooks(mut self, hooks: Rc<dyn ClassHooks>) -> Self {
        self.hooks = Some(hooks);
        self
    }

    /// Objects get their value when they are made, before `__init__`.
    #[must_use]
    pub const fn immutable(mut self) -> Self {
        self.traits.is_immutable = true;
        self
    }

    /// Nothing can be derived from it.
    #[must_use]
    pub const fn last(mut self) -> Self {
        self.traits.is_final = true;
        self
    }

    const fn container(mut self) -> Self {
        self.traits.is_container = true;
        self
    }

    const fn exception(mut self) -> Self {
        self.traits.is_exception = true;
        self
    }

    /// A method; the object is the first positional argument.
    #[must_use]
    pub fn method(
        self,
        name: &'static str,
        run: impl Fn(&mut Interpreter, Args) -> Result<Value> + 'static,
    ) -> Self {
        self.attribute(name, Value::Builtin(Rc::new(Builtin::method(name, run))))
    }

    /// A method of the class; the class is the first positional argument.
    #[must_use]
    pub fn class_method(
        self,
        name: &'static str,
        run: impl Fn(&mut Interpreter, Args) -> Result<Value> + 'static,
    ) -> Self {
        let function = Value::Builtin(Rc::new(Builtin::new(name, run)));
        self.attribute(name, Value::native(ClassMethod { function }))
    }

    /// A function in the class.
    #[must_use]
    pub fn static_method(
        self,
        name: &'static str,
        run: impl Fn(&mut Interpreter, Args) -> Result<Value> + 'static,
    ) -> Self {
        let function = Value::Builtin(Rc::new(Builtin::new(name, run)));
        self.attribute(name, Value::native(StaticMethod { function }))
    }

    /// An attribute that is worked out; the object is the first positional argument.
    #[must_use]
    pub fn property(
        self,
        name: &'static str,
        get: impl Fn(&mut Interpreter, Args) -> Result<Value> + 'static,
    ) -> Self {
        let get = Value::Builtin(Rc::new(Builtin::new(name, get)));
        self.attribute(name, Value::native(Property::read_only(get)))
    }

    /// An attribute of the class.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<Text>, value: Value) -> Self {
        let old = self.attributes.set(name.into(), value);
        drop(old);
        self
    }

    /// The class.
    ///
    /// Where the bases have no consistent order, each ancestor comes once, the first bases first.
    #[must_use]
    pub fn finish(mut self, interp: &Interpreter) -> Rc<Class> {
        if self.bases.is_empty() {
            self.bases.push(Rc::clone(&interp.types.object));
        }
        self.finish_plain()
    }

    fn finish_root(self) -> Rc<Class> {
        self.finish_with(Vec::new())
    }

    fn finish_plain(self) -> Rc<Class> {
        let ancestors = linearize(&self.bases).unwrap_or_else(|| {
            let mut order: Vec<Rc<Class>> = Vec::new();
            for class in self.bases.iter().flat_map(Class::order) {
                if !order.iter().any(|other| Rc::ptr_eq(other, class)) {
                    order.push(Rc::clone(class));
                }
            }
            order
        });
        self.finish_with(ancestors)
    }

    fn finish_with(mut self, ancestors: Vec<Rc<Class>>) -> Rc<Class> {
        if let Some(base) = self.bases.first() {
            // An object of a native class is never a plain `object`.
            let inherited = base.constructor.filter(|_| !base.ancestors.is_empty());
            self.constructor = self.constructor.or(inherited);
            self.hooks = self.hooks.or_else(|| base.hooks.clone());
            self.traits.is_exception |= base.traits.is_exception;
            self.traits.is_immutable |= base.traits.is_immutable;
        }
        Rc::new(Class {
            qualified: self.name.clone(),
            name: self.name,
            module: self.module,
            bases: self.bases,
            ancestors,
            attributes: RefCell::new(self.attributes),
            constructor: self.constructor,
            hooks: self.hooks,
            traits: self.traits,
            extra: RefCell::new(None),
        })
    }
}

impl std::fmt::Debug for ClassBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClassBuilder({}.{})", self.module, self.name)
    }
}

/// The order of the ancestors of a class with these bases (C3); `None` where they contradict each
/// other.
pub(super) fn linearize(bases: &[Rc<Class>]) -> Option<Vec<Rc<Class>>> {
    let mut lists: Vec<Vec<Rc<Class>>> =
        bases.iter().map(|base| base.order().cloned().collect()).collect();
    lists.push(bases.to_vec());
    let mut order: Vec<Rc<Class>> = Vec::new();
    loop {
        lists.retain(|list| !list.is_empty());
        if lists.is_empty() {
            return Some(order);
        }
        let next = lists.iter().find_map(|list| {
            let head = list.first()?;
            let in_tail = |list: &Vec<Rc<Class>>| list[1..].iter().any(|c| Rc::ptr_eq(c, head));
            (!lists.iter().any(in_tail)).then(|| Rc::clone(head))
        })?;
        for list in &mut lists {
            if list.first().is_some_and(|head| Rc::ptr_eq(head, &next)) {
                list.remove(0);
            }
        }
        order.push(next);
    }
}
