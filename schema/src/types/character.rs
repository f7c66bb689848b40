//! Text and bytes.

/// SQLAlchemy's classes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CharacterKind {
    /// `String`: VARCHAR.
    #[default]
    String,
    /// `Unicode`: VARCHAR.
    Unicode,
    /// `Text`: TEXT.
    Text,
    /// `UnicodeText`: TEXT.
    UnicodeText,
    /// `VARCHAR`.
    Varchar,
    /// `NVARCHAR`.
    Nvarchar,
    /// `CHAR`.
    Char,
    /// `NCHAR`.
    Nchar,
    /// `TEXT`.
    UpperText,
    /// `CLOB`.
    Clob,
    /// PostgreSQL's `CITEXT`.
    Citext,
    /// MySQL's `TINYTEXT`.
    Tinytext,
    /// MySQL's `MEDIUMTEXT`.
    Mediumtext,
    /// MySQL's `LONGTEXT`.
    Longtext,
}

impl CharacterKind {
    pub(crate) fn class_name(self) -> &'static str {
        match self {
            CharacterKind::String => "String",
            CharacterKind::Unicode => "Unicode",
            CharacterKind::Text => "Text",
            CharacterKind::UnicodeText => "UnicodeText",
            CharacterKind::Varchar => "VARCHAR",
            CharacterKind::Nvarchar => "NVARCHAR",
            CharacterKind::Char => "CHAR",
            CharacterKind::Nchar => "NCHAR",
            CharacterKind::UpperText => "TEXT",
            CharacterKind::Clob => "CLOB",
            CharacterKind::Citext => "CITEXT",
            CharacterKind::Tinytext => "TINYTEXT",
            CharacterKind::Mediumtext => "MEDIUMTEXT",
            CharacterKind::Longtext => "LONGTEXT",
        }
    }
}

/// A type of text with all its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Character {
    /// The class.
    pub kind: CharacterKind,
    /// `length`, in characters.
    pub length: Option<u32>,
    /// `collation`.
    pub collation: Option<String>,
    /// `collation_schema`, which MySQL does not know.
    pub collation_schema: Option<String>,
    /// MySQL's further arguments; no other dialect writes them.
    pub mysql: MysqlCharacter,
}

/// What MySQL's types of text take beside length and collation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MysqlCharacter {
    /// `charset`: CHARACTER SET.
    pub charset: Option<String>,
    /// `ascii`: ASCII, where no `charset` is given.
    pub ascii: bool,
    /// `unicode`: UNICODE, where no `charset` is given.
    pub unicode: bool,
    /// `binary`: BINARY, where no collation is given.
    pub binary: bool,
    /// `national`: NATIONAL, in place of any character set.
    pub national: bool,
}

impl From<CharacterKind> for Character {
    fn from(kind: CharacterKind) -> Self {
        Character { kind, ..Character::default() }
    }
}

/// SQLAlchemy's classes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BinaryKind {
    /// `LargeBinary`: BYTEA on PostgreSQL, BLOB elsewhere.
    #[default]
    LargeBinary,
    /// `BLOB`.
    Blob,
    /// `BINARY`.
    Binary,
    /// `VARBINARY`.
    Varbinary,
    /// PostgreSQL's `BYTEA`.
    Bytea,
    /// MySQL's `TINYBLOB`.
    Tinyblob,
    /// MySQL's `MEDIUMBLOB`.
    Mediumblob,
    /// MySQL's `LONGBLOB`.
    Longblob,
}

impl BinaryKind {
    pub(crate) fn class_name(self) -> &'static str {
        match self {
            BinaryKind::LargeBinary => "LargeBinary",
            BinaryKind::Blob => "BLOB",
            BinaryKind::Binary => "BINARY",
            BinaryKind::Varbinary => "VARBINARY",
            BinaryKind::Bytea => "BYTEA",
            BinaryKind::Tinyblob => "TINYBLOB",
            BinaryKind::Mediumblob => "MEDIUMBLOB",
            BinaryKind::Longblob => "LONGBLOB",
        }
    }
}

/// A type of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Binary {
    /// The class.
    pub kind: BinaryKind,
    /// `length`, in bytes.
    pub length: Option<u32>,
}

impl From<BinaryKind> for Binary {
    fn from(kind: BinaryKind) -> Self {
        Binary { kind, length: None }
    }
}
