//! The Python in a template: parsed, checked, and mapped to its places.

use std::collections::BTreeSet;

use super::error::Note;
use super::error::NoteKind;
use super::error::TemplateError;
use super::error::TemplateErrorKind;
use super::lexer::Piece;
use super::tree::Block;
use super::tree::Builder;
use super::tree::Condition;
use super::tree::Node;
use super::tree::Origin;
use crate::python;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::position;
impl Builder<'_> {
    pub(super) fn condition(
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
    pub(super) fn header(
        &self,
        code: Piece<'_>,
        text: &str,
        origin: &Origin,
    ) -> Result<Stmt, TemplateError> {
        // A word right before a bracket (`if(x):`) is no control line to Mako.
        let word = text.trim_start_matches(char::is_alphanumeric);
        if !word.starts_with([' ', '\t', '\\']) {
            return Err(self.bad_line(code));
        }
        self.one_statement(&format!("{text}\n pass"), origin)
    }

    pub(super) fn one_statement(&self, code: &str, origin: &Origin) -> Result<Stmt, TemplateError> {
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

    pub(super) fn expression(
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
    pub(super) fn block(&mut self, code: Piece<'_>) -> Result<Block, TemplateError> {
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
pub(super) fn assigned_by(target: &Expr) -> BTreeSet<String> {
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
