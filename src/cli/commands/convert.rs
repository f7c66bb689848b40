//! `limbeck convert`.

use std::path::Path;
use std::path::PathBuf;

use limbeck_schema::Dialect;
use serde_json::Value;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::error::Unconverted;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::short;
use crate::cli::prove::ScratchArguments;
use crate::cli::run_arguments::options_of_dialect;
use crate::exec::NotRendered;
use crate::exec::Rendered;
use crate::exec::RunOptions;
use crate::exec::render_python;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::Converted;
use crate::script::ConvertedSection;
use crate::script::Direction as ScriptDirection;
use crate::script::RevisionFile;
use crate::script::RevisionFormat;
use crate::script::write_new;
use crate::target::Target;
use crate::ui::Output;

use super::compat_revisions::dialects;
use super::convert_prove;
use super::show;

/// Write Python revisions down as SQL revisions with the same ids
///
/// A revision whose statements depend on what the database has, or that only Python runs, is
/// refused with its place; then nothing is written. Values that differ from run to run, such as the
/// time or a new UUID, are those of this one.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ConvertArguments {
    /// What to write
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Sql)]
    to: Format,
    /// For this dialect (repeatable) [default: those of the databases]
    #[arg(long = "dialect", value_enum, value_name = "DIALECT")]
    dialects: Vec<DialectArgument>,
    /// Write the files into DIR
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write each file beside the Python one, which is then removed
    #[arg(long, conflicts_with = "output")]
    in_place: bool,
    /// Run the revisions both ways, as Python and as SQL, on scratch databases; what does not do the
    /// same is refused
    #[arg(long)]
    prove: bool,
    #[command(flatten)]
    scratch: ScratchArguments,
    /// The revisions [default: all]
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    revisions: Vec<String>,
}

/// The values of `--to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// SQL revisions
    Sql,
}

/// The values of `--dialect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum DialectArgument {
    /// PostgreSQL
    Postgresql,
    /// MySQL and MariaDB
    Mysql,
    /// SQLite
    Sqlite,
}

impl DialectArgument {
    const fn dialect(self) -> Dialect {
        match self {
            DialectArgument::Postgresql => Dialect::Postgresql,
            DialectArgument::Mysql => Dialect::Mysql,
            DialectArgument::Sqlite => Dialect::Sqlite,
        }
    }
}

/// A file that is to be written.
struct Made<'a> {
    file: &'a RevisionFile,
    path: PathBuf,
    text: String,
}

pub(super) fn run(
    context: &Context,
    arguments: &ConvertArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let Format::Sql = arguments.to;
    let dialects = match arguments.dialects.as_slice() {
        [] => dialects(context),
        given => given.iter().map(|dialect| dialect.dialect()).collect(),
    };
    let dialects: Vec<(Dialect, RunOptions)> = dialects
        .into_iter()
        .map(|dialect| (dialect, options_of_dialect(context, dialect)))
        .collect();
    let (mut made, mut refused) = (Vec::new(), Vec::new());
    for file in files(context, arguments, output)? {
        let directory = arguments.output.as_deref();
        match convert(context, file, &dialects, directory) {
            Ok(one) => made.push(one),
            Err(reason) => refused.push(*reason),
        }
    }
    if !refused.is_empty() {
        return Err(CliError::NotConverted(refused));
    }
    if arguments.prove && !made.is_empty() {
        let dialects = dialects.iter().map(|(dialect, _)| *dialect).collect();
        let made = made.iter().map(|one| (one.path.as_path(), one.text.as_str())).collect();
        convert_prove::prove(context, made, dialects, arguments.scratch.url()?.as_ref(), output)?;
    }
    let is_written = arguments.output.is_some() || arguments.in_place;
    if context.globals.json {
        let revisions: Vec<Value> = made
            .iter()
            .map(|one| {
                let path = is_written.then_some(&one.path);
                json!({ "revision": one.file.revision.id, "path": path, "text": one.text, "proven": arguments.prove })
            })
            .collect();
        output.json(&json!({ "revisions": revisions }))?;
    } else if !is_written {
        for one in &made {
            output.text(&one.text)?;
        }
    }
    if !is_written {
        return Ok(ExitCode::Done);
    }
    for one in &made {
        write_new(&one.path, &one.text)?;
        output.status(format_args!("Generating {} ...  done", short(&one.path)))?;
    }
    if arguments.in_place {
        for one in &made {
            let path = &one.file.revision.path;
            std::fs::remove_file(path)?;
            output.status(format_args!("Removing {} ...  done", short(path)))?;
        }
    }
    Ok(ExitCode::Done)
}

/// The Python revisions that are asked for, in the order of their files.
fn files<'a>(
    context: &'a Context,
    arguments: &ConvertArguments,
    output: &mut Output<'_>,
) -> Result<Vec<&'a RevisionFile>, CliError> {
    let mut wanted: Option<Vec<RevisionId>> = None;
    for revision in &arguments.revisions {
        let graph = context.listed_graph()?;
        let target: Target = revision.parse()?;
        let nodes = show::nodes(context, graph, &target, output)?;
        let ids = nodes.into_iter().map(|node| graph.id(node).clone());
        wanted.get_or_insert_default().extend(ids);
    }
    let is_wanted = |file: &&RevisionFile| {
        file.format == RevisionFormat::Python
            && wanted.as_ref().is_none_or(|wanted| wanted.contains(&file.revision.id))
    };
    Ok(context.revisions.files().iter().filter(is_wanted).collect())
}

fn convert<'a>(
    context: &Context,
    file: &'a RevisionFile,
    dialects: &[(Dialect, RunOptions)],
    directory: Option<&Path>,
) -> Result<Made<'a>, Box<Unconverted>> {
    let revision = &file.revision;
    let refused = |dialect, place: Option<NotRendered>, reason: String| {
        let position = place.as_ref().and_then(|place| place.position);
        let path = place.map_or_else(|| revision.path.clone(), |place| place.path);
        Box::new(Unconverted { revision: revision.id.clone(), path, position, dialect, reason })
    };
    let mut converted = Converted {
        revision,
        transaction: true,
        irreversible: None,
        databases: Vec::new(),
        sections: Vec::new(),
    };
    for (direction, which) in [
        (Direction::Upgrade, ScriptDirection::Upgrade),
        (Direction::Downgrade, ScriptDirection::Downgrade),
    ] {
        let mut sections = Vec::new();
        for (dialect, options) in dialects {
            let dialect = *dialect;
            let rendered =
                render_python(&revision.id, direction, &context.revisions, dialect, options)
                    .map_err(|error| {
                        let reason = format!("{direction}(): {error}");
                        refused(Some(dialect), Some(error), reason)
                    })?;
            match rendered {
                Rendered::Statements { texts: statements, leaves_transaction } => {
                    converted.transaction &= !leaves_transaction;
                    let (direction, written_in) = (which, dialect);
                    let dialect = (dialects.len() > 1).then_some(dialect);
                    sections.push(ConvertedSection { direction, dialect, written_in, statements });
                }
                Rendered::Missing if direction == Direction::Upgrade => {
                    return Err(refused(None, None, "it has no upgrade()".to_owned()));
                }
                Rendered::Missing => converted.irreversible = Some(String::new()),
                Rendered::Refuses(reason) => converted.irreversible = Some(reason),
            }
        }
        // What is the same everywhere is said once.
        let is_same = |one: &ConvertedSection| {
            sections.first().is_some_and(|first| first.statements == one.statements)
        };
        if sections.len() == dialects.len() && sections.iter().all(is_same) {
            sections.truncate(1);
            sections.iter_mut().for_each(|section| section.dialect = None);
        }
        converted.sections.extend(sections);
    }
    if converted.irreversible.is_some() {
        converted.sections.retain(|section| section.direction == ScriptDirection::Upgrade);
    }
    let path = match (directory, revision.path.file_name()) {
        (Some(directory), Some(name)) => directory.join(name),
        _ => revision.path.clone(),
    };
    let path = path.with_extension("sql");
    let text = converted.text(&path).map_err(|error| refused(None, None, error.to_string()))?;
    Ok(Made { file, path, text })
}
