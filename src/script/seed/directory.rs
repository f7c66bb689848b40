//! The directory of the seeds, and what its directories say.

use std::path::Path;
use std::path::PathBuf;

use sha2::Digest as _;
use sha2::Sha256;

use crate::graph::nearest_name;
use crate::script::error::SyntaxError;
use crate::script::error::SyntaxErrorKind;
use crate::script::source;
use crate::script::source::Fault;
use crate::script::sql::SourcePosition;
use crate::script::tree::Disk;
use crate::script::tree::ItemKind;
use crate::script::tree::Tree as _;

use super::CsvProblem;
use super::CsvSeed;
use super::Seed;
use super::SeedContent;
use super::SeedFileError;
use super::SeedScope;
use super::SqlSeed;
use super::When;
use super::csv;
use super::head;
use super::head::Head;
use super::head::Kind;
use super::hex;
use super::order::in_order;

/// The directory of the tenants' seeds, below that of a database.
const TENANTS: &str = "tenants";
/// The directory of the directories of environments.
const ENVIRONMENTS: &str = "env";

/// Where seeds are.
#[derive(Debug, Clone, Copy)]
pub struct SeedDirectory<'a> {
    /// The directory.
    pub path: &'a Path,
    /// The databases that there are.
    pub databases: &'a [String],
}

/// A seed, with what is still to be checked.
struct Read {
    seed: Seed,
    text: String,
    /// The seeds that it comes after, as they are written, with their bytes.
    after: Vec<(String, usize)>,
}

/// What the directories above a file say.
#[derive(Clone, Default)]
struct Place {
    scope: SeedScope,
    /// Whether the next directory is the name of an environment.
    awaits_environment: bool,
    /// With `/` at its end, if there is one.
    name: String,
}

impl SeedDirectory<'_> {
    /// Reads all seeds, in their order. Files that are neither `.sql` nor `.csv`, and what begins
    /// with a dot, are none.
    ///
    /// # Errors
    /// [`SeedFileError`], with the place.
    pub fn load(&self) -> Result<Vec<Seed>, SeedFileError> {
        let mut read = Vec::new();
        self.collect(self.path, &Place::default(), &mut read)?;
        let names: Vec<String> = read.iter().map(|one| one.seed.name.clone()).collect();
        let mut seeds = Vec::with_capacity(read.len());
        for Read { mut seed, text, after } in read {
            for (written, offset) in after {
                let name = find(&names, &written).map_err(|reason| {
                    let kind = SyntaxErrorKind::BadValue { key: "after".to_owned(), reason };
                    syntax(&seed.path, &text, Fault::new(offset, kind))
                })?;
                seed.after.push(name);
            }
            seeds.push(seed);
        }
        in_order(seeds)
    }

    fn collect(
        &self,
        directory: &Path,
        place: &Place,
        found: &mut Vec<Read>,
    ) -> Result<(), SeedFileError> {
        let mut items = Disk.list(directory)?;
        items.sort_by(|a, b| a.name.cmp(&b.name));
        for item in items {
            let name = item.name.to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            match item.kind {
                ItemKind::Directory => {
                    let below = self.below(place, &name, &item.path)?;
                    self.collect(&item.path, &below, found)?;
                }
                ItemKind::Other if !head::is_seed_name(&name) => {}
                ItemKind::Other if place.awaits_environment => {
                    return Err(SeedFileError::Misplaced { path: item.path });
                }
                ItemKind::Other => found.push(self.read(&item.path, &name, place)?),
            }
        }
        Ok(())
    }

    /// What the directory `name` adds to `place`.
    fn below(&self, place: &Place, name: &str, path: &Path) -> Result<Place, SeedFileError> {
        let mut below = place.clone();
        below.name = format!("{}{name}/", place.name);
        let scope = &mut below.scope;
        if place.awaits_environment {
            scope.environments = vec![name.to_owned()];
            below.awaits_environment = false;
        } else if !scope.environments.is_empty() {
            return Err(SeedFileError::Misplaced { path: path.to_owned() });
        } else if name == ENVIRONMENTS {
            below.awaits_environment = true;
        } else if name == TENANTS && scope.tenants.is_none() {
            scope.tenants = Some(vec!["*".to_owned()]);
        } else if !scope.databases.is_empty() || scope.tenants.is_some() {
            return Err(SeedFileError::Misplaced { path: path.to_owned() });
        } else if self.databases.iter().any(|known| known == name) {
            scope.databases = vec![name.to_owned()];
        } else {
            let nearest = nearest_name(name, self.databases.iter().map(String::as_str));
            return Err(SeedFileError::UnknownDirectory {
                path: path.to_owned(),
                name: name.to_owned(),
                nearest: nearest.map(str::to_owned),
            });
        }
        Ok(below)
    }

    fn read(&self, path: &Path, name: &str, place: &Place) -> Result<Read, SeedFileError> {
        let whole = Disk.text(path)?;
        let raw_digest = hex(&Sha256::digest(whole.as_bytes()));
        let text = source::without_mark(&whole).to_owned();
        let kind = match name.to_ascii_lowercase().ends_with(".csv") {
            true => Kind::Csv,
            false => Kind::Sql,
        };
        let mut head = head::read(&text, kind, &place.scope, self.databases)
            .map_err(|fault| syntax(path, &text, fault))?;
        let after = std::mem::take(&mut head.after);
        let seed = Seed {
            name: format!("{}{name}", place.name),
            path: path.to_owned(),
            scope: std::mem::take(&mut head.scope),
            after: Vec::new(),
            needs: std::mem::take(&mut head.needs),
            when: head.when.unwrap_or(match kind {
                Kind::Sql => When::Once,
                Kind::Csv => When::Changed,
            }),
            content: match kind {
                Kind::Sql => SeedContent::Sql(SqlSeed {
                    text: text[head.body..].to_owned(),
                    position: SourcePosition { line: head.line, column: 1 },
                    is_template: head.is_template,
                }),
                Kind::Csv => {
                    SeedContent::Csv(rows(&text, &head, name).map_err(|(line, problem)| {
                        SeedFileError::Csv { path: path.to_owned(), line, problem }
                    })?)
                }
            },
            raw_digest,
        };
        Ok(Read { seed, text, after })
    }
}

/// The one seed that `written` names: its whole name, or the end of it where that is enough.
fn find(names: &[String], written: &str) -> Result<String, String> {
    if names.iter().any(|name| name == written) {
        return Ok(written.to_owned());
    }
    let end = format!("/{written}");
    let ending: Vec<&String> = names.iter().filter(|name| name.ends_with(&end)).collect();
    match ending.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let near = nearest_name(written, names.iter().map(String::as_str));
            let near = near.map(|near| format!(", did you mean '{near}'?")).unwrap_or_default();
            Err(format!("there is no seed '{written}'{near}"))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
            Err(format!("'{written}' may be any of {}", names.join(", ")))
        }
    }
}

fn syntax(path: &Path, text: &str, fault: Fault) -> Box<SyntaxError> {
    Box::new(SyntaxError {
        path: PathBuf::from(path),
        position: source::position_at(text, fault.offset),
        line: source::line_at(text, fault.offset).to_owned(),
        kind: fault.kind,
    })
}

/// The rows of a `.csv` file, for the table that its front matter names, or its own name without
/// the digits by which files are sorted: `010_countries.csv`, `geo.countries.csv`.
fn rows(text: &str, head: &Head, name: &str) -> Result<CsvSeed, csv::Fault> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    let unnumbered = match stem.as_bytes().get(digits) {
        Some(b'_' | b'-') if digits > 0 && stem.len() > digits + 1 => &stem[digits + 1..],
        _ => stem,
    };
    let table = head.table.as_deref().unwrap_or(unnumbered);
    let (schema, table) = match table.split_once('.') {
        Some((schema, table)) if !schema.is_empty() && !table.is_empty() => (Some(schema), table),
        _ => (None, table),
    };
    let mut rows = csv::parse(&text[head.body..], head.line, head.delimiter, &head.null)?;
    if rows.is_empty() {
        return Err((head.line, CsvProblem::NoColumns));
    }
    let first = rows.remove(0);
    let mut columns: Vec<String> = Vec::with_capacity(first.values.len());
    for (value, number) in first.values.into_iter().zip(1..) {
        let name = value.filter(|name| !name.is_empty());
        let name = name.ok_or((first.line, CsvProblem::UnnamedColumn { number }))?;
        if columns.contains(&name) {
            return Err((first.line, CsvProblem::ColumnTwice { name }));
        }
        columns.push(name);
    }
    for row in &rows {
        let (found, expected) = (row.values.len(), columns.len());
        if found != expected {
            return Err((row.line, CsvProblem::Length { found, expected }));
        }
    }
    let seed = CsvSeed {
        schema: schema.map(str::to_owned),
        table: table.to_owned(),
        key: head.key.clone(),
        existing: head.existing,
        columns,
        line: first.line,
        rows,
    };
    if let Some(key) = &seed.key {
        seed.check_key(key)?;
    }
    Ok(seed)
}

impl CsvSeed {
    /// Checks that `key` tells the rows apart.
    ///
    /// # Errors
    /// The line, and what is wrong there.
    pub fn check_key(&self, key: &[String]) -> Result<(), (usize, CsvProblem)> {
        let mut places = Vec::with_capacity(key.len());
        for name in key {
            let place = self.columns.iter().position(|column| column == name);
            let problem = || (self.line, CsvProblem::NoKeyColumn { name: name.clone() });
            places.push(place.ok_or_else(problem)?);
        }
        let mut seen: std::collections::HashMap<Vec<&str>, usize> =
            std::collections::HashMap::with_capacity(self.rows.len());
        for row in &self.rows {
            let mut values = Vec::with_capacity(places.len());
            for (place, name) in places.iter().zip(key) {
                let value = row.values.get(*place).and_then(Option::as_deref);
                let problem = || (row.line, CsvProblem::NullKey { name: name.clone() });
                values.push(value.ok_or_else(problem)?);
            }
            if let Some(first) = seen.insert(values, row.line) {
                return Err((row.line, CsvProblem::KeyTwice { first }));
            }
        }
        Ok(())
    }
}
