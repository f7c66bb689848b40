//! Naming conventions: names of constraints made from the table and the columns.

use md5::Digest;
use md5::Md5;

use super::ConstraintKind;
use super::ForeignKeyTarget;
use crate::CompileError;
use crate::Name;
use crate::PythonError;
use crate::Target;

/// `naming_convention` of a metadata: templates by kind.
///
/// SQLAlchemy's own default names indexes only; a convention that is given replaces it as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamingConvention {
    /// `ix`.
    pub index: Option<String>,
    /// `uq`.
    pub unique: Option<String>,
    /// `ck`.
    pub check: Option<String>,
    /// `fk`.
    pub foreign_key: Option<String>,
    /// `pk`.
    pub primary_key: Option<String>,
    /// Whether nobody knows if there is one: what it would name is an error then.
    pub is_unknown: bool,
}

impl Default for NamingConvention {
    fn default() -> Self {
        NamingConvention { index: Some("ix_%(column_0_label)s".to_owned()), ..Self::empty() }
    }
}

impl NamingConvention {
    /// A convention that names nothing.
    pub fn empty() -> Self {
        NamingConvention {
            index: None,
            unique: None,
            check: None,
            foreign_key: None,
            primary_key: None,
            is_unknown: false,
        }
    }

    /// A convention of which nobody knows whether there is one.
    pub fn unknown() -> Self {
        NamingConvention { is_unknown: true, ..Self::default() }
    }

    /// The convention of Python's dictionary of this kind: `("uq", "uq_%(table_name)s_…")`. Unknown
    /// keys are left out; without any entry it is the default.
    pub fn from_entries<K: AsRef<str>, V: Into<String>>(
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut convention = Self::empty();
        let mut is_empty = true;
        for (key, template) in entries {
            is_empty = false;
            let place = match key.as_ref() {
                "ix" => &mut convention.index,
                "uq" => &mut convention.unique,
                "ck" => &mut convention.check,
                "fk" => &mut convention.foreign_key,
                "pk" => &mut convention.primary_key,
                _ => continue,
            };
            *place = Some(template.into());
        }
        if is_empty { Self::default() } else { convention }
    }

    /// The template of a kind of constraint; none is the index's.
    pub(crate) fn template(&self, kind: Option<ConstraintKind>) -> Option<&str> {
        match kind {
            None => self.index.as_deref(),
            Some(ConstraintKind::Unique) => self.unique.as_deref(),
            Some(ConstraintKind::Check) => self.check.as_deref(),
            Some(ConstraintKind::ForeignKey) => self.foreign_key.as_deref(),
            Some(ConstraintKind::PrimaryKey) => self.primary_key.as_deref(),
            Some(ConstraintKind::Exclude) => None,
        }
    }

    /// The name that the convention gives, if it has a say: where there is no name, or where the
    /// template asks for the name that there is.
    ///
    /// # Errors
    ///
    /// A template that asks for a name where there is none, unknown tokens, and a convention of
    /// which nothing is known.
    pub(crate) fn name(&self, named: &Named<'_>) -> Result<Option<Name>, CompileError> {
        if self.is_unknown {
            // Most templates for checks have the name that is given in them.
            let is_of_key = named.kind == Some(ConstraintKind::PrimaryKey);
            let is_of_check = named.kind == Some(ConstraintKind::Check);
            match named.name {
                // The key of a table without one is not written.
                Name::None if is_of_key && named.columns.is_empty() => {}
                Name::None => return Err(CompileError::UnknownNaming),
                Name::Given(_) if is_of_check => return Err(CompileError::UnknownNaming),
                Name::Given(_) | Name::Final(_) => {}
            }
        }
        let Some(template) = self.template(named.kind) else { return Ok(None) };
        let applies = match named.name {
            Name::Final(_) => false,
            Name::None => true,
            Name::Given(_) => template.contains("constraint_name"),
        };
        if !applies {
            return Ok(None);
        }
        named.fill(template).map(|name| Some(Name::Final(name)))
    }
}

/// A column of which a name is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedColumn<'a> {
    pub(crate) key: &'a str,
    pub(crate) name: &'a str,
    /// Whether it is a column of the table rather than a mere name in an expression.
    pub(crate) is_bound: bool,
}

/// What a name is made from.
pub(crate) struct Named<'a> {
    /// The kind; none is an index.
    pub(crate) kind: Option<ConstraintKind>,
    /// The name so far.
    pub(crate) name: &'a Name,
    /// The table.
    pub(crate) table: &'a str,
    /// Its schema.
    pub(crate) schema: Option<&'a str>,
    /// The columns.
    pub(crate) columns: Vec<NamedColumn<'a>>,
    /// Where a foreign key points.
    pub(crate) targets: &'a [ForeignKeyTarget],
}

impl Named<'_> {
    fn fill(&self, template: &str) -> Result<String, CompileError> {
        let mut name = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('%') {
            name += &rest[..at];
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix('%') {
                name.push('%');
                rest = behind;
            } else if let Some((token, behind)) =
                rest.strip_prefix('(').and_then(|inside| inside.split_once(")s"))
            {
                name += &self.token(token)?;
                rest = behind;
            } else {
                return Err(PythonError::Value(format!(
                    "unsupported format character in the naming convention '{template}'"
                ))
                .into());
            }
        }
        name += rest;
        Ok(name)
    }

    fn token(&self, token: &str) -> Result<String, CompileError> {
        let unknown = || CompileError::from(PythonError::Key(token.to_owned()));
        match token {
            "table_name" => return Ok(self.table.to_owned()),
            "constraint_name" => {
                return self.name.as_str().map(str::to_owned).ok_or_else(|| {
                    CompileError::InvalidRequest(
                        "Naming convention including %(constraint_name)s token requires that \
                         constraint is explicitly named."
                            .to_owned(),
                    )
                });
            }
            "referred_table_name" => {
                let target = self.targets.first().ok_or(PythonError::Index)?;
                return Ok(target.table.clone());
            }
            _ => {}
        }
        let (referred, rest) = match token.strip_prefix("referred_") {
            Some(rest) => (true, rest),
            None => (false, token),
        };
        let rest = rest.strip_prefix("column_").ok_or_else(unknown)?;
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = rest.split_at(digits);
        let number: usize = number.parse().map_err(|_| unknown())?;
        let (separator, attribute) = if let Some(rest) = rest.strip_prefix("_N_") {
            (Some("_"), rest)
        } else if let Some(rest) = rest.strip_prefix("N_") {
            (Some(""), rest)
        } else {
            (None, rest.strip_prefix('_').ok_or_else(unknown)?)
        };
        let part = |at: usize| -> Result<String, CompileError> {
            if referred {
                if attribute != "name" {
                    return Err(unknown());
                }
                let target = self.targets.get(at).ok_or(PythonError::Index)?;
                return Ok(target.column.clone().unwrap_or_default());
            }
            let column = self.columns.get(at).copied();
            Ok(match (attribute, column) {
                ("name" | "key" | "label", None) => String::new(),
                ("name", Some(column)) => column.name.to_owned(),
                ("key", Some(column)) => column.key.to_owned(),
                ("label", Some(column)) if !column.is_bound => column.name.to_owned(),
                ("label", Some(column)) => match self.schema {
                    Some(schema) if !schema.is_empty() => {
                        format!("{}_{}_{}", schema.replace('.', "_"), self.table, column.name)
                    }
                    _ => format!("{}_{}", self.table, column.name),
                },
                _ => return Err(unknown()),
            })
        };
        match separator {
            None => part(number),
            Some(_) if number != 0 => Err(unknown()),
            Some(separator) => {
                let count = if referred { self.targets.len() } else { self.columns.len() };
                let parts: Result<Vec<_>, _> = (0..count).map(part).collect();
                Ok(parts?.join(separator))
            }
        }
    }
}

/// A name of a constraint or index as it is written: cut to a hash if it is too long and came from
/// a convention or `op.f`.
///
/// # Errors
///
/// SQLAlchemy's `IdentifierError` for any other name that is too long.
pub(crate) fn written_name(name: &Name, target: &Target) -> Result<Option<String>, CompileError> {
    let Some(text) = name.as_str() else { return Ok(None) };
    let length = text.chars().count();
    match name {
        Name::Final(_) if length > target.max_name_length() => {
            let digest = Md5::digest(text.as_bytes());
            let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let kept: String = text.chars().take(target.max_name_length() - 8).collect();
            Ok(Some(target.quote(&format!("{kept}_{}", &hash[hash.len() - 4..]))))
        }
        Name::Given(_) if length > target.max_identifier_length() => {
            Err(CompileError::Identifier {
                name: text.to_owned(),
                most: target.max_identifier_length(),
            })
        }
        _ => Ok(Some(target.quote(text))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(template: &str) -> Result<String, CompileError> {
        let targets = [ForeignKeyTarget::parse("s.par.id"), ForeignKeyTarget::parse("s.par.no")];
        Named {
            kind: Some(ConstraintKind::ForeignKey),
            name: &Name::Given("given".to_owned()),
            table: "t",
            schema: Some("s.x"),
            columns: [("ka", "a"), ("kb", "b")]
                .map(|(key, name)| NamedColumn { key, name, is_bound: true })
                .into(),
            targets: &targets,
        }
        .fill(template)
    }

    #[test]
    fn every_token() {
        let all = "%(table_name)s-%(constraint_name)s-%(referred_table_name)s-%(column_0_name)s-\
                   %(column_1_key)s-%(column_0_label)s-%(column_0_N_name)s-%(column_0N_key)s-\
                   %(referred_column_0_name)s-%(referred_column_0_N_name)s-%(column_7_name)s-%%";
        assert_eq!(named(all).as_deref(), Ok("t-given-par-a-kb-s_x_t_a-a_b-kakb-id-id_no--%"));
        assert!(named("%(column_name)s").is_err());
        assert!(named("%(column_1_N_name)s").is_err());
    }

    #[test]
    fn a_name_that_is_too_long_is_cut_if_it_is_a_convention() {
        let long = "x".repeat(70);
        let target = Target::postgresql();
        let cut = written_name(&Name::conv(long.clone()), &target).unwrap().unwrap();
        assert_eq!(cut.len(), 60);
        assert!(written_name(&Name::Given(long), &target).is_err());
    }

    proptest! {
        #[test]
        fn any_template_is_filled_or_refused(template in "(%|\\(|\\)s|column_|[0-9]|_?N|_|name|x){0,12}") {
            drop(named(&template));
        }
    }
}
