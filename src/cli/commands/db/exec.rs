//! `limbeck db exec`.

mod show;

use std::io;
use std::io::IsTerminal as _;
use std::io::Read as _;
use std::path::PathBuf;

use limbeck_schema::Dialect;

use crate::bounded_file;
use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::db_error::Place;
use crate::cli::db_error::Undone;
use crate::cli::each_site::for_each;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::db;
use crate::db::ConsoleError;
use crate::script::sql;
use crate::script::sql::SourcePosition;
use crate::script::sql::Statement;
use crate::ui::Output;

use show::Format;
use show::Show;

/// Run SQL by hand and show what it answers
///
/// All statements are one transaction: when one fails, none has taken effect, and the exit status
/// is not 0. Nothing of it is recorded in the journal, which is for revisions. On a database with
/// `protected = true` only reading is allowed, unless --yes is given.
#[derive(Debug, clap::Args)]
pub(super) struct ExecArguments {
    /// The SQL, or - for standard input
    #[arg(conflicts_with = "file")]
    sql: Option<String>,
    /// Read the SQL from FILE
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Run on every database
    #[arg(long, conflicts_with = "databases")]
    all: bool,
    /// Run each statement by itself, for statements that refuse a transaction
    #[arg(long)]
    no_transaction: bool,
    /// How rows are shown
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    format: Format,
    /// Allow changes of a protected database
    #[arg(long, short = 'y')]
    yes: bool,
}

/// A text and where it comes from.
struct Source {
    name: String,
    text: String,
}

pub(super) fn run(
    context: &Context,
    arguments: &ExecArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let sites = match arguments.all {
        true => super::sites(context)?,
        false => vec![super::only_site(context, "db exec")?],
    };
    let source = Source::read(arguments)?;
    let format = if context.globals.json { Format::Json } else { arguments.format };
    let mut show = Show::new(format);
    let errors = for_each(&sites, output, |site, output| {
        show.begin_database(site.name(), sites.len() > 1, output)?;
        let done = exec(site, arguments, &source, &mut show, output);
        show.end_database(output)?;
        done
    })?;
    show.end(&errors, output)?;
    errors.into_result()?;
    Ok(ExitCode::Done)
}

fn exec(
    site: &Site<'_>,
    arguments: &ExecArguments,
    source: &Source,
    show: &mut Show,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let dialect = site.url.dialect();
    let statements = source.statements(dialect)?;
    let is_guarded = site.settings.is_protected && !arguments.yes;
    if is_guarded {
        source.check_reading(&statements, dialect, site.name(), arguments.no_transaction)?;
    }
    // A single statement is a transaction by itself.
    let alone = |statement: &Statement| sql::refuses_transaction(statement, dialect).is_some();
    let in_transaction =
        !(arguments.no_transaction || matches!(statements.as_slice(), [one] if alone(one)));
    if in_transaction {
        source.check(&statements, dialect)?;
    }
    let options = site.options(is_guarded)?;
    let mut console = db::console(&site.url, &options).map_err(|error| site.error(error))?;
    if in_transaction {
        console.begin().map_err(|error| site.error(error))?;
    }
    for (number, statement) in statements.iter().enumerate() {
        let mut answer = show.answer(output);
        let result = console.run(statement, answer.as_mut());
        answer.end(result.as_ref().ok().copied())?;
        result.map_err(|error| match error {
            ConsoleError::Taking(error) => CliError::Output(error),
            ConsoleError::Database(error) => DbError::Statement {
                database: site.name().to_owned(),
                place: source.place(statement, error.offset.unwrap_or(0)),
                error,
                undone: match (in_transaction, dialect) {
                    _ if number == 0 || is_guarded => Undone::All,
                    (false, _) => Undone::Nothing,
                    (true, Dialect::Mysql) => Undone::Rows,
                    (true, _) => Undone::All,
                },
                is_protected: is_guarded,
            }
            .into(),
        })?;
    }
    if in_transaction {
        console.commit().map_err(|error| site.error(error))?;
    }
    Ok(())
}

impl Source {
    fn read(arguments: &ExecArguments) -> Result<Source, CliError> {
        let (name, read) = match (&arguments.file, &arguments.sql) {
            (Some(path), _) if path.as_os_str() != "-" => {
                let read = bounded_file::read_any(path, bounded_file::LARGE);
                (path.display().to_string(), read.and_then(bounded_file::text))
            }
            (None, Some(text)) if text != "-" => ("<command line>".to_owned(), Ok(text.clone())),
            (None, None) if io::stdin().is_terminal() => return Err(DbError::NoSql.into()),
            _ => {
                let mut text = String::new();
                let read = io::stdin().lock().read_to_string(&mut text);
                ("<stdin>".to_owned(), read.map(|_| text))
            }
        };
        let text =
            read.map_err(|error| DbError::Unreadable { source_name: name.clone(), error })?;
        // A byte order mark is no SQL.
        let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
        Ok(Source { name, text })
    }

    fn statements(&self, dialect: Dialect) -> Result<Vec<Statement>, DbError> {
        let start = SourcePosition { line: 1, column: 1 };
        let source_name = || self.name.clone();
        let statements = sql::split(&self.text, dialect, start)
            .map_err(|error| DbError::Split { source_name: source_name(), error })?;
        match statements.is_empty() {
            true => Err(DbError::EmptySql { source_name: source_name() }),
            false => Ok(statements),
        }
    }

    /// Refuses what cannot be part of one transaction, before anything runs.
    fn check(&self, statements: &[Statement], dialect: Dialect) -> Result<(), DbError> {
        for statement in statements {
            let place = || self.place(statement, 0);
            if let Some(control) = sql::transaction_control(statement, dialect) {
                let words = control.words().to_owned();
                return Err(DbError::OwnTransaction { place: place(), words });
            }
            if let Some(words) = sql::refuses_transaction(statement, dialect) {
                return Err(DbError::RefusesTransaction { place: place(), words });
            }
        }
        Ok(())
    }

    /// Refuses what would leave the one transaction in which a protected database is read, and
    /// what could make it writable.
    fn check_reading(
        &self,
        statements: &[Statement],
        dialect: Dialect,
        database: &str,
        no_transaction: bool,
    ) -> Result<(), DbError> {
        let database = database.to_owned();
        if no_transaction {
            return Err(DbError::GuardedTransaction { database });
        }
        for statement in statements {
            let words = sql::ends_reading_only(statement, dialect)
                .or_else(|| sql::refuses_transaction(statement, dialect));
            if let Some(words) = words {
                let place = self.place(statement, 0);
                return Err(DbError::NotReading { database, place, words });
            }
        }
        Ok(())
    }

    /// The place of a byte of a statement.
    fn place(&self, statement: &Statement, offset: usize) -> Place {
        let position = statement.position_at(offset);
        let line = self.text.lines().nth(position.line - 1).unwrap_or("").to_owned();
        Place { source: self.name.clone(), position, line }
    }
}
