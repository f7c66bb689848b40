//! Builds the tree of a template: its Python parsed, its control lines nested.

use std::collections::BTreeSet;

use super::code::assigned_by;
use super::error::Note;
use super::error::TemplateError;
use super::error::TemplateErrorKind;
use super::lexer::Piece;
use super::lexer::Token;
use super::lexer::TokenKind;
use super::lexer::tokens;
use crate::python::Expr;
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
pub(super) struct Origin(pub(super) Vec<(usize, usize)>);

impl Origin {
    pub(super) fn at(offset: usize) -> Origin {
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

pub(super) struct Builder<'t> {
    pub(super) text: &'t str,
    pub(super) tree: Tree,
}

impl Builder<'_> {
    pub(super) fn error(&self, at: usize, kind: TemplateErrorKind) -> TemplateError {
        TemplateError { position: position(self.text, at), kind }
    }

    pub(super) fn unsupported(&self, at: usize, what: impl Into<String>) -> TemplateError {
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

    pub(super) fn bad_line(&self, code: Piece<'_>) -> TemplateError {
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
        self.open(
            Opener::Definition { name: function.name.clone(), parameters, origin },
            at,
            open,
        )?;
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
}
