//! What a step does to a database, and whether two steps do the same.

use std::cmp::Ordering;

use super::ROW;

/// Lines that have come, behind a `+`, and gone, behind a `-`; sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    lines: Vec<String>,
}

/// What two steps do differently.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What only the first does.
    pub first: Vec<String>,
    /// What only the second does.
    pub second: Vec<String>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty() && self.second.is_empty()
    }
}

impl Changes {
    /// Both sorted.
    pub(super) fn between(before: &[String], after: &[String]) -> Self {
        let (gone, come) = apart(before, after);
        let mut lines: Vec<String> = gone.iter().map(|line| format!("- {line}")).collect();
        lines.extend(come.iter().map(|line| format!("+ {line}")));
        lines.sort_unstable();
        Changes { lines }
    }

    /// Them.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// What these changes and `other` do not have in common. Two rows that differ only in a random
    /// UUID or in the time of the run are taken for the same: no two runs agree in these.
    pub fn difference(&self, other: &Changes) -> Difference {
        let (first, second) = apart(&self.lines, &other.lines);
        if first.is_empty() || second.is_empty() {
            return Difference { first, second };
        }
        let (first, second) = (masked(first), masked(second));
        let keys = |lines: &[(String, String)]| -> Vec<String> {
            lines.iter().map(|(key, _)| key.clone()).collect()
        };
        let (only_first, only_second) = apart(&keys(&first), &keys(&second));
        Difference { first: unmasked(first, &only_first), second: unmasked(second, &only_second) }
    }
}

/// What only one of two sorted lists has.
fn apart(first: &[String], second: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut only_first, mut only_second) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (first.iter().peekable(), second.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return (only_first, only_second),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.cmp(other),
        };
        match order {
            Ordering::Less => only_first.extend(left.next().cloned()),
            Ordering::Greater => only_second.extend(right.next().cloned()),
            Ordering::Equal => {
                left.next();
                right.next();
            }
        }
    }
}

/// Lines with what they are compared by, sorted by that.
fn masked(lines: Vec<String>) -> Vec<(String, String)> {
    let mut masked: Vec<(String, String)> = lines
        .into_iter()
        .map(|line| match line.contains(ROW) {
            true => (mask(&line), line),
            false => (line.clone(), line),
        })
        .collect();
    masked.sort_unstable();
    masked
}

/// The lines whose keys are `keys`, both sorted.
fn unmasked(lines: Vec<(String, String)>, keys: &[String]) -> Vec<String> {
    let mut keys = keys.iter().peekable();
    lines
        .into_iter()
        .filter(|(key, _)| keys.next_if(|wanted| *wanted == key).is_some())
        .map(|(_, line)| line)
        .collect()
}

/// `line` with `*` for every random UUID and every point in time of today, or of the days beside it.
fn mask(line: &str) -> String {
    let today = chrono::Utc::now().date_naive();
    let days: Vec<String> = [today.pred_opt(), Some(today), today.succ_opt()]
        .into_iter()
        .flatten()
        .map(|day| day.format("%Y-%m-%d").to_string())
        .collect();
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(next) = rest.chars().next() {
        let length = uuid_at(rest).or_else(|| moment_at(rest, &days));
        match length {
            Some(length) => {
                masked.push('*');
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                masked.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
    }
    masked
}

/// The length of the random UUID that `text` begins with, with hyphens or without.
fn uuid_at(text: &str) -> Option<usize> {
    [36, 32].into_iter().find(|length| {
        text.get(..*length)
            .and_then(|text| uuid::Uuid::try_parse(text).ok())
            .is_some_and(|uuid| uuid.get_version_num() == 4)
    })
}

/// The length of the point in time that `text` begins with, on one of these days.
fn moment_at(text: &str, days: &[String]) -> Option<usize> {
    let day = days.iter().find(|day| text.starts_with(day.as_str()))?;
    let rest = text.get(day.len()..)?;
    let time = rest.strip_prefix(' ').or(rest.strip_prefix('T'))?;
    let length = time
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | '+' | 'Z')))
        .unwrap_or(time.len());
    (length >= "00:00".len()).then_some(day.len() + 1 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<String> {
        let mut lines: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        lines.sort_unstable();
        lines
    }

    fn changes(before: &[&str], after: &[&str]) -> Changes {
        Changes::between(&lines(before), &lines(after))
    }

    #[test]
    fn what_has_come_and_gone() {
        assert!(changes(&["a", "a"], &["a", "a"]).is_empty());
        assert_eq!(changes(&["a", "a", "b"], &["a", "c"]).lines, ["+ c", "- a", "- b"]);
    }

    #[test]
    fn equal_rows_are_counted() {
        let one = changes(&[], &["t: row (1)"]);
        let two = changes(&[], &["t: row (1)", "t: row (1)"]);
        assert_eq!(one.difference(&two).second, ["+ t: row (1)"]);
        assert!(two.difference(&two).is_empty());
    }

    #[test]
    fn random_ids_and_the_time_of_the_run_make_no_difference_in_rows() {
        let now = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S%.6f");
        let random = uuid::Uuid::new_v4();
        let first = changes(&[], &[&format!("t: row (1, '{random}', '{now}')")]);
        let other = uuid::Uuid::new_v4().simple().to_string();
        let same = changes(&[], &[&format!("t: row (1, '{other}', '{now}')")]);
        assert!(first.difference(&same).is_empty());
        let row = changes(&[], &[&format!("t: row (2, '{other}', '{now}')")]);
        assert_eq!(first.difference(&row).second.len(), 1);
        let old = changes(&[], &[&format!("t: row (1, '{other}', '2020-01-01 00:00:00')")]);
        assert_eq!(first.difference(&old).first.len(), 1);
        // Of what is no row every letter counts.
        let first = changes(&[], &[&format!("t: column 1: a text DEFAULT '{random}'")]);
        let second = changes(&[], &[&format!("t: column 1: a text DEFAULT '{other}'")]);
        assert!(!first.difference(&second).is_empty());
    }
}
