//! Visits every statement and expression below a node, in the order of the text where it is simple
//! to do so.

use super::tree::FunctionDef;
use super::tree::Stmt;
use super::tree::StmtKind;
use super::tree_expr::Argument;
use super::tree_expr::Comprehension;
use super::tree_expr::ComprehensionKind;
use super::tree_expr::Expr;
use super::tree_expr::ExprKind;
use super::tree_expr::FStringPart;
use super::tree_expr::Parameters;

/// What is told of a tree. Each method says whether to go on below the node.
pub trait Visitor<'t> {
    /// A statement.
    fn stmt(&mut self, _stmt: &'t Stmt) -> bool {
        true
    }

    /// An expression.
    fn expr(&mut self, _expr: &'t Expr) -> bool {
        true
    }

    /// The annotation of a parameter, a result or an assignment.
    fn annotation(&mut self, annotation: &'t Expr) -> bool {
        self.expr(annotation)
    }

    /// A function, after its decorators and parameters and before its block.
    fn function_body(&mut self, _function: &'t FunctionDef) -> bool {
        true
    }
}

/// Visits statements and what is below them.
pub fn walk_stmts<'t>(body: &'t [Stmt], visitor: &mut impl Visitor<'t>) {
    for stmt in body {
        walk_stmt(stmt, visitor);
    }
}

/// Visits a statement and what is below it.
pub fn walk_stmt<'t>(stmt: &'t Stmt, visitor: &mut impl Visitor<'t>) {
    if !visitor.stmt(stmt) {
        return;
    }
    match &stmt.kind {
        StmtKind::Pass
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Global(_)
        | StmtKind::Nonlocal(_)
        | StmtKind::Import(_)
        | StmtKind::ImportFrom { .. }
        | StmtKind::TypeAlias(_)
        | StmtKind::Unsupported(_) => {}
        StmtKind::Expr(value) => walk_expr(value, visitor),
        StmtKind::Delete(values) => walk_exprs(values, visitor),
        StmtKind::Return(value) => walk_exprs(value, visitor),
        StmtKind::Assign { targets, value } => {
            walk_expr(value, visitor);
            walk_exprs(targets, visitor);
        }
        StmtKind::AnnAssign { target, annotation, value } => {
            walk_exprs(value, visitor);
            walk_expr(target, visitor);
            walk_annotation(annotation, visitor);
        }
        StmtKind::AugAssign { target, value, .. } => {
            walk_expr(target, visitor);
            walk_expr(value, visitor);
        }
        StmtKind::Assert { test, message } => {
            walk_expr(test, visitor);
            walk_exprs(message, visitor);
        }
        StmtKind::Raise { exception, cause } => {
            walk_exprs(exception, visitor);
            walk_exprs(cause, visitor);
        }
        StmtKind::If { branches, orelse } => {
            for (test, body) in branches {
                walk_expr(test, visitor);
                walk_stmts(body, visitor);
            }
            walk_stmts(orelse, visitor);
        }
        StmtKind::For { target, iter, body, orelse, .. } => {
            walk_expr(iter, visitor);
            walk_expr(target, visitor);
            walk_stmts(body, visitor);
            walk_stmts(orelse, visitor);
        }
        StmtKind::While { test, body, orelse } => {
            walk_expr(test, visitor);
            walk_stmts(body, visitor);
            walk_stmts(orelse, visitor);
        }
        StmtKind::With { items, body, .. } => {
            for item in items {
                walk_expr(&item.context, visitor);
                walk_exprs(&item.target, visitor);
            }
            walk_stmts(body, visitor);
        }
        StmtKind::Try { body, handlers, orelse, finally, .. } => {
            walk_stmts(body, visitor);
            for handler in handlers {
                walk_exprs(&handler.exception, visitor);
                walk_stmts(&handler.body, visitor);
            }
            walk_stmts(orelse, visitor);
            walk_stmts(finally, visitor);
        }
        StmtKind::Match { subject, cases } => {
            walk_expr(subject, visitor);
            for case in cases {
                walk_exprs(&case.guard, visitor);
                walk_stmts(&case.body, visitor);
            }
        }
        StmtKind::FunctionDef(function) => {
            for decorator in &function.decorators {
                walk_expr(&decorator.value, visitor);
            }
            walk_parameters(&function.parameters, visitor);
            if let Some(returns) = &function.returns {
                walk_annotation(returns, visitor);
            }
            if visitor.function_body(function) {
                walk_stmts(&function.body, visitor);
            }
        }
        StmtKind::ClassDef(class) => {
            for decorator in &class.decorators {
                walk_expr(&decorator.value, visitor);
            }
            walk_arguments(&class.arguments, visitor);
            walk_stmts(&class.body, visitor);
        }
    }
}

/// Visits an expression and what is below it.
pub fn walk_expr<'t>(expr: &'t Expr, visitor: &mut impl Visitor<'t>) {
    if visitor.expr(expr) {
        walk_below(expr, visitor);
    }
}

fn walk_annotation<'t>(annotation: &'t Expr, visitor: &mut impl Visitor<'t>) {
    if visitor.annotation(annotation) {
        walk_below(annotation, visitor);
    }
}

fn walk_exprs<'t>(exprs: impl IntoIterator<Item = &'t Expr>, visitor: &mut impl Visitor<'t>) {
    for expr in exprs {
        walk_expr(expr, visitor);
    }
}

fn walk_boxes<'t>(exprs: [&'t Option<Box<Expr>>; 3], visitor: &mut impl Visitor<'t>) {
    for expr in exprs.into_iter().flatten() {
        walk_expr(expr, visitor);
    }
}

fn walk_below<'t>(expr: &'t Expr, visitor: &mut impl Visitor<'t>) {
    match &expr.kind {
        ExprKind::None
        | ExprKind::Bool(_)
        | ExprKind::Ellipsis
        | ExprKind::Number(_)
        | ExprKind::Str(_)
        | ExprKind::Bytes(_)
        | ExprKind::Name(_)
        | ExprKind::Unsupported(_) => {}
        ExprKind::FString(parts) => walk_parts(parts, visitor),
        ExprKind::Attribute { value, .. }
        | ExprKind::Starred(value)
        | ExprKind::Await(value)
        | ExprKind::YieldFrom(value)
        | ExprKind::Unary { operand: value, .. } => walk_expr(value, visitor),
        ExprKind::Yield(value) => walk_boxes([value, &None, &None], visitor),
        ExprKind::Slice { lower, upper, step } => walk_boxes([lower, upper, step], visitor),
        ExprKind::Subscript { value, index } => walk_exprs([&**value, &**index], visitor),
        ExprKind::Named { target, value } => walk_exprs([&**value, &**target], visitor),
        ExprKind::Call { function, arguments } => {
            walk_expr(function, visitor);
            walk_arguments(arguments, visitor);
        }
        ExprKind::Binary { first, rest } => {
            walk_expr(first, visitor);
            walk_exprs(rest.iter().map(|(_, value)| value), visitor);
        }
        ExprKind::Compare { first, rest } => {
            walk_expr(first, visitor);
            walk_exprs(rest.iter().map(|(_, value)| value), visitor);
        }
        ExprKind::Logical { values, .. }
        | ExprKind::Tuple(values)
        | ExprKind::List(values)
        | ExprKind::Set(values) => walk_exprs(values, visitor),
        ExprKind::Conditional { test, body, orelse } => {
            walk_exprs([&**test, &**body, &**orelse], visitor);
        }
        ExprKind::Lambda { parameters, body } => {
            walk_parameters(parameters, visitor);
            walk_expr(body, visitor);
        }
        ExprKind::Dict(items) => {
            for (key, value) in items {
                walk_exprs(key, visitor);
                walk_expr(value, visitor);
            }
        }
        ExprKind::Comprehension { kind, element, clauses } => {
            walk_clauses(clauses, visitor);
            if let ComprehensionKind::Dict { key } = kind {
                walk_expr(key, visitor);
            }
            walk_expr(element, visitor);
        }
    }
}

fn walk_clauses<'t>(clauses: &'t [Comprehension], visitor: &mut impl Visitor<'t>) {
    for clause in clauses {
        walk_expr(&clause.iter, visitor);
        walk_expr(&clause.target, visitor);
        walk_exprs(&clause.conditions, visitor);
    }
}

fn walk_parts<'t>(parts: &'t [FStringPart], visitor: &mut impl Visitor<'t>) {
    for part in parts {
        if let FStringPart::Value { value, spec, .. } = part {
            walk_expr(value, visitor);
            walk_parts(spec.as_deref().unwrap_or_default(), visitor);
        }
    }
}

fn walk_arguments<'t>(arguments: &'t [Argument], visitor: &mut impl Visitor<'t>) {
    walk_exprs(arguments.iter().map(Argument::value), visitor);
}

fn walk_parameters<'t>(parameters: &'t Parameters, visitor: &mut impl Visitor<'t>) {
    for parameter in parameters.iter() {
        walk_exprs(&parameter.default, visitor);
        if let Some(annotation) = &parameter.annotation {
            walk_annotation(annotation, visitor);
        }
    }
}
