//! Types that are objects of their own: PostgreSQL's enumerations and domains.

use super::DdlStatement;
use super::OperationContext;
use crate::CompileError;
use crate::Dialect;
use crate::Name;
use crate::SqlType;
use crate::Target;
use crate::table::BoundTable;
use crate::table::TypeEvents;
use crate::types::Domain;
use crate::types::Enum;
use crate::types::EnumKind;
use crate::types::named_type;

/// A type that is created by a statement of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OwnType<'a> {
    Enum(&'a Enum),
    Domain(&'a Domain),
}

impl OwnType<'_> {
    pub(crate) fn schema(&self) -> Option<&str> {
        match self {
            OwnType::Enum(enumeration) => enumeration.schema.as_deref(),
            OwnType::Domain(domain) => domain.schema.as_deref(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            OwnType::Enum(enumeration) => enumeration.name.as_str().unwrap_or_default(),
            OwnType::Domain(domain) => &domain.name,
        }
    }

    pub(crate) fn create_sql(&self, target: &Target) -> Result<String, CompileError> {
        match self {
            OwnType::Enum(enumeration) => enumeration.create_sql(target),
            OwnType::Domain(domain) => domain.create_sql(target),
        }
    }

    pub(crate) fn drop_sql(&self, target: &Target) -> Result<String, CompileError> {
        match self {
            OwnType::Enum(enumeration) => enumeration.drop_sql(target),
            OwnType::Domain(domain) => domain.drop_sql(target),
        }
    }
}

impl OperationContext {
    /// CREATE TYPE for the types of a table's columns that the run has not created yet.
    pub(super) fn create_types_of(
        &mut self,
        table: &BoundTable,
        statements: &mut Vec<DdlStatement>,
    ) -> Result<(), CompileError> {
        // SQLAlchemy 2.0 leaves a type of a metadata to that metadata.
        let are_all = !self.target.is_sqlalchemy_2_0();
        let is_meant = |own: &OwnType<'_>| match own {
            OwnType::Enum(enumeration) => are_all || !enumeration.metadata,
            OwnType::Domain(_) => true,
        };
        for own in self.new_types_of(table, is_meant) {
            statements.push(own.create_sql(&self.target)?.into());
        }
        Ok(())
    }

    /// The types of a table's columns, as far as they are meant, that the run has not met yet.
    pub(crate) fn new_types_of<'t>(
        &mut self,
        table: &'t BoundTable,
        is_meant: impl Fn(&OwnType<'t>) -> bool,
    ) -> Vec<OwnType<'t>> {
        let mut types = Vec::new();
        for column in &table.columns {
            let of_base = match column.type_events {
                TypeEvents::All => true,
                TypeEvents::Variants => false,
                TypeEvents::None => continue,
            };
            let SqlType::Variant(variant) = &column.sql_type else {
                if of_base {
                    types.extend(own_type(&column.sql_type, true, &self.target));
                }
                continue;
            };
            let chosen = variant.choose(&self.target);
            let base = std::iter::once(variant.base.as_ref()).filter(|_| of_base);
            for sql_type in base.chain(variant.by_dialect.iter().map(|(_, other)| other)) {
                types.extend(own_type(sql_type, sql_type == chosen, &self.target));
            }
        }
        types.retain(|own| {
            if !is_meant(own) {
                return false;
            }
            let kind = match own {
                OwnType::Enum(_) => "enum",
                OwnType::Domain(_) => "DOMAIN",
            };
            let schema = own.schema().map(str::to_owned);
            self.created_types.0.insert((kind, schema, own.name().to_owned()))
        });
        types
    }
}

/// The type that must be created for `sql_type`, if any.
fn own_type<'t>(sql_type: &'t SqlType, is_chosen: bool, target: &Target) -> Option<OwnType<'t>> {
    match sql_type {
        SqlType::Enum(enumeration) => {
            // PostgreSQL's own ENUM and DOMAIN do not ask whether another variant is meant.
            let is_meant = is_chosen || enumeration.kind == EnumKind::Postgresql;
            (is_meant && enumeration.is_own_type(target) && enumeration.create_type)
                .then_some(OwnType::Enum(enumeration))
        }
        SqlType::Domain(domain) => domain.create_type.then_some(OwnType::Domain(domain)),
        SqlType::Array(array) => own_type(&array.item, is_chosen, target),
        SqlType::Decorated(decorated) => own_type(&decorated.implementation, is_chosen, target),
        _ => None,
    }
}

impl Enum {
    /// Whether it is created by a statement of its own on `target`. PostgreSQL's `ENUM` tries to be
    /// on MySQL too, which then fails.
    fn is_own_type(&self, target: &Target) -> bool {
        match (self.kind, target.dialect()) {
            (EnumKind::Postgresql, Dialect::Postgresql | Dialect::Mysql)
            | (EnumKind::Mysql, Dialect::Postgresql) => true,
            (EnumKind::Generic, Dialect::Postgresql) => self.native_enum,
            _ => false,
        }
    }

    /// CREATE TYPE.
    ///
    /// # Errors
    ///
    /// An enumeration without a name, and any dialect but PostgreSQL.
    pub fn create_sql(&self, target: &Target) -> Result<String, CompileError> {
        let name = self.own_name(target, "CreateEnumType")?;
        let values: Vec<_> = self.values.iter().map(|value| target.literal(value)).collect();
        Ok(format!("CREATE TYPE {name} AS ENUM ({})", values.join(", ")))
    }

    /// DROP TYPE.
    ///
    /// # Errors
    ///
    /// As [`Enum::create_sql`].
    pub fn drop_sql(&self, target: &Target) -> Result<String, CompileError> {
        Ok(format!("DROP TYPE {}", self.own_name(target, "DropEnumType")?))
    }

    fn own_name(&self, target: &Target, element: &str) -> Result<String, CompileError> {
        only_postgresql(target, element)?;
        named_type("ENUM", self.name.as_str(), self.schema.as_deref(), target)
    }
}

impl Domain {
    /// CREATE DOMAIN; its text ends with a blank where there are no options.
    ///
    /// # Errors
    ///
    /// A type, default or check that cannot be written, and any dialect but PostgreSQL.
    pub fn create_sql(&self, target: &Target) -> Result<String, CompileError> {
        let name = self.own_name(target, "CreateDomainType")?;
        let mut options = Vec::new();
        if let Some(collation) = &self.collation {
            let collation = match &self.collation_schema {
                Some(schema) => format!("{}.{}", target.quote(schema), target.quote(collation)),
                None => target.quote(collation),
            };
            options.push(format!("COLLATE {collation}"));
        }
        if let Some(default) = &self.default {
            options.push(format!("DEFAULT {}", default.compile_ddl(target)?));
        }
        if let Some(constraint) = &self.constraint_name {
            let name = crate::table::written_name(&Name::Given(constraint.clone()), target)?;
            options.push(format!("CONSTRAINT {}", name.unwrap_or_default()));
        }
        if self.not_null {
            options.push("NOT NULL".to_owned());
        }
        if let Some(check) = &self.check {
            options.push(format!("CHECK ({})", check.compile_ddl(target)?));
        }
        let data_type = self.data_type.compile(target)?;
        Ok(format!("CREATE DOMAIN {name} AS {data_type} {}", options.join(" ")))
    }

    /// DROP DOMAIN.
    ///
    /// # Errors
    ///
    /// Any dialect but PostgreSQL.
    pub fn drop_sql(&self, target: &Target) -> Result<String, CompileError> {
        Ok(format!("DROP DOMAIN {}", self.own_name(target, "DropDomainType")?))
    }

    fn own_name(&self, target: &Target, element: &str) -> Result<String, CompileError> {
        only_postgresql(target, element)?;
        named_type("DOMAIN", Some(&self.name), self.schema.as_deref(), target)
    }
}

fn only_postgresql(target: &Target, element: &str) -> Result<(), CompileError> {
    if target.dialect() == Dialect::Postgresql {
        return Ok(());
    }
    Err(CompileError::Unsupported { dialect: target.name(), element: element.to_owned() })
}
