//! `limbeck db drop`.

use std::thread;
use std::time::Duration;

use limbeck_schema::Dialect;

use crate::cli::ask;
use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::db;
use crate::db::Administer;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::DatabaseUrl;
use crate::db::Users;
use crate::env::DatabaseSettings;
use crate::env::is_one_database;
use crate::ui::Output;

use super::AdminArguments;

/// How long a look at a database may take that is about to be dropped.
const LOOK: Duration = Duration::from_secs(10);

/// How often it is asked whether somebody has gone, and how long it is waited between.
const FAREWELLS: u32 = 10;
const FAREWELL: Duration = Duration::from_millis(100);

/// Drop a database with all its data
///
/// Asks for the name of the database, unless --yes is given. A database with `protected = true`
/// is never dropped.
#[derive(Debug, clap::Args)]
pub(super) struct DropArguments {
    #[command(flatten)]
    guards: Guards,
}

/// What keeps a database from being dropped by mistake.
#[derive(Debug, clap::Args)]
pub(super) struct Guards {
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
    /// Disconnect those who use it, a run of limbeck included
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    admin: AdminArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &DropArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let site = super::only_site(context, "db drop")?;
    let guards = &arguments.guards;
    let mut administer = guards.admit(context, &site, "db drop")?;
    let is_there = administer.exists().map_err(|error| site.error(error))?;
    if is_there {
        guards.pass(&site, administer.as_mut(), output)?;
        guards.drop_database(&site, administer.as_mut())?;
    }
    let name = administer.name();
    if context.globals.json {
        output.json(&serde_json::json!({
            "database": site.name(), "name": name, "dropped": is_there,
        }))?;
    } else {
        output.status(match is_there {
            true => format!("database {}: dropped {name}", site.name()),
            false => format!("database {}: there is no {name}", site.name()),
        })?;
    }
    Ok(ExitCode::Done)
}

impl Guards {
    /// The URL of an administrator, where one is given.
    pub(super) fn admin_url(&self) -> Result<Option<DatabaseUrl>, CliError> {
        self.admin.url()
    }

    /// Drops the database, behind [`Guards::pass`].
    pub(super) fn drop_database(
        &self,
        site: &Site<'_>,
        administer: &mut dyn Administer,
    ) -> Result<(), CliError> {
        administer.drop_database(self.force).map_err(|error| match error.kind {
            // Somebody has come meanwhile, or has left a prepared transaction behind.
            DatabaseErrorKind::Busy if !self.force => {
                let users = vec![error.detail.unwrap_or(error.message)];
                DbError::InUse { database: site.name().to_owned(), users }.into()
            }
            _ => site.error(error),
        })
    }

    /// Refuses a protected database, by whatever name it is reached, and those of the server
    /// itself, before anything else.
    pub(super) fn admit(
        &self,
        context: &Context,
        site: &Site<'_>,
        command: &'static str,
    ) -> Result<Box<dyn Administer>, CliError> {
        let is_here = |other: &&DatabaseSettings| {
            other.name == site.name()
                || other.url.as_ref().is_ok_and(|url| is_one_database(url, &site.url))
        };
        let protected = context.project.databases.iter().filter(|other| other.is_protected);
        if let Some(protected) = protected.clone().find(is_here) {
            let database = protected.name.clone();
            return Err(DbError::Protected { database, command }.into());
        }
        if let Some(name) = site.url.database().filter(|name| is_of_server(&site.url, name)) {
            let (database, name) = (site.name().to_owned(), name.to_owned());
            return Err(DbError::OfServer { database, name, command }.into());
        }
        let admin: Option<DatabaseUrl> = self.admin.url()?;
        db::administer(&site.url, admin.as_ref(), &site.options(false)?)
            .map_err(|error| site.error(error))
    }

    /// Refuses a database that is in use, and has its name typed.
    pub(super) fn pass(
        &self,
        site: &Site<'_>,
        administer: &mut dyn Administer,
        output: &mut Output<'_>,
    ) -> Result<(), CliError> {
        let (tables, lock) = look(site, self.force)?;
        if !self.force {
            let Users { seen: mut users, hidden } =
                still_there(administer).map_err(|error| site.error(error))?;
            if users.is_empty() {
                users.extend(lock.map(|holder| format!("a run of limbeck: {holder}")));
            }
            if !users.is_empty() {
                return Err(DbError::InUse { database: site.name().to_owned(), users }.into());
            }
            if hidden > 0 {
                output.insist(format_args!(
                    "warning: database {}: without the privilege PROCESS the connections of other \
                     users cannot be seen ({hidden} on this server); they may be using it",
                    site.name()
                ));
            }
        }
        let name = administer.name().to_owned();
        let tables = match tables {
            Some(1) => ", with 1 table".to_owned(),
            Some(count) => format!(", with {count} tables"),
            None => String::new(),
        };
        let losses = format!(
            "This deletes database {}: {}{tables} and all their data.",
            site.name(),
            site.url
        );
        match ask::has_name_typed(&losses, &name, self.yes, output)? {
            true => Ok(()),
            false => Err(DbError::OtherName { database: site.name().to_owned(), name }.into()),
        }
    }
}

/// Whether the server itself keeps this database.
fn is_of_server(url: &DatabaseUrl, name: &str) -> bool {
    match url.dialect() {
        Dialect::Sqlite => false,
        Dialect::Postgresql => ["postgres", "template0", "template1"].contains(&name),
        Dialect::Mysql => ["information_schema", "mysql", "performance_schema", "sys"]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name)),
    }
}

/// Those who use the database. A server needs a moment to notice that somebody has gone, this
/// program's own look at the database included.
fn still_there(administer: &mut dyn Administer) -> Result<Users, DatabaseError> {
    let mut attempts = 1;
    loop {
        let users = administer.users()?;
        if users.seen.is_empty() || attempts == FAREWELLS {
            return Ok(users);
        }
        attempts += 1;
        thread::sleep(FAREWELL);
    }
}

/// The number of tables, where the user may look, and the holder of the lock, where it matters.
fn look(site: &Site<'_>, is_forced: bool) -> Result<(Option<usize>, Option<String>), CliError> {
    // Of a server the administrator knows who is connected. A damaged file may go.
    let Ok(mut inspector) = db::inspect(&site.url, &site.options(true)?, LOOK) else {
        return Ok((None, None));
    };
    // Only for the words of the question.
    let tables = inspector.tables().ok();
    let holder = match is_forced {
        true => None,
        false => inspector.lock_holder().map_err(|error| site.error(error))?,
    };
    Ok((tables.map(|tables| tables.len()), holder))
}
