//! Statements of the parser's tree, made ours.

use std::sync::Arc;

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

use super::convert::Converted;
use super::convert::Converter;
use super::convert::span;
use super::convert_expr::binary_op;
use super::tree::Case;
use super::tree::ClassDef;
use super::tree::Decorator;
use super::tree::FunctionDef;
use super::tree::Handler;
use super::tree::ImportedName;
use super::tree::Pattern;
use super::tree::Stmt;
use super::tree::StmtKind;
use super::tree::WithItem;
use super::tree_expr::Expr;
use super::tree_expr::ExprKind;

impl Converter<'_> {
    pub(super) fn block(self, body: &[ast::Stmt]) -> Converted<Vec<Stmt>> {
        body.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn stmt(self, stmt: &ast::Stmt) -> Converted<Stmt> {
        let inner = self.inside(stmt.range())?;
        Ok(Stmt { span: span(stmt.range()), kind: inner.stmt_kind(stmt)? })
    }

    fn stmt_kind(self, stmt: &ast::Stmt) -> Converted<StmtKind> {
        Ok(match stmt {
            ast::Stmt::Expr(node) => StmtKind::Expr(self.expr(&node.value)?),
            ast::Stmt::Assign(node) => StmtKind::Assign {
                targets: self.exprs(&node.targets)?,
                value: self.expr(&node.value)?,
            },
            ast::Stmt::AnnAssign(node) => StmtKind::AnnAssign {
                target: self.expr(&node.target)?,
                annotation: self.expr(&node.annotation)?,
                value: self.optional(node.value.as_deref())?,
            },
            ast::Stmt::AugAssign(node) => StmtKind::AugAssign {
                target: self.expr(&node.target)?,
                op: binary_op(node.op),
                value: self.expr(&node.value)?,
            },
            ast::Stmt::Return(node) => StmtKind::Return(self.optional(node.value.as_deref())?),
            ast::Stmt::Raise(node) => StmtKind::Raise {
                exception: self.optional(node.exc.as_deref())?,
                cause: self.optional(node.cause.as_deref())?,
            },
            ast::Stmt::Assert(node) => StmtKind::Assert {
                test: self.expr(&node.test)?,
                message: self.optional(node.msg.as_deref())?,
            },
            ast::Stmt::Delete(node) => StmtKind::Delete(self.exprs(&node.targets)?),
            ast::Stmt::Global(node) => StmtKind::Global(names(&node.names)),
            ast::Stmt::Nonlocal(node) => StmtKind::Nonlocal(names(&node.names)),
            ast::Stmt::Import(node) => StmtKind::Import(imported(&node.names)),
            ast::Stmt::ImportFrom(node) => StmtKind::ImportFrom {
                level: node.level,
                module: node.module.as_ref().map(|name| name.to_string()),
                names: imported(&node.names),
            },
            ast::Stmt::Pass(_) => StmtKind::Pass,
            ast::Stmt::Break(_) => StmtKind::Break,
            ast::Stmt::Continue(_) => StmtKind::Continue,
            ast::Stmt::TypeAlias(node) => match &*node.name {
                ast::Expr::Name(name) => StmtKind::TypeAlias(name.id.to_string()),
                _ => StmtKind::Unsupported("a type statement without a name"),
            },
            ast::Stmt::IpyEscapeCommand(_) => StmtKind::Unsupported("an IPython command"),
            ast::Stmt::FunctionDef(node) => self.function(node)?,
            ast::Stmt::ClassDef(node) => self.class(node)?,
            ast::Stmt::If(node) => self.if_stmt(node)?,
            ast::Stmt::For(node) => StmtKind::For {
                is_async: node.is_async,
                target: self.expr(&node.target)?,
                iter: self.expr(&node.iter)?,
                body: self.block(&node.body)?,
                orelse: self.block(&node.orelse)?,
            },
            ast::Stmt::While(node) => StmtKind::While {
                test: self.expr(&node.test)?,
                body: self.block(&node.body)?,
                orelse: self.block(&node.orelse)?,
            },
            ast::Stmt::With(node) => StmtKind::With {
                is_async: node.is_async,
                items: node.items.iter().map(|item| self.item(item)).collect::<Result<_, _>>()?,
                body: self.block(&node.body)?,
            },
            ast::Stmt::Try(node) => self.try_stmt(node)?,
            ast::Stmt::Match(node) => self.match_stmt(node)?,
        })
    }

    fn function(self, node: &ast::StmtFunctionDef) -> Converted<StmtKind> {
        Ok(StmtKind::FunctionDef(Arc::new(FunctionDef {
            name: node.name.to_string(),
            name_span: span(node.name.range()),
            is_async: node.is_async,
            decorators: self.decorators(&node.decorator_list)?,
            parameters: self.parameters(&node.parameters)?,
            returns: self.optional(node.returns.as_deref())?,
            body: self.block(&node.body)?,
        })))
    }

    fn class(self, node: &ast::StmtClassDef) -> Converted<StmtKind> {
        let arguments = node.arguments.as_deref();
        Ok(StmtKind::ClassDef(Arc::new(ClassDef {
            name: node.name.to_string(),
            name_span: span(node.name.range()),
            decorators: self.decorators(&node.decorator_list)?,
            arguments: arguments.map_or(Ok(Vec::new()), |arguments| self.arguments(arguments))?,
            body: self.block(&node.body)?,
        })))
    }

    fn decorators(self, decorators: &[ast::Decorator]) -> Converted<Vec<Decorator>> {
        let convert =
            |decorator: &ast::Decorator| Ok(Decorator { value: self.expr(&decorator.expression)? });
        decorators.iter().map(convert).collect()
    }

    fn if_stmt(self, node: &ast::StmtIf) -> Converted<StmtKind> {
        let mut branches = vec![(self.expr(&node.test)?, self.block(&node.body)?)];
        let mut orelse = Vec::new();
        for clause in &node.elif_else_clauses {
            let body = self.block(&clause.body)?;
            match &clause.test {
                Some(test) => branches.push((self.expr(test)?, body)),
                None => orelse = body,
            }
        }
        Ok(StmtKind::If { branches, orelse })
    }

    fn item(self, item: &ast::WithItem) -> Converted<WithItem> {
        Ok(WithItem {
            context: self.expr(&item.context_expr)?,
            target: self.optional(item.optional_vars.as_deref())?,
        })
    }

    fn try_stmt(self, node: &ast::StmtTry) -> Converted<StmtKind> {
        let handler = |ast::ExceptHandler::ExceptHandler(handler): &ast::ExceptHandler| {
            Ok(Handler {
                span: span(handler.range),
                exception: self.optional(handler.type_.as_deref())?,
                name: handler.name.as_ref().map(|name| name.to_string()),
                body: self.block(&handler.body)?,
            })
        };
        Ok(StmtKind::Try {
            body: self.block(&node.body)?,
            handlers: node.handlers.iter().map(handler).collect::<Result<_, _>>()?,
            orelse: self.block(&node.orelse)?,
            finally: self.block(&node.finalbody)?,
            is_star: node.is_star,
        })
    }

    fn match_stmt(self, node: &ast::StmtMatch) -> Converted<StmtKind> {
        let case = |case: &ast::MatchCase| {
            let mut binds = Vec::new();
            self.bound_names(&case.pattern, &mut binds)?;
            Ok(Case {
                pattern: span(case.pattern.range()),
                matches: self.pattern(&case.pattern)?,
                binds,
                guard: self.optional(case.guard.as_deref())?,
                body: self.block(&case.body)?,
            })
        };
        Ok(StmtKind::Match {
            subject: self.expr(&node.subject)?,
            cases: node.cases.iter().map(case).collect::<Result<_, _>>()?,
        })
    }

    fn bound_names(self, pattern: &ast::Pattern, names: &mut Vec<String>) -> Converted<()> {
        let inner = self.inside(pattern.range())?;
        let each = |patterns: &[ast::Pattern], names: &mut Vec<String>| {
            patterns.iter().try_for_each(|pattern| inner.bound_names(pattern, names))
        };
        match pattern {
            ast::Pattern::MatchValue(_) | ast::Pattern::MatchSingleton(_) => Ok(()),
            ast::Pattern::MatchSequence(node) => each(&node.patterns, names),
            ast::Pattern::MatchOr(node) => each(&node.patterns, names),
            ast::Pattern::MatchMapping(node) => {
                names.extend(node.rest.iter().map(ToString::to_string));
                each(&node.patterns, names)
            }
            ast::Pattern::MatchClass(node) => {
                for keyword in &node.arguments.keywords {
                    inner.bound_names(&keyword.pattern, names)?;
                }
                each(&node.arguments.patterns, names)
            }
            ast::Pattern::MatchStar(node) => {
                names.extend(node.name.iter().map(ToString::to_string));
                Ok(())
            }
            ast::Pattern::MatchAs(node) => {
                names.extend(node.name.iter().map(ToString::to_string));
                node.pattern.iter().try_for_each(|pattern| inner.bound_names(pattern, names))
            }
        }
    }

    fn pattern(self, pattern: &ast::Pattern) -> Converted<Pattern> {
        let inner = self.inside(pattern.range())?;
        let each = |patterns: &[ast::Pattern]| {
            patterns.iter().map(|pattern| inner.pattern(pattern)).collect::<Converted<Vec<_>>>()
        };
        let name = |name: &Option<ast::Identifier>| name.as_ref().map(ToString::to_string);
        Ok(match pattern {
            ast::Pattern::MatchValue(node) => Pattern::Value(inner.expr(&node.value)?),
            ast::Pattern::MatchSingleton(node) => Pattern::Singleton(Expr {
                span: span(node.range),
                kind: match node.value {
                    ast::Singleton::None => ExprKind::None,
                    ast::Singleton::True => ExprKind::Bool(true),
                    ast::Singleton::False => ExprKind::Bool(false),
                },
            }),
            ast::Pattern::MatchSequence(node) => Pattern::Sequence(each(&node.patterns)?),
            ast::Pattern::MatchOr(node) => Pattern::Or(each(&node.patterns)?),
            ast::Pattern::MatchMapping(node) => Pattern::Mapping {
                items: inner.exprs(&node.keys)?.into_iter().zip(each(&node.patterns)?).collect(),
                rest: name(&node.rest),
            },
            ast::Pattern::MatchClass(node) => Pattern::Class {
                class: inner.expr(&node.cls)?,
                positional: each(&node.arguments.patterns)?,
                keywords: node
                    .arguments
                    .keywords
                    .iter()
                    .map(|keyword| Ok((keyword.attr.to_string(), inner.pattern(&keyword.pattern)?)))
                    .collect::<Converted<_>>()?,
            },
            ast::Pattern::MatchStar(node) => Pattern::Star(name(&node.name)),
            ast::Pattern::MatchAs(node) => {
                let pattern = node.pattern.as_deref();
                let pattern = pattern.map(|pattern| inner.pattern(pattern)).transpose()?;
                Pattern::As { pattern: pattern.map(Box::new), name: name(&node.name) }
            }
        })
    }

    fn optional(self, expr: Option<&ast::Expr>) -> Converted<Option<Expr>> {
        expr.map(|expr| self.expr(expr)).transpose()
    }
}

fn names(names: &[ast::Identifier]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn imported(names: &[ast::Alias]) -> Vec<ImportedName> {
    let convert = |alias: &ast::Alias| ImportedName {
        span: span(alias.range),
        name: alias.name.to_string(),
        alias: alias.asname.as_ref().map(|name| name.to_string()),
    };
    names.iter().map(convert).collect()
}
