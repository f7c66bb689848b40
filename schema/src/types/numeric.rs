//! Numbers.

/// SQLAlchemy's classes of whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IntegerKind {
    /// `Integer`.
    #[default]
    Integer,
    /// `SmallInteger`.
    SmallInteger,
    /// `BigInteger`.
    BigInteger,
    /// `INTEGER`, `INT`.
    UpperInteger,
    /// `SMALLINT`.
    Smallint,
    /// `BIGINT`.
    Bigint,
    /// MySQL's `MEDIUMINT`.
    Mediumint,
    /// MySQL's `TINYINT`.
    Tinyint,
}

impl IntegerKind {
    pub(crate) fn class_name(self) -> &'static str {
        match self {
            IntegerKind::Integer => "Integer",
            IntegerKind::SmallInteger => "SmallInteger",
            IntegerKind::BigInteger => "BigInteger",
            other => other.keyword(),
        }
    }

    /// The word that it is in SQL.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            IntegerKind::Integer | IntegerKind::UpperInteger => "INTEGER",
            IntegerKind::SmallInteger | IntegerKind::Smallint => "SMALLINT",
            IntegerKind::BigInteger | IntegerKind::Bigint => "BIGINT",
            IntegerKind::Mediumint => "MEDIUMINT",
            IntegerKind::Tinyint => "TINYINT",
        }
    }
}

/// A type of whole numbers. All arguments are MySQL's; no other dialect writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Integer {
    /// The class.
    pub kind: IntegerKind,
    /// `display_width`.
    pub display_width: Option<u32>,
    /// `unsigned`.
    pub unsigned: bool,
    /// `zerofill`.
    pub zerofill: bool,
}

impl From<IntegerKind> for Integer {
    fn from(kind: IntegerKind) -> Self {
        Integer { kind, ..Integer::default() }
    }
}

/// SQLAlchemy's classes of other numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NumericKind {
    /// `Numeric`.
    #[default]
    Numeric,
    /// `Float`.
    Float,
    /// `Double`.
    Double,
    /// `NUMERIC`.
    UpperNumeric,
    /// `DECIMAL`.
    Decimal,
    /// `FLOAT`.
    UpperFloat,
    /// `REAL`.
    Real,
    /// `DOUBLE`.
    UpperDouble,
    /// `DOUBLE_PRECISION`.
    DoublePrecision,
}

impl NumericKind {
    pub(crate) fn class_name(self) -> &'static str {
        match self {
            NumericKind::Numeric => "Numeric",
            NumericKind::Float => "Float",
            NumericKind::Double => "Double",
            NumericKind::UpperNumeric => "NUMERIC",
            NumericKind::Decimal => "DECIMAL",
            NumericKind::UpperFloat => "FLOAT",
            NumericKind::Real => "REAL",
            NumericKind::UpperDouble => "DOUBLE",
            NumericKind::DoublePrecision => "DOUBLE_PRECISION",
        }
    }
}

/// A type of other numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Numeric {
    /// The class.
    pub kind: NumericKind,
    /// `precision`.
    pub precision: Option<u32>,
    /// `scale`; of floating numbers it is MySQL's.
    pub scale: Option<u32>,
    /// MySQL's `unsigned`.
    pub unsigned: bool,
    /// MySQL's `zerofill`.
    pub zerofill: bool,
    /// `asdecimal=False`: values are `float` in Python.
    pub as_float: bool,
    /// `asdecimal=True` of a type of floating numbers: values are `Decimal` in Python.
    pub as_decimal: bool,
}

impl From<NumericKind> for Numeric {
    fn from(kind: NumericKind) -> Self {
        Numeric { kind, ..Numeric::default() }
    }
}
