//! Dates, times and intervals.

/// SQLAlchemy's classes of dates and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TemporalKind {
    /// `DateTime`.
    #[default]
    DateTime,
    /// `Date`.
    Date,
    /// `Time`.
    Time,
    /// `TIMESTAMP`.
    Timestamp,
    /// `DATETIME`.
    UpperDatetime,
    /// `DATE`.
    UpperDate,
    /// `TIME`.
    UpperTime,
}

impl TemporalKind {
    pub(crate) fn class_name(self) -> &'static str {
        match self {
            TemporalKind::DateTime => "DateTime",
            TemporalKind::Date => "Date",
            TemporalKind::Time => "Time",
            TemporalKind::Timestamp => "TIMESTAMP",
            TemporalKind::UpperDatetime => "DATETIME",
            TemporalKind::UpperDate => "DATE",
            TemporalKind::UpperTime => "TIME",
        }
    }
}

/// A type of dates or times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Temporal {
    /// The class.
    pub kind: TemporalKind,
    /// `timezone`, which PostgreSQL writes.
    pub timezone: bool,
    /// `precision` of PostgreSQL's `TIMESTAMP` and `TIME`.
    pub precision: Option<u32>,
    /// `fsp` of MySQL's `DATETIME`, `TIMESTAMP` and `TIME`.
    pub fsp: Option<u32>,
    /// SQLite's `DATETIME`, `DATE` or `TIME` (which are `DateTime`, `Date` and `Time` to every other
    /// dialect) with a `storage_format` of digits alone: its name then
    /// ends in `_CHAR`, so that the column keeps text.
    pub sqlite_char: bool,
}

impl From<TemporalKind> for Temporal {
    fn from(kind: TemporalKind) -> Self {
        Temporal { kind, ..Temporal::default() }
    }
}

/// A type of intervals.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Interval {
    /// `Interval`: INTERVAL on PostgreSQL, a date and time elsewhere.
    Generic {
        /// `native`: whether to use INTERVAL where there is one.
        native: bool,
        /// `second_precision`.
        second_precision: Option<u32>,
    },
    /// PostgreSQL's `INTERVAL`.
    Postgresql {
        /// `precision`.
        precision: Option<u32>,
        /// `fields`: `YEAR TO MONTH` and the like.
        fields: Option<String>,
    },
}

impl Default for Interval {
    fn default() -> Self {
        Interval::Generic { native: true, second_precision: None }
    }
}

impl Interval {
    pub(crate) fn class_name(&self) -> &'static str {
        match self {
            Interval::Generic { .. } => "Interval",
            Interval::Postgresql { .. } => "INTERVAL",
        }
    }
}
