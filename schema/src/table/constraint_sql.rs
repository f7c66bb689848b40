//! How each dialect writes a constraint.

use super::BoundTable;
use super::Check;
use super::CheckCondition;
use super::Constraint;
use super::ConstraintOptions;
use super::Exclude;
use super::ForeignKeyConstraint;
use super::IndexElement;
use super::Unique;
use super::constraint::ForeignKeyActions;
use super::constraint::TypeBound;
use super::naming::written_name;
use super::phrase::keywords;
use super::phrase::method;
use super::phrase::on_delete;
use crate::CompileError;
use crate::Dialect;
use crate::Name;
use crate::PythonError;
use crate::SqlType;
use crate::Target;

impl BoundTable {
    /// A constraint of this table as CREATE TABLE and ADD write it; none where the dialect leaves
    /// it out.
    ///
    /// # Errors
    ///
    /// What the dialect does not have, and phrases that are no keywords.
    pub fn constraint_sql(
        &self,
        constraint: &Constraint,
        target: &Target,
    ) -> Result<Option<String>, CompileError> {
        if let Constraint::ForeignKey(key) = constraint {
            let remote_schema = key.targets.first().map(|to| to.schema.as_deref());
            if target.dialect() == Dialect::Sqlite && remote_schema != Some(self.schema.as_deref())
            {
                return Ok(None);
            }
        }
        if let Constraint::Check(Check { type_of_column: Some(bound), .. }) = constraint {
            refuse_array(bound, target)?;
        }
        let preamble = self.preamble(constraint, target)?;
        let body = match constraint {
            Constraint::PrimaryKey(_) => return Ok(None),
            Constraint::ForeignKey(foreign_key) => self.foreign_key_body(foreign_key, target)?,
            Constraint::Unique(unique) => self.unique_body(unique, target)?,
            Constraint::Check(check) => self.check_body(check, target)?,
            Constraint::Exclude(exclude) => self.exclude_body(exclude, target)?,
        };
        Ok(Some(format!("{preamble}{body}")))
    }

    /// The primary key; none if it stands inside of a column, or if there is none.
    ///
    /// # Errors
    ///
    /// Phrases that are no keywords, columns to include that are not there.
    pub fn primary_key_sql(&self, target: &Target) -> Result<Option<String>, CompileError> {
        let key = &self.primary_key;
        if key.columns.is_empty() {
            return Ok(None);
        }
        let is_sqlite = target.dialect() == Dialect::Sqlite;
        if let [at] = key.columns.as_slice()
            && is_sqlite
            && self.is_sqlite_autoincrement(*at)
        {
            return Ok(None);
        }
        let mut columns = key.columns.clone();
        if key.is_implicit
            && let Some(first) = self.autoincrement(target.sqlalchemy())?
        {
            columns.retain(|at| *at != first);
            columns.insert(0, first);
        }
        let columns: Vec<_> =
            columns.iter().map(|at| target.quote(&self.columns[*at].name)).collect();
        let mut sql = name_clause(&key.name, target)?;
        sql += &format!("PRIMARY KEY ({})", columns.join(", "));
        sql += &self.include(&key.options, target)?;
        sql += &deferrability(&key.options)?;
        let on_conflict = key.options.sqlite_on_conflict.as_ref().or_else(|| {
            let [at] = key.columns.as_slice() else { return None };
            self.columns[*at].sqlite.on_conflict_primary_key.as_ref()
        });
        if let Some(on_conflict) = on_conflict.filter(|_| is_sqlite) {
            sql += &format!(" ON CONFLICT {on_conflict}");
        }
        if target.dialect() == Dialect::Mysql {
            let own = if target.name() == "mariadb" { &key.options.mariadb_using } else { &None };
            let using = own.as_ref().or(key.options.mysql_using.as_ref());
            if let Some(using) = using.filter(|using| !using.is_empty()) {
                sql += &format!(" USING {}", target.quote(using));
            }
        }
        Ok(Some(sql))
    }

    /// A CHECK that stands inside of a column.
    pub(crate) fn column_check_sql(
        &self,
        check: &Check,
        target: &Target,
    ) -> Result<String, CompileError> {
        let preamble = name_clause(&check.name, target)?;
        let condition = self.condition(check, target)?;
        let deferrability = deferrability(&check.options)?;
        if target.dialect() == Dialect::Sqlite && check.options.sqlite_on_conflict.is_some() {
            return Err(CompileError::Compile(
                "SQLite does not support on conflict clause for column check constraint".to_owned(),
            ));
        }
        Ok(format!("{preamble}CHECK ({condition}){deferrability}"))
    }

    /// `CONSTRAINT name `, or nothing.
    pub(crate) fn preamble(
        &self,
        constraint: &Constraint,
        target: &Target,
    ) -> Result<String, CompileError> {
        let name = self.final_name(constraint)?;
        name_clause(&name, target)
    }

    /// The name of a constraint, also of the CHECK of a type that was not given one.
    pub(crate) fn final_name(&self, constraint: &Constraint) -> Result<Name, CompileError> {
        let late = constraint.is_type_bound() && constraint.name().is_none();
        let given = if late { self.convention_of(constraint)? } else { None };
        Ok(given.unwrap_or_else(|| constraint.name().clone()))
    }

    /// Whether the dialect needs the constraint at all: the CHECK of a type only where it has no
    /// such type.
    pub(crate) fn is_needed(constraint: &Constraint, target: &Target) -> bool {
        match constraint {
            Constraint::Check(Check { type_of_column: Some(bound), .. }) => bound.is_needed(target),
            _ => true,
        }
    }

    fn foreign_key_body(
        &self,
        foreign_key: &ForeignKeyConstraint,
        target: &Target,
    ) -> Result<String, CompileError> {
        let Some(first) = foreign_key.targets.first() else {
            return Err(PythonError::Index.into());
        };
        let local = foreign_key.columns.iter().map(|key| target.quote(self.column_name(key)));
        let remote = foreign_key
            .targets
            .iter()
            .zip(&foreign_key.columns)
            .map(|(to, own)| target.quote(to.column.as_deref().unwrap_or(own)));
        let schema = first.schema.as_deref().filter(|_| target.dialect() != Dialect::Sqlite);
        let mut sql = format!(
            "FOREIGN KEY({}) REFERENCES {} ({})",
            local.collect::<Vec<_>>().join(", "),
            target.quote_qualified(schema, &first.table),
            remote.collect::<Vec<_>>().join(", "),
        );
        sql += &reference_options(&foreign_key.actions, &foreign_key.options, target)?;
        sql += not_valid(&foreign_key.options, target);
        Ok(sql)
    }

    fn unique_body(&self, unique: &Unique, target: &Target) -> Result<String, CompileError> {
        let columns: Vec<_> =
            unique.columns.iter().map(|key| target.quote(self.column_name(key))).collect();
        let mut sql = "UNIQUE ".to_owned();
        if target.dialect() == Dialect::Postgresql {
            match unique.options.postgresql_nulls_not_distinct {
                Some(true) => sql += "NULLS NOT DISTINCT ",
                Some(false) => sql += "NULLS DISTINCT ",
                None => {}
            }
        }
        sql += &format!("({})", columns.join(", "));
        sql += &self.include(&unique.options, target)?;
        sql += &deferrability(&unique.options)?;
        if target.dialect() == Dialect::Sqlite {
            let on_conflict = unique.options.sqlite_on_conflict.as_ref().or_else(|| {
                let [key] = unique.columns.as_slice() else { return None };
                let at = self.column_at(key)?;
                self.columns[at].sqlite.on_conflict_unique.as_ref()
            });
            if let Some(on_conflict) = on_conflict {
                sql += &format!(" ON CONFLICT {on_conflict}");
            }
        }
        Ok(sql)
    }

    fn check_body(&self, check: &Check, target: &Target) -> Result<String, CompileError> {
        let mut sql = format!("CHECK ({})", self.condition(check, target)?);
        sql += &deferrability(&check.options)?;
        sql += not_valid(&check.options, target);
        if let Some(on_conflict) = &check.options.sqlite_on_conflict
            && target.dialect() == Dialect::Sqlite
        {
            sql += &format!(" ON CONFLICT {on_conflict}");
        }
        Ok(sql)
    }

    fn condition(&self, check: &Check, target: &Target) -> Result<String, CompileError> {
        let one_of = |column: &str, values: Vec<String>| {
            let column = target.quote(self.column_name(column));
            if values.is_empty() {
                format!("{column} IN (NULL) AND (1 != 1)")
            } else {
                format!("{column} IN ({})", values.join(", "))
            }
        };
        match &check.condition {
            CheckCondition::Expression(expression) => expression.compile_ddl(target),
            CheckCondition::OneOfNumbers(column, values) => {
                Ok(one_of(column, values.iter().map(i64::to_string).collect()))
            }
            CheckCondition::OneOfTexts(column, values) => {
                Ok(one_of(column, values.iter().map(|value| target.literal(value)).collect()))
            }
        }
    }

    fn exclude_body(&self, exclude: &Exclude, target: &Target) -> Result<String, CompileError> {
        if target.dialect() != Dialect::Postgresql {
            return Err(CompileError::Unsupported {
                dialect: target.name(),
                element: "ExcludeConstraint".to_owned(),
            });
        }
        let mut elements = Vec::new();
        for (element, operator) in &exclude.elements {
            let mut sql = match element {
                IndexElement::Column(key) => target.quote(self.column_name(key)),
                IndexElement::Expression(expression) => expression.compile_ddl(target)?,
            };
            let key = match element {
                IndexElement::Column(key) => Some(key.as_str()),
                IndexElement::Expression(expression) => expression.column_key(),
            };
            let class =
                exclude.operator_classes.iter().find(|(class, _)| key == Some(class.as_str()));
            if let Some((_, class)) = class {
                sql += &format!(" {class}");
            }
            elements.push(format!("{sql} WITH {operator}"));
        }
        let using = method(&exclude.using)?;
        let mut sql = format!("EXCLUDE USING {using} ({})", elements.join(", "));
        if let Some(predicate) = &exclude.predicate {
            sql += &format!(" WHERE ({})", predicate.compile_ddl(target)?);
        }
        sql += &deferrability(&exclude.options)?;
        Ok(sql)
    }

    fn include(
        &self,
        options: &ConstraintOptions,
        target: &Target,
    ) -> Result<String, CompileError> {
        include_clause(self, &options.postgresql_include, target)
    }
}

/// PostgreSQL's ` INCLUDE (…)`, or nothing.
pub(crate) fn include_clause(
    table: &BoundTable,
    columns: &[String],
    target: &Target,
) -> Result<String, CompileError> {
    if columns.is_empty() || target.dialect() != Dialect::Postgresql {
        return Ok(String::new());
    }
    let mut names = Vec::new();
    for key in columns {
        let at = table.column_at(key).ok_or_else(|| PythonError::Key(key.clone()))?;
        names.push(target.quote(&table.columns[at].name));
    }
    Ok(format!(" INCLUDE ({})", names.join(", ")))
}

impl TypeBound {
    /// Whether the dialect needs the CHECK: it has no such type, and this is its variant.
    pub(crate) fn is_needed(&self, target: &Target) -> bool {
        let chosen = match &self.sql_type {
            SqlType::Variant(variant) => {
                let at = variant.by_dialect.iter().position(|(name, _)| name == target.name());
                if at != self.variant {
                    return false;
                }
                variant.choose(target)
            }
            other => other,
        };
        fn needs(sql_type: &SqlType, target: &Target) -> bool {
            match sql_type {
                SqlType::Boolean(_) => !target.supports_native_boolean(),
                SqlType::Enum(enumeration) => {
                    !enumeration.native_enum || !target.supports_native_enum()
                }
                SqlType::Decorated(decorated) => needs(&decorated.implementation, target),
                SqlType::Array(array) => needs(&array.item, target),
                _ => false,
            }
        }
        needs(chosen, target)
    }
}

fn refuse_array(bound: &TypeBound, target: &Target) -> Result<(), CompileError> {
    if target.dialect() == Dialect::Postgresql
        && let SqlType::Array(array) = &bound.sql_type
        && let SqlType::Enum(enumeration) = array.item.as_ref()
        && !enumeration.native_enum
    {
        return Err(CompileError::Compile(
            "PostgreSQL dialect cannot produce the CHECK constraint for ARRAY of non-native ENUM; \
             please specify create_constraint=False on this Enum datatype."
                .to_owned(),
        ));
    }
    Ok(())
}

/// MATCH, ON DELETE, ON UPDATE, DEFERRABLE.
pub(crate) fn reference_options(
    actions: &ForeignKeyActions,
    options: &ConstraintOptions,
    target: &Target,
) -> Result<String, CompileError> {
    let mut sql = String::new();
    if let Some(match_type) = &actions.match_type {
        if target.dialect() == Dialect::Mysql {
            return Err(CompileError::Compile(
                "MySQL ignores the 'MATCH' keyword while at the same time causes ON UPDATE/ON \
                 DELETE clauses to be ignored."
                    .to_owned(),
            ));
        }
        sql += &format!(" MATCH {}", keywords(match_type)?);
    }
    if let Some(action) = &actions.ondelete {
        let action = if target.dialect() == Dialect::Postgresql {
            on_delete(action)?
        } else {
            keywords(action)?
        };
        sql += &format!(" ON DELETE {action}");
    }
    if let Some(action) = &actions.onupdate {
        sql += &format!(" ON UPDATE {}", keywords(action)?);
    }
    sql += &deferrability(options)?;
    Ok(sql)
}

fn name_clause(name: &Name, target: &Target) -> Result<String, CompileError> {
    let name = written_name(name, target)?;
    Ok(name.map_or(String::new(), |name| format!("CONSTRAINT {name} ")))
}

fn deferrability(options: &ConstraintOptions) -> Result<String, CompileError> {
    let mut sql = match options.deferrable {
        Some(true) => " DEFERRABLE",
        Some(false) => " NOT DEFERRABLE",
        None => "",
    }
    .to_owned();
    if let Some(initially) = &options.initially {
        sql += &format!(" INITIALLY {}", keywords(initially)?);
    }
    Ok(sql)
}

fn not_valid(options: &ConstraintOptions, target: &Target) -> &'static str {
    if options.postgresql_not_valid && target.dialect() == Dialect::Postgresql {
        " NOT VALID"
    } else {
        ""
    }
}
