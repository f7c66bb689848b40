//! Operators of JSON, arrays and PostgreSQL's other containers.

use crate::CompileError;
use crate::SqlType;
use crate::expr::Binary;
use crate::expr::Bind;
use crate::expr::BindRole;
use crate::expr::CustomOperator;
use crate::expr::Expr;
use crate::expr::ExprKind;
use crate::expr::Modifiers;
use crate::expr::Operand;
use crate::expr::Operator;
use crate::expr::build;
use crate::expr::typing;
use crate::types::Array;
use crate::types::CharacterKind;
use crate::types::Json;
use crate::types::Numeric;
use crate::types::NumericKind;
use crate::value::SqlValue;

const EQUALITY: i32 = 5;
const INDEX: i32 = 15;

fn not_supported(operator: &Operator) -> Expr {
    Expr::invalid(CompileError::NotImplemented(format!(
        "Operator '{}' is not supported on this expression",
        operator.python_name()
    )))
}

impl Expr {
    /// An operator that only PostgreSQL's containers have, if this is one of them.
    pub(crate) fn container_operator(&self, symbol: &str) -> Option<CustomOperator> {
        let is_container = match typing::base(&self.sql_type()) {
            SqlType::Json(json) => *json == Json::Jsonb,
            SqlType::Array(_) => true,
            SqlType::Simple(simple) => {
                let class = simple.class_name();
                class == "HSTORE" || class.ends_with("RANGE")
            }
            _ => false,
        };
        is_container.then(|| CustomOperator::eager(symbol, EQUALITY, true))
    }

    fn container_comparison(&self, symbol: &str, other: Operand) -> Expr {
        let operator = CustomOperator::eager(symbol, EQUALITY, true);
        self.op_typed(operator, other, SqlType::boolean())
    }

    /// PostgreSQL's `?`: whether there is such a key.
    #[must_use]
    pub fn has_key(&self, key: impl Into<Operand>) -> Expr {
        self.container_comparison("?", key.into())
    }

    /// PostgreSQL's `?&`: whether all keys are there.
    #[must_use]
    pub fn has_all(&self, keys: impl Into<Operand>) -> Expr {
        self.container_comparison("?&", keys.into())
    }

    /// PostgreSQL's `?|`: whether one of the keys is there.
    #[must_use]
    pub fn has_any(&self, keys: impl Into<Operand>) -> Expr {
        self.container_comparison("?|", keys.into())
    }

    /// PostgreSQL's `<@`.
    #[must_use]
    pub fn contained_by(&self, other: impl Into<Operand>) -> Expr {
        self.container_comparison("<@", other.into())
    }

    /// PostgreSQL's `&&`.
    #[must_use]
    pub fn overlap(&self, other: impl Into<Operand>) -> Expr {
        let operator = CustomOperator {
            precedence: EQUALITY,
            is_comparison: true,
            ..CustomOperator::new("&&")
        };
        self.op_typed(operator, other, SqlType::boolean())
    }

    /// `value = ANY (self)` of an array, or `= ALL (self)`: what `ARRAY` has as `any()` and
    /// `all()`. None for what is no array.
    #[must_use]
    pub fn equal_elements(&self, value: impl Into<Operand>, of_all: bool) -> Option<Expr> {
        let own = self.sql_type();
        let SqlType::Array(array) = typing::base(&own) else {
            return None;
        };
        let value = match value.into() {
            Operand::Expr(expr) => expr,
            Operand::Value(SqlValue::Null) => Expr::new(ExprKind::Null),
            Operand::Value(value) => {
                Expr::bind(build::unique_bind(self.bind_seed(), value, (*array.item).clone()))
            }
        };
        let elements = if of_all { self.all() } else { self.any() };
        Some(elements.operate(Operator::Eq, value))
    }

    /// PostgreSQL's `@?`: whether a JSON path finds something.
    #[must_use]
    pub fn path_exists(&self, path: impl Into<Operand>) -> Expr {
        self.json_path_comparison("@?", path.into())
    }

    /// PostgreSQL's `@@`: whether a JSON path's predicate holds.
    #[must_use]
    pub fn path_match(&self, path: impl Into<Operand>) -> Expr {
        self.json_path_comparison("@@", path.into())
    }

    fn json_path_comparison(&self, symbol: &str, path: Operand) -> Expr {
        let path = match path {
            Operand::Value(value) => Operand::Expr(self.json_bind(value, BindRole::JsonPath)),
            expr => expr,
        };
        self.container_comparison(symbol, path)
    }

    /// PostgreSQL's `#-`: the document without what is at the path.
    #[must_use]
    pub fn delete_path(&self, path: &Expr) -> Expr {
        let text = SqlType::array(CharacterKind::UpperText.into());
        let path = path.cast(text);
        let operator = CustomOperator::eager("#-", INDEX, false);
        self.op_typed(operator, path, Json::Jsonb.into())
    }

    fn json_bind(&self, value: SqlValue, role: BindRole) -> Expr {
        Expr::bind(Bind { role, ..build::unique_bind(self.bind_seed(), value, SqlType::Null) })
    }

    /// `self[index]`: a key or an index of JSON (or a path, if it is a list), an index of an array,
    /// a key of HSTORE.
    #[must_use]
    pub fn item(&self, index: impl Into<Operand>) -> Expr {
        let own = self.sql_type();
        let index = index.into();
        let plain = Modifiers::default();
        match typing::base(&own) {
            SqlType::Json(json) if *json != Json::Jsonpath => {
                let (operator, index) = match index {
                    Operand::Value(SqlValue::Array(path)) => (
                        Operator::JsonPathGetItem,
                        self.json_bind(SqlValue::Array(path), BindRole::JsonPath),
                    ),
                    Operand::Value(value) => {
                        (Operator::JsonGetItem, self.json_bind(value, BindRole::JsonIndex))
                    }
                    Operand::Expr(expr) => (
                        Operator::JsonGetItem,
                        match expr.kind() {
                            ExprKind::Bind(bind)
                                if bind.role == BindRole::Value
                                    && bind.sql_type == SqlType::Null =>
                            {
                                Expr::bind(Bind { role: BindRole::JsonIndex, ..bind.clone() })
                            }
                            _ => expr,
                        },
                    ),
                };
                Expr::operation(self, &index, operator, own, None, plain)
            }
            SqlType::Array(array) => {
                let index = self.operand(&Operator::GetItem, index);
                let item = typing::element_of(array);
                Expr::operation(self, &index, Operator::GetItem, item, None, plain)
            }
            SqlType::Simple(simple) if simple.class_name() == "HSTORE" => {
                let operator = CustomOperator::eager("->", INDEX, false);
                self.op_typed(operator, index, SqlType::text())
            }
            _ => not_supported(&Operator::GetItem),
        }
    }

    /// `self[start:stop]` of an array.
    #[must_use]
    pub fn slice(&self, start: impl Into<Operand>, stop: impl Into<Operand>) -> Expr {
        let own = self.sql_type();
        if !matches!(typing::base(&own), SqlType::Array(_)) {
            return not_supported(&Operator::GetItem);
        }
        let seed = match self.kind() {
            ExprKind::Column(column) => Some(column.key.as_str()),
            _ => None,
        };
        let bound = |operand: Operand| match operand {
            Operand::Value(SqlValue::Null) => Expr::new(ExprKind::Null),
            Operand::Value(value) => {
                Expr::bind(build::unique_bind(seed, value, SqlType::integer()))
            }
            Operand::Expr(expr) => expr,
        };
        let slice =
            Expr::new(ExprKind::Slice { start: bound(start.into()), stop: bound(stop.into()) });
        let plain = Modifiers::default();
        Expr::operation(self, &slice, Operator::GetItem, own, None, plain)
    }

    fn index_of_json(&self) -> Option<&Binary> {
        match self.kind() {
            ExprKind::Binary(binary)
                if matches!(binary.operator, Operator::JsonGetItem | Operator::JsonPathGetItem) =>
            {
                Some(binary)
            }
            _ => None,
        }
    }

    /// What is at an index of JSON, as a value of this type (`as_string()` and the like).
    #[must_use]
    pub fn json_as(&self, sql_type: SqlType, method: &str) -> Expr {
        match self.index_of_json() {
            Some(binary) => {
                Expr::new(ExprKind::Binary(Box::new(Binary { sql_type, ..binary.clone() })))
            }
            None => Expr::invalid(CompileError::InvalidRequest(format!(
                "The JSON cast operator JSON.{method}() only works with a JSON index expression \
                 e.g. col['q'].{method}()"
            ))),
        }
    }

    /// What is at an index of JSON, as text.
    #[must_use]
    pub fn as_string(&self) -> Expr {
        self.json_as(CharacterKind::Unicode.into(), "as_string")
    }

    /// What is at an index of JSON, as a whole number.
    #[must_use]
    pub fn as_integer(&self) -> Expr {
        self.json_as(SqlType::integer(), "as_integer")
    }

    /// What is at an index of JSON, as a floating-point number.
    #[must_use]
    pub fn as_float(&self) -> Expr {
        self.json_as(SqlType::float(), "as_float")
    }

    /// What is at an index of JSON, as a truth value.
    #[must_use]
    pub fn as_boolean(&self) -> Expr {
        self.json_as(SqlType::boolean(), "as_boolean")
    }

    /// What is at an index of JSON, as a decimal number.
    #[must_use]
    pub fn as_numeric(&self, precision: u32, scale: u32) -> Expr {
        let sql_type = Numeric {
            precision: Some(precision),
            scale: Some(scale),
            ..NumericKind::Numeric.into()
        };
        self.json_as(sql_type.into(), "as_numeric")
    }

    /// PostgreSQL's `->>` and `#>>`: what is at an index of JSON, as text.
    #[must_use]
    pub fn astext(&self) -> Expr {
        let Some(binary) = self.index_of_json() else {
            return Expr::invalid(CompileError::Argument(
                "astext only works with a JSON index expression".to_owned(),
            ));
        };
        let is_path = match binary.right.kind() {
            ExprKind::Bind(bind) => bind.role == BindRole::JsonPath,
            _ => false,
        };
        let operator = CustomOperator::eager(if is_path { "#>>" } else { "->>" }, INDEX, false);
        binary.left.op_typed(operator, &binary.right, SqlType::text())
    }

    /// PostgreSQL's `ARRAY[…]`; without a type, that of the first element is taken.
    pub fn array<T: Into<Operand>>(
        items: impl IntoIterator<Item = T>,
        item_type: Option<SqlType>,
    ) -> Expr {
        let items: Vec<Expr> = items.into_iter().map(|item| item.into().into_expr()).collect();
        if let Some(invalid) = items.iter().find(|item| item.error().is_some()) {
            return invalid.clone();
        }
        let main = item_type.unwrap_or_else(|| items.first().map_or(SqlType::Null, Expr::sql_type));
        let sql_type = match typing::base(&main) {
            SqlType::Array(array) => Array {
                item: array.item.clone(),
                dimensions: Some(array.dimensions.map_or(2, |dimensions| dimensions + 1)),
            }
            .into(),
            _ => SqlType::array(main),
        };
        Expr::new(ExprKind::Array { items, sql_type })
    }
}
