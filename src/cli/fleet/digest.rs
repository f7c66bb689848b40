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

/// The digest of what a rollout to `target` runs. It covers the revisions with their texts, which of
/// them each database and its tenants take, how they run, the repeatable scripts, and the waves; not where the databases
/// are, and not what Python revisions import.
///
/// # Errors
/// When a file cannot be read any more.
pub(in crate::cli) fn digest(context: &Context, target: &str) -> Result<String, CliError> {
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
    for script in context.repeatables.scripts() {
        add(&script.name);
        add(script.text());
    }
    for route in context.all_routes()? {
        add(route.name());
        let mut ids: Vec<&str> =
            route.graph.nodes().map(|node| route.graph.id(node).as_str()).collect();
        ids.sort_unstable();
        ids.iter().for_each(|id| add(id));
        if let Some(waves) = route.tenants().and_then(|tenants| tenants.waves.as_ref()) {
            add(&format!("{waves:?}"));
        }
    }
    let bytes = digest.finalize();
    Ok(bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}
