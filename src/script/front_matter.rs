//! The front matter of a revision file: TOML that says what the revision is and follows.

use std::str::FromStr;
use std::time::Duration;

use chrono::DateTime;
use chrono::FixedOffset;
use chrono::NaiveDate;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;
use toml::value::Offset;

use super::error::SyntaxErrorKind;
use super::revision_file::RevisionOptions;
use super::sections::nearest;
use super::source::Fault;
use crate::graph::BranchLabel;
use crate::graph::NameError;
use crate::graph::RevisionId;

/// The line that opens the front matter, and the one that closes it.
const OPENING: &str = "/*---";
const CLOSING: &str = "---*/";

/// Every key, for suggestions.
const KEYS: [&str; 14] = [
    "message",
    "revision",
    "down_revision",
    "branch_labels",
    "depends_on",
    "create_date",
    "transaction",
    "databases",
    "lock_timeout",
    "lock_retry",
    "statement_timeout",
    "irreversible",
    "irreversible_reason",
    "template",
];

/// What stands for the reason where none is given.
const NO_REASON: &str = "it is marked irreversible";

/// The longest timeout that every database takes: 2^31 - 1 milliseconds, nearly 25 days.
const LONGEST_TIMEOUT: u64 = i32::MAX as u64;

/// Where the parts of a file are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The bytes of the TOML.
    pub(super) toml: std::ops::Range<usize>,
    /// Where the body begins: after the closing line.
    pub(super) body: usize,
    /// The line in which it begins.
    pub(super) body_line: usize,
}

/// Finds the front matter in the text of a file.
pub(super) fn locate(text: &str) -> Result<Layout, Fault> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() != OPENING {
        return Err(Fault::new(0, SyntaxErrorKind::NoFrontMatter));
    }
    let mut offset = first.len();
    for (line, number) in lines.zip(2..) {
        let end = offset + line.len();
        if line.trim_end() == CLOSING {
            return Ok(Layout { toml: first.len()..offset, body: end, body_line: number + 1 });
        }
        offset = end;
    }
    Err(Fault::new(0, SyntaxErrorKind::UnclosedFrontMatter))
}

/// The line of a key of the front matter in the text of a file, from 1; `None` where it is not
/// there.
pub fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let text = super::source::without_mark(text);
    let toml = locate(text).ok()?.toml;
    let table = DeTable::parse(text.get(toml.clone())?).ok()?;
    let (key, _) = table.get_ref().iter().find(|(name, _)| name.get_ref() == key)?;
    Some(text.get(..toml.start + key.span().start)?.matches('\n').count() + 1)
}

/// The front matter, as values.
#[derive(Debug)]
pub(super) struct FrontMatter {
    pub(super) revision: RevisionId,
    pub(super) down_revisions: Vec<RevisionId>,
    pub(super) branch_labels: Vec<BranchLabel>,
    pub(super) depends_on: Vec<String>,
    pub(super) message: String,
    pub(super) create_date: Option<DateTime<FixedOffset>>,
    pub(super) options: RevisionOptions,
}

/// Reads the TOML of a front matter that begins at byte `base` of its file.
pub(super) fn parse(toml: &str, base: usize) -> Result<FrontMatter, Fault> {
    let table = table(toml, base)?;
    let fields = fields(table.get_ref(), base);

    let mut message = String::new();
    let mut revision = None;
    let mut down_revisions = None;
    let mut branch_labels = Vec::new();
    let mut depends_on = Vec::new();
    let mut create_date = None;
    let mut options = RevisionOptions::default();
    let mut irreversible = false;
    let mut reason = None;
    for field in fields {
        match field.name() {
            "message" => message = field.string()?.to_owned(),
            "revision" => revision = Some(field.parsed(field.value, field.string()?)?),
            "down_revision" => down_revisions = Some(field.down_revisions()?),
            "branch_labels" => branch_labels = field.list(Field::parsed)?,
            "depends_on" => depends_on = field.list(Field::non_empty)?,
            "create_date" => create_date = Some(field.date()?),
            "transaction" => options.transaction = Some(field.boolean()?),
            "databases" => options.databases = field.databases()?,
            "lock_timeout" => options.lock_timeout = Some(field.duration()?),
            "lock_retry" => options.lock_retry = Some(field.duration()?),
            "statement_timeout" => options.statement_timeout = Some(field.duration()?),
            "template" => options.is_template = field.boolean()?,
            "irreversible" => irreversible = field.boolean()?,
            "irreversible_reason" => reason = Some((field.string()?.to_owned(), field.at_key())),
            _ => return Err(field.unknown(&KEYS)),
        }
    }
    options.irreversible = match (irreversible, reason) {
        (true, Some((reason, _))) => Some(reason),
        (true, None) => Some(NO_REASON.to_owned()),
        (false, None) => None,
        (false, Some((_, offset))) => {
            let key = "irreversible_reason".to_owned();
            let reason = "only stands beside 'irreversible = true'".to_owned();
            return Err(Fault::new(offset, SyntaxErrorKind::BadValue { key, reason }));
        }
    };
    let missing = |key, example| Fault::new(0, SyntaxErrorKind::MissingKey { key, example });
    Ok(FrontMatter {
        revision: revision.ok_or_else(|| missing("revision", "revision = \"4c1d77a09b21\""))?,
        down_revisions: down_revisions
            .ok_or_else(|| missing("down_revision", "down_revision = [] for a base"))?,
        branch_labels,
        depends_on,
        message,
        create_date,
        options,
    })
}

/// The TOML of a front matter that begins at byte `base` of its file.
pub(super) fn table(toml: &str, base: usize) -> Result<Spanned<DeTable<'_>>, Fault> {
    DeTable::parse(toml).map_err(|error| {
        let offset = error.span().map_or(toml.len(), |span| span.start);
        Fault::new(base + offset, SyntaxErrorKind::Toml(error.message().to_owned()))
    })
}

/// Its keys, in the order of the file: the table is sorted by key, and errors are to come in that
/// order.
pub(super) fn fields<'a>(table: &'a DeTable<'a>, base: usize) -> Vec<Field<'a>> {
    let mut fields: Vec<Field<'a>> =
        table.iter().map(|(key, value)| Field { key, value, base }).collect();
    fields.sort_unstable_by_key(|field| field.key.span().start);
    fields
}

pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// A key with its value, and where the TOML begins in the file.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    key: &'a Spanned<std::borrow::Cow<'a, str>>,
    pub(super) value: &'a Value<'a>,
    base: usize,
}

impl<'a> Field<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.key.get_ref()
    }

    pub(super) fn at_key(&self) -> usize {
        self.base + self.key.span().start
    }

    pub(super) fn value(&self) -> &'a Value<'a> {
        self.value
    }

    /// The byte of the file at which a value begins.
    pub(super) fn at(&self, value: &Value<'_>) -> usize {
        self.base + value.span().start
    }

    /// The error of a key that is none of `known`.
    pub(super) fn unknown(&self, known: &'static [&'static str]) -> Fault {
        let nearest = nearest(self.name(), known.iter().copied(), 0.7);
        let kind = SyntaxErrorKind::UnknownKey { key: self.name().to_owned(), nearest };
        Fault::new(self.at_key(), kind)
    }

    fn fault(&self, value: &Value<'_>, kind: SyntaxErrorKind) -> Fault {
        Fault::new(self.base + value.span().start, kind)
    }

    pub(super) fn wrong_type(&self, value: &Value<'_>, expected: &'static str) -> Fault {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        let key = self.name().to_owned();
        self.fault(value, SyntaxErrorKind::WrongType { key, expected, found })
    }

    pub(super) fn bad(&self, value: &Value<'_>, reason: impl Into<String>) -> Fault {
        let key = self.name().to_owned();
        self.fault(value, SyntaxErrorKind::BadValue { key, reason: reason.into() })
    }

    pub(super) fn string(&self) -> Result<&'a str, Fault> {
        self.value.get_ref().as_str().ok_or_else(|| self.wrong_type(self.value, "a string"))
    }

    pub(super) fn boolean(&self) -> Result<bool, Fault> {
        self.value.get_ref().as_bool().ok_or_else(|| self.wrong_type(self.value, "true or false"))
    }

    /// An identifier or label.
    pub(super) fn parsed<T: FromStr<Err = NameError>>(
        &self,
        value: &Value<'_>,
        text: &str,
    ) -> Result<T, Fault> {
        text.parse().map_err(|source| {
            self.fault(value, SyntaxErrorKind::Name { key: self.name().to_owned(), source })
        })
    }

    pub(super) fn non_empty(&self, value: &Value<'_>, text: &str) -> Result<String, Fault> {
        if text.is_empty() {
            return Err(self.bad(value, "a name is empty"));
        }
        Ok(text.to_owned())
    }

    /// A string, or a list of different strings.
    pub(super) fn list<T: PartialEq>(
        &self,
        mut read: impl FnMut(&Self, &Value<'_>, &str) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        const EXPECTED: &str = "a string or a list of strings";
        let values: Vec<&Value<'_>> = match self.value.get_ref() {
            DeValue::Array(values) => values.iter().collect(),
            _ => vec![self.value],
        };
        let mut list = Vec::with_capacity(values.len());
        for value in values {
            let text = value.get_ref().as_str().ok_or_else(|| self.wrong_type(value, EXPECTED))?;
            let item = read(self, value, text)?;
            if list.contains(&item) {
                return Err(self.bad(value, format!("'{text}' is named twice")));
            }
            list.push(item);
        }
        Ok(list)
    }

    fn down_revisions(&self) -> Result<Vec<RevisionId>, Fault> {
        if self.value.get_ref().as_str() == Some("") {
            return Err(self.bad(self.value, "is empty (write 'down_revision = []' for a base)"));
        }
        self.list(Field::parsed)
    }

    pub(super) fn databases(&self) -> Result<Vec<String>, Fault> {
        let names = self.list(Field::non_empty)?;
        if names.is_empty() {
            let reason = "names no database (leave the key out for all that the route allows)";
            return Err(self.bad(self.value, reason));
        }
        Ok(names)
    }

    /// An offset date-time: without an offset, the moment would depend on who reads the file.
    fn date(&self) -> Result<DateTime<FixedOffset>, Fault> {
        const EXPECTED: &str = "a date-time (2026-11-20T14:03:11Z)";
        let value = self.value.get_ref().as_datetime();
        let value = value.ok_or_else(|| self.wrong_type(self.value, EXPECTED))?;
        let (Some(date), Some(time), Some(offset)) = (value.date, value.time, value.offset) else {
            let reason = "a date-time needs an offset (2026-11-20T14:03:11Z)";
            return Err(self.bad(self.value, reason));
        };
        let minutes = match offset {
            Offset::Z => 0,
            Offset::Custom { minutes } => i32::from(minutes),
        };
        let (second, nanosecond) = (time.second.unwrap_or(0), time.nanosecond.unwrap_or(0));
        NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into())
            .and_then(|date| {
                let (hour, minute) = (time.hour.into(), time.minute.into());
                date.and_hms_nano_opt(hour, minute, second.into(), nanosecond)
            })
            .zip(FixedOffset::east_opt(minutes * 60))
            .and_then(|(local, offset)| local.and_local_timezone(offset).single())
            .ok_or_else(|| self.bad(self.value, "there is no such moment"))
    }

    /// `"5s"`, or milliseconds.
    pub(super) fn duration(&self) -> Result<Duration, Fault> {
        const EXPECTED: &str = "a duration (\"5s\", \"500ms\", \"2min\", or milliseconds)";
        let milliseconds = match self.value.get_ref() {
            DeValue::Integer(integer) => {
                u64::from_str_radix(integer.as_str(), integer.radix()).ok()
            }
            DeValue::String(text) => parse_duration(text),
            _ => return Err(self.wrong_type(self.value, EXPECTED)),
        };
        match milliseconds {
            None => Err(self.bad(self.value, format!("takes {EXPECTED}"))),
            Some(ms) if ms > LONGEST_TIMEOUT => {
                let reason = format!("no database takes more than {LONGEST_TIMEOUT} milliseconds");
                Err(self.bad(self.value, reason))
            }
            Some(ms) => Ok(Duration::from_millis(ms)),
        }
    }
}

/// A time that is written as a whole number with a unit, or as `0`; `None` of anything else, and of
/// more than every database takes.
pub fn duration(text: &str) -> Option<Duration> {
    if text == "0" { Some(Duration::ZERO) } else { milliseconds(parse_duration(text)?) }
}

/// The same of a number of milliseconds.
pub fn milliseconds(number: u64) -> Option<Duration> {
    (number <= LONGEST_TIMEOUT).then(|| Duration::from_millis(number))
}

/// The milliseconds of a whole number with a unit.
fn parse_duration(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests;
