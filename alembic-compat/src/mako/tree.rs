//! Builds the tree of a template: its Python parsed, its control lines nested.

use std::collections::BTreeSet;

use super::error::Note;
use super::error::NoteKind;
use super::error::TemplateError;
use super::error::TemplateErrorKind;
use super::lexer::Piece;
use super::lexer::Token;
use super::lexer::TokenKind;
use super::lexer::tokens;
use crate::python;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::position;

/// How deep control lines and definitions may be nested.
const MAX_NESTING: usize = 50;

/// How many bytes a template may have.
const MAX_TEMPLATE: usize = 256 * 1024;

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Text(String),
    Expression { value: Expr, origin: Origin, filters: Vec<Expr>, filters_origin: Origin },
    If { branches: Vec<(Condition, Vec<Node>)> },
    For { target: Expr, iter: Expr, origin: Origin, body: Vec<Node>, orelse: Vec<Node> },
    While { condition: Condition, body: Vec<Node> },
    Code(Block),
}

/// The condition of a branch; none for `% else:`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    pub(super) test: Option<Expr>,
    pub(super) origin: Origin,
}

/// The statements of a `<% %>`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    pub(super) body: Vec<Stmt>,
    pub(super) origin: Origin,
    /// What the block assigns.
    pub(super) assigned: BTreeSet<String>,
}

/// A `<%def>`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    pub(super) name: String,
    /// Parameters with their defaults.
    pub(super) parameters: Vec<(String, Option<Expr>)>,
    pub(super) origin: Origin,
    pub(super) body: Vec<Node>,
    /// The names that the body assigns, its parameters included.
    pub(super) assigned: BTreeSet<String>,
}

/// Where the lines of a parsed text are in the template: pairs of byte offsets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Origin(Vec<(usize, usize)>);

impl Origin {
    fn at(offset: usize) -> Origin {
        Origin(vec![(0, offset)])
    }

    /// The offset in the template of the offset `parsed`.
    pub(super) fn offset(&self, parsed: usize) -> usize {
        let line = self.0.partition_point(|(start, _)| *start <= parsed).saturating_sub(1);
        self.0.get(line).map_or(0, |(start, offset)| offset + parsed.saturating_sub(*start))
    }
}

/// All of a template.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// The names that the template assigns outside of its definitions.
    pub(super) assigned: BTreeSet<String>,
    pub(super) definitions: Vec<Definition>,
    /// `<%! %>`, in order.
    pub(super) module_blocks: Vec<Block>,
    pub(super) notes: Vec<Note>,
}

/// Reads `text`.
pub(super) fn tree(text: &str) -> Result<Tree, TemplateError> {
    let mut builder = Builder { text, tree: Tree::default() };
    if text.len() > MAX_TEMPLATE {
        return Err(builder.error(0, TemplateErrorKind::Limit { what: "its size" }));
    }
    let tokens = tokens(text)?;
    let mut open = vec![Open::new(Opener::Template, 0)];
    for token in tokens {
        builder.token(token, &mut open)?;
    }
    match open.pop() {
        Some(Open { opener: Opener::Template, nodes, assigned, .. }) => {
            builder.tree.nodes = nodes;
            builder.tree.assigned = assigned;
            Ok(builder.tree)
        }
        Some(unclosed) => {
            let what = unclosed.opener.written();
            Err(builder.error(unclosed.at, TemplateErrorKind::Unclosed { what }))
        }
        None => Ok(builder.tree),
    }
}

/// Something that is open while tokens are read, with what it holds so far.
struct Open {
    opener: Opener,
    at: usize,
    nodes: Vec<Node>,
    /// Names assigned in it; kept by the template and the definitions.
    assigned: BTreeSet<String>,
}

enum Opener {
    Template,
    /// The finished branches, and the condition of the one being read.
    If(Vec<(Condition, Vec<Node>)>, Condition),
    /// The body, once its `% else:` has been met.
    For {
        target: Expr,
        iter: Expr,
        origin: Origin,
        body: Option<Vec<Node>>,
    },
    While(Condition),
    Definition {
        name: String,
        parameters: Vec<(String, Option<Expr>)>,
        origin: Origin,
    },
}

impl Opener {
    fn written(&self) -> String {
        match self {
            Opener::Template => String::new(),
            Opener::If(..) => "% if".to_owned(),
            Opener::For { .. } => "% for".to_owned(),
            Opener::While(_) => "% while".to_owned(),
            Opener::Definition { .. } => "<%def>".to_owned(),
        }
    }
}

impl Open {
    fn new(opener: Opener, at: usize) -> Open {
        Open { opener, at, nodes: Vec::new(), assigned: BTreeSet::new() }
    }
}

struct Builder<'t> {
    text: &'t str,
    tree: Tree,
}

impl Builder<'_> {
    fn error(&self, at: usize, kind: TemplateErrorKind) -> TemplateError {
        TemplateError { position: position(self.text, at), kind }
    }

    fn unsupported(&self, at: usize, what: impl Into<String>) -> TemplateError {
        self.error(at, TemplateErrorKind::Unsupported { what: what.into() })
    }

    fn token(&mut self, token: Token<'_>, open: &mut Vec<Open>) -> Result<(), TemplateError> {
        let at = token.at;
        let node = match token.kind {
            TokenKind::Text(text) => Node::Text(text.to_owned()),
            TokenKind::Expression { code, filters } => self.expression(code, filters)?,
            TokenKind::Code { code, module: false } => {
                let block = self.block(code)?;
                self.assign(open, &block.assigned);
                Node::Code(block)
            }
            TokenKind::Code { code, module: true } => {
                let block = self.block(code)?;
                self.tree.module_blocks.push(block);
                return Ok(());
            }
            TokenKind::Control { keyword, end: true, .. } => {
                return self.close_control(keyword, at, open);
            }
            TokenKind::Control { keyword, code, .. } => {
                return self.control(keyword, code, at, open);
            }
            TokenKind::TagOpen { keyword, attributes, closed } => {
                return self.open_tag(keyword, &attributes, closed, at, open);
            }
            TokenKind::TagClose { keyword } => return self.close_tag(keyword, at, open),
        };
        self.add(node, open);
        Ok(())
    }

    fn add(&self, node: Node, open: &mut [Open]) {
        if let Some(top) = open.last_mut() {
            top.nodes.push(node);
        }
    }

    /// Notes names as assigned in the definition that is being read, or in the template.
    fn assign(&self, open: &mut [Open], names: &BTreeSet<String>) {
        let scope = open
            .iter_mut()
            .rev()
            .find(|open| matches!(open.opener, Opener::Template | Opener::Definition { .. }));
        if let Some(scope) = scope {
            scope.assigned.extend(names.iter().cloned());
        }
    }

    fn open(&self, opener: Opener, at: usize, open: &mut Vec<Open>) -> Result<(), TemplateError> {
        if open.len() > MAX_NESTING {
            return Err(
                self.error(at, TemplateErrorKind::Limit { what: "the depth of its nesting" })
            );
        }
        open.push(Open::new(opener, at));
        Ok(())
    }

    fn control(
        &mut self,
        keyword: &str,
        code: Piece<'_>,
        at: usize,
        open: &mut Vec<Open>,
    ) -> Result<(), TemplateError> {
        match keyword {
            "if" => {
                let opener = Opener::If(Vec::new(), self.condition(code, code.text, code.at)?);
                self.open(opener, at, open)
            }
            "while" => {
                let opener = Opener::While(self.condition(code, code.text, code.at)?);
                self.open(opener, at, open)
            }
            "for" => {
                let origin = Origin::at(code.at);
                let stmt = self.header(code, code.text, &origin)?;
                let StmtKind::For { is_async: false, target, iter, .. } = stmt.kind else {
                    return Err(self.bad_line(code));
                };
                self.assign(open, &assigned_by(&target));
                self.open(Opener::For { target, iter, origin, body: None }, at, open)
            }
            "elif" | "else" => self.branch(keyword, code, at, open),
            "try" | "except" | "finally" | "with" => {
                Err(self.unsupported(at, format!("'% {keyword}'")))
            }
            _ => Err(self.bad_line(code)),
        }
    }

    fn bad_line(&self, code: Piece<'_>) -> TemplateError {
        let text = code.text.lines().next().unwrap_or_default().to_owned();
        self.error(code.at, TemplateErrorKind::BadControlLine { text })
    }

    /// `% elif` and `% else`.
    fn branch(
        &mut self,
        keyword: &str,
        code: Piece<'_>,
        at: usize,
        open: &mut [Open],
    ) -> Result<(), TemplateError> {
        let condition = if keyword == "elif" {
            // Parsed alone it is an `if`.
            self.condition(code, &code.text[2..], code.at + 2)?
        } else {
            let rest = code.text[keyword.len()..].trim_start();
            let rest = rest.strip_prefix(':').map(str::trim_start);
            if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#')) {
                return Err(self.bad_line(code));
            }
            Condition { test: None, origin: Origin::at(code.at) }
        };
        let written = format!("% {keyword}");
        let misplaced = self.error(at, TemplateErrorKind::NothingToClose { what: written });
        let Some(Open { opener, nodes, .. }) = open.last_mut() else { return Err(misplaced) };
        match opener {
            Opener::If(branches, current) if current.test.is_some() => {
                let finished = std::mem::replace(current, condition);
                branches.push((finished, std::mem::take(nodes)));
                Ok(())
            }
            Opener::For { body: body @ None, .. } if keyword == "else" => {
                *body = Some(std::mem::take(nodes));
                Ok(())
            }
            _ => Err(misplaced),
        }
    }

    fn close_control(
        &mut self,
        keyword: &str,
        at: usize,
        open: &mut Vec<Open>,
    ) -> Result<(), TemplateError> {
        let fits = open.last().is_some_and(|top| match top.opener {
            Opener::If(..) => keyword == "if",
            Opener::For { .. } => keyword == "for",
            Opener::While(_) => keyword == "while",
            Opener::Template | Opener::Definition { .. } => false,
        });
        let closed = if fits { open.pop() } else { None };
        let node = match closed {
            Some(Open { opener: Opener::If(mut branches, last), nodes, .. }) => {
                branches.push((last, nodes));
                Node::If { branches }
            }
            Some(Open { opener: Opener::For { target, iter, origin, body }, nodes, .. }) => {
                let (body, orelse) = match body {
                    Some(body) => (body, nodes),
                    None => (nodes, Vec::new()),
                };
                Node::For { target, iter, origin, body, orelse }
            }
            Some(Open { opener: Opener::While(condition), nodes, .. }) => {
                Node::While { condition, body: nodes }
            }
            _ => {
                let what = format!("% end{keyword}");
                return Err(self.error(at, TemplateErrorKind::NothingToClose { what }));
            }
        };
        self.add(node, open);
        Ok(())
    }

    fn open_tag(
        &mut self,
        keyword: &str,
        attributes: &[(&str, &str)],
        closed: bool,
        at: usize,
        open: &mut Vec<Open>,
    ) -> Result<(), TemplateError> {
        if keyword != "def" || closed {
            return Err(self.unsupported(at, format!("<%{keyword}>")));
        }
        if open.iter().any(|open| matches!(open.opener, Opener::Definition { .. })) {
            return Err(self.unsupported(at, "a <%def> inside a <%def>"));
        }
        let mut signature = None;
        for (name, value) in attributes {
            if *name != "name" {
                return Err(self.unsupported(at, format!("the attribute '{name}' of <%def>")));
            }
            signature = Some(*value);
        }
        let Some(signature) = signature else {
            return Err(self.unsupported(at, "a <%def> without a name"));
        };
        // Places inside the signature are not kept: the tag is short.
        let origin = Origin(vec![(0, at), (usize::MAX, at)]);
        let code = format!("def {signature}: pass");
        let stmt = self.one_statement(&code, &Origin::at(at))?;
        let StmtKind::FunctionDef(function) = stmt.kind else {
            return Err(self.unsupported(at, format!("the name '{signature}' of <%def>")));
        };
        let parameters = &function.parameters;
        if parameters.star.is_some() || parameters.double_star.is_some() {
            return Err(self.unsupported(at, "'*' in the parameters of <%def>"));
        }
        let parameters =
            parameters.iter().map(|p| (p.name.clone(), p.default.clone())).collect::<Vec<_>>();
        let names = parameters.iter().map(|(name, _)| name.clone()).collect();
        self.open(Opener::Definition { name: function.name, parameters, origin }, at, open)?;
        self.assign(open, &names);
        Ok(())
    }

    fn close_tag(
        &mut self,
        keyword: &str,
        at: usize,
        open: &mut Vec<Open>,
    ) -> Result<(), TemplateError> {
        let fits = keyword == "def"
            && matches!(open.last(), Some(Open { opener: Opener::Definition { .. }, .. }));
        match if fits { open.pop() } else { None } {
            Some(Open {
                opener: Opener::Definition { name, parameters, origin },
                nodes: body,
                assigned,
                ..
            }) => {
                self.tree.definitions.push(Definition { name, parameters, origin, body, assigned });
                Ok(())
            }
            _ => {
                let what = format!("</%{keyword}>");
                Err(self.error(at, TemplateErrorKind::NothingToClose { what }))
            }
        }
    }

    fn condition(
        &self,
        code: Piece<'_>,
        text: &str,
        at: usize,
    ) -> Result<Condition, TemplateError> {
        let origin = Origin::at(at);
        let test = match self.header(code, text, &origin)?.kind {
            StmtKind::If { branches, .. } => branches.into_iter().next().map(|(test, _)| test),
            StmtKind::While { test, .. } => Some(test),
            _ => return Err(self.bad_line(code)),
        };
        Ok(Condition { test, origin })
    }

    /// A compound statement from its first line: with `pass` for a body it is whole.
    fn header(&self, code: Piece<'_>, text: &str, origin: &Origin) -> Result<Stmt, TemplateError> {
        // A word right before a bracket (`if(x):`) is no control line to Mako.
        let word = text.trim_start_matches(char::is_alphanumeric);
        if !word.starts_with([' ', '\t', '\\']) {
            return Err(self.bad_line(code));
        }
        self.one_statement(&format!("{text}\n pass"), origin)
    }

    fn one_statement(&self, code: &str, origin: &Origin) -> Result<Stmt, TemplateError> {
        let mut body = self.python(code, origin)?;
        match (body.pop(), body.is_empty()) {
            (Some(stmt), true) => Ok(stmt),
            _ => {
                let message = "one statement was expected".to_owned();
                Err(self.error(origin.offset(0), TemplateErrorKind::Syntax { message }))
            }
        }
    }

    fn python(&self, code: &str, origin: &Origin) -> Result<Vec<Stmt>, TemplateError> {
        python::parse(code).map(|module| module.body).map_err(|error| {
            let at = origin.offset(error.offset).min(self.text.len());
            self.error(at, TemplateErrorKind::Syntax { message: error.message })
        })
    }

    fn expression(
        &self,
        code: Piece<'_>,
        filters: Option<Piece<'_>>,
    ) -> Result<Node, TemplateError> {
        if code.text.trim().is_empty() {
            // Mako calls `str()`.
            return Ok(Node::Text(String::new()));
        }
        let (value, origin) = self.one_expression(code)?;
        if matches!(value.kind, ExprKind::Tuple(_)) && !code.text.trim_start().starts_with('(') {
            // Mako puts the text between the parentheses of a call.
            return Err(self.unsupported(code.at, "a comma outside of parentheses"));
        }
        let (filters, filters_origin) = match filters {
            Some(piece) if !piece.text.trim().is_empty() => self.filters(piece)?,
            _ => (Vec::new(), Origin::default()),
        };
        Ok(Node::Expression { value, origin, filters, filters_origin })
    }

    fn one_expression(&self, code: Piece<'_>) -> Result<(Expr, Origin), TemplateError> {
        let trimmed = code.text.trim_start();
        let origin = Origin::at(code.at + code.text.len() - trimmed.len());
        match self.one_statement(trimmed, &origin)?.kind {
            StmtKind::Expr(value) => Ok((value, origin)),
            _ => {
                let message = "an expression was expected".to_owned();
                Err(self.error(origin.offset(0), TemplateErrorKind::Syntax { message }))
            }
        }
    }

    /// What stands behind the `|`.
    fn filters(&self, piece: Piece<'_>) -> Result<(Vec<Expr>, Origin), TemplateError> {
        let (value, origin) = self.one_expression(piece)?;
        let filters = match value.kind {
            ExprKind::Tuple(filters) => filters,
            _ => vec![value],
        };
        Ok((filters, origin))
    }

    /// A `<% %>`, freed from the margin of its first line as Mako does.
    fn block(&mut self, code: Piece<'_>) -> Result<Block, TemplateError> {
        let mut text = String::new();
        let mut origin = Origin::default();
        let mut margin: Option<String> = None;
        let mut at = code.at;
        for line in code.text.split_inclusive('\n') {
            let bare = line.trim_end_matches(['\n', '\r']);
            let expanded = expand_tabs(bare);
            let content = expanded.trim_start_matches(' ');
            let indent = &expanded[..expanded.len() - content.len()];
            if margin.is_none() && !content.is_empty() && !content.starts_with('#') {
                margin = Some(indent.to_owned());
            }
            let stripped = margin.as_deref().and_then(|margin| expanded.strip_prefix(margin));
            let kept = stripped.unwrap_or(&expanded);
            origin.0.push((text.len(), at + bare.len().saturating_sub(kept.len())));
            text.push_str(kept);
            text.push('\n');
            at += line.len();
        }
        let body = self.python(&text, &origin)?;
        let mut assigned = BTreeSet::new();
        self.statements(&body, &origin, &mut assigned)?;
        Ok(Block { body, origin, assigned })
    }

    /// Checks that limbeck can run these statements, and collects what they assign.
    fn statements(
        &mut self,
        body: &[Stmt],
        origin: &Origin,
        assigned: &mut BTreeSet<String>,
    ) -> Result<(), TemplateError> {
        for stmt in body {
            let at = origin.offset(stmt.span.offset());
            match &stmt.kind {
                StmtKind::Pass | StmtKind::Expr(_) => {}
                StmtKind::Assign { targets, .. } => {
                    for target in targets {
                        self.target(target, origin)?;
                        assigned.extend(assigned_by(target));
                    }
                }
                StmtKind::AnnAssign { target, value: Some(_), .. }
                | StmtKind::AugAssign { target, .. } => {
                    self.target(target, origin)?;
                    assigned.extend(assigned_by(target));
                }
                StmtKind::If { branches, orelse } => {
                    for (_, body) in branches {
                        self.statements(body, origin, assigned)?;
                    }
                    self.statements(orelse, origin, assigned)?;
                }
                StmtKind::For { is_async: false, target, body, orelse, .. } => {
                    self.target(target, origin)?;
                    assigned.extend(assigned_by(target));
                    self.statements(body, origin, assigned)?;
                    self.statements(orelse, origin, assigned)?;
                }
                StmtKind::Import(names) => {
                    for name in names {
                        self.note_import(&name.name, at);
                        assigned.insert(name.bound().to_owned());
                    }
                }
                StmtKind::ImportFrom { level, module, names } => {
                    let module = module.as_deref().unwrap_or_default();
                    let module = ".".repeat(usize::try_from(*level).unwrap_or(0)) + module;
                    self.note_import(&module, at);
                    for name in names.iter().filter(|name| name.name != "*") {
                        let bound = name.alias.as_ref().unwrap_or(&name.name);
                        assigned.insert(bound.clone());
                    }
                }
                StmtKind::FunctionDef(_) => return Err(self.unsupported(at, "a Python function")),
                StmtKind::ClassDef(_) => return Err(self.unsupported(at, "a Python class")),
                _ => return Err(self.unsupported(at, "this Python statement")),
            }
        }
        Ok(())
    }

    fn note_import(&mut self, module: &str, at: usize) {
        if !matches!(module, "re" | "datetime" | "__future__") {
            let kind = NoteKind::ImportIgnored { module: module.to_owned() };
            self.tree.notes.push(Note { position: position(self.text, at), kind });
        }
    }

    fn target(&self, target: &Expr, origin: &Origin) -> Result<(), TemplateError> {
        match &target.kind {
            ExprKind::Name(_) => Ok(()),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().try_for_each(|item| self.target(item, origin))
            }
            _ => {
                let at = origin.offset(target.span.offset());
                Err(self.unsupported(at, "an assignment to anything but a name"))
            }
        }
    }
}

/// The names in an assignment's target.
fn assigned_by(target: &Expr) -> BTreeSet<String> {
    match &target.kind {
        ExprKind::Name(name) => BTreeSet::from([name.clone()]),
        ExprKind::Tuple(items) | ExprKind::List(items) => {
            items.iter().flat_map(assigned_by).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// Python's `expandtabs()`.
fn expand_tabs(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut column = 0;
    for c in line.chars() {
        if c == '\t' {
            let width = 8 - column % 8;
            out.extend(std::iter::repeat_n(' ', width));
            column += width;
        } else {
            out.push(c);
            column += 1;
        }
    }
    out
}
