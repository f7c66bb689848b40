//! The names of types in catalogs as types.

use limbeck_schema::SqlType;
use limbeck_schema::types::Array;
use limbeck_schema::types::BinaryKind;
use limbeck_schema::types::Bit;
use limbeck_schema::types::Boolean;
use limbeck_schema::types::Character;
use limbeck_schema::types::CharacterKind;
use limbeck_schema::types::Integer;
use limbeck_schema::types::IntegerKind;
use limbeck_schema::types::Interval;
use limbeck_schema::types::Json;
use limbeck_schema::types::Numeric;
use limbeck_schema::types::NumericKind;
use limbeck_schema::types::SimpleType;
use limbeck_schema::types::Temporal;
use limbeck_schema::types::TemporalKind;
use limbeck_schema::types::Uuid;

/// The word before the parentheses, and the numbers in them.
fn split(text: &str) -> (String, Vec<u32>) {
    let (word, rest) = text.split_once('(').unwrap_or((text, ""));
    let numbers = rest
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    (word.trim().to_owned(), numbers)
}

fn character(kind: CharacterKind, numbers: &[u32]) -> SqlType {
    Character { length: numbers.first().copied(), ..kind.into() }.into()
}

fn numeric(kind: NumericKind, numbers: &[u32]) -> SqlType {
    Numeric { precision: numbers.first().copied(), scale: numbers.get(1).copied(), ..kind.into() }
        .into()
}

fn boolean() -> SqlType {
    Boolean { upper: true, ..Boolean::default() }.into()
}

/// SQLite's rules of affinity, as SQLAlchemy applies them.
pub(super) fn sqlite(text: &str) -> SqlType {
    let (word, numbers) = split(text);
    match word.as_str() {
        "BIGINT" => IntegerKind::Bigint.into(),
        "SMALLINT" => IntegerKind::Smallint.into(),
        "INT" | "INTEGER" => IntegerKind::UpperInteger.into(),
        "BLOB" => BinaryKind::Blob.into(),
        "BOOL" | "BOOLEAN" => boolean(),
        "CHAR" => character(CharacterKind::Char, &numbers),
        "VARCHAR" => character(CharacterKind::Varchar, &numbers),
        "NVARCHAR" => character(CharacterKind::Nvarchar, &numbers),
        "TEXT" => character(CharacterKind::UpperText, &numbers),
        "DATE" | "DATE_CHAR" => TemporalKind::UpperDate.into(),
        "DATETIME" | "DATETIME_CHAR" => TemporalKind::UpperDatetime.into(),
        "TIME" | "TIME_CHAR" => TemporalKind::UpperTime.into(),
        "TIMESTAMP" => TemporalKind::Timestamp.into(),
        "DOUBLE" => NumericKind::UpperDouble.into(),
        "DOUBLE_PRECISION" => NumericKind::DoublePrecision.into(),
        "DECIMAL" => numeric(NumericKind::Decimal, &numbers),
        "FLOAT" => numeric(NumericKind::UpperFloat, numbers.get(..1).unwrap_or_default()),
        "NUMERIC" => numeric(NumericKind::UpperNumeric, &numbers),
        "REAL" => NumericKind::Real.into(),
        "JSON" => Json::Json.into(),
        "JSONB" => Json::Jsonb.into(),
        other if other.contains("INT") => IntegerKind::UpperInteger.into(),
        other if ["CHAR", "CLOB", "TEXT"].iter().any(|part| other.contains(part)) => {
            character(CharacterKind::UpperText, &numbers)
        }
        other if other.contains("BLOB") || other.is_empty() => SqlType::Null,
        other if ["REAL", "FLOA", "DOUB"].iter().any(|part| other.contains(part)) => {
            NumericKind::Real.into()
        }
        _ => numeric(NumericKind::UpperNumeric, &numbers),
    }
}

/// What `format_type` of PostgreSQL gives; none for what it does not know.
pub(super) fn postgresql(text: &str) -> Option<SqlType> {
    if let Some(item) = text.strip_suffix("[]") {
        let item = Box::new(postgresql(item)?);
        return Some(Array { item, dimensions: None }.into());
    }
    let (word, numbers) = split(text);
    let timed = |kind: TemporalKind, timezone: bool| {
        Temporal { timezone, precision: numbers.first().copied(), ..kind.into() }.into()
    };
    Some(match word.as_str() {
        "integer" => IntegerKind::UpperInteger.into(),
        "bigint" => IntegerKind::Bigint.into(),
        "smallint" => IntegerKind::Smallint.into(),
        "character varying" => character(CharacterKind::Varchar, &numbers),
        "character" => character(CharacterKind::Char, &numbers),
        "text" => CharacterKind::UpperText.into(),
        "citext" => CharacterKind::Citext.into(),
        "numeric" => numeric(NumericKind::UpperNumeric, &numbers),
        "real" => NumericKind::Real.into(),
        "double precision" => NumericKind::DoublePrecision.into(),
        "boolean" => boolean(),
        "bytea" => BinaryKind::Bytea.into(),
        "date" => TemporalKind::UpperDate.into(),
        "json" => Json::Json.into(),
        "jsonb" => Json::Jsonb.into(),
        "uuid" => Uuid { upper: true, ..Uuid::default() }.into(),
        "bit varying" => Bit { length: numbers.first().copied(), varying: true }.into(),
        "bit" => Bit { length: numbers.first().copied(), varying: false }.into(),
        "timestamp" if text.ends_with("with time zone") => timed(TemporalKind::Timestamp, true),
        "timestamp with time zone" => timed(TemporalKind::Timestamp, true),
        "timestamp without time zone" | "timestamp" => timed(TemporalKind::Timestamp, false),
        "time" if text.ends_with("with time zone") => timed(TemporalKind::UpperTime, true),
        "time with time zone" => timed(TemporalKind::UpperTime, true),
        "time without time zone" | "time" => timed(TemporalKind::UpperTime, false),
        word if word.starts_with("interval") => Interval::Postgresql {
            precision: numbers.first().copied(),
            fields: word.strip_prefix("interval ").map(str::to_owned),
        }
        .into(),
        other => {
            let upper = other.to_uppercase();
            let known = SimpleType::ALL.iter().find(|simple| simple.class_name() == upper);
            (*known?).into()
        }
    })
}

/// `column_type` of MySQL; none for what it does not know.
pub(super) fn mysql(text: &str) -> Option<SqlType> {
    let lower = text.to_lowercase();
    let (word, numbers) = split(&lower);
    let whole = |kind: IntegerKind| {
        Integer {
            kind,
            display_width: numbers.first().copied(),
            unsigned: lower.contains("unsigned"),
            zerofill: lower.contains("zerofill"),
        }
        .into()
    };
    let word = word.split(' ').next().unwrap_or_default();
    Some(match word {
        "int" | "integer" => whole(IntegerKind::UpperInteger),
        "bigint" => whole(IntegerKind::Bigint),
        "smallint" => whole(IntegerKind::Smallint),
        "mediumint" => whole(IntegerKind::Mediumint),
        "tinyint" => whole(IntegerKind::Tinyint),
        "varchar" => character(CharacterKind::Varchar, &numbers),
        "char" => character(CharacterKind::Char, &numbers),
        "text" => CharacterKind::UpperText.into(),
        "tinytext" => CharacterKind::Tinytext.into(),
        "mediumtext" => CharacterKind::Mediumtext.into(),
        "longtext" => CharacterKind::Longtext.into(),
        "blob" => BinaryKind::Blob.into(),
        "tinyblob" => BinaryKind::Tinyblob.into(),
        "mediumblob" => BinaryKind::Mediumblob.into(),
        "longblob" => BinaryKind::Longblob.into(),
        "decimal" => numeric(NumericKind::Decimal, &numbers),
        "float" => numeric(NumericKind::UpperFloat, &numbers),
        "double" => numeric(NumericKind::UpperDouble, &numbers),
        "date" => TemporalKind::UpperDate.into(),
        "datetime" => {
            Temporal { fsp: numbers.first().copied(), ..TemporalKind::UpperDatetime.into() }.into()
        }
        "timestamp" => {
            Temporal { fsp: numbers.first().copied(), ..TemporalKind::Timestamp.into() }.into()
        }
        "time" => {
            Temporal { fsp: numbers.first().copied(), ..TemporalKind::UpperTime.into() }.into()
        }
        "json" => Json::Json.into(),
        "year" => SqlType::Year(numbers.first().copied()),
        _ => return None,
    })
}
