//! How each dialect writes a type (SQLAlchemy's type compilers).

use super::Array;
use super::Bit;
use super::Character;
use super::CharacterKind;
use super::Enum;
use super::EnumKind;
use super::Integer;
use super::IntegerKind;
use super::Interval;
use super::Json;
use super::Numeric;
use super::NumericKind;
use super::SqlType;
use super::Temporal;
use super::TemporalKind;
use super::Uuid;
use super::character::MysqlCharacter;
use super::compile_text::compile_binary;
use super::compile_text::compile_character;
use super::compile_text::extend_string;
use crate::CompileError;
use crate::Dialect;
use crate::Target;

/// As many pairs of brackets as are written; PostgreSQL itself stops at 6.
const MAX_DIMENSIONS: u32 = 64;

/// Names that an enumeration or domain of PostgreSQL's may not have without a schema.
#[rustfmt::skip]
const POSTGRESQL_BUILT_IN: &[&str] = &[
    "_array", "hstore", "json", "jsonb", "int4range", "int8range", "numrange", "daterange",
    "tsrange", "tstzrange", "int4multirange", "int8multirange", "nummultirange", "datemultirange",
    "tsmultirange", "tstzmultirange", "integer", "bigint", "smallint", "character varying",
    "character", "\"char\"", "name", "text", "numeric", "float", "real", "inet", "cidr", "citext",
    "uuid", "bit", "bit varying", "macaddr", "macaddr8", "money", "oid", "regclass",
    "double precision", "timestamp", "timestamp with time zone", "timestamp without time zone",
    "time with time zone", "time without time zone", "date", "time", "bytea", "boolean",
    "interval", "tsvector", "tsquery", "regconfig",
];

impl SqlType {
    /// The type as DDL of `target`.
    ///
    /// # Errors
    ///
    /// Where SQLAlchemy has one: a type that the dialect does not know, VARCHAR without a length on
    /// MySQL, an enumeration without a name on PostgreSQL, no type at all.
    pub fn compile(&self, target: &Target) -> Result<String, CompileError> {
        let unsupported = || CompileError::Unsupported {
            dialect: target.name(),
            element: self.class_name().to_owned(),
        };
        let written = match self {
            SqlType::Null => {
                return Err(CompileError::Compile(
                    "Can't generate DDL for NullType(); did you forget to specify a type on this \
                     Column?"
                        .to_owned(),
                ));
            }
            SqlType::Character(character) => return compile_character(character, target),
            SqlType::Binary(binary) => return compile_binary(*binary, target),
            SqlType::Integer(integer) => compile_integer(*integer, target),
            SqlType::Numeric(numeric) => Some(compile_numeric(*numeric, target)),
            SqlType::Boolean(_) => Some(
                match target.dialect() {
                    Dialect::Mysql => "BOOL",
                    Dialect::Sqlite | Dialect::Postgresql => "BOOLEAN",
                }
                .to_owned(),
            ),
            SqlType::Temporal(temporal) => Some(compile_temporal(*temporal, target)),
            SqlType::Interval(interval) => compile_interval(interval, target),
            SqlType::Enum(enumeration) => return compile_enum(enumeration, target),
            SqlType::Set(set) if target.dialect() == Dialect::Mysql => {
                Some(enumerated("SET", &set.values, set.collation.as_deref(), &set.mysql, target))
            }
            SqlType::Uuid(uuid) => Some(compile_uuid(*uuid, target)),
            SqlType::Json(json) => match (json, target.dialect()) {
                (Json::Json, _)
                | (Json::Jsonb, Dialect::Postgresql | Dialect::Sqlite)
                | (Json::Jsonpath, Dialect::Postgresql) => Some(json.class_name().to_owned()),
                (Json::Jsonb | Json::Jsonpath, _) => None,
            },
            SqlType::Array(array) if target.dialect() == Dialect::Postgresql => {
                return compile_array(array, target);
            }
            SqlType::Domain(domain) if target.dialect() == Dialect::Postgresql => {
                return named_type("DOMAIN", Some(&domain.name), domain.schema.as_deref(), target);
            }
            SqlType::Bit(bit) => compile_bit(*bit, target),
            SqlType::Year(width) if target.dialect() == Dialect::Mysql => Some(match width {
                Some(width) => format!("YEAR({width})"),
                None => "YEAR".to_owned(),
            }),
            SqlType::Simple(simple) if simple.home() == target.dialect() => {
                Some(simple.class_name().to_owned())
            }
            SqlType::UserDefined(user_defined) => Some(user_defined.column_spec.clone()),
            SqlType::Decorated(decorated) => return decorated.choose(target).compile(target),
            SqlType::Variant(variant) => return variant.choose(target).compile(target),
            SqlType::Set(_)
            | SqlType::Array(_)
            | SqlType::Domain(_)
            | SqlType::Year(_)
            | SqlType::Simple(_) => None,
        };
        written.ok_or_else(unsupported)
    }
}

pub(super) fn unsupported(class: &str, target: &Target) -> CompileError {
    CompileError::Unsupported { dialect: target.name(), element: class.to_owned() }
}

fn compile_integer(integer: Integer, target: &Target) -> Option<String> {
    let word = integer.kind.keyword();
    if target.dialect() != Dialect::Mysql {
        let known = !matches!(integer.kind, IntegerKind::Mediumint | IntegerKind::Tinyint);
        return known.then(|| word.to_owned());
    }
    let spec = match integer.display_width {
        Some(width) => format!("{word}({width})"),
        None => word.to_owned(),
    };
    Some(extend_numeric(spec, integer.unsigned, integer.zerofill))
}

fn extend_numeric(mut spec: String, unsigned: bool, zerofill: bool) -> String {
    if unsigned {
        spec += " UNSIGNED";
    }
    if zerofill {
        spec += " ZEROFILL";
    }
    spec
}

fn compile_numeric(numeric: Numeric, target: &Target) -> String {
    let dialect = target.dialect();
    let both = |word: &str| match (numeric.precision, numeric.scale) {
        (Some(precision), Some(scale)) => format!("{word}({precision}, {scale})"),
        _ => word.to_owned(),
    };
    let spec = match (numeric.kind, dialect) {
        (NumericKind::Numeric | NumericKind::UpperNumeric | NumericKind::Decimal, _) => {
            let word = if numeric.kind == NumericKind::Decimal { "DECIMAL" } else { "NUMERIC" };
            match (numeric.precision, numeric.scale) {
                (Some(precision), None) => format!("{word}({precision})"),
                _ => both(word),
            }
        }
        (NumericKind::Float | NumericKind::UpperFloat, Dialect::Mysql) => {
            match (numeric.precision, numeric.scale) {
                (Some(precision), None) => format!("FLOAT({precision})"),
                _ => both("FLOAT"),
            }
        }
        (NumericKind::Float | NumericKind::UpperFloat, Dialect::Postgresql) => {
            match numeric.precision.filter(|precision| *precision > 0) {
                Some(precision) => format!("FLOAT({precision})"),
                None => "FLOAT".to_owned(),
            }
        }
        (NumericKind::Float | NumericKind::UpperFloat, Dialect::Sqlite) => "FLOAT".to_owned(),
        (NumericKind::Real, Dialect::Mysql) => both("REAL"),
        (NumericKind::Real, _) => "REAL".to_owned(),
        (NumericKind::Double | NumericKind::UpperDouble, Dialect::Mysql) => both("DOUBLE"),
        (NumericKind::DoublePrecision, _) | (NumericKind::Double, Dialect::Postgresql) => {
            return "DOUBLE PRECISION".to_owned();
        }
        (NumericKind::Double | NumericKind::UpperDouble, _) => "DOUBLE".to_owned(),
    };
    if dialect == Dialect::Mysql {
        extend_numeric(spec, numeric.unsigned, numeric.zerofill)
    } else {
        spec
    }
}

fn compile_temporal(temporal: Temporal, target: &Target) -> String {
    let dialect = target.dialect();
    let word = match (temporal.kind, dialect) {
        (TemporalKind::Timestamp, _) | (TemporalKind::DateTime, Dialect::Postgresql) => "TIMESTAMP",
        (TemporalKind::DateTime | TemporalKind::UpperDatetime, _) => "DATETIME",
        (TemporalKind::Date | TemporalKind::UpperDate, _) => "DATE",
        (TemporalKind::Time | TemporalKind::UpperTime, _) => "TIME",
    };
    match dialect {
        Dialect::Sqlite if temporal.sqlite_char && word != "TIMESTAMP" => format!("{word}_CHAR"),
        Dialect::Postgresql if matches!(word, "TIMESTAMP" | "TIME") => {
            let precision =
                temporal.precision.map_or(String::new(), |precision| format!("({precision})"));
            let with = if temporal.timezone { "WITH" } else { "WITHOUT" };
            format!("{word}{precision} {with} TIME ZONE")
        }
        Dialect::Mysql if word != "DATE" => match temporal.fsp.filter(|fsp| *fsp > 0) {
            Some(fsp) => format!("{word}({fsp})"),
            None => word.to_owned(),
        },
        Dialect::Sqlite | Dialect::Postgresql | Dialect::Mysql => word.to_owned(),
    }
}

fn compile_interval(interval: &Interval, target: &Target) -> Option<String> {
    let native = |precision: Option<u32>, fields: Option<&str>| {
        let mut written = "INTERVAL".to_owned();
        if let Some(fields) = fields {
            written += &format!(" {fields}");
        }
        if let Some(precision) = precision {
            written += &format!(" ({precision})");
        }
        written
    };
    match interval {
        Interval::Generic { native: true, second_precision }
            if target.dialect() == Dialect::Postgresql =>
        {
            Some(native(*second_precision, None))
        }
        Interval::Generic { .. } => Some(compile_temporal(TemporalKind::DateTime.into(), target)),
        Interval::Postgresql { precision, fields } => {
            (target.dialect() == Dialect::Postgresql).then(|| native(*precision, fields.as_deref()))
        }
    }
}

fn compile_enum(enumeration: &Enum, target: &Target) -> Result<String, CompileError> {
    let dialect = target.dialect();
    let is_mysql_type = enumeration.kind == EnumKind::Mysql;
    if is_mysql_type && dialect == Dialect::Sqlite {
        return Err(unsupported("ENUM", target));
    }
    let native = enumeration.native_enum || is_mysql_type;
    match dialect {
        Dialect::Postgresql if native => named_type(
            enumeration.class_name(),
            enumeration.name.as_str(),
            enumeration.schema.as_deref(),
            target,
        ),
        Dialect::Mysql if native => Ok(enumerated(
            "ENUM",
            &enumeration.values,
            enumeration.collation.as_deref(),
            &enumeration.mysql,
            target,
        )),
        Dialect::Sqlite | Dialect::Postgresql | Dialect::Mysql => compile_character(
            &Character { length: enumeration.varchar_length(), ..CharacterKind::String.into() },
            target,
        ),
    }
}

/// The name of a type that is an object of its own on PostgreSQL.
pub(crate) fn named_type(
    class: &str,
    name: Option<&str>,
    schema: Option<&str>,
    target: &Target,
) -> Result<String, CompileError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(CompileError::Compile(format!("PostgreSQL {class} type requires a name.")));
    };
    if schema.is_none() && POSTGRESQL_BUILT_IN.contains(&name) {
        return Err(CompileError::Compile(format!(
            "{class}(name='{name}') has name '{name}' that matches an existing type, and requires \
             an explicit schema name in order to be rendered in DDL."
        )));
    }
    Ok(match schema {
        Some(schema) => format!("{}.{}", target.quote(schema), target.quote(name)),
        None => target.quote(name),
    })
}

fn enumerated(
    word: &str,
    values: &[String],
    collation: Option<&str>,
    mysql: &MysqlCharacter,
    target: &Target,
) -> String {
    let values = values.iter().map(|value| target.literal(value)).collect::<Vec<_>>().join(",");
    extend_string(format!("{word}({values})"), collation, mysql, mysql.national)
}

fn compile_uuid(uuid: Uuid, target: &Target) -> String {
    if uuid.upper || (uuid.native && target.supports_native_uuid()) {
        "UUID".to_owned()
    } else {
        "CHAR(32)".to_owned()
    }
}

fn compile_bit(bit: Bit, target: &Target) -> Option<String> {
    match target.dialect() {
        Dialect::Sqlite => None,
        Dialect::Postgresql if bit.varying => Some(match bit.length {
            Some(length) => format!("BIT VARYING({length})"),
            None => "BIT VARYING".to_owned(),
        }),
        Dialect::Postgresql => Some(format!("BIT({})", bit.length.unwrap_or(1).max(1))),
        Dialect::Mysql => Some(match bit.length {
            Some(length) => format!("BIT({length})"),
            None => "BIT".to_owned(),
        }),
    }
}

/// The brackets go before a collation.
fn compile_array(array: &Array, target: &Target) -> Result<String, CompileError> {
    let item = array.item.compile(target)?;
    let dimensions = array.dimensions.unwrap_or(1);
    if dimensions > MAX_DIMENSIONS {
        return Err(CompileError::Compile(format!(
            "an ARRAY has {dimensions} dimensions; PostgreSQL has at most 6"
        )));
    }
    let brackets: String = (0..dimensions).map(|_| "[]").collect();
    let at = item.find(" COLLATE").unwrap_or(item.len());
    Ok(format!("{}{brackets}{}", &item[..at], &item[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Decorated;
    use crate::types::SimpleType;
    use crate::types::UserDefined;

    /// As PostgreSQL, SQLite and MySQL write it; `-` where there is no such type.
    fn written(sql_type: impl Into<SqlType>) -> String {
        let sql_type = sql_type.into();
        let targets = [Target::postgresql(), Target::sqlite(), Target::mysql()];
        let written = targets.map(|target| match sql_type.compile(&target) {
            Ok(sql) => sql,
            Err(CompileError::Unsupported { .. }) => "-".to_owned(),
            Err(error) => format!("!{error}"),
        });
        written.join(" | ")
    }

    #[test]
    fn core_types() {
        assert_eq!(written(SqlType::integer()), "INTEGER | INTEGER | INTEGER");
        assert_eq!(written(SqlType::string(5)), "VARCHAR(5) | VARCHAR(5) | VARCHAR(5)");
        assert_eq!(
            written(CharacterKind::String),
            "VARCHAR | VARCHAR | !VARCHAR requires a length on dialect mysql"
        );
        assert_eq!(written(CharacterKind::UnicodeText), "TEXT | TEXT | TEXT");
        assert_eq!(written(CharacterKind::Nchar), "NCHAR | NCHAR | NATIONAL CHAR");
        assert_eq!(written(SqlType::boolean()), "BOOLEAN | BOOLEAN | BOOL");
        assert_eq!(
            written(SqlType::date_time(true)),
            "TIMESTAMP WITH TIME ZONE | DATETIME | DATETIME"
        );
        assert_eq!(written(SqlType::large_binary()), "BYTEA | BLOB | BLOB");
        assert_eq!(written(SqlType::pickle()), "BYTEA | BLOB | BLOB");
        assert_eq!(written(SqlType::uuid()), "UUID | CHAR(32) | CHAR(32)");
        assert_eq!(written(Uuid { upper: true, ..Uuid::default() }), "UUID | UUID | UUID");
        assert_eq!(written(NumericKind::Double), "DOUBLE PRECISION | DOUBLE | DOUBLE");
        assert_eq!(written(Interval::default()), "INTERVAL | DATETIME | DATETIME");
        assert_eq!(
            written(SqlType::enumeration("mood", ["a", "it's"])),
            "mood | VARCHAR(4) | ENUM('a','it''s')"
        );
        let unknown = "!Can't generate DDL for NullType(); did you forget to specify a type on \
                       this Column?";
        assert_eq!(written(SqlType::Null), [unknown; 3].join(" | "));
    }

    #[test]
    fn types_of_one_dialect() {
        assert_eq!(written(Json::Jsonb), "JSONB | JSONB | -");
        assert_eq!(written(SimpleType::Tsvector), "TSVECTOR | - | -");
        assert_eq!(written(SimpleType::Inet6), "- | - | INET6");
        assert_eq!(written(IntegerKind::Mediumint), "- | - | MEDIUMINT");
        let unsigned = Integer {
            display_width: Some(11),
            unsigned: true,
            zerofill: true,
            ..IntegerKind::UpperInteger.into()
        };
        assert_eq!(written(unsigned), "INTEGER | INTEGER | INTEGER(11) UNSIGNED ZEROFILL");
        let collated = Character {
            length: Some(5),
            collation: Some("de_DE".to_owned()),
            mysql: MysqlCharacter { charset: Some("utf8".to_owned()), ..Default::default() },
            ..CharacterKind::Varchar.into()
        };
        assert_eq!(
            written(SqlType::array(collated.into())),
            "VARCHAR(5)[] COLLATE \"de_DE\" | - | -"
        );
        let fields = Some("YEAR TO MONTH".to_owned());
        let interval = Interval::Postgresql { precision: Some(3), fields };
        assert_eq!(written(interval), "INTERVAL YEAR TO MONTH (3) | - | -");
        assert_eq!(
            written(SqlType::Enum(Enum::default())),
            "!PostgreSQL Enum type requires a name. | VARCHAR | ENUM()"
        );
        assert!(written(SqlType::enumeration("date", ["a"])).contains("matches an existing type"));
    }

    #[test]
    fn types_that_stand_for_others() {
        let spec = UserDefined { class_name: "G".to_owned(), column_spec: "GEOMETRY".to_owned() };
        assert_eq!(written(spec), "GEOMETRY | GEOMETRY | GEOMETRY");
        let json = SqlType::json().with_variant(&Json::Jsonb.into(), ["postgresql"]);
        assert_eq!(written(json.clone()), "JSONB | JSON | JSON");
        let guid = Decorated {
            by_dialect: vec![("postgresql".to_owned(), SqlType::uuid())],
            ..Decorated::new("Guid", SqlType::string(36))
        };
        assert_eq!(written(guid), "UUID | VARCHAR(36) | VARCHAR(36)");
        assert_eq!(json.resolve(&Target::postgresql()), &SqlType::from(Json::Jsonb));
    }
}
