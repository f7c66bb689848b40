//! Renders a tree: the output, the names in sight and the limits of the work.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::TemplateValues;
use super::calls::Arguments;
use super::error::TemplateError;
use super::error::TemplateErrorKind;
use super::filters;
use super::names;
use super::timestamp::Timestamp;
use super::tree::Block;
use super::tree::Condition;
use super::tree::Definition;
use super::tree::Node;
use super::tree::Origin;
use super::tree::Tree;
use super::value::Value;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::position;

/// How many steps (expressions, statements, parts of the template) a rendering may take.
const MAX_STEPS: usize = 1_000_000;

/// How many bytes a text, and the output, may have.
pub(super) const MAX_TEXT: usize = 1024 * 1024;

/// How deep definitions may call each other.
const MAX_CALLS: usize = 20;

/// A rendering under way.
pub(super) struct Machine<'a> {
    text: &'a str,
    tree: &'a Tree,
    pub(super) values: &'a TemplateValues<'a>,
    out: String,
    steps: usize,
    /// What `<%! %>` blocks have set.
    module: BTreeMap<String, Value>,
    /// What `<% %>` blocks outside of definitions have set, which is how definitions see it.
    shared: BTreeMap<String, Value>,
    frames: Vec<Frame<'a>>,
    /// Variables of the comprehensions that are being evaluated, innermost last.
    pub(super) comprehension: Vec<(String, Value)>,
    /// Of the `% for` lines that are being rendered in the current frame.
    loops: Vec<Value>,
    /// Where the Python that is being evaluated comes from.
    origin: &'a Origin,
}

/// The names of the template or of one call of a definition.
struct Frame<'a> {
    kind: FrameKind,
    assigned: &'a BTreeSet<String>,
    values: BTreeMap<String, Value>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FrameKind {
    Module,
    Template,
    Definition,
}

impl<'a> Machine<'a> {
    pub(super) fn new(
        text: &'a str,
        tree: &'a Tree,
        values: &'a TemplateValues<'a>,
        nowhere: &'a Origin,
    ) -> Machine<'a> {
        Machine {
            text,
            tree,
            values,
            out: String::new(),
            steps: 0,
            module: BTreeMap::new(),
            shared: BTreeMap::new(),
            frames: Vec::new(),
            comprehension: Vec::new(),
            loops: Vec::new(),
            origin: nowhere,
        }
    }

    pub(super) fn render(mut self) -> Result<String, TemplateError> {
        for block in &self.tree.module_blocks {
            self.enter(FrameKind::Module, &block.assigned);
            self.block(block)?;
            if let Some(frame) = self.frames.pop() {
                self.module.extend(frame.values);
            }
        }
        self.enter(FrameKind::Template, &self.tree.assigned);
        self.nodes(&self.tree.nodes)?;
        Ok(self.out)
    }

    fn enter(&mut self, kind: FrameKind, assigned: &'a BTreeSet<String>) {
        self.frames.push(Frame { kind, assigned, values: BTreeMap::new() });
    }

    /// An error at an expression or statement of the Python being evaluated.
    pub(super) fn error(&self, offset: usize, kind: TemplateErrorKind) -> TemplateError {
        TemplateError { position: position(self.text, self.origin.offset(offset)), kind }
    }

    pub(super) fn step(&mut self, offset: usize) -> Result<(), TemplateError> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(self.error(offset, TemplateErrorKind::Limit { what: "steps" }));
        }
        Ok(())
    }

    /// Writes to the output.
    pub(super) fn write(&mut self, text: &str, offset: usize) -> Result<(), TemplateError> {
        if self.out.len() + text.len() > MAX_TEXT {
            return Err(self.error(offset, TemplateErrorKind::Limit { what: "output" }));
        }
        self.out.push_str(text);
        Ok(())
    }

    fn nodes(&mut self, nodes: &'a [Node]) -> Result<(), TemplateError> {
        nodes.iter().try_for_each(|node| self.node(node))
    }

    fn node(&mut self, node: &'a Node) -> Result<(), TemplateError> {
        self.step(0)?;
        match node {
            Node::Text(text) => self.write(text, 0),
            Node::Expression { value, origin, filters, filters_origin } => {
                self.origin = origin;
                let value = self.eval(value)?;
                self.origin = filters_origin;
                let text = self.filtered(value, filters, origin)?;
                self.origin = origin;
                self.write(&text, 0)
            }
            Node::If { branches } => {
                for (condition, body) in branches {
                    if self.condition(condition)? {
                        return self.nodes(body);
                    }
                }
                Ok(())
            }
            Node::While { condition, body } => {
                while self.condition(condition)? {
                    self.step(0)?;
                    self.nodes(body)?;
                }
                Ok(())
            }
            Node::For { target, iter, origin, body, orelse } => {
                self.origin = origin;
                let value = self.eval(iter)?;
                let items = self.items(&value, iter.span.offset())?;
                self.loops.push(Value::None);
                for (index, item) in items.iter().enumerate() {
                    self.step(0)?;
                    self.origin = origin;
                    self.bind(target, item.clone())?;
                    if let Some(top) = self.loops.last_mut() {
                        *top = Value::Loop { index, length: items.len() };
                    }
                    self.nodes(body)?;
                }
                self.loops.pop();
                self.nodes(orelse)
            }
            Node::Code(block) => {
                self.block(block)?;
                if let Some(frame) = self.frames.last()
                    && frame.kind == FrameKind::Template
                {
                    let set =
                        block.assigned.iter().filter_map(|name| frame.values.get_key_value(name));
                    self.shared.extend(set.map(|(name, value)| (name.clone(), value.clone())));
                }
                Ok(())
            }
        }
    }

    fn condition(&mut self, condition: &'a Condition) -> Result<bool, TemplateError> {
        self.origin = &condition.origin;
        match &condition.test {
            Some(test) => Ok(self.eval(test)?.truth()),
            None => Ok(true),
        }
    }

    /// The text of an expression: `str` first, unless there is an `n`, then each filter.
    fn filtered(
        &mut self,
        mut value: Value,
        filters: &'a [Expr],
        origin: &'a Origin,
    ) -> Result<std::rc::Rc<str>, TemplateError> {
        let name = |filter: &'a Expr| match &filter.kind {
            ExprKind::Name(name) => Some(name.as_str()),
            _ => None,
        };
        if !filters.iter().any(|filter| name(filter) == Some("n")) {
            let text = filters::to_text(&value);
            value = Value::Str(text.map_err(|kind| TemplateError {
                position: position(self.text, origin.offset(0)),
                kind,
            })?);
        }
        for filter in filters {
            let offset = filter.span.offset();
            value = match name(filter).and_then(|name| filters::named(name, &value)) {
                Some(result) => result.map_err(|kind| self.error(offset, kind))?,
                None => {
                    let function = self.eval(filter)?;
                    self.call(
                        &function,
                        Arguments { positional: vec![value], ..Arguments::default() },
                        offset,
                    )?
                }
            };
        }
        match value {
            Value::Str(text) => Ok(text),
            other => {
                let kind = filters::no_text(&other);
                Err(TemplateError { position: position(self.text, origin.offset(0)), kind })
            }
        }
    }

    fn block(&mut self, block: &'a Block) -> Result<(), TemplateError> {
        self.origin = &block.origin;
        self.statements(&block.body)
    }

    fn statements(&mut self, body: &'a [Stmt]) -> Result<(), TemplateError> {
        for stmt in body {
            let offset = stmt.span.offset();
            self.step(offset)?;
            match &stmt.kind {
                StmtKind::Expr(value) => {
                    self.eval(value)?;
                }
                StmtKind::Assign { targets, value } => {
                    let value = self.eval(value)?;
                    for target in targets {
                        self.bind(target, value.clone())?;
                    }
                }
                StmtKind::AnnAssign { target, value: Some(value), .. } => {
                    let value = self.eval(value)?;
                    self.bind(target, value)?;
                }
                StmtKind::AugAssign { target, op, value } => {
                    let left = self.eval(target)?;
                    let right = self.eval(value)?;
                    let value = self.binary(*op, &left, &right, offset)?;
                    self.bind(target, value)?;
                }
                StmtKind::If { branches, orelse } => {
                    let mut chosen = orelse;
                    for (test, body) in branches {
                        if self.eval(test)?.truth() {
                            chosen = body;
                            break;
                        }
                    }
                    self.statements(chosen)?;
                }
                StmtKind::For { target, iter, body, orelse, .. } => {
                    let value = self.eval(iter)?;
                    for item in self.items(&value, iter.span.offset())?.iter() {
                        self.bind(target, item.clone())?;
                        self.statements(body)?;
                    }
                    self.statements(orelse)?;
                }
                StmtKind::Import(imported) => {
                    for import in imported {
                        let dotted = import.alias.as_ref().map_or(import.bound(), |_| &import.name);
                        self.set(import.bound(), names::imported(dotted, import.bound()));
                    }
                }
                StmtKind::ImportFrom { module, names: imported, .. } => {
                    let module = module.as_deref().unwrap_or(".");
                    for import in imported {
                        let bound = import.alias.as_deref().unwrap_or(&import.name);
                        self.set(bound, names::imported_from(module, &import.name, bound));
                    }
                }
                // The tree holds no other statements that do anything.
                _ => {}
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: Value) {
        if let Some(frame) = self.frames.last_mut() {
            frame.values.insert(name.to_owned(), value);
        }
    }

    /// Assigns to a name, or item by item to several.
    fn bind(&mut self, target: &'a Expr, value: Value) -> Result<(), TemplateError> {
        let mut bound = Vec::new();
        self.unpack(target, value, &mut bound)?;
        for (name, value) in bound {
            self.set(&name, value);
        }
        Ok(())
    }

    /// The names of a target with what each of them gets.
    pub(super) fn unpack(
        &mut self,
        target: &Expr,
        value: Value,
        bound: &mut Vec<(String, Value)>,
    ) -> Result<(), TemplateError> {
        let offset = target.span.offset();
        match &target.kind {
            ExprKind::Name(name) => {
                bound.push((name.clone(), value));
                Ok(())
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let items = self.items(&value, offset)?;
                if items.len() != targets.len() {
                    let (expected, got) = (targets.len(), items.len());
                    let message = format!("{got} values cannot be unpacked into {expected} names");
                    return Err(self.error(offset, TemplateErrorKind::operation(message)));
                }
                for (target, item) in targets.iter().zip(items.iter()) {
                    self.unpack(target, item.clone(), bound)?;
                }
                Ok(())
            }
            _ => {
                let what = "an assignment to anything but a name".to_owned();
                Err(self.error(offset, TemplateErrorKind::Unsupported { what }))
            }
        }
    }

    /// The value of a name: of a comprehension, of the frame, of the module, of the context.
    pub(super) fn name(&self, name: &str, offset: usize) -> Result<Value, TemplateError> {
        if let Some((_, value)) = self.comprehension.iter().rev().find(|(own, _)| own == name) {
            return Ok(value.clone());
        }
        let Some(frame) = self.frames.last() else { return Ok(Value::Undefined(name.into())) };
        if let Some(value) = frame.values.get(name) {
            return Ok(value.clone());
        }
        if frame.assigned.contains(name) {
            let name = name.to_owned();
            return Err(self.error(offset, TemplateErrorKind::BeforeAssignment { name }));
        }
        if let Some(index) = self.tree.definitions.iter().rposition(|d| d.name == name) {
            return Ok(Value::Def(index));
        }
        if let Some(value) = self.module.get(name) {
            return Ok(value.clone());
        }
        if frame.kind == FrameKind::Module {
            return names::builtin(name).ok_or_else(|| {
                self.error(offset, TemplateErrorKind::Undefined { name: name.to_owned() })
            });
        }
        match name {
            "context" => return Ok(Value::Known("context")),
            "UNDEFINED" => return Ok(Value::Undefined(name.into())),
            "loop" => {
                return self.loops.last().cloned().ok_or_else(|| {
                    let message = "'loop' is only known inside of '% for'";
                    self.error(offset, TemplateErrorKind::operation(message))
                });
            }
            _ => {}
        }
        Ok(self.context(name).unwrap_or_else(|| Value::Undefined(name.into())))
    }

    /// A name of Mako's context, builtins included.
    pub(super) fn context(&self, name: &str) -> Option<Value> {
        let shared = self.frames.last().filter(|frame| frame.kind == FrameKind::Definition);
        if let Some(value) = shared.and_then(|_| self.shared.get(name)) {
            return Some(value.clone());
        }
        let values = self.values;
        let given = match name {
            "message" => Value::text(values.message),
            "up_revision" => Value::text(values.up_revision),
            "down_revision" => values.down_revision.value(Value::Tuple),
            "branch_labels" => values
                .branch_labels
                .as_ref()
                .map_or(Value::None, |labels| Value::Tuple(Value::texts(labels.iter().copied()))),
            "depends_on" => values.depends_on.value(Value::List),
            "create_date" => Timestamp::parse(values.create_date)
                .map_or_else(|| Value::text(values.create_date), Value::Timestamp),
            "comma" => Value::Known("comma"),
            "config" => Value::Known("config"),
            _ => {
                let named = values.arguments.iter().rfind(|(own, _)| *own == name);
                return named.map(|(_, text)| Value::text(*text)).or_else(|| names::builtin(name));
            }
        };
        Some(given)
    }

    /// Calls a `<%def>`: it writes to the output and gives an empty text.
    pub(super) fn call_definition(
        &mut self,
        index: usize,
        arguments: Arguments,
        offset: usize,
    ) -> Result<Value, TemplateError> {
        let Some(definition) = self.tree.definitions.get(index) else { return Ok(Value::None) };
        if self.frames.len() > MAX_CALLS {
            return Err(
                self.error(offset, TemplateErrorKind::Limit { what: "the depth of its calls" })
            );
        }
        let values = self.arguments(definition, arguments, offset)?;
        let origin = self.origin;
        let loops = std::mem::take(&mut self.loops);
        let comprehension = std::mem::take(&mut self.comprehension);
        let (kind, assigned) = (FrameKind::Definition, &definition.assigned);
        self.frames.push(Frame { kind, assigned, values });
        self.nodes(&definition.body)?;
        self.frames.pop();
        self.comprehension = comprehension;
        self.loops = loops;
        self.origin = origin;
        Ok(Value::text(""))
    }

    fn arguments(
        &mut self,
        definition: &'a Definition,
        Arguments { positional, keywords }: Arguments,
        offset: usize,
    ) -> Result<BTreeMap<String, Value>, TemplateError> {
        let mut values = BTreeMap::new();
        let name = &definition.name;
        let parameters = &definition.parameters;
        if positional.len() > parameters.len() {
            let message = format!("{name}() takes {} arguments at most", parameters.len());
            return Err(self.error(offset, TemplateErrorKind::operation(message)));
        }
        for ((parameter, _), value) in parameters.iter().zip(positional) {
            values.insert(parameter.clone(), value);
        }
        for (keyword, value) in keywords {
            let known = parameters.iter().any(|(parameter, _)| *parameter == keyword);
            if !known || values.contains_key(&keyword) {
                let message = format!("{name}() cannot take the argument '{keyword}'");
                return Err(self.error(offset, TemplateErrorKind::operation(message)));
            }
            values.insert(keyword, value);
        }
        for (parameter, default) in parameters {
            if values.contains_key(parameter) {
                continue;
            }
            let Some(default) = default else {
                let message = format!("{name}() lacks the argument '{parameter}'");
                return Err(self.error(offset, TemplateErrorKind::operation(message)));
            };
            let origin = std::mem::replace(&mut self.origin, &definition.origin);
            let value = self.eval(default)?;
            self.origin = origin;
            values.insert(parameter.clone(), value);
        }
        Ok(values)
    }
}
