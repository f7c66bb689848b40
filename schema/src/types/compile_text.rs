//! How texts and bytes are written: `VARCHAR`, `TEXT`, `BLOB`.

use super::Binary;
use super::BinaryKind;
use super::Character;
use super::CharacterKind;
use super::character::MysqlCharacter;
use super::compile::unsupported;
use crate::CompileError;
use crate::Dialect;
use crate::PythonError;
use crate::Target;

pub(super) fn compile_character(
    character: &Character,
    target: &Target,
) -> Result<String, CompileError> {
    let kind = character.kind;
    if kind == CharacterKind::Clob {
        return Ok("CLOB".to_owned());
    }
    let (word, national) = match kind {
        CharacterKind::String | CharacterKind::Unicode | CharacterKind::Varchar => {
            ("VARCHAR", false)
        }
        CharacterKind::Text | CharacterKind::UnicodeText | CharacterKind::UpperText => {
            ("TEXT", false)
        }
        CharacterKind::Nvarchar => ("NVARCHAR", true),
        CharacterKind::Char => ("CHAR", false),
        CharacterKind::Nchar => ("NCHAR", true),
        CharacterKind::Clob
        | CharacterKind::Citext
        | CharacterKind::Tinytext
        | CharacterKind::Mediumtext
        | CharacterKind::Longtext => (kind.class_name(), false),
    };
    let is_mysql = target.dialect() == Dialect::Mysql;
    match kind {
        CharacterKind::Citext if target.dialect() == Dialect::Postgresql => {
            return Ok("CITEXT".to_owned());
        }
        CharacterKind::Tinytext | CharacterKind::Mediumtext | CharacterKind::Longtext
            if is_mysql =>
        {
            let spec = word.to_owned();
            return Ok(extend_string(
                spec,
                character.collation.as_deref(),
                &character.mysql,
                character.mysql.national,
            ));
        }
        CharacterKind::Citext
        | CharacterKind::Tinytext
        | CharacterKind::Mediumtext
        | CharacterKind::Longtext => return Err(unsupported(kind.class_name(), target)),
        _ => {}
    }
    if !is_mysql {
        return Ok(generic_string(
            word,
            character.length,
            character.collation.as_deref(),
            character.collation_schema.as_deref(),
            target,
        ));
    }
    let word = if national { &word[1..] } else { word };
    let spec = match character.length {
        Some(length) => format!("{word}({length})"),
        None if word == "VARCHAR" => {
            let word = if national { "NVARCHAR" } else { "VARCHAR" };
            return Err(CompileError::Compile(format!(
                "{word} requires a length on dialect {}",
                target.name()
            )));
        }
        None => word.to_owned(),
    };
    let national = character.mysql.national || national;
    Ok(extend_string(spec, character.collation.as_deref(), &character.mysql, national))
}

pub(super) fn generic_string(
    word: &str,
    length: Option<u32>,
    collation: Option<&str>,
    collation_schema: Option<&str>,
    target: &Target,
) -> String {
    let mut written = word.to_owned();
    if let Some(length) = length.filter(|length| *length > 0) {
        written += &format!("({length})");
    }
    if let Some(collation) = collation.filter(|collation| !collation.is_empty()) {
        written += " COLLATE ";
        if target.is_sqlalchemy_2_0() && collation_schema.is_none() {
            written += &format!("\"{collation}\"");
        } else {
            written += &target.quote_qualified(collation_schema, collation);
        }
    }
    written
}

pub(super) fn extend_string(
    spec: String,
    collation: Option<&str>,
    mysql: &MysqlCharacter,
    national: bool,
) -> String {
    let charset = match &mysql.charset {
        Some(charset) if !charset.is_empty() => Some(format!("CHARACTER SET {charset}")),
        _ if mysql.ascii => Some("ASCII".to_owned()),
        _ if mysql.unicode => Some("UNICODE".to_owned()),
        _ => None,
    };
    let collation = match collation {
        Some(collation) if !collation.is_empty() => Some(format!("COLLATE {collation}")),
        _ if mysql.binary => Some("BINARY".to_owned()),
        _ => None,
    };
    let parts = if national {
        [Some("NATIONAL".to_owned()), Some(spec), collation]
    } else {
        [Some(spec), charset, collation]
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

pub(super) fn compile_binary(binary: Binary, target: &Target) -> Result<String, CompileError> {
    let dialect = target.dialect();
    let sized = |word: &str, length: Option<u32>| match length {
        Some(length) => format!("{word}({length})"),
        None => word.to_owned(),
    };
    Ok(match (binary.kind, dialect) {
        (BinaryKind::LargeBinary | BinaryKind::Bytea, Dialect::Postgresql) => "BYTEA".to_owned(),
        (BinaryKind::LargeBinary | BinaryKind::Blob, Dialect::Mysql) => {
            sized("BLOB", binary.length)
        }
        (BinaryKind::LargeBinary | BinaryKind::Blob, _) => "BLOB".to_owned(),
        (BinaryKind::Binary, _) => sized("BINARY", binary.length.filter(|length| *length > 0)),
        (BinaryKind::Varbinary, Dialect::Mysql) if binary.length.is_none() => {
            return Err(PythonError::Type(
                "%d format: a real number is required, not NoneType".to_owned(),
            )
            .into());
        }
        (BinaryKind::Varbinary, Dialect::Mysql) => sized("VARBINARY", binary.length),
        (BinaryKind::Varbinary, _) => {
            sized("VARBINARY", binary.length.filter(|length| *length > 0))
        }
        (BinaryKind::Tinyblob | BinaryKind::Mediumblob | BinaryKind::Longblob, Dialect::Mysql) => {
            binary.kind.class_name().to_owned()
        }
        (kind, _) => return Err(unsupported(kind.class_name(), target)),
    })
}
