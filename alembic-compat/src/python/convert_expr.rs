//! Expressions of the parser's tree, made ours.

use std::sync::Arc;

use ruff_python_ast as ast;
use ruff_text_size::Ranged;
use ruff_text_size::TextRange;

use super::convert::Converted;
use super::convert::Converter;
use super::convert::span;
use super::tree_expr::Argument;
use super::tree_expr::BinaryOp;
use super::tree_expr::BoolOp;
use super::tree_expr::CompareOp;
use super::tree_expr::Comprehension;
use super::tree_expr::ComprehensionKind;
use super::tree_expr::Expr;
use super::tree_expr::ExprKind;
use super::tree_expr::FStringPart;
use super::tree_expr::Number;
use super::tree_expr::Parameter;
use super::tree_expr::Parameters;
use super::tree_expr::UnaryOp;

impl Converter<'_> {
    pub(super) fn exprs(self, exprs: &[ast::Expr]) -> Converted<Vec<Expr>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(self, expr: &ast::Expr) -> Converted<Expr> {
        let inner = self.inside(expr.range())?;
        Ok(Expr { span: span(expr.range()), kind: inner.expr_kind(expr)? })
    }

    fn boxed(self, expr: &ast::Expr) -> Converted<Box<Expr>> {
        self.expr(expr).map(Box::new)
    }

    fn optional_boxed(self, expr: Option<&ast::Expr>) -> Converted<Option<Box<Expr>>> {
        expr.map(|expr| self.boxed(expr)).transpose()
    }

    fn expr_kind(self, expr: &ast::Expr) -> Converted<ExprKind> {
        Ok(match expr {
            ast::Expr::NoneLiteral(_) => ExprKind::None,
            ast::Expr::BooleanLiteral(node) => ExprKind::Bool(node.value),
            ast::Expr::EllipsisLiteral(_) => ExprKind::Ellipsis,
            ast::Expr::NumberLiteral(node) => ExprKind::Number(number(&node.value)),
            ast::Expr::StringLiteral(node) => self.string(node),
            ast::Expr::BytesLiteral(node) => ExprKind::Bytes(node.value.bytes().collect()),
            ast::Expr::FString(node) => self.f_string(node)?,
            ast::Expr::TString(_) => ExprKind::Unsupported("a t-string"),
            ast::Expr::IpyEscapeCommand(_) => ExprKind::Unsupported("an IPython command"),
            ast::Expr::Name(node) => ExprKind::Name(node.id.to_string()),
            ast::Expr::Attribute(node) => {
                ExprKind::Attribute { value: self.boxed(&node.value)?, name: node.attr.to_string() }
            }
            ast::Expr::Subscript(node) => ExprKind::Subscript {
                value: self.boxed(&node.value)?,
                index: self.boxed(&node.slice)?,
            },
            ast::Expr::Slice(node) => ExprKind::Slice {
                lower: self.optional_boxed(node.lower.as_deref())?,
                upper: self.optional_boxed(node.upper.as_deref())?,
                step: self.optional_boxed(node.step.as_deref())?,
            },
            ast::Expr::Call(node) => ExprKind::Call {
                function: self.boxed(&node.func)?,
                arguments: self.arguments(&node.arguments)?,
            },
            ast::Expr::BinOp(node) => self.binary(node)?,
            ast::Expr::UnaryOp(node) => {
                ExprKind::Unary { op: unary_op(node.op), operand: self.boxed(&node.operand)? }
            }
            ast::Expr::BoolOp(node) => ExprKind::Logical {
                op: match node.op {
                    ast::BoolOp::And => BoolOp::And,
                    ast::BoolOp::Or => BoolOp::Or,
                },
                values: self.exprs(&node.values)?,
            },
            ast::Expr::Compare(node) => self.compare(node)?,
            ast::Expr::If(node) => ExprKind::Conditional {
                test: self.boxed(&node.test)?,
                body: self.boxed(&node.body)?,
                orelse: self.boxed(&node.orelse)?,
            },
            ast::Expr::Lambda(node) => {
                let parameters = node.parameters.as_deref();
                let parameters =
                    parameters.map_or(Ok(Parameters::default()), |node| self.parameters(node))?;
                ExprKind::Lambda {
                    parameters: Arc::new(parameters),
                    body: Arc::new(self.expr(&node.body)?),
                }
            }
            ast::Expr::Tuple(node) => ExprKind::Tuple(self.exprs(&node.elts)?),
            ast::Expr::List(node) => ExprKind::List(self.exprs(&node.elts)?),
            ast::Expr::Set(node) => ExprKind::Set(self.exprs(&node.elts)?),
            ast::Expr::Dict(node) => self.dict(node)?,
            ast::Expr::ListComp(node) => {
                self.comprehension(ComprehensionKind::List, &node.elt, &node.generators)?
            }
            ast::Expr::SetComp(node) => {
                self.comprehension(ComprehensionKind::Set, &node.elt, &node.generators)?
            }
            ast::Expr::Generator(node) => {
                self.comprehension(ComprehensionKind::Generator, &node.elt, &node.generators)?
            }
            ast::Expr::DictComp(node) => self.dict_comprehension(node)?,
            ast::Expr::Starred(node) => ExprKind::Starred(self.boxed(&node.value)?),
            ast::Expr::Named(node) => ExprKind::Named {
                target: self.boxed(&node.target)?,
                value: self.boxed(&node.value)?,
            },
            ast::Expr::Await(node) => ExprKind::Await(self.boxed(&node.value)?),
            ast::Expr::Yield(node) => ExprKind::Yield(self.optional_boxed(node.value.as_deref())?),
            ast::Expr::YieldFrom(node) => ExprKind::YieldFrom(self.boxed(&node.value)?),
        })
    }

    fn string(self, node: &ast::ExprStringLiteral) -> ExprKind {
        match self.text_of(node.value.to_str(), node.range) {
            Some(text) => ExprKind::Str(text),
            None => LONE_SURROGATE,
        }
    }

    /// Rust's text cannot hold half a surrogate pair (`"\ud800"`); the parser puts U+FFFD in its
    /// place, which would be another text than Python's.
    fn text_of(self, value: &str, range: TextRange) -> Option<String> {
        let replaced = value.contains(char::REPLACEMENT_CHARACTER)
            && has_surrogate_escape(span(range).text(self.text));
        (!replaced).then(|| value.to_owned())
    }

    fn f_string(self, node: &ast::ExprFString) -> Converted<ExprKind> {
        let mut parts = Vec::new();
        for part in &node.value {
            match part {
                ast::FStringPart::Literal(literal) => {
                    match self.text_of(&literal.value, literal.range) {
                        Some(text) => push_text(&mut parts, &text),
                        None => return Ok(LONE_SURROGATE),
                    }
                }
                ast::FStringPart::FString(inner) => {
                    if !self.f_string_elements(&inner.elements, &mut parts)? {
                        return Ok(LONE_SURROGATE);
                    }
                }
            }
        }
        Ok(ExprKind::FString(parts))
    }

    /// Gives `false` for text that [`Converter::text_of`] refuses.
    fn f_string_elements(
        self,
        elements: &[ast::InterpolatedStringElement],
        parts: &mut Vec<FStringPart>,
    ) -> Converted<bool> {
        for element in elements {
            match element {
                ast::InterpolatedStringElement::Literal(literal) => {
                    match self.text_of(&literal.value, literal.range) {
                        Some(text) => push_text(parts, &text),
                        None => return Ok(false),
                    }
                }
                ast::InterpolatedStringElement::Interpolation(node) => {
                    let inner = self.inside(node.range)?;
                    let spec = match &node.format_spec {
                        None => None,
                        Some(spec) => {
                            let mut parts = Vec::new();
                            if !inner.f_string_elements(&spec.elements, &mut parts)? {
                                return Ok(false);
                            }
                            Some(parts)
                        }
                    };
                    parts.push(FStringPart::Value {
                        value: inner.boxed(&node.expression)?,
                        debug: node.debug_text.as_ref().map(|text| text.as_str().to_owned()),
                        conversion: match node.conversion {
                            ast::ConversionFlag::None => None,
                            ast::ConversionFlag::Str => Some('s'),
                            ast::ConversionFlag::Ascii => Some('a'),
                            ast::ConversionFlag::Repr => Some('r'),
                        },
                        spec,
                    });
                }
            }
        }
        Ok(true)
    }

    pub(super) fn arguments(self, node: &ast::Arguments) -> Converted<Vec<Argument>> {
        let convert = |argument: ast::ArgOrKeyword<'_>| {
            Ok(match argument {
                ast::ArgOrKeyword::Arg(ast::Expr::Starred(starred)) => {
                    Argument::Star(self.expr(&starred.value)?)
                }
                ast::ArgOrKeyword::Arg(value) => Argument::Positional(self.expr(value)?),
                ast::ArgOrKeyword::Keyword(keyword) => {
                    let value = self.expr(&keyword.value)?;
                    match &keyword.arg {
                        Some(name) => Argument::Keyword { name: name.to_string(), value },
                        None => Argument::DoubleStar(value),
                    }
                }
            })
        };
        node.iter_source_order().map(convert).collect()
    }

    pub(super) fn parameters(self, node: &ast::Parameters) -> Converted<Parameters> {
        let single = |node: &ast::Parameter, default: Option<&ast::Expr>| {
            Ok(Parameter {
                span: span(node.range),
                name: node.name.to_string(),
                annotation: node.annotation.as_deref().map(|node| self.expr(node)).transpose()?,
                default: default.map(|default| self.expr(default)).transpose()?,
            })
        };
        let several = |nodes: &[ast::ParameterWithDefault]| {
            let convert =
                |node: &ast::ParameterWithDefault| single(&node.parameter, node.default.as_deref());
            nodes.iter().map(convert).collect::<Converted<Vec<_>>>()
        };
        let optional =
            |node: Option<&ast::Parameter>| node.map(|node| single(node, None)).transpose();
        Ok(Parameters {
            positional_only: several(&node.posonlyargs)?,
            positional: several(&node.args)?,
            star: optional(node.vararg.as_deref())?,
            keyword_only: several(&node.kwonlyargs)?,
            double_star: optional(node.kwarg.as_deref())?,
        })
    }

    /// `a + b + c` is a tree that leans to the left and becomes one node. This is what keeps texts
    /// of hundreds of pieces flat.
    fn binary(self, node: &ast::ExprBinOp) -> Converted<ExprKind> {
        let mut pieces = vec![(node.op, &*node.right)];
        let mut first = &*node.left;
        while let ast::Expr::BinOp(left) = first {
            pieces.push((left.op, &left.right));
            first = &left.left;
        }
        let convert = |(op, right)| Ok((binary_op(op), self.expr(right)?));
        Ok(ExprKind::Binary {
            first: self.boxed(first)?,
            rest: pieces.into_iter().rev().map(convert).collect::<Result<_, _>>()?,
        })
    }

    fn compare(self, node: &ast::ExprCompare) -> Converted<ExprKind> {
        let convert =
            |(op, right): (&ast::CmpOp, &ast::Expr)| Ok((compare_op(*op), self.expr(right)?));
        Ok(ExprKind::Compare {
            first: self.boxed(&node.left)?,
            rest: node.ops.iter().zip(&node.comparators).map(convert).collect::<Result<_, _>>()?,
        })
    }

    fn dict(self, node: &ast::ExprDict) -> Converted<ExprKind> {
        let convert = |item: &ast::DictItem| {
            let key = item.key.as_ref().map(|key| self.expr(key)).transpose()?;
            Ok((key, self.expr(&item.value)?))
        };
        Ok(ExprKind::Dict(node.items.iter().map(convert).collect::<Result<_, _>>()?))
    }

    fn dict_comprehension(self, node: &ast::ExprDictComp) -> Converted<ExprKind> {
        let Some(key) = &node.key else {
            return Ok(ExprKind::Unsupported("** in a dict comprehension"));
        };
        let kind = ComprehensionKind::Dict { key: self.boxed(key)? };
        self.comprehension(kind, &node.value, &node.generators)
    }

    fn comprehension(
        self,
        kind: ComprehensionKind,
        element: &ast::Expr,
        clauses: &[ast::Comprehension],
    ) -> Converted<ExprKind> {
        let convert = |node: &ast::Comprehension| {
            Ok(Comprehension {
                is_async: node.is_async,
                target: self.expr(&node.target)?,
                iter: self.expr(&node.iter)?,
                conditions: self.exprs(&node.ifs)?,
            })
        };
        Ok(ExprKind::Comprehension {
            kind,
            element: Arc::new(self.expr(element)?),
            clauses: Arc::new(clauses.iter().map(convert).collect::<Result<_, _>>()?),
        })
    }
}

const LONE_SURROGATE: ExprKind = ExprKind::Unsupported("a lone surrogate in a text");

/// Whether literals contain `\ud8…` to `\udf…`, or the same with `\U`.
fn has_surrogate_escape(source: &str) -> bool {
    let is_surrogate = |digits: Option<&str>| {
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        code.is_some_and(|code| (0xD800..=0xDFFF).contains(&code))
    };
    source.match_indices('\\').any(|(at, _)| match source.as_bytes().get(at + 1) {
        Some(b'u') => is_surrogate(source.get(at + 2..at + 6)),
        Some(b'U') => is_surrogate(source.get(at + 2..at + 10)),
        _ => false,
    })
}

fn push_text(parts: &mut Vec<FStringPart>, text: &str) {
    match parts.last_mut() {
        Some(FStringPart::Text(last)) => last.push_str(text),
        _ => parts.push(FStringPart::Text(text.to_owned())),
    }
}

fn number(number: &ast::Number) -> Number {
    match number {
        ast::Number::Int(int) => match int.as_i64() {
            Some(value) => Number::Int(value),
            None => Number::BigInt(int.to_string()),
        },
        ast::Number::Float(value) => Number::Float(*value),
        ast::Number::Complex { imag, .. } => Number::Imaginary(*imag),
    }
}

pub(super) const fn binary_op(op: ast::Operator) -> BinaryOp {
    match op {
        ast::Operator::Add => BinaryOp::Add,
        ast::Operator::Sub => BinaryOp::Sub,
        ast::Operator::Mult => BinaryOp::Mul,
        ast::Operator::MatMult => BinaryOp::MatMul,
        ast::Operator::Div => BinaryOp::Div,
        ast::Operator::FloorDiv => BinaryOp::FloorDiv,
        ast::Operator::Mod => BinaryOp::Mod,
        ast::Operator::Pow => BinaryOp::Pow,
        ast::Operator::LShift => BinaryOp::LeftShift,
        ast::Operator::RShift => BinaryOp::RightShift,
        ast::Operator::BitOr => BinaryOp::BitOr,
        ast::Operator::BitXor => BinaryOp::BitXor,
        ast::Operator::BitAnd => BinaryOp::BitAnd,
    }
}

const fn unary_op(op: ast::UnaryOp) -> UnaryOp {
    match op {
        ast::UnaryOp::Invert => UnaryOp::Invert,
        ast::UnaryOp::Not => UnaryOp::Not,
        ast::UnaryOp::UAdd => UnaryOp::Plus,
        ast::UnaryOp::USub => UnaryOp::Minus,
    }
}

const fn compare_op(op: ast::CmpOp) -> CompareOp {
    match op {
        ast::CmpOp::Eq => CompareOp::Eq,
        ast::CmpOp::NotEq => CompareOp::NotEq,
        ast::CmpOp::Lt => CompareOp::Lt,
        ast::CmpOp::LtE => CompareOp::LtE,
        ast::CmpOp::Gt => CompareOp::Gt,
        ast::CmpOp::GtE => CompareOp::GtE,
        ast::CmpOp::Is => CompareOp::Is,
        ast::CmpOp::IsNot => CompareOp::IsNot,
        ast::CmpOp::In => CompareOp::In,
        ast::CmpOp::NotIn => CompareOp::NotIn,
    }
}
