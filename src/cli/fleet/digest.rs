//! What all workers of a rollout must have alike.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::Digest as _;
use sha2::Sha256;

use crate::bounded_file;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::script::FileAction;
use crate::script::RevisionFile;
use crate::script::RevisionFormat;
use crate::script::ScriptError;

/// The digest of what a rollout to `target` runs in `parts`: databases by their names, with whether
/// it is about their tenants. It covers the revisions with their texts, which of them each part
/// takes, and how they run; not where the databases are, and not what Python revisions import.
///
/// # Errors
/// When a part is not in the configuration, or a file cannot be read any more.
pub(in crate::cli) fn digest(
    context: &Context,
    target: &str,
    parts: &[(String, bool)],
) -> Result<String, CliError> {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update(text.len().to_le_bytes());
        digest.update(text.as_bytes());
    };
    add(target);
    add(context.project.scripts.transaction_mode.name());
    let mut files: Vec<&RevisionFile> = context.revisions.files().iter().collect();
    files.sort_by(|one, other| one.revision.id.cmp(&other.revision.id));
    for file in files {
        let revision = &file.revision;
        add(revision.id.as_str());
        add(&format!("{:?}", revision.down_revisions));
        add(&format!("{:?}", revision.depends_on));
        add(&format!("{:?}", revision.branch_labels));
        add(&format!("{:?}", file.options));
        for section in &file.sections {
            add(&format!("{:?} {:?}", section.direction, section.dialect));
            add(&section.text);
        }
        if file.format == RevisionFormat::Python {
            let text = match &file.embedded_python {
                Some(text) => Cow::Borrowed(text.as_ref()),
                None => bounded_file::read_any(&revision.path, bounded_file::LARGE)
                    .and_then(bounded_file::text)
                    .map(Cow::Owned)
                    .map_err(|source| ScriptError::Io {
                        action: FileAction::Read,
                        path: revision.path.clone(),
                        source,
                    })?,
            };
            add(&text);
        }
    }
    for (database, is_of_tenants) in parts {
        add(database);
        add(if *is_of_tenants { "tenants" } else { "database" });
        let settings = context.project.databases.iter().find(|known| known.name == *database);
        let settings = match settings {
            Some(settings) => Cow::Borrowed(settings),
            None => context
                .databases()?
                .into_iter()
                .find(|known| known.name == *database)
                .ok_or_else(|| CliError::NoSuchDatabase {
                    name: database.clone(),
                    known: context.project.databases.iter().map(|one| one.name.clone()).collect(),
                })?,
        };
        if *is_of_tenants && settings.tenants.is_none() {
            add("none");
            continue;
        }
        let route = context.route_of(settings, *is_of_tenants)?;
        let mut ids: Vec<&str> =
            route.graph.nodes().map(|node| route.graph.id(node).as_str()).collect();
        ids.sort_unstable();
        ids.iter().for_each(|id| add(id));
    }
    let bytes = digest.finalize();
    Ok(bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}
