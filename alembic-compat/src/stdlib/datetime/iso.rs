//! Reading ISO 8601 as `fromisoformat` of Python 3.11 does.

use chrono::Datelike as _;
use chrono::NaiveDate;
use chrono::Weekday;

use super::SECOND;
use super::in_years;

/// A time of day as it was read; its numbers may be too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ReadTime {
    /// Hour, minute, second and microsecond.
    pub(super) parts: [i64; 4],
    /// The offset in microseconds, where there was one.
    pub(super) offset: Option<i64>,
}

fn number(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0u32, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
    })
}

/// `YYYY-MM-DD`, `YYYYMMDD`, and weeks: year, month and day, which need not exist.
pub(super) fn date(text: &str) -> Option<[i64; 3]> {
    let text = text.as_bytes();
    if !matches!(text.len(), 7 | 8 | 10) {
        return None;
    }
    let year = number(text.get(..4)?)?;
    let dashed = text.get(4) == Some(&b'-');
    let rest = text.get(4 + usize::from(dashed)..)?;
    let year_number = i32::try_from(year).ok()?;
    if rest.first() == Some(&b'W') {
        let week = number(rest.get(1..3)?)?;
        let rest = rest.get(3..)?;
        let day = match (rest, dashed) {
            ([], _) => 1,
            ([b'-', day], true) | ([day], false) => number(&[*day])?,
            _ => return None,
        };
        let day = Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?;
        let date = NaiveDate::from_isoywd_opt(year_number, week, day)?;
        in_years(date).then_some([date.year().into(), date.month().into(), date.day().into()])
    } else {
        let month = number(rest.get(..2)?)?;
        let rest = match (rest.get(2..)?, dashed) {
            ([b'-', rest @ ..], true) | (rest, false) => rest,
            _ => return None,
        };
        if rest.len() != 2 {
            return None;
        }
        Some([year.into(), month.into(), number(rest)?.into()])
    }
}

/// Hours, minutes, seconds and a fraction in microseconds.
fn clock(text: &[u8]) -> Option<[i64; 4]> {
    let mut numbers = [0_i64; 3];
    let mut rest = text;
    let colons = text.get(2) == Some(&b':');
    for (at, slot) in numbers.iter_mut().enumerate() {
        *slot = i64::from(number(rest.get(..2)?)?);
        rest = rest.get(2..)?;
        match rest.first() {
            None | Some(b'.' | b',') => break,
            Some(b':') if colons && at < 2 => rest = rest.get(1..)?,
            Some(b'0'..=b'9') if !colons && at < 2 => {}
            Some(_) => return None,
        }
    }
    let mut micros = 0;
    if let Some(fraction) = rest.get(1..).filter(|_| !rest.is_empty()) {
        if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut unit = SECOND / 10;
        for digit in fraction.iter().take(6) {
            micros += i64::from(digit - b'0') * unit;
            unit /= 10;
        }
    }
    let [hours, minutes, seconds] = numbers;
    Some([hours, minutes, seconds, micros])
}

/// A time of day with an optional offset.
pub(super) fn time(text: &str) -> Option<ReadTime> {
    let text = text.strip_prefix('T').unwrap_or(text);
    let Some(at) = text.find(['+', '-', 'Z']) else {
        return Some(ReadTime { parts: clock(text.as_bytes())?, offset: None });
    };
    let parts = clock(text.get(..at)?.as_bytes())?;
    let zone = text.get(at..)?;
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        ("Z", _) => return None,
        (sign, rest) => {
            let [hours, minutes, seconds, micros] = clock(rest.as_bytes())?;
            let offset = ((hours * 60 + minutes) * 60 + seconds) * SECOND + micros;
            if sign == "-" { -offset } else { offset }
        }
    };
    Some(ReadTime { parts, offset: Some(offset) })
}

/// A day, and after any one character a time of day.
pub(super) fn moment(text: &str) -> Option<([i64; 3], ReadTime)> {
    let at = separator(text.as_bytes())?;
    let day = date(text.get(..at)?)?;
    let mut rest = text.get(at..)?.chars();
    match rest.next() {
        None => Some((day, ReadTime::default())),
        Some(_) if rest.as_str().starts_with('T') => None,
        Some(_) => Some((day, time(rest.as_str())?)),
    }
}

fn separator(text: &[u8]) -> Option<usize> {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    if text.len() < 7 {
        return None;
    }
    if text.len() == 7 {
        return Some(7);
    }
    if text.get(4) == Some(&b'-') {
        if text.get(5) != Some(&b'W') {
            return Some(10.min(text.len()));
        }
        if text.get(8) != Some(&b'-') {
            return Some(8);
        }
        return match text.len() {
            9 => None,
            _ if is_digit(10) => Some(8),
            _ => Some(10),
        };
    }
    if text.get(4) != Some(&b'W') {
        return Some(8);
    }
    let mut at = 7;
    while is_digit(at) {
        at += 1;
    }
    Some(if at < 9 {
        at
    } else if at % 2 == 0 {
        7
    } else {
        8
    })
}
