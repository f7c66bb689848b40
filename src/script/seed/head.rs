//! The front matter of a seed. In a `.sql` file it stands in a comment, as that of a revision; in a
//! `.csv` file each of its lines begins with `#`.

use std::ops::Range;

use crate::graph::RevisionId;
use crate::graph::nearest_name;
use crate::script::error::SyntaxErrorKind;
use crate::script::front_matter;
use crate::script::front_matter::Field;
use crate::script::source::Fault;

use super::Existing;
use super::SeedScope;
use super::When;

/// The line that opens the front matter of a `.csv` file, and the one that closes it.
const FENCE: &str = "#---";

const SQL_KEYS: [&str; 7] =
    ["message", "databases", "tenants", "environments", "after", "when", "template"];
const CSV_KEYS: [&str; 11] = [
    "message",
    "databases",
    "tenants",
    "environments",
    "after",
    "when",
    "table",
    "key",
    "existing",
    "null",
    "delimiter",
];

/// What the front matter says, and where the rest begins.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) scope: SeedScope,
    /// The names of seeds, each with its byte in the file.
    pub(super) after: Vec<(String, usize)>,
    pub(super) needs: Vec<RevisionId>,
    pub(super) when: Option<When>,
    pub(super) is_template: bool,
    pub(super) table: Option<String>,
    pub(super) key: Option<Vec<String>>,
    pub(super) existing: Existing,
    pub(super) null: String,
    pub(super) delimiter: char,
    /// The byte and the line at which the rest begins.
    pub(super) body: usize,
    pub(super) line: usize,
}

/// The kinds of seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sql,
    Csv,
}

/// Reads the front matter of `text`, if there is one; `place` is what the directory says, and
/// `databases` are all there are.
pub(super) fn read(
    text: &str,
    kind: Kind,
    place: &SeedScope,
    databases: &[String],
) -> Result<Head, Fault> {
    let mut head = Head {
        scope: place.clone(),
        after: Vec::new(),
        needs: Vec::new(),
        when: None,
        is_template: false,
        table: None,
        key: None,
        existing: Existing::Update,
        null: String::new(),
        delimiter: ',',
        body: 0,
        line: 1,
    };
    let first = text.lines().next().unwrap_or_default().trim_end();
    let toml = match kind {
        Kind::Sql if first == "/*---" => {
            let layout = front_matter::locate(text)?;
            (head.body, head.line) = (layout.body, layout.body_line);
            text[layout.toml].to_owned()
        }
        Kind::Csv if first == FENCE => {
            let toml = fenced(text)?;
            head.body = text[toml.end..].find('\n').map_or(text.len(), |at| toml.end + at + 1);
            head.line = text[..head.body].matches('\n').count() + 1;
            uncommented(&text[toml])
        }
        _ => return Ok(head),
    };
    let base = text.find('\n').map_or(0, |at| at + 1);
    let table = front_matter::table(&toml, base)?;
    for field in front_matter::fields(table.get_ref(), base) {
        head.take(field, kind, place, databases)?;
    }
    Ok(head)
}

/// The lines between the two fences.
fn fenced(text: &str) -> Result<Range<usize>, Fault> {
    let start = text.find('\n').map_or(text.len(), |at| at + 1);
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return Ok(start..at);
        }
        if !line.starts_with('#') {
            break;
        }
        at += line.len();
    }
    let reason = "the front matter has no closing line '#---'".to_owned();
    Err(Fault::new(0, SyntaxErrorKind::Toml(reason)))
}

/// Each line without its `#`, byte for byte where it was.
fn uncommented(lines: &str) -> String {
    lines
        .split_inclusive('\n')
        .map(|line| match line.strip_prefix('#') {
            Some(rest) => format!(" {rest}"),
            None => line.to_owned(),
        })
        .collect()
}

impl Head {
    fn take(
        &mut self,
        field: Field<'_>,
        kind: Kind,
        place: &SeedScope,
        databases: &[String],
    ) -> Result<(), Fault> {
        let keys: &'static [&'static str] = match kind {
            Kind::Sql => &SQL_KEYS,
            Kind::Csv => &CSV_KEYS,
        };
        let name = field.name();
        if !keys.contains(&name) {
            return Err(field.unknown(keys));
        }
        match name {
            "message" => drop(field.string()?),
            "databases" => {
                refuse_twice(field, place.databases.is_empty())?;
                self.scope.databases = field.list(|field, value, text| {
                    if databases.iter().any(|known| known == text) {
                        return Ok(text.to_owned());
                    }
                    let near = nearest_name(text, databases.iter().map(String::as_str));
                    let near = near.map(|near| format!(", did you mean '{near}'?"));
                    let near = near.unwrap_or_default();
                    Err(field.bad(value, format!("there is no database '{text}'{near}")))
                })?;
                not_empty(field, &self.scope.databases)?;
            }
            "tenants" => {
                // Which of the tenants is a question that their directory leaves open.
                self.scope.tenants = match field.boolean() {
                    Ok(true) => Some(vec!["*".to_owned()]),
                    Ok(false) => {
                        refuse_twice(field, place.tenants.is_none())?;
                        None
                    }
                    Err(_) => {
                        let names = field.list(Field::non_empty)?;
                        not_empty(field, &names)?;
                        Some(names)
                    }
                };
            }
            "environments" => {
                refuse_twice(field, place.environments.is_empty())?;
                self.scope.environments = field.list(Field::non_empty)?;
                not_empty(field, &self.scope.environments)?;
            }
            "after" => self.take_after(field)?,
            "when" => {
                self.when = Some(match field.string()? {
                    "once" => When::Once,
                    "changed" => When::Changed,
                    "always" => When::Always,
                    _ => return Err(field.bad(field.value(), WHEN)),
                });
            }
            "template" => self.is_template = field.boolean()?,
            "table" => self.table = Some(field.non_empty(field.value(), field.string()?)?),
            "key" => {
                let names = field.list(Field::non_empty)?;
                not_empty(field, &names)?;
                self.key = Some(names);
            }
            "existing" => {
                self.existing = match field.string()? {
                    "update" => Existing::Update,
                    "keep" => Existing::Keep,
                    _ => return Err(field.bad(field.value(), "is \"update\" or \"keep\"")),
                };
            }
            "null" => field.string()?.clone_into(&mut self.null),
            _ => {
                let mut letters = field.string()?.chars();
                self.delimiter = match (letters.next(), letters.next()) {
                    (Some(one), None) if !"\"\r\n".contains(one) => one,
                    _ => return Err(field.bad(field.value(), "is one character, such as ';'")),
                };
            }
        }
        Ok(())
    }

    /// What ends in `.sql` or `.csv` is a seed, anything else a revision.
    fn take_after(&mut self, field: Field<'_>) -> Result<(), Fault> {
        let mut found = Vec::new();
        field.list(|field, value, text| {
            let offset = field.at(value);
            if is_seed_name(text) {
                found.push((text.to_owned(), offset));
            } else {
                let id: RevisionId = field.parsed(value, text)?;
                self.needs.push(id);
            }
            Ok(text.to_owned())
        })?;
        self.after = found;
        Ok(())
    }
}

const WHEN: &str = "is \"once\", \"changed\" or \"always\"";

/// Whether a name in `after` is that of a seed.
pub(super) fn is_seed_name(text: &str) -> bool {
    let end = text.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    matches!(end.as_deref(), Some("sql" | "csv"))
}

/// Refuses a key that says what the directory has said.
fn refuse_twice(field: Field<'_>, is_open: bool) -> Result<(), Fault> {
    if is_open {
        return Ok(());
    }
    Err(field.bad(field.value(), "the directory of the seed says that already"))
}

fn not_empty(field: Field<'_>, names: &[String]) -> Result<(), Fault> {
    if names.is_empty() {
        return Err(field.bad(field.value(), "names nothing (leave the key out)"));
    }
    Ok(())
}
