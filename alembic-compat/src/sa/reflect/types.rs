//! The names of types in catalogs as types.

use limbeck_schema::SqlType;
use limbeck_schema::types::Array;
use limbeck_schema::types::Binary;
use limbeck_schema::types::BinaryKind;
use limbeck_schema::types::Bit;
use limbeck_schema::types::Boolean;
use limbeck_schema::types::Character;
use limbeck_schema::types::CharacterKind;
use limbeck_schema::types::Enum;
use limbeck_schema::types::EnumKind;
use limbeck_schema::types::Integer;
use limbeck_schema::types::IntegerKind;
use limbeck_schema::types::Interval;
use limbeck_schema::types::Json;
use limbeck_schema::types::Numeric;
use limbeck_schema::types::NumericKind;
use limbeck_schema::types::Set;
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
        let item = Box::new(postgresql(item.trim_end_matches("[]"))?);
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
        "double precision" => {
            Numeric { precision: Some(53), ..NumericKind::DoublePrecision.into() }.into()
        }
        "name" | "\"char\"" => CharacterKind::String.into(),
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

/// The parts of a list, between commas that are in no quotes or parentheses.
pub(super) fn split_list(text: &str) -> Vec<&str> {
    let mut made = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) => {
                if character == open {
                    quote = None;
                }
            }
            (None, '\'' | '`') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                made.extend(text.get(start..at));
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    made.extend(text.get(start..));
    made
}

/// The collation of a column of PostgreSQL.
pub(super) fn set_collation(
    sql_type: &mut SqlType,
    collation: Option<String>,
    schema: Option<String>,
) {
    let Some(collation) = collation else { return };
    match sql_type {
        SqlType::Character(made) => {
            made.collation = Some(collation);
            made.collation_schema = schema;
        }
        SqlType::Domain(made) => {
            made.collation = Some(collation);
            made.collation_schema = schema;
        }
        SqlType::Array(made) => set_collation(&mut made.item, Some(collation), schema),
        _ => {}
    }
}

/// The character set and collation of a column of MySQL.
pub(super) fn set_charset(
    sql_type: &mut SqlType,
    charset: Option<String>,
    collation: Option<String>,
) {
    let (mysql, place) = match sql_type {
        SqlType::Character(made) => (&mut made.mysql, &mut made.collation),
        SqlType::Enum(made) => (&mut made.mysql, &mut made.collation),
        SqlType::Set(made) => (&mut made.mysql, &mut made.collation),
        _ => return,
    };
    mysql.charset = charset;
    *place = collation;
}

/// The words of a column of MySQL; none for a type that SQLAlchemy does not know.
pub(super) fn mysql(words: &[&str]) -> Option<SqlType> {
    let first = words.first()?;
    let inner = first.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let values = || -> Vec<String> {
        let texts = split_list(inner.unwrap_or_default()).into_iter();
        let inner = texts.map(|text| text.strip_prefix('\'').unwrap_or(text));
        let inner = inner.map(|text| text.strip_suffix('\'').unwrap_or(text));
        inner.map(|text| text.replace("''", "'")).collect()
    };
    let lower = first.to_lowercase();
    if lower.starts_with("enum(") {
        return Some(Enum { kind: EnumKind::Mysql, values: values(), ..Enum::default() }.into());
    }
    if lower.starts_with("set(") {
        return Some(Set { values: values(), ..Set::default() }.into());
    }
    let has = |name: &str| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    let (unsigned, zerofill) = (has("unsigned"), has("zerofill"));
    let (word, numbers) = split(&lower);
    let whole = |kind: IntegerKind| {
        Integer { kind, display_width: numbers.first().copied(), unsigned, zerofill }.into()
    };
    let number = |kind: NumericKind| {
        let (precision, scale) = (numbers.first().copied(), numbers.get(1).copied());
        Numeric { precision, scale, unsigned, zerofill, ..kind.into() }.into()
    };
    let length = numbers.first().copied();
    Some(match word.as_str() {
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
        "binary" => Binary { kind: BinaryKind::Binary, length }.into(),
        "varbinary" => Binary { kind: BinaryKind::Varbinary, length }.into(),
        "bit" => Bit { length, varying: false }.into(),
        "uuid" => Uuid { upper: true, ..Uuid::default() }.into(),
        "decimal" | "fixed" => number(NumericKind::Decimal),
        "numeric" => number(NumericKind::UpperNumeric),
        "float" => number(NumericKind::UpperFloat),
        "double" => number(NumericKind::UpperDouble),
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
