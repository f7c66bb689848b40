//! Numbers that the server counts up.

use crate::CompileError;
use crate::Dialect;
use crate::SqlType;
use crate::Target;

/// How a sequence or an identity counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SequenceOptions {
    /// `start`.
    pub start: Option<i64>,
    /// `increment`.
    pub increment: Option<i64>,
    /// `minvalue`.
    pub minvalue: Option<i64>,
    /// `maxvalue`.
    pub maxvalue: Option<i64>,
    /// `nominvalue`; given at all, it is NO MINVALUE.
    pub nominvalue: Option<bool>,
    /// `nomaxvalue`; given at all, it is NO MAXVALUE.
    pub nomaxvalue: Option<bool>,
    /// `cycle`.
    pub cycle: Option<bool>,
    /// `cache`.
    pub cache: Option<i64>,
}

impl SequenceOptions {
    /// The options as SQL, in SQLAlchemy's order.
    pub fn sql(&self, target: &Target) -> String {
        let mut parts = Vec::new();
        let mut number = |word: &str, value: Option<i64>| {
            if let Some(value) = value {
                parts.push(format!("{word} {value}"));
            }
        };
        number("INCREMENT BY", self.increment);
        number("START WITH", self.start);
        number("MINVALUE", self.minvalue);
        number("MAXVALUE", self.maxvalue);
        if self.nominvalue.is_some() {
            parts.push("NO MINVALUE".to_owned());
        }
        if self.nomaxvalue.is_some() {
            parts.push("NO MAXVALUE".to_owned());
        }
        if let Some(cache) = self.cache {
            parts.push(format!("CACHE {cache}"));
        }
        if let Some(cycle) = self.cycle {
            let no = if target.dialect() == Dialect::Mysql { "NOCYCLE" } else { "NO CYCLE" };
            parts.push(if cycle { "CYCLE" } else { no }.to_owned());
        }
        parts.join(" ")
    }
}

/// `Identity`: GENERATED … AS IDENTITY, where a server has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Identity {
    /// `always`; `None` counts as `false` in SQL.
    pub always: Option<bool>,
    /// How it counts.
    pub options: SequenceOptions,
}

impl Identity {
    /// The clause of a column.
    pub fn sql(&self, target: &Target) -> String {
        let when = if self.always == Some(true) { "ALWAYS" } else { "BY DEFAULT" };
        let options = self.options.sql(target);
        if options.is_empty() {
            format!("GENERATED {when} AS IDENTITY")
        } else {
            format!("GENERATED {when} AS IDENTITY ({options})")
        }
    }
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sequence {
    /// The name.
    pub name: String,
    /// `schema`.
    pub schema: Option<String>,
    /// `data_type`, which PostgreSQL writes.
    pub data_type: Option<SqlType>,
    /// `optional`: only for dialects that have no SERIAL.
    pub optional: bool,
    /// How it counts.
    pub options: SequenceOptions,
}

impl Sequence {
    /// `Sequence(name)`.
    pub fn new(name: impl Into<String>) -> Self {
        Sequence { name: name.into(), ..Sequence::default() }
    }

    /// CREATE SEQUENCE.
    ///
    /// # Errors
    ///
    /// When the data type cannot be written.
    pub fn create_sql(&self, target: &Target, if_not_exists: bool) -> Result<String, CompileError> {
        let mut sql = "CREATE SEQUENCE ".to_owned();
        if if_not_exists {
            sql += "IF NOT EXISTS ";
        }
        sql += &target.quote_qualified(self.schema.as_deref(), &self.name);
        if target.dialect() == Dialect::Postgresql
            && let Some(data_type) = &self.data_type
        {
            sql += " AS ";
            sql += &data_type.compile(target)?;
        }
        let options = self.options.sql(target);
        if !options.is_empty() {
            sql += " ";
            sql += &options;
        }
        Ok(sql)
    }

    /// DROP SEQUENCE.
    pub fn drop_sql(&self, target: &Target, if_exists: bool) -> String {
        let if_exists = if if_exists { "IF EXISTS " } else { "" };
        let name = target.quote_qualified(self.schema.as_deref(), &self.name);
        format!("DROP SEQUENCE {if_exists}{name}")
    }
}
