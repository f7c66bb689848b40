//! `limbeck db backup`.

use std::ffi::OsString;
use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Read as _;
use std::io::Seek as _;
use std::io::SeekFrom;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use limbeck_schema::Dialect;

use crate::cli::clients::Client;
use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::each_site::for_each;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::db;
use crate::graph::Heads;
use crate::graph::RevisionId;
use crate::ui::Output;

/// Back databases up into files
///
/// PostgreSQL through pg_dump, MySQL and MariaDB through mariadb-dump or mysqldump, SQLite by
/// itself. A backup is checked before it has its name, which says database, revision and time.
#[derive(Debug, clap::Args)]
pub(super) struct BackupArguments {
    /// The directory of the files, or the file for one database [default: the current directory]
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// A backup that has been made.
struct Backup {
    path: PathBuf,
    heads: Heads,
    restore: String,
}

pub(super) fn run(
    context: &Context,
    arguments: &BackupArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let sites = super::sites(context)?;
    let (directory, file) = match &arguments.output {
        None => (Path::new("."), None),
        Some(path) if path.is_dir() => (path.as_path(), None),
        Some(path) if sites.len() > 1 => {
            return Err(DbError::OneFile { path: path.clone(), count: sites.len() }.into());
        }
        Some(path) => (Path::new("."), Some(path)),
    };
    let mut json = Vec::new();
    let errors = for_each(&sites, output, |site, output| {
        let backup = back_up(site, directory, file)?;
        let bytes = fs::metadata(&backup.path).map_or(0, |metadata| metadata.len());
        if context.globals.json {
            json.push(serde_json::json!({
                "database": site.name(),
                "file": backup.path,
                "bytes": bytes,
                "heads": backup.heads,
                "restore": backup.restore,
            }));
            return Ok(());
        }
        output.data(backup.path.display())?;
        output.talk(format_args!("database {}: {bytes} bytes; to restore it:", site.name()));
        output.talk(format_args!("  {}", backup.restore));
        Ok(())
    })?;
    if context.globals.json {
        output.json(&errors.with_results("databases", json))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}

fn back_up(site: &Site<'_>, directory: &Path, file: Option<&PathBuf>) -> Result<Backup, CliError> {
    // Read first: what is in the backup is that or, if a run is at work, newer.
    let heads = site.heads()?;
    let dialect = site.url.dialect();
    let path = match file {
        Some(path) => path.clone(),
        None => directory.join(file_name(site, &heads)),
    };
    if path.exists() {
        return Err(DbError::FileExists { path }.into());
    }
    let partial = Partial::new(&path)?;
    match dialect {
        Dialect::Postgresql => dump_postgresql(site, &partial.path)?,
        Dialect::Mysql => dump_mysql(site, &partial.path)?,
        Dialect::Sqlite => db::copy_sqlite(&site.url, &site.options(true)?, &partial.path)
            .map_err(|error| site.error(error))?,
    }
    partial.finish(&path)?;
    let shown = quoted(&path.display().to_string());
    let alias = site.name();
    let url = quoted(&site.url.without_secrets());
    let remake = format!("limbeck db drop -d {alias} && limbeck db create -d {alias}");
    let restore = match dialect {
        Dialect::Postgresql => {
            format!("{remake} && pg_restore --exit-on-error --dbname={url} {shown}")
        }
        Dialect::Mysql => format!("{remake} && limbeck db shell -d {alias} < {shown}"),
        Dialect::Sqlite => format!("cp {shown} {}", quoted(&site.url.without_secrets())),
    };
    Ok(Backup { path, heads, restore })
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,%@".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// `epsm_results_4c1d77a09b21_20261121T183000Z.dump`.
fn file_name(site: &Site<'_>, heads: &Heads) -> String {
    let (name, extension) = match site.url.dialect() {
        Dialect::Postgresql => (site.url.database(), "dump"),
        Dialect::Mysql => (site.url.database(), "sql"),
        Dialect::Sqlite => {
            (site.url.sqlite_path().and_then(Path::file_stem).and_then(|stem| stem.to_str()), "db")
        }
    };
    let name = name.unwrap_or(site.name());
    let ids: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
    let heads = if ids.is_empty() { "base".to_owned() } else { ids.join("+") };
    let time = chrono::Utc::now().format("%Y%m%dT%H%M%SZ");
    // Whatever a name holds, it makes no directory and no option.
    let plain = |text: &str| -> String {
        let keep = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
        text.chars().map(|c| if keep(c) { c } else { '_' }).take(80).collect()
    };
    let name = plain(name);
    format!("{}_{}_{time}.{extension}", name.trim_start_matches(['-', '.']), plain(&heads))
}

/// A file that has its name only when it is complete.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn new(path: &Path) -> Result<Partial, DbError> {
        let mut name = OsString::from(path);
        name.push(".part");
        let partial = Partial { path: name.into() };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // A backup holds all that the database holds: it is for its owner only.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&partial.path) {
            Ok(_) => Ok(partial),
            Err(error) => Err(DbError::File { path: path.to_owned(), error }),
        }
    }

    fn finish(self, path: &Path) -> Result<(), DbError> {
        // Never over a file that has come meanwhile.
        let result = fs::hard_link(&self.path, path).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Err(error),
            // A file system without links.
            _ => fs::rename(&self.path, path),
        });
        result.map_err(|error| DbError::File { path: path.to_owned(), error })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It may have been renamed; and what else could be done about it?
        drop(fs::remove_file(&self.path));
    }
}

/// Runs a program to its end and gives what it has written.
fn finish(site: &Site<'_>, mut command: Command) -> Result<String, DbError> {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output();
    let done = done.map_err(|error| DbError::Program { program, error })?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let database = site.name().to_owned();
        return Err(DbError::ProgramFailed { database, program: name, status: done.status, said });
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

fn dump_postgresql(site: &Site<'_>, path: &Path) -> Result<(), DbError> {
    let mut dump = Client::dump(Dialect::Postgresql).connected_to(&site.url)?;
    dump.args(["--format=custom", "--no-password", "--file"]).arg(path);
    finish(site, dump)?;
    let mut list = Command::new(Client::restore().find()?);
    list.arg("--list").arg(path);
    let list = finish(site, list)?;
    if list.lines().any(|line| line.starts_with(';')) {
        return Ok(());
    }
    bad(site, "pg_restore --list lists nothing")
}

fn dump_mysql(site: &Site<'_>, path: &Path) -> Result<(), DbError> {
    let mut dump = Client::dump(Dialect::Mysql).connected_to(&site.url)?;
    dump.args(["--single-transaction", "--routines", "--events", "--triggers"]);
    let mut file = OsString::from("--result-file=");
    file.push(path);
    dump.arg(file).arg("--").arg(site.url.database().unwrap_or_default());
    finish(site, dump)?;
    let end = last_bytes(path, 200).map_err(|error| DbError::File { path: path.into(), error })?;
    if end.contains("-- Dump completed") {
        return Ok(());
    }
    bad(site, "its last line does not say that it is complete")
}

fn bad(site: &Site<'_>, what: &str) -> Result<(), DbError> {
    Err(DbError::BadBackup { database: site.name().to_owned(), what: what.to_owned() })
}

fn last_bytes(path: &Path, count: u64) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(count)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
