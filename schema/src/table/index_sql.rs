//! How each dialect writes CREATE INDEX and DROP INDEX.

use super::BoundTable;
use super::Index;
use super::IndexElement;
use super::MysqlIndex;
use super::MysqlIndexLength;
use super::constraint_sql::include_clause;

use super::naming::written_name;
use super::options::with_clause;
use super::phrase::method;
use crate::CompileError;
use crate::Dialect;
use crate::PythonError;
use crate::Target;
use crate::expr::Expr;

impl BoundTable {
    /// CREATE INDEX.
    ///
    /// # Errors
    ///
    /// An index without a name, an expression that cannot be written.
    pub fn create_index_sql(
        &self,
        index: &Index,
        if_not_exists: bool,
        target: &Target,
    ) -> Result<String, CompileError> {
        let name = written_name(&index.name, target)?.ok_or_else(|| {
            if self.naming.index.is_some() {
                // SQLAlchemy asserts that the convention has made one.
                PythonError::Assertion.into()
            } else {
                CompileError::Compile("CREATE INDEX requires that the index have a name".to_owned())
            }
        })?;
        match target.dialect() {
            Dialect::Postgresql => self.postgresql_index(index, &name, if_not_exists, target),
            Dialect::Sqlite => self.sqlite_index(index, &name, if_not_exists, target),
            Dialect::Mysql => self.mysql_index(index, &name, if_not_exists, target),
        }
    }

    /// DROP INDEX.
    ///
    /// # Errors
    ///
    /// An index without a name.
    pub fn drop_index_sql(
        &self,
        index: &Index,
        if_exists: bool,
        target: &Target,
    ) -> Result<String, CompileError> {
        let name = written_name(&index.name, target)?.ok_or_else(|| {
            CompileError::Compile("DROP INDEX requires that the index have a name".to_owned())
        })?;
        let if_exists = if if_exists { "IF EXISTS " } else { "" };
        Ok(match target.dialect() {
            Dialect::Mysql => {
                let table = target.quote_qualified(self.schema.as_deref(), &self.name);
                format!("\nDROP INDEX {if_exists}{name} ON {table}")
            }
            Dialect::Postgresql if index.options.postgresql.concurrently => {
                format!("\nDROP INDEX CONCURRENTLY {if_exists}{}", self.in_schema(&name, target))
            }
            Dialect::Postgresql | Dialect::Sqlite => {
                format!("\nDROP INDEX {if_exists}{}", self.in_schema(&name, target))
            }
        })
    }

    fn in_schema(&self, written: &str, target: &Target) -> String {
        match self.schema.as_deref() {
            Some(schema) if !schema.is_empty() => format!("{}.{written}", target.quote(schema)),
            _ => written.to_owned(),
        }
    }

    fn postgresql_index(
        &self,
        index: &Index,
        name: &str,
        if_not_exists: bool,
        target: &Target,
    ) -> Result<String, CompileError> {
        let options = &index.options.postgresql;
        let mut sql = create(index.unique);
        if options.concurrently {
            sql += "CONCURRENTLY ";
        }
        if if_not_exists {
            sql += "IF NOT EXISTS ";
        }
        let table = target.quote_qualified(self.schema.as_deref(), &self.name);
        sql += &format!("{name} ON {table} ");
        if let Some(using) = options.using.as_deref().filter(|using| !using.is_empty()) {
            sql += &format!("USING {} ", method(using)?);
        }
        let mut elements = Vec::new();
        for element in &index.elements {
            let (mut written, key) = match element {
                IndexElement::Column(key) => {
                    (target.quote(self.column_name(key)), Some(key.as_str()))
                }
                IndexElement::Expression(expression) => {
                    (expression.compile_in_postgresql_index(target)?, expression.index_key())
                }
            };
            let classes = &options.operator_classes;
            if let Some((_, class)) = classes.iter().find(|(of, _)| Some(of.as_str()) == key) {
                written += &format!(" {class}");
            }
            elements.push(written);
        }
        sql += &format!("({})", elements.join(", "));
        sql += &include_clause(self, &options.include, target)?;
        match options.nulls_not_distinct {
            Some(true) => sql += " NULLS NOT DISTINCT",
            Some(false) => sql += " NULLS DISTINCT",
            None => {}
        }
        if !options.with.is_empty() {
            sql += &format!(" WITH ({})", with_clause(&options.with));
        }
        if let Some(tablespace) = options.tablespace.as_deref().filter(|name| !name.is_empty()) {
            sql += &format!(" TABLESPACE {}", target.quote(tablespace));
        }
        sql += &predicate(options.predicate.as_ref(), target)?;
        Ok(sql)
    }

    fn sqlite_index(
        &self,
        index: &Index,
        name: &str,
        if_not_exists: bool,
        target: &Target,
    ) -> Result<String, CompileError> {
        let mut sql = create(index.unique);
        if if_not_exists {
            sql += "IF NOT EXISTS ";
        }
        let elements = self.elements(index, target)?.join(", ");
        sql += &self.in_schema(name, target);
        sql += &format!(" ON {} ({elements})", target.quote(&self.name));
        sql += &predicate(index.options.sqlite_where.as_ref(), target)?;
        Ok(sql)
    }

    fn elements(&self, index: &Index, target: &Target) -> Result<Vec<String>, CompileError> {
        let is_mysql = target.dialect() == Dialect::Mysql;
        let written = index.elements.iter().map(|element| match element {
            IndexElement::Column(key) => Ok(target.quote(self.column_name(key))),
            IndexElement::Expression(expression) => {
                let written = expression.compile_ddl(target)?;
                Ok(if is_mysql && expression.needs_parentheses_in_mysql_index() {
                    format!("({written})")
                } else {
                    written
                })
            }
        });
        written.collect()
    }

    fn mysql_index(
        &self,
        index: &Index,
        name: &str,
        if_not_exists: bool,
        target: &Target,
    ) -> Result<String, CompileError> {
        let options = index.options.of_mysql(target);
        let mut sql = "CREATE ".to_owned();
        if index.unique {
            sql += "UNIQUE ";
        }
        if let Some(prefix) = options.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            sql += &format!("{prefix} ");
        }
        sql += "INDEX ";
        if if_not_exists {
            sql += "IF NOT EXISTS ";
        }
        let table = target.quote_qualified(self.schema.as_deref(), &self.name);
        let mut written = self.elements(index, target)?;
        for (element, written) in index.elements.iter().zip(&mut written) {
            let length = match &options.length {
                None => None,
                Some(MysqlIndexLength::All(length)) => Some(*length),
                Some(MysqlIndexLength::Columns(lengths)) => {
                    let name = element.column().map(|key| self.column_name(key));
                    let by_name = lengths.iter().find(|(of, _)| Some(of.as_str()) == name);
                    let found = by_name.or_else(|| lengths.iter().find(|(of, _)| of == written));
                    found.map(|(_, length)| *length)
                }
            };
            if let Some(length) = length {
                *written += &format!("({length})");
            }
        }
        sql += &format!("{name} ON {table} ({})", written.join(", "));
        if let Some(parser) = &options.with_parser {
            sql += &format!(" WITH PARSER {parser}");
        }
        if let Some(using) = &options.using {
            sql += &format!(" USING {}", target.quote(using));
        }
        Ok(sql)
    }
}

impl super::IndexOptions {
    /// MySQL's options under either of its names; `mysql_using` and `mysql_with_parser` hold for
    /// `mariadb://` too.
    fn of_mysql(&self, target: &Target) -> MysqlIndex {
        if target.name() != "mariadb" {
            return self.mysql.clone();
        }
        MysqlIndex {
            prefix: self.mariadb.prefix.clone(),
            length: self.mariadb.length.clone(),
            with_parser: self
                .mariadb
                .with_parser
                .clone()
                .or_else(|| self.mysql.with_parser.clone()),
            using: self.mariadb.using.clone().or_else(|| self.mysql.using.clone()),
        }
    }
}

fn create(unique: bool) -> String {
    if unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " }.to_owned()
}

fn predicate(predicate: Option<&Expr>, target: &Target) -> Result<String, CompileError> {
    match predicate {
        Some(predicate) => Ok(format!(" WHERE {}", predicate.compile_ddl(target)?)),
        None => Ok(String::new()),
    }
}
