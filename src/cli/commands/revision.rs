//! `limbeck revision`.

use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr as _;

use chrono::DateTime;
use chrono::FixedOffset;
use chrono::Local;
use chrono::Utc;
use chrono_tz::Tz;
use limbeck_alembic::header::is_same_in;
use uuid::Uuid;

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::script::Naming;
use crate::script::NewRevision;
use crate::script::PythonTemplate;
use crate::script::RevisionFormat;
use crate::script::RevisionTemplate;
use crate::target::Resolver;
use crate::target::Target;
use crate::target::TargetError;
use crate::target::TargetKind;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::env_findings;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::hooks;

use super::placement;
use super::placement::Placement;

/// Create a new revision file
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RevisionArguments {
    /// What the revision does, in a few words
    #[arg(short, long, allow_hyphen_values = true)]
    message: Option<String>,
    /// The head to follow, such as 'timescale@head'; 'base' starts a new branch [default: the
    /// head of the --branch-label that exists already, or 'head']
    #[arg(long, allow_negative_numbers = true)]
    head: Option<String>,
    /// Allow a --head that is no head: the new revision makes a second branch there
    #[arg(long)]
    splice: bool,
    /// Give the new revision this branch label; one that exists already means that branch
    /// (repeatable)
    #[arg(long = "branch-label", value_name = "LABEL")]
    branch_labels: Vec<String>,
    /// A revision or branch label that the new revision depends on (repeatable)
    #[arg(long, value_name = "REVISION", allow_negative_numbers = true)]
    depends_on: Vec<String>,
    /// The version location to put the file in
    #[arg(long, value_name = "PATH")]
    version_path: Option<PathBuf>,
    /// Use this revision id instead of a random one
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// The kind of file to write [default: py in an Alembic project, sql in any other]
    #[arg(long, value_enum, value_name = "KIND")]
    template: Option<FileKind>,
    /// Alembic's comparison of models with a database
    #[arg(long, hide = true)]
    autogenerate: bool,
    /// Alembic's environment without a database
    #[arg(long, hide = true)]
    sql: bool,
}

/// The kinds of revision files that can be written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum FileKind {
    /// SQL with front matter
    Sql,
    /// Python, as Alembic writes it
    Py,
}

/// A revision to be written, for `revision` and `merge`.
pub(super) struct Wanted<'a> {
    pub(super) message: Option<&'a str>,
    /// What it follows: empty where nothing was said.
    pub(super) heads: Vec<Target>,
    pub(super) is_merge: bool,
    pub(super) splice: bool,
    pub(super) branch_labels: &'a [String],
    pub(super) depends_on: &'a [String],
    pub(super) version_path: Option<&'a Path>,
    pub(super) rev_id: Option<&'a str>,
    pub(super) template: Option<FileKind>,
}

pub(super) fn run(
    context: &Context,
    arguments: &RevisionArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    if arguments.sql && arguments.autogenerate {
        return Err(CliError::SqlWithAutogenerate);
    }
    if arguments.autogenerate {
        return Err(CliError::NoAutogenerate { what: "--autogenerate" });
    }
    if arguments.sql {
        return Err(CliError::SqlWithRevision);
    }
    let wanted = Wanted {
        message: arguments.message.as_deref(),
        heads: arguments.head.iter().map(|head| head.parse()).collect::<Result<_, _>>()?,
        is_merge: false,
        splice: arguments.splice,
        branch_labels: &arguments.branch_labels,
        depends_on: &arguments.depends_on,
        version_path: arguments.version_path.as_deref(),
        rev_id: arguments.rev_id.as_deref(),
        template: arguments.template,
    };
    create(context, &wanted, output)
}

/// Checks everything, then writes the file: whatever is refused leaves no file behind.
pub(super) fn create(
    context: &Context,
    wanted: &Wanted<'_>,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let graph = context.listed_graph()?;
    let id: RevisionId = match wanted.rev_id {
        Some(id) => checked_id(context, id)?,
        None => random_id()?,
    };
    let placement = Placement::new(context, wanted, output)?;
    let location = location(context, graph, wanted.version_path, &placement.nodes)?;
    if !wanted.splice
        && let Some(node) =
            placement.nodes.iter().find(|node| !graph.is_head(**node, Edges::Versioned))
    {
        return Err(CliError::NotAHead { id: graph.id(*node).clone() });
    }
    let (create_date, shows_offset) = create_date(context)?;
    let mut new = NewRevision {
        id,
        down_revisions: placement.down_revisions(context, graph)?,
        branch_labels: placement.labels,
        depends_on: dependencies(context.revisions.graph(), wanted.depends_on)?,
        databases: Vec::new(),
        message: wanted.message.map(str::to_owned),
        create_date,
        shows_offset,
    };
    let settings = &context.project.scripts;
    let mut naming = Naming::default();
    if let Some(template) = &settings.file_template {
        naming.file_template.clone_from(template);
    }
    if let Some(length) = settings.truncate_slug_length.filter(|length| *length > 0) {
        naming.slug_length = length;
    }
    let template = template(context, wanted.template)?;
    let mut draft = new.draft(&location, &naming, &template)?;
    // The history with the new revision must stand before its file does.
    let mut routes = placement::routes_of(context, &draft.file)?;
    let narrowing = placement::narrowing(context, wanted, &draft.file, &routes)?;
    if !narrowing.is_empty() {
        new.databases = narrowing;
        draft = new.draft(&location, &naming, &template)?;
        routes = placement::routes_of(context, &draft.file)?;
    }
    if let Some(alembic) = &context.project.alembic {
        let encoding = &alembic.config.output_encoding.value;
        if draft.file.format == RevisionFormat::Python && !is_same_in(&draft.text, encoding) {
            return Err(CliError::OutputEncoding { encoding: encoding.clone() });
        }
    }
    let hooks = match (&context.project.alembic, draft.file.format) {
        // Formatters of Python have nothing to say about SQL.
        (Some(alembic), RevisionFormat::Python) => {
            alembic.hooks(context.environment.variables())?
        }
        _ => Vec::new(),
    };
    let hooks = hooks::prepare(&hooks)?;
    let missing = missing_directories(&location, &draft.path);
    env_findings::warn_of_revision_environment(&context.project, output);
    draft.write()?;
    if context.globals.json {
        output.json(&serde_json::json!({
            "revision": draft.file.revision.id,
            "down_revision": draft.file.revision.down_revisions,
            "path": draft.path,
            "databases": routes,
        }))?;
    } else {
        for directory in missing {
            output.status(format_args!("Creating directory {} ...  done", directory.display()))?;
        }
        output.status(format_args!("Generating {} ...  done", draft.path.display()))?;
    }
    for hook in &hooks {
        hook.run(&draft.path, output)?;
    }
    placement::tell_routes(context, &routes, output);
    Ok(ExitCode::Done)
}

/// The directories of a new file that are not there, as far as Alembic tells of them: the version
/// location, and where a `file_template` puts the file within it.
fn missing_directories(location: &Path, path: &Path) -> Vec<PathBuf> {
    let mut missing: Vec<PathBuf> = [Some(location), path.parent()]
        .into_iter()
        .flatten()
        .filter(|directory| !directory.exists())
        .map(Path::to_owned)
        .collect();
    missing.dedup();
    missing
}

fn template(context: &Context, kind: Option<FileKind>) -> Result<RevisionTemplate, CliError> {
    let alembic = context.project.alembic.as_ref();
    let kind = kind.unwrap_or(if alembic.is_some() { FileKind::Py } else { FileKind::Sql });
    Ok(match (kind, alembic) {
        (FileKind::Sql, _) => RevisionTemplate::for_project(context.directory())?,
        (FileKind::Py, Some(alembic)) => {
            let options = alembic.template_options(context.environment.variables());
            let template = PythonTemplate::for_project(alembic.script_location(), options)?;
            RevisionTemplate::Python(template)
        }
        (FileKind::Py, None) => {
            let template = PythonTemplate::for_project(context.directory(), Vec::new())?;
            RevisionTemplate::Python(template)
        }
    })
}

/// The time now, and whether it is told with its offset: in an Alembic project that of its
/// `timezone`, or else the local time, as Alembic has it.
fn create_date(context: &Context) -> Result<(DateTime<FixedOffset>, bool), CliError> {
    let Some(alembic) = &context.project.alembic else {
        return Ok((Utc::now().fixed_offset(), false));
    };
    let Some(name) = &alembic.config.timezone else {
        return Ok((Local::now().fixed_offset(), false));
    };
    let name = &name.value;
    let zone = Tz::from_str(name).or_else(|_| Tz::from_str(&name.to_uppercase()));
    let zone = zone.map_err(|_| CliError::NoTimezone { name: name.clone() })?;
    Ok((Utc::now().with_timezone(&zone).fixed_offset(), true))
}

/// An id that the version table of every database holds. SQLite would take a longer one, but the
/// history may be for others yet.
fn checked_id(context: &Context, text: &str) -> Result<RevisionId, CliError> {
    let id: RevisionId = text.parse()?;
    let longest = usize::from(context.project.longest_id());
    if text.chars().count() > longest {
        return Err(CliError::IdTooLong { id, longest });
    }
    Ok(id)
}

/// The last 12 hexadecimal digits of a random UUID, as Alembic's ids.
fn random_id() -> Result<RevisionId, CliError> {
    let digits = Uuid::new_v4().simple().to_string();
    Ok(digits[20..].parse()?)
}

/// Where the file goes: as told, or beside the first head, or the only place there is.
fn location(
    context: &Context,
    graph: &RevisionGraph,
    wanted: Option<&Path>,
    heads: &[Node],
) -> Result<PathBuf, CliError> {
    let locations = &context.project.scripts.version_locations;
    let is_known = |path: &Path| locations.iter().any(|location| same(location, path));
    if let Some(given) = wanted {
        let path: PathBuf = std::path::absolute(given)?.components().collect();
        return if is_known(&path) {
            Ok(path)
        } else {
            let path = given.components().collect();
            Err(CliError::UnknownLocation { path, locations: locations.clone() })
        };
    }
    if let [location] = locations.as_slice() {
        return Ok(location.clone());
    }
    heads
        .first()
        .and_then(|head| {
            let path = &graph.revision(*head).path;
            locations.iter().find(|location| path.starts_with(location)).cloned()
        })
        .ok_or_else(|| CliError::SeveralLocations { locations: locations.clone() })
}

fn same(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Dependencies as the file keeps them: labels of the revision as labels, anything else as a
/// whole id.
fn dependencies(graph: &RevisionGraph, texts: &[String]) -> Result<Vec<String>, CliError> {
    let resolver = Resolver::new(graph);
    let mut dependencies = Vec::new();
    for text in texts {
        let target: Target = text.parse()?;
        let node = match target.kind {
            TargetKind::Relative { .. } => None,
            TargetKind::Absolute(_) => resolver.revision(&target)?,
        };
        let Some(node) = node else {
            return Err(TargetError::FormNotAllowed { text: target.place().to_owned() }.into());
        };
        let is_label = graph.labels_of(node).iter().any(|label| *label == text.as_str());
        dependencies.push(if is_label { text.clone() } else { graph.id(node).to_string() });
    }
    Ok(dependencies)
}
