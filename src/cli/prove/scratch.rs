//! Databases to try things on: made for the purpose and dropped afterwards, or lent by somebody and
//! emptied again. What the project's own databases hold is neither read nor changed.

use std::path::Path;
use std::path::PathBuf;

use limbeck_schema::Dialect;
use uuid::Uuid;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::cli::tenants::Known;
use crate::cli::tenants::Tenant;
use crate::db;
use crate::db::Administer;
use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::DatabaseUrl;
use crate::db::FencedDatabase;
use crate::db::Snapshot;
use crate::db::UrlError;
use crate::exec::Redirection;
use crate::graph::RevisionGraph;

/// How the names of scratch databases begin.
const PREFIX: &str = "limbeck_scratch_";

/// Where things are tried out.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct ScratchArguments {
    /// Try it out on the empty database at URL, which is emptied again, instead of databases made
    /// for the purpose
    #[arg(
        long = "scratch-url",
        alias = "scratch",
        value_name = "URL",
        env = "LIMBECK_SCRATCH_URL",
        hide_env_values = true,
        requires = "prove"
    )]
    scratch: Option<String>,
}

impl ScratchArguments {
    /// The database that is lent.
    pub(in crate::cli) fn url(&self) -> Result<Option<DatabaseUrl>, CliError> {
        lent_database(self.scratch.as_deref())
    }
}

/// The database that `--scratch-url` lends.
pub(in crate::cli) fn lent_database(url: Option<&str>) -> Result<Option<DatabaseUrl>, CliError> {
    // An empty variable is an unset one.
    let text = url.filter(|text| !text.trim().is_empty());
    let url = text.map(str::parse).transpose();
    url.map_err(|error| CliError::Scratch(ScratchProblem::Url(error)))
}

/// Why there is no scratch database.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum ScratchProblem {
    #[error("--scratch-url: {0}")]
    Url(UrlError),
    #[error("--scratch-url names a database of {given}, and {database} is one of {dialect}")]
    OtherDialect { database: String, given: Dialect, dialect: Dialect },
    #[error("--scratch-url serves one database, and there are several")]
    Several { names: Vec<String> },
    #[error("--scratch-url: {url} is not empty: {what}")]
    NotEmpty { url: String, what: String },
    #[error("--scratch-url: {url} is the database {database}")]
    Own { url: String, database: String },
    #[error("database {database}: no scratch database can be made: {error}")]
    NotMade { database: String, user: Option<String>, dialect: Dialect, error: DatabaseError },
    #[error("the scratch database {url} cannot be emptied or dropped: {error}")]
    Left { url: String, error: DatabaseError },
    #[error("--scratch-url lends one database, and tenants of {database} need two")]
    Tenants { database: String },
    #[error("there is no database of {dialect} to prove the text for it on")]
    NoDatabase { dialect: Dialect },
}

/// A scratch database in the place of a database of the project.
pub(in crate::cli) struct Scratch<'a> {
    site: Site<'a>,
    redirection: Redirection,
    /// The shared schema of a tenant that shares its database with others.
    home: Option<Site<'a>>,
    /// Whether it was lent.
    is_lent: bool,
    /// Where files are, which is removed in the end.
    directory: Option<PathBuf>,
}

impl<'a> Scratch<'a> {
    /// One for `site`; nothing is made yet.
    ///
    /// # Errors
    /// When `lent` is of another kind, or a database of the project.
    pub(in crate::cli) fn new(
        context: &Context,
        site: &'a Site<'a>,
        lent: Option<&DatabaseUrl>,
    ) -> Result<Self, CliError> {
        let dialect = site.url.dialect();
        if let Some(lent) = lent {
            check_lent(context, site, lent)?;
        }
        let name = format!("{PREFIX}{}", Uuid::new_v4().simple());
        let is_lent = lent.is_some();
        let (place, elsewhere, directory) = match (lent, dialect) {
            (Some(lent), _) => (lent.clone(), None, None),
            (None, Dialect::Sqlite) => {
                let directory = std::env::temp_dir().join(name);
                let file = |name: &str| -> Result<DatabaseUrl, CliError> {
                    let url = format!("sqlite:///{}", directory.join(name).display());
                    Ok(url.parse::<DatabaseUrl>()?)
                };
                (file("scratch.db")?, Some(file("elsewhere.db")?), Some(directory))
            }
            (None, Dialect::Postgresql | Dialect::Mysql) => {
                let place = site.url.with_database(&name);
                (place, Some(site.url.with_database(&format!("{name}_2"))), None)
            }
        };
        // env.py of several databases opens them all.
        let is_one_of_several = context.project.databases.len() > 1;
        let redirection = Redirection {
            place: place.clone(),
            stands_for: is_one_of_several.then(|| name_of(&site.url)).flatten(),
            elsewhere: elsewhere.filter(|_| is_one_of_several),
        };
        let site = Site {
            name: site.name.clone(),
            settings: site.settings.clone(),
            tenant: None,
            url: place,
            graph: site.graph,
            needs: &[],
            logs_sql: site.logs_sql,
        };
        Ok(Scratch { site, home: None, redirection, is_lent, directory })
    }

    /// The same for `tenant`, beside a shared schema with the revisions of `shared`.
    ///
    /// # Errors
    /// When it needs another database than the one that was lent.
    pub(in crate::cli) fn of_tenant(
        self,
        tenant: &Tenant,
        shared: &'a RevisionGraph,
    ) -> Result<Self, CliError> {
        let Scratch { mut site, redirection, is_lent, directory, .. } = self;
        let mut place = tenant.place.clone();
        let mut home = None;
        if let Some(place) = &mut place {
            let name = site.settings.name.clone();
            home = Some(Site {
                name: name.clone(),
                settings: site.settings.clone(),
                tenant: None,
                url: site.url.clone(),
                graph: shared,
                needs: &[],
                logs_sql: site.logs_sql,
            });
            // Each tenant of MySQL is a database, and so is what they share.
            if site.url.dialect() == Dialect::Mysql {
                if is_lent {
                    return Err(CliError::Scratch(ScratchProblem::Tenants { database: name }));
                }
                let shared = site.url.database().unwrap_or_default().to_owned();
                place.schema = format!("{shared}_t");
                place.shared_schema = shared;
                site.url = site.url.with_database(&place.schema);
            }
        }
        site.tenant = Some(Tenant { place, known: Known::Unasked, ..tenant.clone() });
        Ok(Scratch { site, home, redirection, is_lent, directory })
    }

    /// What messages call the database.
    pub(in crate::cli) fn name(&self) -> &str {
        self.site.name()
    }

    /// The shared schema of the tenant that it is for.
    pub(in crate::cli) fn home(&self) -> Option<&Site<'a>> {
        self.home.as_ref()
    }

    /// Does something on the database, which is empty then, and drops or empties it whatever comes
    /// of that.
    pub(in crate::cli) fn with<T>(
        &self,
        work: impl FnOnce(&Site<'_>, &Redirection) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        if self.is_lent && self.site.url.dialect() != Dialect::Sqlite {
            return self.with_lent(work);
        }
        if let Some(directory) = &self.directory {
            private_directory(directory)?;
        }
        let mut made = Made { databases: Vec::new(), directory: self.directory.as_deref() };
        let result = self.make(&mut made).and_then(|()| work(&self.site, &self.redirection));
        let dropped = made.drop_all();
        let result = result?;
        dropped?;
        Ok(result)
    }

    fn make(&self, made: &mut Made<'_>) -> Result<(), CliError> {
        let of_tenant = Some(&self.site.url).filter(|url| **url != self.redirection.place);
        let places =
            [Some(&self.redirection.place), self.redirection.elsewhere.as_ref(), of_tenant];
        for url in places.into_iter().flatten() {
            let not_made = |error| {
                CliError::Scratch(ScratchProblem::NotMade {
                    database: self.site.name().to_owned(),
                    user: url.user().map(str::to_owned),
                    dialect: url.dialect(),
                    error,
                })
            };
            let options = self.site.options(false)?;
            let mut administer = db::administer(url, None, &options).map_err(not_made)?;
            administer.create().map_err(not_made)?;
            made.databases.push((url.to_string(), administer));
        }
        Ok(())
    }

    fn with_lent<T>(
        &self,
        work: impl FnOnce(&Site<'_>, &Redirection) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let before = self.look()?;
        if let Some(what) = db::contents(&before).first() {
            let (url, what) = (self.site.url.to_string(), (*what).to_owned());
            return Err(CliError::Scratch(ScratchProblem::NotEmpty { url, what }));
        }
        let result = work(&self.site, &self.redirection);
        let mut session = self.site.connect(false)?;
        let cleared = db::clear(session.as_mut(), &before);
        let result = result?;
        cleared.map_err(|error| {
            CliError::Scratch(ScratchProblem::Left { url: self.site.url.to_string(), error })
        })?;
        Ok(result)
    }

    fn look(&self) -> Result<Snapshot, CliError> {
        let mut session = self.site.connect(true)?;
        Snapshot::of(session.as_mut(), &[]).map_err(|error| self.site.error(error))
    }
}

/// A session on the scratch database `site` that is not let into the databases of the project.
pub(in crate::cli) fn connect(
    context: &Context,
    site: &Site<'_>,
) -> Result<Box<dyn Database>, CliError> {
    let is_beside = |url: &DatabaseUrl| {
        (url.dialect(), url.host(), url.port())
            == (site.url.dialect(), site.url.host(), site.url.port())
    };
    let urls = context.project.databases.iter().filter_map(|one| context.project.url(one).ok());
    let others = urls.filter(is_beside).filter_map(|url| url.database().map(str::to_owned));
    let others = others.collect();
    Ok(Box::new(FencedDatabase::new(site.connect(false)?, others)))
}

/// Databases that were made, which are dropped whatever happens.
struct Made<'a> {
    databases: Vec<(String, Box<dyn Administer>)>,
    directory: Option<&'a Path>,
}

impl Made<'_> {
    fn drop_all(&mut self) -> Result<(), CliError> {
        let mut result = Ok(());
        for (url, mut administer) in self.databases.drain(..) {
            if let Err(error) = administer.drop_database(true) {
                result = Err(CliError::Scratch(ScratchProblem::Left { url, error }));
            }
        }
        if let Some(directory) = self.directory.take() {
            // What is left there is a lock file at most.
            drop(std::fs::remove_dir_all(directory));
        }
        result
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        // Only behind a panic there is anything left, and nobody to be told.
        drop(self.drop_all());
    }
}

/// Refuses what must not be lent.
fn check_lent(context: &Context, site: &Site<'_>, lent: &DatabaseUrl) -> Result<(), CliError> {
    let (given, dialect) = (lent.dialect(), site.url.dialect());
    if given != dialect {
        let database = site.name().to_owned();
        let problem = ScratchProblem::OtherDialect { database, given, dialect };
        return Err(CliError::Scratch(problem));
    }
    for settings in &context.project.databases {
        if let Ok(url) = context.project.url(settings)
            && (url.host(), url.port(), name_of(&url)) == (lent.host(), lent.port(), name_of(lent))
        {
            let (url, database) = (lent.to_string(), settings.name.clone());
            return Err(CliError::Scratch(ScratchProblem::Own { url, database }));
        }
    }
    let is_empty_file =
        |path: &Path| std::fs::metadata(path).map_or(true, |metadata| metadata.len() == 0);
    match lent.sqlite_path() {
        Some(path) if !is_empty_file(path) => Err(CliError::Scratch(ScratchProblem::NotEmpty {
            url: lent.to_string(),
            what: "the file holds something".to_owned(),
        })),
        _ => Ok(()),
    }
}

/// The name of a database; of a file the path without links, as Python's `os.path.realpath` has it.
fn name_of(url: &DatabaseUrl) -> Option<String> {
    match url.sqlite_path() {
        Some(path) => {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            let folder = absolute.parent().and_then(|folder| folder.canonicalize().ok());
            let real = match (folder, absolute.file_name()) {
                (Some(folder), Some(name)) => folder.join(name),
                _ => absolute,
            };
            let real = real.canonicalize().unwrap_or(real);
            Some(real.to_string_lossy().into_owned())
        }
        None => url.database().map(str::to_owned),
    }
}

/// Makes a directory that nobody else may read.
fn private_directory(path: &Path) -> Result<(), CliError> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(path)?)
}
