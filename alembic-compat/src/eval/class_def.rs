//! `class` statements, and `type` with three arguments.

use std::cell::RefCell;
use std::rc::Rc;

use crate::python::Argument;
use crate::python::ClassDef;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Span;
use crate::python::StmtKind;

use super::args::Args;
use super::class::Class;
use super::class::ClassTraits;
use super::error::Error;
use super::error::Limit;
use super::error::Result;
use super::frame::ClassFrame;
use super::frame::Frame;
use super::frame::FrameKind;
use super::interpreter::Interpreter;
use super::namespace::Namespace;
use super::scope::ClassCell;
use super::scope::Names;
use super::statement::Flow;
use super::text::Text;
use super::types::linearize;
use super::value::Value;

/// Methods that CPython calls by itself, and this evaluator does not: a class that has one is not
/// made.
pub(super) const UNKNOWN_METHODS: [&str; 4] =
    ["__getattribute__", "__del__", "__subclasshook__", "__length_hint__"];

/// How many classes may lie above a class.
const MOST_ANCESTORS: usize = 200;

impl Interpreter {
    pub(super) fn class_def(&mut self, frame: &Frame, def: &ClassDef, span: Span) -> Result<()> {
        let decorators = self.decorators(frame, &def.decorators)?;
        let mut bases = Vec::new();
        let mut keywords = Vec::new();
        for argument in &def.arguments {
            match argument {
                Argument::Positional(value) => bases.push(self.eval(frame, value)?),
                Argument::Star(value) => {
                    let value = self.eval(frame, value)?;
                    bases.extend(self.items(&value)?);
                }
                Argument::Keyword { name, value } => {
                    let value = self.eval(frame, value)?;
                    keywords.push((self.intern(name), value));
                }
                Argument::DoubleStar(_) => {
                    return Err(self.unsupported("** in the bases of a class"));
                }
            }
        }
        let cell = Rc::new(ClassCell::default());
        let qualified = frame.qualify(&def.name);
        let mut namespace = Namespace::default();
        let mut set = |name: &str, value: Value| {
            let old = namespace.set(Text::from(name), value);
            drop(old);
        };
        set("__module__", Value::Str(frame.module.name.clone()));
        set("__qualname__", Value::Str(qualified.clone()));
        if let Some(StmtKind::Expr(Expr { kind: ExprKind::Str(doc), .. })) =
            def.body.first().map(|stmt| &stmt.kind)
        {
            set("__doc__", Value::str(doc.as_str()));
        }
        let body = ClassFrame {
            names: Names::of_class(&def.body),
            namespace: RefCell::new(namespace),
            parent: frame.closure(),
            cell: Rc::clone(&cell),
            annotations: RefCell::default(),
        };
        let inner = Frame::new(
            Rc::clone(&frame.module),
            FrameKind::Class(Box::new(body)),
            qualified.clone(),
        );
        let name = self.intern(&def.name);
        let flow = self.in_frame(&inner, &name, |interp| interp.exec_block(&inner, &def.body))?;
        if !matches!(flow, Flow::Next) {
            return Err(self.unsupported("'break' or 'continue' outside of a loop"));
        }
        let FrameKind::Class(body) = inner.kind else { return Ok(()) };
        let mut namespace = body.namespace.into_inner();
        let annotations = body.annotations.into_inner();
        if !annotations.is_empty() {
            let old = namespace.set(Text::from("__annotations__"), Value::dict(annotations));
            drop(old);
        }
        self.mark(span);
        let class = self.make_class(name, qualified, bases, namespace, keywords, Some(&cell))?;
        let value = self.decorate(&decorators, Value::Class(class))?;
        self.store(frame, &def.name, value)
    }

    /// Keeps the annotation of a name in a class body: dataclasses go by them. Elsewhere they have
    /// no effect and are not evaluated.
    pub(super) fn note_annotation(
        &mut self,
        frame: &Frame,
        target: &Expr,
        annotation: &Expr,
    ) -> Result<()> {
        let (FrameKind::Class(class), ExprKind::Name(name)) = (&frame.kind, &target.kind) else {
            return Ok(());
        };
        let text = || Value::str(annotation.span.text(&frame.module.source));
        let value = if frame.module.has_future_annotations() {
            text()
        } else {
            // A type that is not known is no obstacle: only its text is.
            match self.eval(frame, annotation) {
                Ok(value) => value,
                Err(error) => match &*error {
                    Error::Unsupported(_) => text(),
                    Error::Raised(_) if self.is_raised(&error, "NameError") => text(),
                    _ => return Err(error),
                },
            }
        };
        let name = self.intern(name);
        let mut annotations = class.annotations.borrow_mut();
        match annotations.iter_mut().find(|(other, _)| *other == name) {
            Some(place) => place.1 = value,
            None => annotations.push((name, value)),
        }
        Ok(())
    }

    /// Makes a class of Python code.
    ///
    /// # Errors
    /// A `TypeError` for bases that do not go together; what hooks of the bases raise; unsupported
    /// metaclasses.
    pub(super) fn make_class(
        &mut self,
        name: Text,
        qualified: Text,
        bases: Vec<Value>,
        mut namespace: Namespace,
        keywords: Vec<(Text, Value)>,
        cell: Option<&Rc<ClassCell>>,
    ) -> Result<Rc<Class>> {
        let mut classes: Vec<Rc<Class>> = Vec::new();
        let original = bases.clone();
        for base in bases {
            let replaced = match &base {
                Value::Class(_) => base,
                other => match self.find_attribute(other, "__mro_entries__")? {
                    Some(entries) => {
                        let args = Args::of([Value::tuple(original.clone())]);
                        let entries = self.call(&entries, args)?;
                        for entry in self.items(&entries)? {
                            if let Value::Class(class) = entry
                                && !classes.iter().any(|other| Rc::ptr_eq(other, &class))
                            {
                                classes.push(class);
                            }
                        }
                        continue;
                    }
                    None => base,
                },
            };
            match replaced {
                Value::Class(class) if class.traits.is_final => {
                    let name = &class.qualified;
                    return self
                        .type_error(format!("type '{name}' is not an acceptable base type"));
                }
                Value::Class(class) if Rc::ptr_eq(&class, &self.types.r#type) => {
                    return Err(self.unsupported("a metaclass"));
                }
                Value::Class(class) => {
                    if classes.iter().any(|other| Rc::ptr_eq(other, &class)) {
                        let name = &class.name;
                        return self.type_error(format!("duplicate base class {name}"));
                    }
                    classes.push(class);
                }
                other => {
                    let class = self.class_name(&other);
                    return Err(self.unsupported(format!("a {class} as a base class")));
                }
            }
        }
        let mut rest = Vec::new();
        for (key, value) in keywords {
            if key == "metaclass" {
                self.check_metaclass(&value)?;
            } else {
                rest.push((key, value));
            }
        }
        if classes.is_empty() {
            classes.push(Rc::clone(&self.types.object));
        }
        // The order takes the square of the ancestors to find.
        let above: usize = classes.iter().map(|class| class.ancestors.len() + 1).sum();
        if above > MOST_ANCESTORS {
            return Err(self.limit(Limit::Depth));
        }
        self.charge((above * above) as u64)?;
        let Some(ancestors) = linearize(&classes) else {
            let names: Vec<&str> = classes.iter().map(|class| class.name.as_str()).collect();
            return self.type_error(format!(
                "Cannot create a consistent method resolution\norder (MRO) for bases {}",
                names.join(", ")
            ));
        };
        for name in UNKNOWN_METHODS {
            if namespace.get(name).is_some() {
                return Err(self.unsupported(format!("'{name}' in a class")));
            }
        }
        if namespace.get("__eq__").is_some() && namespace.get("__hash__").is_none() {
            let old = namespace.set(Text::from("__hash__"), Value::None);
            drop(old);
        }
        for special in ["__new__", "__init_subclass__", "__class_getitem__"] {
            let Some(function @ Value::Function(_)) = namespace.get(special).cloned() else {
                continue;
            };
            let wrapped = if special == "__new__" {
                function
            } else {
                Value::native(super::descriptor::ClassMethod { function })
            };
            let old = namespace.set(Text::from(special), wrapped);
            drop(old);
        }
        let slots = self.slots(&namespace, &ancestors)?;
        let module = match namespace.get("__module__") {
            Some(Value::Str(module)) => module.clone(),
            _ => self.frames.last().map_or(Text::from(""), |frame| frame.module.name.clone()),
        };
        let traits = ClassTraits {
            is_python: true,
            is_final: false,
            is_immutable: ancestors.iter().any(|class| class.traits.is_immutable),
            is_exception: ancestors.iter().any(|class| class.traits.is_exception),
            is_container: ancestors.iter().any(|class| class.traits.is_container),
            slots,
        };
        let named: Vec<(Text, Value)> =
            namespace.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let class = Rc::new(Class {
            name,
            qualified,
            module,
            bases: classes,
            hooks: ancestors.iter().find_map(|class| class.hooks.clone()),
            ancestors,
            attributes: RefCell::new(namespace),
            constructor: None,
            traits,
            extra: RefCell::new(None),
        });
        if let Some(cell) = cell {
            *cell.0.borrow_mut() = Some(Rc::downgrade(&class));
        }
        for (name, value) in named {
            let Value::Instance(instance) = &value else { continue };
            if let Some(set_name) = instance.class().lookup("__set_name__") {
                let args = [value.clone(), Value::Class(Rc::clone(&class)), Value::Str(name)];
                self.call(&set_name, Args::of(args))?;
            }
        }
        if let Some(hooks) = class.hooks.clone() {
            hooks.created(self, &class, rest)?;
        } else {
            self.init_subclass(&class, rest)?;
        }
        Ok(class)
    }

    fn init_subclass(&mut self, class: &Rc<Class>, keywords: Vec<(Text, Value)>) -> Result<()> {
        let found = class
            .ancestors
            .iter()
            .find_map(|ancestor| ancestor.attributes.borrow().get("__init_subclass__").cloned());
        match found {
            Some(Value::Native(native)) => {
                let attribute = Value::Native(native);
                let bound = self.bind(&attribute, None, class)?;
                self.call(&bound, Args { positional: Vec::new(), keywords }).map(drop)
            }
            _ if keywords.is_empty() => Ok(()),
            _ => {
                let name = &class.name;
                self.type_error(format!("{name}.__init_subclass__() takes no keyword arguments"))
            }
        }
    }

    fn check_metaclass(&mut self, metaclass: &Value) -> Result<()> {
        match metaclass {
            Value::Class(class)
                if Rc::ptr_eq(class, &self.types.r#type) || class.name == "ABCMeta" =>
            {
                Ok(())
            }
            other => {
                let name = match other {
                    Value::Class(class) => class.name.to_string(),
                    other => self.class_name(other).to_string(),
                };
                Err(self.unsupported(format!("the metaclass '{name}'")))
            }
        }
    }

    fn slots(
        &mut self,
        namespace: &Namespace,
        ancestors: &[Rc<Class>],
    ) -> Result<Option<Rc<Vec<Text>>>> {
        let Some(own) = namespace.get("__slots__").cloned() else { return Ok(None) };
        let mut names = match own.as_text() {
            Some(name) => vec![name],
            None => {
                let items = self.items(&own)?;
                items.iter().filter_map(Value::as_text).collect()
            }
        };
        for ancestor in ancestors {
            if ancestor.ancestors.is_empty() {
                continue;
            }
            match &ancestor.traits.slots {
                Some(slots) => names.extend(slots.iter().cloned()),
                None => return Ok(None),
            }
        }
        Ok(Some(Rc::new(names)))
    }
}
