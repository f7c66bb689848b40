//! Expressions as values of Python code.

use std::rc::Rc;

use limbeck_schema::expr;
use limbeck_schema::expr::Expr;
use limbeck_schema::expr::ExprKind;
use limbeck_schema::expr::Operand;
use limbeck_schema::expr::Operator;

use crate::eval::Class;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;
use crate::python::BinaryOp;
use crate::python::CompareOp;
use crate::python::UnaryOp;

use super::column::ColumnObject;
use super::compiled::CompiledObject;
use super::errors;
use super::from;
use super::orm;
use super::select;
use super::type_object;
use super::value;

/// An expression.
#[derive(Debug, Clone)]
pub(crate) struct Clause {
    pub(crate) expr: Expr,
    /// Its class, where it is not `ColumnElement`.
    pub(super) class: Option<Rc<Class>>,
}

/// An expression as a value; what cannot be is the exception that SQLAlchemy raises.
pub(crate) fn wrap(interp: &mut Interpreter, expr: Expr) -> Result<Value> {
    if let Some(error) = expr.error() {
        let error = error.clone();
        return Err(errors::compile(interp, &error)?);
    }
    // `a + b + c` is made anew with each operator.
    if let ExprKind::List(list) = expr.kind() {
        interp.charge(list.clauses.len() as u64)?;
    }
    let name = match expr.kind() {
        ExprKind::Text(_) => "TextClause",
        ExprKind::Bind(_) => "BindParameter",
        ExprKind::Function(_) => "Function",
        ExprKind::Column(_) => "ColumnClause",
        ExprKind::Binary(_) => "BinaryExpression",
        ExprKind::Label(_) => "Label",
        _ => return Ok(Value::native(Clause { expr, class: None })),
    };
    let class = super::registry::class(interp, name)?;
    Ok(Value::native(Clause { expr, class: Some(class) }))
}

/// The expression that a value is, if it is one.
pub(crate) fn find(interp: &mut Interpreter, value: &Value) -> Result<Option<Expr>> {
    if let Some(clause) = value.downcast::<Clause>() {
        return Ok(Some(clause.expr.clone()));
    }
    if let Some(column) = value.downcast::<ColumnObject>() {
        return Ok(Some(column.expr()));
    }
    if value.downcast::<CompiledObject>().is_some() {
        return Err(interp.unsupported("what compile() gives as a statement"));
    }
    if let Some(query) = select::find_query(value) {
        return Ok(Some(query.scalar_subquery()));
    }
    if let Some(sequence) = value.downcast::<super::sequence::SequenceObject>() {
        let sequence = &sequence.data;
        return Ok(Some(expr::next_value(sequence.schema.as_deref(), sequence.name.as_str())));
    }
    if let Value::Instance(_) = value
        && let Some(method) = interp.find_attribute(value, "__clause_element__")?
    {
        let made = interp.call(&method, crate::eval::Args::none())?;
        return find(interp, &made);
    }
    Ok(None)
}

/// The expression that a value is.
pub(crate) fn expression(interp: &mut Interpreter, value: &Value) -> Result<Expr> {
    match find(interp, value)? {
        Some(expr) => Ok(expr),
        None => {
            let got = interp.repr(value)?;
            Err(errors::argument(interp, format!("Column expression expected, got {got}."))?)
        }
    }
}

/// The expression that a value is, or what `text` makes of a string.
pub(crate) fn expression_or(
    interp: &mut Interpreter,
    value: &Value,
    text: impl FnOnce(String) -> Expr,
) -> Result<Expr> {
    if let Some(string) = value.as_text() {
        return Ok(text(string.to_string()));
    }
    match find(interp, value)? {
        Some(expr) => Ok(expr),
        None => {
            let got = interp.repr(value)?;
            Err(errors::argument(
                interp,
                format!("Textual SQL expression or SQL expression object expected, got {got}."),
            )?)
        }
    }
}

/// An expression, or a value that becomes a parameter.
pub(crate) fn operand(interp: &mut Interpreter, value: &Value) -> Result<Operand> {
    match find(interp, value)? {
        Some(expr) => Ok(Operand::Expr(expr)),
        None if orm::is_relationship(value) => {
            Err(interp.unsupported("a relationship in an expression"))
        }
        None => Ok(Operand::Value(value::to_sql(interp, value)?)),
    }
}

/// Several operands.
pub(crate) fn operands(interp: &mut Interpreter, values: &[Value]) -> Result<Vec<Operand>> {
    values.iter().map(|value| operand(interp, value)).collect()
}

/// A condition: an expression, `True`, `False` or `None`.
pub(crate) fn condition(interp: &mut Interpreter, value: &Value) -> Result<Expr> {
    Ok(match value {
        Value::Bool(true) => expr::true_(),
        Value::Bool(false) => expr::false_(),
        Value::None => expr::null(),
        other => match find(interp, other)? {
            Some(expr) => expr,
            None => {
                let got = interp.repr(other)?;
                return Err(errors::argument(
                    interp,
                    format!("SQL expression for WHERE/HAVING role expected, got {got}."),
                )?);
            }
        },
    })
}

/// The conditions of several arguments.
pub(crate) fn conditions(interp: &mut Interpreter, values: &[Value]) -> Result<Vec<Expr>> {
    values.iter().map(|value| condition(interp, value)).collect()
}

fn operator_of(op: BinaryOp) -> Option<Operator> {
    Some(match op {
        BinaryOp::Add => Operator::Add,
        BinaryOp::Sub => Operator::Sub,
        BinaryOp::Mul => Operator::Mul,
        BinaryOp::Div => Operator::TrueDiv,
        BinaryOp::FloorDiv => Operator::FloorDiv,
        BinaryOp::Mod => Operator::Mod,
        BinaryOp::LeftShift => Operator::BitwiseLshift,
        BinaryOp::RightShift => Operator::BitwiseRshift,
        BinaryOp::BitAnd => Operator::And,
        BinaryOp::BitOr => Operator::Or,
        _ => return None,
    })
}

/// `this op other`.
pub(super) fn binary(
    interp: &mut Interpreter,
    this: &Expr,
    op: BinaryOp,
    other: &Value,
    reflected: bool,
) -> Result<Option<Value>> {
    let Some(operator) = operator_of(op) else { return Ok(None) };
    let made = match operator {
        Operator::And | Operator::Or => {
            let other = condition(interp, other)?;
            let (left, right) = if reflected { (&other, this) } else { (this, &other) };
            if operator == Operator::And { left.and(right) } else { left.or(right) }
        }
        operator => {
            let other = operand(interp, other)?;
            if reflected {
                this.reverse_operate(operator, other)
            } else {
                this.operate(operator, other)
            }
        }
    };
    wrap(interp, made).map(Some)
}

/// `this op other` for comparisons.
pub(super) fn compare(
    interp: &mut Interpreter,
    this: &Expr,
    op: CompareOp,
    other: &Value,
) -> Result<Option<Value>> {
    let operator = match op {
        CompareOp::Eq => Operator::Eq,
        CompareOp::NotEq => Operator::Ne,
        CompareOp::Lt => Operator::Lt,
        CompareOp::LtE => Operator::Le,
        CompareOp::Gt => Operator::Gt,
        CompareOp::GtE => Operator::Ge,
        _ => return Ok(None),
    };
    let other = operand(interp, other)?;
    let made = this.operate(operator, other);
    wrap(interp, made).map(Some)
}

/// `-this` and `~this`.
pub(super) fn unary(interp: &mut Interpreter, this: &Expr, op: UnaryOp) -> Result<Option<Value>> {
    let made = match op {
        UnaryOp::Minus => -this,
        UnaryOp::Invert => !this,
        _ => return Ok(None),
    };
    wrap(interp, made).map(Some)
}

/// What every expression has as attributes.
pub(super) fn attribute(
    interp: &mut Interpreter,
    this: &Expr,
    name: &str,
) -> Result<Option<Value>> {
    let value = match (this.kind(), name) {
        (_, "type") => {
            let sql_type = this.sql_type();
            type_object::value(interp, &sql_type)?
        }
        (_, "astext") => {
            let made = this.astext();
            wrap(interp, made)?
        }
        (ExprKind::Text(text), "text") => Value::str(text.text.as_str()),
        (ExprKind::Column(column), "key") => Value::str(column.key.as_str()),
        (ExprKind::Column(column), "name") => column.name.as_str().map_or(Value::None, Value::str),
        (ExprKind::Column(column), "table") => match &column.table {
            Some(table) => from::wrap(table.clone()),
            None => Value::None,
        },
        (ExprKind::Label(label), "name" | "key") => {
            label.name.as_str().map_or(Value::None, Value::str)
        }
        (ExprKind::Function(function), "name") => Value::str(function.name.as_str()),
        (ExprKind::Bind(bind), "value") => match &bind.value {
            Some(value) => value::to_python(interp, value)?,
            None => Value::None,
        },
        (ExprKind::Function(_), "c" | "columns") => {
            return Err(interp.unsupported("columns of a function"));
        }
        _ if name.starts_with("__") => return Ok(None),
        _ => return Err(interp.unsupported(format!("{name} of an SQL expression"))),
    };
    Ok(Some(value))
}

impl Object for Clause {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        self.class.clone().unwrap_or_else(|| interp.class_of::<Self>())
    }

    fn attribute(
        &self,
        _this: &Value,
        name: &str,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        attribute(interp, &self.expr, name)
    }

    fn binary(
        &self,
        _this: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        binary(interp, &self.expr, op, other, reflected)
    }

    fn compare(
        &self,
        _this: &Value,
        op: CompareOp,
        other: &Value,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        compare(interp, &self.expr, op, other)
    }

    fn unary(&self, _this: &Value, op: UnaryOp, interp: &mut Interpreter) -> Result<Option<Value>> {
        unary(interp, &self.expr, op)
    }

    fn item(&self, _this: &Value, key: &Value, interp: &mut Interpreter) -> Result<Option<Value>> {
        let key = operand(interp, key)?;
        let made = self.expr.item(key);
        wrap(interp, made).map(Some)
    }

    fn truth(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<bool>> {
        if let ExprKind::Binary(binary) = self.expr.kind() {
            match binary.operator {
                Operator::Eq => return Ok(Some(binary.left.is_same(&binary.right))),
                Operator::Ne => return Ok(Some(!binary.left.is_same(&binary.right))),
                _ => {}
            }
        }
        interp.type_error("Boolean value of this clause is not defined")
    }

    fn str(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        match self.expr.kind() {
            ExprKind::Text(text) => Ok(Some(text.text.clone())),
            _ => Err(interp.unsupported("str() of an SQL expression")),
        }
    }

    fn repr(&self, _this: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        Err(interp.unsupported("repr() of an SQL expression"))
    }
}
