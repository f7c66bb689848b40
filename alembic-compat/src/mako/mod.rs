//! A project's own `script.py.mako`, rendered without Python.
//!
//! Mako is a large language; revision templates use little of it, and that little is rendered here
//! as Mako 1.x does it: text, `${expression | filters}`, `% if`, `% for` and `% while` lines, `##`
//! comments, `%%`, `\` before a newline, `<%doc>`, `<%text>`, `<%def>`, and `<% %>` and `<%! %>`
//! blocks with imports, assignments, `if` and `for`. Everything else is a [`TemplateError`] that
//! names the place.
//!
//! What the context holds is what Alembic passes (`ScriptDirectory.generate_revision`). A plain
//! `alembic revision` passes no `upgrades`, `downgrades` and `imports`: to Mako these are undefined,
//! which is false in a condition and an error anywhere else.

mod calls;
mod code;
mod error;
mod expression;
mod filters;
mod format;
mod lexer;
mod machine;
mod methods;
mod names;
mod operation;
mod timestamp;
mod tree;
mod value;

#[cfg(test)]
mod tests;

use std::fmt;

pub use error::Note;
pub use error::NoteKind;
pub use error::TemplateError;
pub use error::TemplateErrorKind;

use value::Value;

/// The template that is used where a project has none: it writes what Alembic's generic template
/// writes.
pub const DEFAULT_SCRIPT_TEMPLATE: &str = r#""""${message}

Revision ID: ${up_revision}
Revises: ${comma(down_revision)}
Create Date: ${create_date}

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
${imports or ""}

# revision identifiers, used by Alembic.
revision: str = ${up_revision | n,repr}
down_revision: Union[str, Sequence[str], None] = ${down_revision | n,repr}
branch_labels: Union[str, Sequence[str], None] = ${branch_labels | n,repr}
depends_on: Union[str, Sequence[str], None] = ${depends_on | n,repr}


def upgrade() -> None:
    """Upgrade schema."""
    ${upgrades or "pass"}


def downgrade() -> None:
    """Downgrade schema."""
    ${downgrades or "pass"}
"#;

/// A template that has been read.
#[derive(Debug, Clone)]
pub struct Template {
    text: String,
    tree: tree::Tree,
}

impl Template {
    /// Reads a template. A byte order mark and a first line with a coding are dropped, as Mako does.
    ///
    /// # Errors
    /// [`TemplateError`] for what is not closed, not Python, or not followed here.
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        let tree = tree::tree(&text)?;
        Ok(Template { text, tree })
    }

    /// The text of a revision file.
    ///
    /// # Errors
    /// [`TemplateError`] where Mako would fail too (an undefined name, an operation that its values
    /// do not have), and for Python that is not followed here.
    pub fn render(&self, values: &TemplateValues<'_>) -> Result<String, TemplateError> {
        let nowhere = tree::Origin::default();
        machine::Machine::new(&self.text, &self.tree, values, &nowhere).render()
    }

    /// What was read over: imports of modules that are not here.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.tree.notes
    }
}

/// None, one or several revisions, as Alembic passes them to a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revisions<'a> {
    /// `None`.
    None,
    /// A text.
    One(&'a str),
    /// A tuple of texts (`down_revision`) or a list (`depends_on`).
    Several(Vec<&'a str>),
}

impl Revisions<'_> {
    fn value(&self, several: fn(std::rc::Rc<[Value]>) -> Value) -> Value {
        match self {
            Revisions::None => Value::None,
            Revisions::One(revision) => Value::text(*revision),
            Revisions::Several(revisions) => several(Value::texts(revisions.iter().copied())),
        }
    }
}

/// What Alembic passes to a template, by Alembic's names.
#[derive(Clone)]
pub struct TemplateValues<'a> {
    /// `message`; Alembic passes `empty message` where `-m` is missing.
    pub message: &'a str,
    /// `up_revision`: the new revision's id.
    pub up_revision: &'a str,
    /// `down_revision`; several are a tuple.
    pub down_revision: Revisions<'a>,
    /// `branch_labels`: None or a tuple.
    pub branch_labels: Option<Vec<&'a str>>,
    /// `depends_on`; several are a list.
    pub depends_on: Revisions<'a>,
    /// `create_date`, as Python prints a `datetime`: `2026-11-20 17:52:35.455723`.
    pub create_date: &'a str,
    /// What `datetime.now()` gives to a template that asks for it, printed likewise.
    pub now: &'a str,
    /// The same moment in UTC, without an offset.
    pub utc_now: &'a str,
    /// Further names with their texts: `upgrades`, `downgrades` and `imports` where there is
    /// something to say, `engine1_upgrades` and the like, and `template_args` of `env.py`.
    pub arguments: &'a [(&'a str, &'a str)],
    /// `config.get_main_option(name)`.
    pub option: &'a dyn Fn(&str) -> Option<String>,
}

impl fmt::Debug for TemplateValues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplateValues")
            .field("message", &self.message)
            .field("up_revision", &self.up_revision)
            .field("down_revision", &self.down_revision)
            .field("branch_labels", &self.branch_labels)
            .field("depends_on", &self.depends_on)
            .field("create_date", &self.create_date)
            .finish_non_exhaustive()
    }
}
