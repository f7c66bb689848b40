//! A new revision: named, rendered, read back, and only then written.

use std::path::Path;
use std::path::PathBuf;

use chrono::DateTime;
use chrono::FixedOffset;
use chrono::SecondsFormat;
use tera::Context;
use tera::Value;

use super::error::ScriptError;
use super::file_name::Naming;
use super::python_revision;
use super::revision_file::RevisionFile;
use super::revision_file::RevisionFormat;
use super::template::RevisionTemplate;
use super::write::write_new;
use crate::graph::BranchLabel;
use crate::graph::RevisionId;

/// What a new revision is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevision {
    /// Its identifier.
    pub id: RevisionId,
    /// The revisions that it follows.
    pub down_revisions: Vec<RevisionId>,
    /// The labels that it declares.
    pub branch_labels: Vec<BranchLabel>,
    /// What else it needs.
    pub depends_on: Vec<String>,
    /// The databases that it is for; empty for all that take its branch. Only SQL revisions can
    /// say so.
    pub databases: Vec<String>,
    /// What it does; `None` when nothing was said.
    pub message: Option<String>,
    /// When it is made.
    pub create_date: DateTime<FixedOffset>,
    /// Whether a Python revision names the offset of that time from UTC. Alembic does where the
    /// project has a `timezone`.
    pub shows_offset: bool,
}

/// The file of a new revision, not yet written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where it goes.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
    /// The same, read: what the next command will see.
    pub file: RevisionFile,
}

impl NewRevision {
    /// Names and renders the file, and reads the text back, so that nothing unreadable is ever
    /// written: Alembic writes first, and a message with three quotes leaves a broken project.
    ///
    /// # Errors
    /// When the file has no valid name, or the template does not render to a revision file that
    /// says what this revision says.
    pub fn draft(
        &self,
        version_location: &Path,
        naming: &Naming,
        template: &RevisionTemplate,
    ) -> Result<Draft, ScriptError> {
        let name = naming
            .file_name(&self.id, self.message(), self.create_date, template.extension())
            .map_err(|source| ScriptError::FileName {
                path: version_location.to_owned(),
                source,
            })?;
        let path = version_location.join(name);
        let text = template.render(self)?;
        let origin = template.origin();
        let file = match template {
            RevisionTemplate::Sql(_) => RevisionFile::parse(&text, &path).map_err(|source| {
                ScriptError::UnreadableRendering { path: origin.to_owned(), source }
            }),
            RevisionTemplate::Python(_) => {
                python_revision::parse(&text, &path, None).map_err(|source| {
                    let source = Box::new(source);
                    ScriptError::UnreadablePython { path: origin.to_owned(), source }
                })
            }
        }?;
        match self.difference(&file) {
            Some("branch_labels")
                if file.format == RevisionFormat::Python
                    && file.revision.branch_labels.is_empty() =>
            {
                let (id, labels) = (self.id.clone(), self.branch_labels.clone());
                Err(ScriptError::NoBranchLabels { id, labels, path })
            }
            Some(key) => Err(ScriptError::UnfaithfulRendering { path: origin.to_owned(), key }),
            None => Ok(Draft { path, text, file }),
        }
    }

    /// What it does, in the words that were given.
    fn message(&self) -> &str {
        self.message.as_deref().unwrap_or_default()
    }

    /// The names that a tera template knows. `up_revision` and `down_revision` (one id, or a list of
    /// them) are there because Alembic's templates have them.
    pub(super) fn context(&self) -> Context {
        let text = Value::normal_string;
        let list = |texts: &mut dyn Iterator<Item = &str>| {
            Value::from(texts.map(text).collect::<Vec<_>>())
        };
        let down_revisions = list(&mut self.down_revisions.iter().map(RevisionId::as_str));
        let down_revision = match self.down_revisions.as_slice() {
            [id] => text(id.as_str()),
            _ => down_revisions.clone(),
        };
        let create_date = self.create_date.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut context = Context::new();
        for (name, value) in [
            ("message", text(self.message())),
            ("revision", text(self.id.as_str())),
            ("up_revision", text(self.id.as_str())),
            ("down_revisions", down_revisions),
            ("down_revision", down_revision),
            ("branch_labels", list(&mut self.branch_labels.iter().map(BranchLabel::as_str))),
            ("depends_on", list(&mut self.depends_on.iter().map(String::as_str))),
            ("databases", list(&mut self.databases.iter().map(String::as_str))),
            ("create_date", text(&create_date)),
        ] {
            context.insert_value(name, value);
        }
        context
    }

    /// The first key in which a file differs. The message and the date are the template's to
    /// change; the graph is not.
    fn difference(&self, file: &RevisionFile) -> Option<&'static str> {
        let read = &file.revision;
        if read.id != self.id {
            Some("revision")
        } else if read.down_revisions != self.down_revisions {
            Some("down_revision")
        } else if read.branch_labels != self.branch_labels {
            Some("branch_labels")
        } else if read.depends_on != self.depends_on {
            Some("depends_on")
        } else if file.options.databases != self.databases {
            Some("databases")
        } else {
            None
        }
    }
}

impl Draft {
    /// Writes the file.
    ///
    /// # Errors
    /// When there is a file of that name already, or it cannot be written; then nothing is left
    /// behind.
    pub fn write(&self) -> Result<(), ScriptError> {
        write_new(&self.path, &self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use limbeck_schema::Dialect;
    use proptest::prelude::*;

    use super::super::revision_file::Direction;
    use super::super::template::INIT_TEMPLATES;
    use super::*;

    fn new_revision() -> NewRevision {
        NewRevision {
            id: "9f3c1b2a4d5e".parse().unwrap(),
            down_revisions: vec!["4c1d77a09b21".parse().unwrap()],
            branch_labels: vec!["timescale".parse().unwrap()],
            depends_on: Vec::new(),
            databases: Vec::new(),
            message: Some("add ping_results table".to_owned()),
            create_date: DateTime::parse_from_rfc3339("2026-11-20T14:03:11Z").unwrap(),
            shows_offset: false,
        }
    }

    fn draft(new: &NewRevision) -> Draft {
        let template = RevisionTemplate::embedded(&INIT_TEMPLATES[0]).unwrap();
        new.draft(Path::new("versions"), &Naming::default(), &template).unwrap()
    }

    fn draft_with(template: &str) -> ScriptError {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("revision.sql.tera"), template).unwrap();
        let template = RevisionTemplate::for_project(directory.path()).unwrap();
        new_revision().draft(Path::new("v"), &Naming::default(), &template).unwrap_err()
    }

    #[test]
    fn a_new_file_looks_like_this() {
        let draft = draft(&new_revision());
        assert_eq!(draft.path, Path::new("versions/9f3c1b2a4d5e_add_ping_results_table.sql"));
        insta::assert_snapshot!(draft.text, @r#"
        /*---
        message       = "add ping_results table"
        revision      = "9f3c1b2a4d5e"
        down_revision = "4c1d77a09b21"
        branch_labels = ["timescale"]
        depends_on    = []
        create_date   = 2026-11-20T14:03:11Z
        ---*/

        --- upgrade
        -- The SQL that makes the change.

        --- downgrade
        -- The SQL that takes it back.
        "#);
        assert!(draft.text.ends_with("back.\n") && draft.text.starts_with("/*---\n"));
        assert!(draft.file.section(Direction::Downgrade, Dialect::Sqlite).is_some());
    }

    #[test]
    fn bases_and_merges() {
        let mut new = new_revision();
        new.down_revisions.clear();
        assert!(draft(&new).text.contains("\ndown_revision = []\n"));
        new.down_revisions = vec!["b".parse().unwrap(), "a".parse().unwrap()];
        let draft = draft(&new);
        assert!(draft.text.contains("\ndown_revision = [\"b\", \"a\"]\n"));
        assert_eq!(draft.file.revision.down_revisions, new.down_revisions);
    }

    #[test]
    fn a_template_that_renders_nothing_readable_is_named() {
        let error = draft_with("/*---\nrevision = {{ revision }}\n---*/\n--- upgrade\n");
        let text = error.to_string();
        assert!(text.starts_with("template ") && text.contains("revision.sql.tera renders"));
        let source = error.source().unwrap().to_string();
        assert!(source.contains("_table.sql:2:"), "{source}");
        assert!(error.path().ends_with("revision.sql.tera"));

        let fixed = "/*---\nrevision = 'x'\ndown_revision = []\n---*/\n--- upgrade\n";
        let text = draft_with(fixed).to_string();
        assert!(text.ends_with("does not write 'revision' as it was given"), "{text}");
        let text = draft_with(&fixed.replace("'x'", "{{ up_revision | toml }}")).to_string();
        assert!(text.ends_with("does not write 'down_revision' as it was given"), "{text}");
    }

    #[test]
    fn a_name_error_names_the_location() {
        let mut new = new_revision();
        new.id = "a/b".parse().unwrap();
        let template = RevisionTemplate::embedded(&INIT_TEMPLATES[1]).unwrap();
        let error = new.draft(Path::new("v"), &Naming::default(), &template).unwrap_err();
        assert_eq!(error.to_string(), "cannot name a revision file in v");
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("the revision identifier 'a/b' holds '/'")
        );
    }

    #[test]
    fn a_draft_is_written_once() {
        let directory = tempfile::tempdir().unwrap();
        let template = RevisionTemplate::embedded(&INIT_TEMPLATES[0]).unwrap();
        let draft = new_revision().draft(directory.path(), &Naming::default(), &template).unwrap();
        draft.write().unwrap();
        assert_eq!(RevisionFile::read(&draft.path).unwrap(), draft.file);
        assert!(matches!(draft.write(), Err(ScriptError::AlreadyExists { .. })));
    }

    fn id() -> impl Strategy<Value = RevisionId> {
        r#"[a-z0-9"'\\*.#{} é]{1,12}"#.prop_filter_map("reserved", |text| text.parse().ok())
    }

    proptest! {
        /// Whatever is given comes back, from both templates.
        #[test]
        fn what_is_rendered_is_read_back(
            message in prop_oneof![any::<String>(), r#"[-*/"'\\\n\r{}%#$u0]{0,40}"#],
            id in id().prop_filter("no file name", |id| !id.as_str().contains('\\')),
            down in proptest::collection::btree_set(id(), 0..3),
            labels in proptest::collection::btree_set("[a-z\"'*/-]{5,12}", 0..3),
            depends_on in proptest::collection::btree_set(".{1,10}", 0..3),
            seconds in 0i64..4_000_000_000,
        ) {
            let new = NewRevision {
                id,
                down_revisions: down.into_iter().collect(),
                branch_labels: labels.iter().filter_map(|label| label.parse().ok()).collect(),
                depends_on: depends_on.into_iter().collect(),
                databases: vec!["a \"b\"".to_owned()],
                message: Some(message),
                create_date: DateTime::from_timestamp(seconds, 0).unwrap().fixed_offset(),
                shows_offset: false,
            };
            let naming = Naming { file_template: "r_%(slug)s".to_owned(), ..Naming::default() };
            for template in &INIT_TEMPLATES {
                let template = RevisionTemplate::embedded(template).unwrap();
                let draft = new.draft(Path::new("v"), &naming, &template).unwrap();
                prop_assert_eq!(&draft.file.revision.message, new.message());
                prop_assert_eq!(draft.file.create_date, Some(new.create_date));
                prop_assert_eq!(draft.file.sections.len(), 2);
            }
        }
    }
}
