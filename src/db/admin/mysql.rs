//! Databases of a MySQL or MariaDB server. They have no owner; what a user may do with one is
//! granted by name, and outlives it.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;
use limbeck_schema::quote_literal;

use super::Administer;
use super::Created;
use super::Shape;
use super::Users;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::mysql::MysqlConnection;
use crate::db::sql::Sql as _;
use crate::db::sql::column;
use crate::db::url::DatabaseUrl;

pub(super) struct MysqlAdmin {
    url: DatabaseUrl,
    admin: Option<DatabaseUrl>,
    options: SessionOptions,
    name: String,
    /// Opened when it is first needed, without a database.
    server: Option<MysqlConnection>,
}

fn quoted(name: &str) -> String {
    quote_identifier(Dialect::Mysql, name)
}

fn literal(text: &str) -> String {
    quote_literal(Dialect::Mysql, text)
}

/// A name in GRANT, where `_` and `%` stand for other characters ("GRANT Statement").
fn quoted_for_grant(name: &str) -> String {
    let escaped = name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%");
    quoted(&escaped)
}

impl MysqlAdmin {
    pub(super) fn new(
        url: &DatabaseUrl,
        admin: Option<&DatabaseUrl>,
        options: &SessionOptions,
    ) -> Result<Self, DatabaseError> {
        let Some(name) = url.database() else {
            return Err(DatabaseError::new(
                DatabaseErrorKind::Unsupported,
                "the URL names no database",
            ));
        };
        Ok(MysqlAdmin {
            url: url.clone(),
            admin: admin.cloned(),
            options: options.clone(),
            name: name.to_owned(),
            server: None,
        })
    }

    fn server(&mut self) -> Result<&mut MysqlConnection, DatabaseError> {
        let server = match self.server.take() {
            Some(server) => server,
            None => {
                let base = self.admin.as_ref().unwrap_or(&self.url);
                MysqlConnection::open(&base.with_database(""), &self.options)?
            }
        };
        Ok(self.server.insert(server))
    }

    /// Runs a statement whose error may show no password.
    fn run(&mut self, sql: &str) -> Result<(), DatabaseError> {
        let result = self.server()?.batch(sql);
        result.map_err(|error| DatabaseError {
            message: self.url.redact(&error.message),
            offset: None,
            ..error
        })
    }

    fn is_listed(&mut self) -> Result<bool, DatabaseError> {
        let name = self.name.clone();
        let query = "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?";
        Ok(!self.server()?.rows(query, &[&name])?.is_empty())
    }

    /// The hosts from which there is an account of that name.
    fn hosts_of(&mut self, user: &str) -> Result<Vec<String>, DatabaseError> {
        let query = "SELECT Host FROM mysql.user WHERE User = ? ORDER BY Host";
        let rows = self.server()?.rows(query, &[user])?;
        Ok(rows.into_iter().map(|row| column(&row, 0).to_owned()).collect())
    }

    /// Makes `user` with `password`, for every host.
    fn make_user(&mut self, user: &str, password: &str) -> Result<(), DatabaseError> {
        self.run(&format!(
            "CREATE USER IF NOT EXISTS {}@'%' IDENTIFIED BY {}",
            literal(user),
            literal(password)
        ))
    }

    /// Ends a session. One that has gone meanwhile is gone.
    fn disconnect(&mut self, id: &str) -> Result<(), DatabaseError> {
        let Err(refused) = self.run(&format!("KILL CONNECTION {id}")) else { return Ok(()) };
        let query = "SELECT 'there' FROM information_schema.PROCESSLIST WHERE ID = ?";
        match self.server()?.rows(query, &[id])?.is_empty() {
            true => Ok(()),
            false => Err(refused),
        }
    }

    /// Lets the accounts of `user` do everything in the database.
    fn admit(&mut self, user: &str, hosts: &[String]) -> Result<(), DatabaseError> {
        for host in hosts {
            self.run(&format!(
                "GRANT ALL PRIVILEGES ON {}.* TO {}@{}",
                quoted_for_grant(&self.name),
                literal(user),
                literal(host)
            ))?;
        }
        Ok(())
    }
}

/// The password for an account that is to be made. MySQL lets everybody in as a user without one.
fn password_of_new_user(url: &DatabaseUrl) -> Result<&str, DatabaseError> {
    url.password().filter(|password| !password.is_empty()).ok_or_else(|| {
        let user = url.user().unwrap_or_default();
        DatabaseError::new(
            DatabaseErrorKind::Unsupported,
            format!(
                "the user {user} does not exist, and the URL has no password to make it with: \
                 everybody could log in as a user without one"
            ),
        )
    })
}

impl Administer for MysqlAdmin {
    fn name(&self) -> &str {
        &self.name
    }

    fn exists(&mut self) -> Result<bool, DatabaseError> {
        if self.admin.is_some() {
            return self.is_listed();
        }
        match MysqlConnection::open(&self.url, &self.options) {
            Ok(_) => Ok(true),
            Err(error) if error.kind == DatabaseErrorKind::NoSuchDatabase => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn create(&mut self) -> Result<Created, DatabaseError> {
        let was_there = self.exists()?;
        let user = self.url.user().map(str::to_owned).filter(|_| self.admin.is_some());
        let hosts = match &user {
            Some(user) => self.hosts_of(user)?,
            None => Vec::new(),
        };
        let new_user = user.as_deref().filter(|_| hosts.is_empty());
        // Before anything is made.
        let password = match new_user {
            Some(_) => password_of_new_user(&self.url)?.to_owned(),
            None => String::new(),
        };
        if !was_there {
            self.run(&format!("CREATE DATABASE IF NOT EXISTS {}", quoted(&self.name)))?;
        }
        if let Some(user) = new_user {
            self.make_user(user, &password)?;
            self.admit(user, &["%".to_owned()])?;
        } else if let Some(user) = &user {
            self.admit(user, &hosts)?;
        }
        Ok(Created { was_there, made_user: new_user.map(str::to_owned), owner: None })
    }

    fn users(&mut self) -> Result<Users, DatabaseError> {
        let name = self.name.clone();
        // Counted first: whoever comes between the two questions is then no hidden one.
        let status = self.server()?.rows("SHOW GLOBAL STATUS LIKE 'Threads_connected'", &[])?;
        let connected: usize =
            status.first().and_then(|row| column(row, 1).parse().ok()).unwrap_or_default();
        let all = "SELECT CAST(ID AS CHAR) FROM information_schema.PROCESSLIST";
        // Without the privilege PROCESS these are the user's own.
        let shown = self.server()?.rows(all, &[])?.len();
        let query = "SELECT USER, HOST, CAST(ID AS CHAR) FROM information_schema.PROCESSLIST \
            WHERE DB = ? AND ID <> CONNECTION_ID() ORDER BY ID";
        let rows = self.server()?.rows(query, &[&name])?;
        let words = |row: &Vec<_>| {
            format!("{} from {} (connection {})", column(row, 0), column(row, 1), column(row, 2))
        };
        Ok(Users {
            seen: rows.iter().map(words).collect(),
            hidden: connected.saturating_sub(shown),
        })
    }

    fn shape(&mut self) -> Result<Shape, DatabaseError> {
        let name = self.name.clone();
        let query = "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME \
            FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?";
        let rows = self.server()?.rows(query, &[&name])?;
        let Some(row) = rows.first() else {
            let message = "the database does not exist";
            return Err(DatabaseError::new(DatabaseErrorKind::NoSuchDatabase, message));
        };
        let create = format!(
            "CREATE DATABASE {} CHARACTER SET {} COLLATE {}",
            quoted(&name),
            column(row, 0),
            column(row, 1)
        );
        Ok(Shape { create, ..Shape::default() })
    }

    fn drop_database(&mut self, force: bool) -> Result<(), DatabaseError> {
        let name = self.name.clone();
        if force {
            let query = "SELECT CAST(ID AS CHAR) FROM information_schema.PROCESSLIST \
                WHERE DB = ? AND ID <> CONNECTION_ID()";
            for row in self.server()?.rows(query, &[&name])? {
                self.disconnect(column(&row, 0))?;
            }
        }
        self.run(&format!("DROP DATABASE {}", quoted(&name)))
    }

    fn recreate(&mut self, shape: &Shape) -> Result<(), DatabaseError> {
        self.run(&shape.create)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_user_is_made_without_a_password() {
        for url in ["mysql://app@h/d", "mysql://app:@h/d"] {
            let error = password_of_new_user(&url.parse().unwrap()).unwrap_err();
            assert_eq!(error.kind, DatabaseErrorKind::Unsupported, "{url}");
        }
        let url = "mysql://app:x@h/d".parse().unwrap();
        assert_eq!(password_of_new_user(&url), Ok("x"));
    }

    #[test]
    fn a_name_in_grant_stands_for_itself() {
        assert_eq!(quoted_for_grant("a_b%`"), "`a\\_b\\%```");
    }
}
