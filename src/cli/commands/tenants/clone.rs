//! `limbeck tenants clone`.

use std::ffi::OsString;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::db;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::exec;
use crate::exec::Silent;
use crate::graph::RevisionId;
use crate::ui::Output;

/// Make a tenant as a copy of another: the SQLite file with all that is in it
///
/// The new file must not be there yet, and has its name only once it is complete. Runs of limbeck
/// on the tenant that is copied are waited for. Tenants that are schemas or databases of a server
/// cannot be cloned.
#[derive(Debug, clap::Args)]
pub(super) struct CloneArguments {
    /// The name of the tenant that is copied
    from: String,
    /// The name of the new tenant
    to: String,
}

/// What SQLite keeps beside a file and would take for the new one's.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

pub(super) fn run(
    context: &Context,
    arguments: &CloneArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let route = super::only_route(context, "tenants clone")?;
    let from = context.tenant_site(&route, &arguments.from)?;
    let to = context.tenant_site(&route, &arguments.to)?;
    let (source, target) = match (from.url.sqlite_path(), to.url.sqlite_path()) {
        (Some(source), Some(target)) => (source.to_owned(), target.to_owned()),
        _ => return Err(CliError::TenantNoFile { database: from.name().to_owned() }),
    };
    if !source.exists() {
        let message = format!("there is no file {}", source.display());
        return Err(from.error(DatabaseError::new(DatabaseErrorKind::Unreachable, message)));
    }
    check_free(&target)?;
    // Whoever is at work there is waited for, and nobody begins meanwhile.
    let mut session = from.connect(false)?;
    let options = from.entry_options(context, 10, None)?;
    exec::acquire(session.as_mut(), &options, &mut Silent)
        .map_err(|kind| from.journal_error(kind))?;
    copy(&from, &source, &target)?;
    let heads = to.heads()?;
    if context.globals.json {
        output.json(&serde_json::json!({
            "database": to.settings.name,
            "from": arguments.from,
            "tenant": arguments.to,
            "current": heads,
        }))?;
    } else {
        let ids: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
        let at = if ids.is_empty() { "base".to_owned() } else { ids.join(", ") };
        output.status(format!("{}: a copy of {}, at {at}", to.name(), from.name()))?;
    }
    let listed = context.all_tenants(&route)?;
    if listed.iter().all(|known| known.name() != to.name()) {
        output.talk(format_args!(
            "note: {} is not among the tenants that the configuration lists yet; until it is, no \
             upgrade of all tenants reaches it",
            to.name()
        ));
    }
    Ok(ExitCode::Done)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Refuses a new file that is there, or of which something is: SQLite would play the journal of
/// another file back into it.
fn check_free(target: &Path) -> Result<(), DbError> {
    let beside = BESIDE.iter().map(|suffix| with_suffix(target, suffix));
    for path in std::iter::once(target.to_owned()).chain(beside) {
        if path.symlink_metadata().is_ok() {
            return Err(DbError::FileExists { path });
        }
    }
    Ok(())
}

fn copy(from: &Site<'_>, source: &Path, target: &Path) -> Result<(), CliError> {
    let failed = |error| DbError::File { path: target.to_owned(), error };
    let partial = Partial::new(target).map_err(failed)?;
    let options = from.options(true)?;
    db::copy_sqlite(&from.url, &options, &partial.path).map_err(|error| from.error(error))?;
    // Whoever may use the one may use the other.
    fs::metadata(source)
        .and_then(|metadata| fs::set_permissions(&partial.path, metadata.permissions()))
        .and_then(|()| File::open(&partial.path)?.sync_all())
        .map_err(failed)?;
    check_free(target)?;
    // A link is never made over a file that has come meanwhile.
    match fs::hard_link(&partial.path, target) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(DbError::FileExists { path: target.to_owned() }.into())
        }
        result => Ok(result.map_err(failed)?),
    }
}

/// The copy under a name of this process alone: what is left of one that was killed is no tenant
/// and in nobody's way.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn new(target: &Path) -> io::Result<Partial> {
        let path = with_suffix(target, &format!(".{}.part", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?;
        Ok(Partial { path })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // What else could be done about it?
        drop(fs::remove_file(&self.path));
    }
}
