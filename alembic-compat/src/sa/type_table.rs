//! The table of type classes: their names, bases and what their constructors make.

use limbeck_schema::types::BinaryKind;
use limbeck_schema::types::CharacterKind;
use limbeck_schema::types::IntegerKind;
use limbeck_schema::types::Json;
use limbeck_schema::types::NumericKind;
use limbeck_schema::types::SimpleType;
use limbeck_schema::types::TemporalKind;

use CharacterKind as C;
use NumericKind as N;
use TemporalKind as T;

/// What a constructor makes: one for each family of types.
#[derive(Debug, Clone, Copy)]
pub(super) enum Family {
    Null,
    Character(CharacterKind),
    MysqlCharacter(CharacterKind),
    Binary(BinaryKind),
    Integer(IntegerKind),
    MysqlInteger(IntegerKind),
    Numeric(NumericKind),
    Float(NumericKind),
    MysqlNumeric(NumericKind),
    Boolean { upper: bool },
    Plain(TemporalKind),
    Zoned(TemporalKind),
    PostgresqlTime(TemporalKind),
    MysqlTime(TemporalKind),
    SqliteTime(TemporalKind),
    Interval,
    PostgresqlInterval,
    Enum,
    PostgresqlEnum,
    MysqlEnum,
    MysqlSet,
    Uuid,
    UpperUuid,
    Json,
    Jsonb,
    PostgresqlJson(Json),
    Array,
    Domain,
    Bit { varying: bool },
    Year,
    Simple(SimpleType),
    Pickle,
    Decorator,
    UserDefined,
}

/// The facts of a native type class.
#[derive(Debug, Clone, Copy)]
pub(super) struct TypeFacts {
    pub(super) family: Family,
}

/// Core classes: name, bases, family. `TypeEngine` and the like stand before.
pub(super) const CORE: &[(&str, &str, Family)] = &[
    ("NullType", "TypeEngine", Family::Null),
    ("String", "TypeEngine", Family::Character(C::String)),
    ("Unicode", "String", Family::Character(C::Unicode)),
    ("Text", "String", Family::Character(C::Text)),
    ("UnicodeText", "Text", Family::Character(C::UnicodeText)),
    ("VARCHAR", "String", Family::Character(C::Varchar)),
    ("NVARCHAR", "Unicode", Family::Character(C::Nvarchar)),
    ("CHAR", "String", Family::Character(C::Char)),
    ("NCHAR", "Unicode", Family::Character(C::Nchar)),
    ("TEXT", "Text", Family::Character(C::UpperText)),
    ("CLOB", "Text", Family::Character(C::Clob)),
    ("LargeBinary", "TypeEngine", Family::Binary(BinaryKind::LargeBinary)),
    ("BLOB", "LargeBinary", Family::Binary(BinaryKind::Blob)),
    ("BINARY", "TypeEngine", Family::Binary(BinaryKind::Binary)),
    ("VARBINARY", "TypeEngine", Family::Binary(BinaryKind::Varbinary)),
    ("Integer", "TypeEngine", Family::Integer(IntegerKind::Integer)),
    ("SmallInteger", "Integer", Family::Integer(IntegerKind::SmallInteger)),
    ("BigInteger", "Integer", Family::Integer(IntegerKind::BigInteger)),
    ("INTEGER", "Integer", Family::Integer(IntegerKind::UpperInteger)),
    ("SMALLINT", "SmallInteger", Family::Integer(IntegerKind::Smallint)),
    ("BIGINT", "BigInteger", Family::Integer(IntegerKind::Bigint)),
    ("Numeric", "TypeEngine", Family::Numeric(N::Numeric)),
    // A `Numeric` before SQLAlchemy 2.1.
    ("Float", "TypeEngine", Family::Float(N::Float)),
    ("Double", "Float", Family::Float(N::Double)),
    ("NUMERIC", "Numeric", Family::Numeric(N::UpperNumeric)),
    ("DECIMAL", "Numeric", Family::Numeric(N::Decimal)),
    ("FLOAT", "Float", Family::Float(N::UpperFloat)),
    ("REAL", "Float", Family::Float(N::Real)),
    ("DOUBLE", "Double", Family::Float(N::UpperDouble)),
    ("DOUBLE_PRECISION", "Double", Family::Float(N::DoublePrecision)),
    ("Boolean", "SchemaType", Family::Boolean { upper: false }),
    ("BOOLEAN", "Boolean", Family::Boolean { upper: true }),
    ("DateTime", "TypeEngine", Family::Zoned(T::DateTime)),
    ("Date", "TypeEngine", Family::Plain(T::Date)),
    ("Time", "TypeEngine", Family::Zoned(T::Time)),
    ("TIMESTAMP", "DateTime", Family::Zoned(T::Timestamp)),
    ("DATETIME", "DateTime", Family::Zoned(T::UpperDatetime)),
    ("DATE", "Date", Family::Plain(T::UpperDate)),
    ("TIME", "Time", Family::Zoned(T::UpperTime)),
    ("TypeDecorator", "TypeEngine", Family::Decorator),
    ("Interval", "TypeDecorator", Family::Interval),
    ("Enum", "String, SchemaType", Family::Enum),
    ("Uuid", "TypeEngine", Family::Uuid),
    ("UUID", "Uuid", Family::UpperUuid),
    ("JSON", "TypeEngine", Family::Json),
    ("ARRAY", "TypeEngine", Family::Array),
    ("PickleType", "TypeDecorator", Family::Pickle),
    ("UserDefinedType", "TypeEngine", Family::UserDefined),
];

/// The names of core types that are the same under another name.
pub(super) const SAME: &[(&str, &str)] = &[("INT", "INTEGER")];

/// Classes of dialects: name, bases, family; those that a dialect takes from the core are in
/// [`BORROWED`].
pub(super) const DIALECTS: &[(&str, &str, Family)] = &[
    ("postgresql.BIT", "TypeEngine", Family::Bit { varying: true }),
    ("postgresql.BYTEA", "LargeBinary", Family::Binary(BinaryKind::Bytea)),
    ("postgresql.CITEXT", "TEXT", Family::Character(C::Citext)),
    ("postgresql.DOMAIN", "SchemaType", Family::Domain),
    ("postgresql.ENUM", "Enum", Family::PostgresqlEnum),
    ("postgresql.INTERVAL", "TypeEngine", Family::PostgresqlInterval),
    ("postgresql.JSON", "JSON", Family::PostgresqlJson(Json::Json)),
    ("postgresql.JSONB", "postgresql.JSON", Family::PostgresqlJson(Json::Jsonb)),
    ("postgresql.JSONPATH", "TypeEngine", Family::PostgresqlJson(Json::Jsonpath)),
    ("postgresql.ARRAY", "ARRAY", Family::Array),
    ("postgresql.TIME", "TIME", Family::PostgresqlTime(T::UpperTime)),
    ("postgresql.TIMESTAMP", "TIMESTAMP", Family::PostgresqlTime(T::Timestamp)),
    ("mysql.BIGINT", "BIGINT", Family::MysqlInteger(IntegerKind::Bigint)),
    ("mysql.INTEGER", "INTEGER", Family::MysqlInteger(IntegerKind::UpperInteger)),
    ("mysql.SMALLINT", "SMALLINT", Family::MysqlInteger(IntegerKind::Smallint)),
    ("mysql.MEDIUMINT", "Integer", Family::MysqlInteger(IntegerKind::Mediumint)),
    ("mysql.TINYINT", "Integer", Family::MysqlInteger(IntegerKind::Tinyint)),
    ("mysql.BIT", "TypeEngine", Family::Bit { varying: false }),
    ("mysql.CHAR", "CHAR", Family::MysqlCharacter(C::Char)),
    ("mysql.NCHAR", "NCHAR", Family::MysqlCharacter(C::Nchar)),
    ("mysql.NVARCHAR", "NVARCHAR", Family::MysqlCharacter(C::Nvarchar)),
    ("mysql.VARCHAR", "VARCHAR", Family::MysqlCharacter(C::Varchar)),
    ("mysql.TEXT", "TEXT", Family::MysqlCharacter(C::UpperText)),
    ("mysql.TINYTEXT", "String", Family::MysqlCharacter(C::Tinytext)),
    ("mysql.MEDIUMTEXT", "String", Family::MysqlCharacter(C::Mediumtext)),
    ("mysql.LONGTEXT", "String", Family::MysqlCharacter(C::Longtext)),
    ("mysql.TINYBLOB", "TypeEngine", Family::Binary(BinaryKind::Tinyblob)),
    ("mysql.MEDIUMBLOB", "TypeEngine", Family::Binary(BinaryKind::Mediumblob)),
    ("mysql.LONGBLOB", "TypeEngine", Family::Binary(BinaryKind::Longblob)),
    ("mysql.DECIMAL", "DECIMAL", Family::MysqlNumeric(N::Decimal)),
    ("mysql.NUMERIC", "NUMERIC", Family::MysqlNumeric(N::UpperNumeric)),
    ("mysql.FLOAT", "FLOAT", Family::MysqlNumeric(N::UpperFloat)),
    ("mysql.REAL", "REAL", Family::MysqlNumeric(N::Real)),
    ("mysql.DOUBLE", "DOUBLE", Family::MysqlNumeric(N::UpperDouble)),
    ("mysql.DATETIME", "DATETIME", Family::MysqlTime(T::UpperDatetime)),
    ("mysql.TIME", "TIME", Family::MysqlTime(T::UpperTime)),
    ("mysql.TIMESTAMP", "TIMESTAMP", Family::MysqlTime(T::Timestamp)),
    ("mysql.ENUM", "Enum", Family::MysqlEnum),
    ("mysql.SET", "String", Family::MysqlSet),
    ("mysql.JSON", "JSON", Family::Json),
    ("mysql.YEAR", "TypeEngine", Family::Year),
    ("sqlite.DATE", "Date", Family::SqliteTime(T::Date)),
    ("sqlite.DATETIME", "DateTime", Family::SqliteTime(T::DateTime)),
    ("sqlite.TIME", "Time", Family::SqliteTime(T::Time)),
    ("sqlite.JSON", "JSON", Family::Json),
    ("sqlite.JSONB", "JSON", Family::Jsonb),
];

/// What the modules of dialects have from the core.
pub(super) const BORROWED: &[(&str, &[&str])] = &[
    (
        "postgresql",
        &[
            "BIGINT",
            "BOOLEAN",
            "CHAR",
            "DATE",
            "DOUBLE_PRECISION",
            "FLOAT",
            "INTEGER",
            "NUMERIC",
            "REAL",
            "SMALLINT",
            "TEXT",
            "UUID",
            "VARCHAR",
        ],
    ),
    ("mysql", &["BINARY", "BLOB", "BOOLEAN", "DATE", "VARBINARY"]),
    (
        "sqlite",
        &[
            "BLOB",
            "BOOLEAN",
            "CHAR",
            "DECIMAL",
            "FLOAT",
            "INTEGER",
            "NUMERIC",
            "REAL",
            "SMALLINT",
            "TEXT",
            "TIMESTAMP",
            "VARCHAR",
        ],
    ),
];
