//! Databases of a PostgreSQL server.

use std::thread;
use std::time::Duration;

use diesel::pg::PgConnection;
use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;
use limbeck_schema::quote_literal;

use super::Administer;
use super::Created;
use super::Shape;
use super::Users;
use super::scram;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::error::MissingRight;
use crate::db::sql::Sql as _;
use crate::db::sql::TextRow;
use crate::db::sql::column;
use crate::db::url::DatabaseUrl;

/// Databases that are there on every server, as a rule.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// How often a copy of the template is tried while somebody else is connected to it.
const ATTEMPTS: u32 = 25;

/// Between two of them.
const PAUSE: Duration = Duration::from_millis(200);

/// The message of PostgreSQL and that of a unique index, which one gets when two do it at once.
const IS_THERE: [&str; 3] =
    ["already exists", "pg_database_datname_index", "pg_authid_rolname_index"];

/// Everything about a database but its settings and rights. Columns that only some versions of
/// the server have are read through JSON.
const SHAPE: &str = "SELECT pg_get_userbyid(d.datdba)::text, pg_encoding_to_char(d.encoding)::text, \
    to_jsonb(d)->>'datcollate', to_jsonb(d)->>'datctype', to_jsonb(d)->>'datlocprovider', \
    coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'), \
    to_jsonb(d)->>'daticurules', d.datconnlimit::text, t.spcname::text, \
    shobj_description(d.oid, 'pg_database')::text, (d.datacl IS NOT NULL)::text, d.datistemplate::text \
    FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = $1";

const RIGHTS: &str = "SELECT CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee)::text END, \
    a.privilege_type::text, a.is_grantable::text \
    FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = $1 ORDER BY 1 NULLS FIRST, 2";

const SETTINGS: &str = "SELECT r.rolname::text, split_part(c.setting, '=', 1), \
    substr(c.setting, strpos(c.setting, '=') + 1) \
    FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase \
    LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) AS c(setting) \
    WHERE d.datname = $1 ORDER BY 1 NULLS FIRST, 2";

/// Settings whose value is a list that is stored in quotes where it needs them
/// (`GUC_LIST_QUOTE` in PostgreSQL's sources).
const LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

const MAY_RECREATE: &str = "SELECT (r.rolcreatedb OR r.rolsuper)::text, \
    (r.rolsuper OR pg_has_role(current_user, $1, 'MEMBER'))::text, current_user::text \
    FROM pg_roles r WHERE r.rolname = current_user";

pub(super) struct PostgresAdmin {
    url: DatabaseUrl,
    admin: Option<DatabaseUrl>,
    options: SessionOptions,
    name: String,
    /// Opened when it is first needed.
    maintenance: Option<PgConnection>,
}

fn quoted(name: &str) -> String {
    quote_identifier(Dialect::Postgresql, name)
}

fn literal(text: &str) -> String {
    quote_literal(Dialect::Postgresql, text)
}

fn is_there_already(error: &DatabaseError) -> bool {
    IS_THERE.iter().any(|words| error.message.contains(words))
}

impl PostgresAdmin {
    pub(super) fn new(
        url: &DatabaseUrl,
        admin: Option<&DatabaseUrl>,
        options: &SessionOptions,
    ) -> Result<Self, DatabaseError> {
        // libpq takes the name of the user where there is none of a database.
        let Some(name) = url.database().or(url.user()) else {
            return Err(DatabaseError::new(
                DatabaseErrorKind::Unsupported,
                "the URL names no database",
            ));
        };
        Ok(PostgresAdmin {
            url: url.clone(),
            admin: admin.cloned(),
            options: options.clone(),
            name: name.to_owned(),
            maintenance: None,
        })
    }

    /// The connection to another database of the server.
    fn maintenance(&mut self) -> Result<&mut PgConnection, DatabaseError> {
        let connection = match self.maintenance.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        Ok(self.maintenance.insert(connection))
    }

    fn open(&self) -> Result<PgConnection, DatabaseError> {
        let base = match &self.admin {
            Some(admin) => match admin.database() {
                Some(name) if name != self.name => return connect::postgres(admin, &self.options),
                _ => admin,
            },
            None => &self.url,
        };
        let mut first = None;
        for name in MAINTENANCE.iter().filter(|name| **name != self.name) {
            match connect::postgres(&base.with_database(name), &self.options) {
                Ok(connection) => return Ok(connection),
                // The next may let us in.
                Err(error)
                    if matches!(
                        error.kind,
                        DatabaseErrorKind::NoSuchDatabase | DatabaseErrorKind::Authentication
                    ) =>
                {
                    first.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(first.unwrap_or_else(|| {
            DatabaseError::new(
                DatabaseErrorKind::NoSuchDatabase,
                "there is no maintenance database",
            )
        }))
    }

    /// Runs a statement whose error may show no password.
    fn run(&mut self, sql: &str) -> Result<(), DatabaseError> {
        let role = self.admin.as_ref().unwrap_or(&self.url).user().map(str::to_owned);
        self.maintenance()?.batch(sql).map_err(|mut error| {
            error.offset = None;
            if let DatabaseErrorKind::Denied(right) = &mut error.kind {
                right.role = role;
            }
            error
        })
    }

    fn one_row(&mut self, sql: &str, bind: &str) -> Result<Option<TextRow>, DatabaseError> {
        Ok(self.maintenance()?.rows(sql, &[bind])?.into_iter().next())
    }

    /// Makes the user of the URL, where it is missing.
    fn make_user(&mut self, user: &str) -> Result<bool, DatabaseError> {
        if self.one_row("SELECT 'yes' FROM pg_roles WHERE rolname = $1", user)?.is_some() {
            return Ok(false);
        }
        let mut sql = format!("CREATE ROLE {} LOGIN", quoted(user));
        if let Some(password) = self.url.password() {
            let salt = *uuid::Uuid::new_v4().as_bytes();
            let Some(verifier) = scram::verifier(password, &salt) else {
                return Err(DatabaseError::new(
                    DatabaseErrorKind::Unsupported,
                    format!(
                        "the password of {user} holds other characters than those of ASCII: create \
                         the role on the server"
                    ),
                ));
            };
            sql.push_str(&format!(" PASSWORD {}", literal(&verifier)));
        }
        match self.run(&sql) {
            Err(error) if is_there_already(&error) => Ok(false),
            result => result.map(|()| true),
        }
    }

    /// An administrator who is no superuser may only give a database to a role whose member he is.
    fn join(&mut self, owner: &str) -> Result<(), DatabaseError> {
        let member = "SELECT pg_has_role(current_user, $1, 'MEMBER')::text";
        let is_member = self.one_row(member, owner)?;
        if is_member.as_ref().map(|row| column(row, 0)) == Some("true") {
            return Ok(());
        }
        self.run(&format!("GRANT {} TO CURRENT_USER", quoted(owner)))
    }

    /// Creates the database, whose template may be in use for a moment.
    fn copy_template(&mut self, sql: &str) -> Result<(), DatabaseError> {
        let mut attempt = 1;
        loop {
            match self.run(sql) {
                Err(error) if error.kind == DatabaseErrorKind::Busy && attempt < ATTEMPTS => {
                    attempt += 1;
                    thread::sleep(PAUSE);
                }
                result => return result,
            }
        }
    }
}

impl Administer for PostgresAdmin {
    fn name(&self) -> &str {
        &self.name
    }

    fn exists(&mut self) -> Result<bool, DatabaseError> {
        if self.admin.is_some() {
            let name = self.name.clone();
            let query = "SELECT 'yes' FROM pg_database WHERE datname = $1";
            return Ok(self.one_row(query, &name)?.is_some());
        }
        match connect::postgres(&self.url, &self.options) {
            Ok(_) => Ok(true),
            Err(error) if error.kind == DatabaseErrorKind::NoSuchDatabase => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn create(&mut self) -> Result<Created, DatabaseError> {
        let user = self.url.user().map(str::to_owned).filter(|_| self.admin.is_some());
        let mut created = Created { was_there: true, made_user: None, owner: None };
        if let Some(user) = &user
            && self.make_user(user)?
        {
            created.made_user = Some(user.clone());
        }
        if self.exists()? {
            return Ok(created);
        }
        let mut sql = format!("CREATE DATABASE {}", quoted(&self.name));
        if let Some(user) = &user {
            self.join(user)?;
            sql.push_str(&format!(" OWNER {}", quoted(user)));
        }
        match self.copy_template(&sql) {
            Err(error) if is_there_already(&error) => return Ok(created),
            result => result?,
        }
        let name = self.name.clone();
        let owner = "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = $1";
        let owner = self.one_row(owner, &name)?.and_then(|row| row.into_iter().next().flatten());
        Ok(Created { was_there: false, owner, ..created })
    }

    fn users(&mut self) -> Result<Users, DatabaseError> {
        let name = self.name.clone();
        // Of the sessions of other roles the server hides the type from a role without the rights
        // of pg_read_all_stats, but neither the database nor, unless it is the server's own
        // worker, the role.
        let query = "SELECT a.application_name, a.usename::text, a.client_addr::text, a.pid::text \
            FROM pg_stat_activity a WHERE a.datname = $1 AND a.pid <> pg_backend_pid() \
            AND a.usesysid IS NOT NULL \
            AND coalesce(a.backend_type, 'client backend') = 'client backend' \
            ORDER BY a.backend_start, a.pid";
        let rows = self.maintenance()?.rows(query, &[&name])?;
        Ok(rows
            .iter()
            .map(|row| {
                let application = match column(row, 0) {
                    "" => "a client without a name",
                    application => application,
                };
                let mut words = format!("{application} as {}", column(row, 1));
                if let Some(Some(address)) = row.get(2) {
                    words.push_str(&format!(" from {address}"));
                }
                format!("{words} (process {})", column(row, 3))
            })
            .collect::<Vec<_>>()
            .into())
    }

    fn shape(&mut self) -> Result<Shape, DatabaseError> {
        let name = self.name.clone();
        let missing =
            || DatabaseError::new(DatabaseErrorKind::NoSuchDatabase, "the database does not exist");
        let row = self.one_row(SHAPE, &name)?.ok_or_else(missing)?;
        let owner = column(&row, 0).to_owned();
        let may = self.one_row(MAY_RECREATE, &owner)?.ok_or_else(missing)?;
        if column(&may, 0) != "true" || column(&may, 1) != "true" {
            let right = MissingRight {
                dialect: Dialect::Postgresql,
                privilege: None,
                role: Some(column(&may, 2).to_owned()),
                kind: "database".to_owned(),
                object: String::new(),
                needs_owner: false,
            };
            return Err(DatabaseError::new(
                DatabaseErrorKind::Denied(Box::new(right)),
                format!(
                    "role {} could drop the database, but not create it again for its owner {owner}",
                    column(&may, 2)
                ),
            ));
        }
        let mut create = format!(
            "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}",
            quoted(&name),
            quoted(&owner),
            literal(column(&row, 1)),
            literal(column(&row, 2)),
            literal(column(&row, 3))
        );
        // PostgreSQL 15 and 17 have added them; `c` has its locale in the two above.
        let locale = column(&row, 5);
        match column(&row, 4) {
            "i" => create.push_str(&format!(" LOCALE_PROVIDER icu ICU_LOCALE {}", literal(locale))),
            "b" => create
                .push_str(&format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {}", literal(locale))),
            _ => {}
        }
        if !column(&row, 6).is_empty() {
            create.push_str(&format!(" ICU_RULES {}", literal(column(&row, 6))));
        }
        if column(&row, 8) != "pg_default" {
            create.push_str(&format!(" TABLESPACE {}", quoted(column(&row, 8))));
        }
        create.push_str(&format!(" CONNECTION LIMIT {}", column(&row, 7)));

        let database = quoted(&name);
        let mut after = Vec::new();
        for setting in self.maintenance()?.rows(SETTINGS, &[&name])? {
            let (key, value) = (column(&setting, 1), column(&setting, 2));
            let value = if LISTS.contains(&key) && !value.is_empty() {
                value.to_owned()
            } else {
                literal(value)
            };
            // A setting of an extension has a dot in its name.
            let key: Vec<String> = key.split('.').map(quoted).collect();
            let key = key.join(".");
            after.push(match setting.first() {
                Some(Some(role)) => format!(
                    "ALTER ROLE {} IN DATABASE {database} SET {key} TO {value}",
                    quoted(role)
                ),
                _ => format!("ALTER DATABASE {database} SET {key} TO {value}"),
            });
        }
        if column(&row, 10) == "true" {
            after.push(format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC"));
            for right in self.maintenance()?.rows(RIGHTS, &[&name])? {
                let grantee = match right.first() {
                    Some(Some(role)) => quoted(role),
                    _ => "PUBLIC".to_owned(),
                };
                let option = if column(&right, 2) == "true" { " WITH GRANT OPTION" } else { "" };
                let right = column(&right, 1);
                after.push(format!("GRANT {right} ON DATABASE {database} TO {grantee}{option}"));
            }
        }
        if !column(&row, 9).is_empty() {
            after.push(format!("COMMENT ON DATABASE {database} IS {}", literal(column(&row, 9))));
        }
        let url = self.admin.as_ref().map_or(self.url.clone(), |admin| admin.with_database(&name));
        let mut inside = connect::postgres(&url, &self.options)?;
        let extensions =
            "SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1";
        let extensions = crate::db::catalog::first_column(inside.rows(extensions, &[])?);
        Ok(Shape { owner: Some(owner), create, after, extensions })
    }

    fn drop_database(&mut self, force: bool) -> Result<(), DatabaseError> {
        let mut sql = format!("DROP DATABASE {}", quoted(&self.name));
        if force {
            sql.push_str(" WITH (FORCE)");
        }
        self.run(&sql)
    }

    fn recreate(&mut self, shape: &Shape) -> Result<(), DatabaseError> {
        self.copy_template(&shape.create)?;
        shape.after.iter().try_for_each(|sql| self.run(sql))
    }
}
