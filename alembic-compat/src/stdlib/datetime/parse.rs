//! `strptime`, in the C locale.

use chrono::NaiveDate;
use chrono::NaiveDateTime;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;

use super::SECOND;
use super::format::DAYS;
use super::format::MONTHS;
use super::new_date;
use super::time_of;

/// What was read.
pub(super) struct Read {
    pub(super) moment: NaiveDateTime,
    pub(super) offset: Option<i64>,
    pub(super) name: Option<Text>,
}

#[derive(Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    ordinal: Option<i64>,
    hour: i64,
    twelve: Option<i64>,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    offset: Option<i64>,
    name: Option<Text>,
    /// Whether another number follows one that could have been shorter.
    ambiguous: bool,
}

enum Bad {
    NoMatch,
    Unknown(char),
    Stray,
}

const UNCLEAR: &str = "'strptime' with numbers next to each other";

/// Reads a moment by a pattern.
pub(super) fn read(interp: &mut Interpreter, text: &Text, pattern: &Text) -> Result<Read> {
    interp.allow_size(text.len() + pattern.len(), "a date")?;
    let mut parts = Parts::default();
    let rest = match walk(&mut parts, text, pattern) {
        Ok(rest) => rest,
        Err(Bad::NoMatch) if parts.ambiguous => return Err(interp.unsupported(UNCLEAR)),
        Err(Bad::NoMatch) => {
            let text = interp.repr(&text.clone().into())?;
            let pattern = interp.repr(&pattern.clone().into())?;
            return interp.value_error(format!("time data {text} does not match format {pattern}"));
        }
        Err(Bad::Unknown(directive)) => {
            return Err(interp.unsupported(format!("'%{directive}' of strptime")));
        }
        Err(Bad::Stray) => {
            let pattern = pattern.clone();
            return interp.value_error(format!("stray %% in format '{pattern}'"));
        }
    };
    if !rest.is_empty() && parts.ambiguous {
        return Err(interp.unsupported(UNCLEAR));
    }
    if !rest.is_empty() {
        return interp.value_error(format!("unconverted data remains: {rest}"));
    }
    let date = match parts.ordinal {
        Some(ordinal) if parts.month.is_none() || parts.day.is_none() => {
            let year = i32::try_from(parts.year.unwrap_or(1900)).unwrap_or_default();
            let found = NaiveDate::from_yo_opt(year, u32::try_from(ordinal).unwrap_or_default());
            match found {
                Some(date) => date,
                None => return Err(interp.unsupported("this day of the year in strptime")),
            }
        }
        _ => {
            let (month, day) = (parts.month.unwrap_or(1), parts.day.unwrap_or(1));
            new_date(interp, parts.year.unwrap_or(1900), month, day)?
        }
    };
    let hour = match (parts.twelve, parts.afternoon) {
        (Some(hour), Some(true)) => hour % 12 + 12,
        (Some(hour), _) => hour % 12,
        (None, _) => parts.hour,
    };
    if parts.second > 59 {
        return interp.value_error("second must be in 0..59");
    }
    let micros = ((hour * 60 + parts.minute) * 60 + parts.second) * SECOND + parts.micros;
    let moment = date.and_time(time_of(micros).unwrap_or_default());
    Ok(Read { moment, offset: parts.offset, name: parts.name })
}

/// Takes one to `most` digits off that make a number in a range: as many as fit, as the regular
/// expressions of CPython do.
fn take(rest: &mut &str, most: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    for count in (1..=digits).rev() {
        let Ok(number) = rest[..count].parse::<i64>() else { continue };
        if range.contains(&number) {
            *rest = &rest[count..];
            return Some(number);
        }
    }
    None
}

fn exactly(rest: &mut &str, count: usize) -> Option<i64> {
    let digits = rest.get(..count)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    *rest = &rest[count..];
    digits.parse().ok()
}

fn word(rest: &mut &str, words: &[&str], short: bool) -> Option<i64> {
    let cut = |word: &str| if short { 3 } else { word.len() };
    // The longest first, as CPython sorts them.
    let found = words
        .iter()
        .enumerate()
        .filter(|(_, word)| {
            let head = rest.get(..cut(word));
            head.is_some_and(|head| head.eq_ignore_ascii_case(&word[..cut(word)]))
        })
        .max_by_key(|(_, word)| cut(word))?;
    *rest = &rest[cut(found.1)..];
    i64::try_from(found.0).ok()
}

fn offset(rest: &mut &str) -> Option<i64> {
    if let Some(after) = rest.strip_prefix(['Z', 'z']) {
        *rest = after;
        return Some(0);
    }
    let sign = match rest.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    *rest = &rest[1..];
    let hours = exactly(rest, 2)?;
    let colon = rest.starts_with(':');
    if colon {
        *rest = &rest[1..];
    }
    let minutes = exactly(rest, 2).filter(|minutes| *minutes < 60)?;
    let mut micros = (hours * 60 + minutes) * 60 * SECOND;
    let before = *rest;
    let seconds = if colon {
        rest.strip_prefix(':').and_then(|mut after| {
            let seconds = exactly(&mut after, 2)?;
            *rest = after;
            Some(seconds)
        })
    } else {
        exactly(rest, 2)
    };
    match seconds {
        Some(seconds) if seconds < 60 => {
            micros += seconds * SECOND;
            if let Some(mut after) = rest.strip_prefix('.')
                && let Some(fraction) = fraction(&mut after)
            {
                micros += fraction;
                *rest = after;
            }
        }
        _ => *rest = before,
    }
    Some(sign * micros)
}

fn fraction(rest: &mut &str) -> Option<i64> {
    let digits = rest.bytes().take(6).take_while(u8::is_ascii_digit).count();
    let number: i64 = rest.get(..digits).filter(|_| digits > 0)?.parse().ok()?;
    *rest = &rest[digits..];
    Some(number * 10_i64.pow(u32::try_from(6 - digits).ok()?))
}

fn walk<'a>(parts: &mut Parts, text: &'a str, pattern: &str) -> std::result::Result<&'a str, Bad> {
    let mut rest = text;
    let mut directives = pattern.chars().peekable();
    while let Some(c) = directives.next() {
        if c.is_whitespace() {
            while directives.next_if(|c| c.is_whitespace()).is_some() {}
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return Err(Bad::NoMatch);
            }
            rest = trimmed;
            continue;
        }
        if c != '%' {
            let mut characters = rest.chars();
            let same = characters
                .next()
                .is_some_and(|other| other == c || other.to_lowercase().eq(c.to_lowercase()));
            if !same {
                return Err(Bad::NoMatch);
            }
            rest = characters.as_str();
            continue;
        }
        let Some(directive) = directives.next() else { return Err(Bad::Stray) };
        match directive {
            'T' | 'F' | 'D' | 'R' => return Err(Bad::Unknown(directive)),
            'X' => rest = walk(parts, rest, "%H:%M:%S")?,
            'x' => rest = walk(parts, rest, "%m/%d/%y")?,
            'c' => rest = walk(parts, rest, "%a %b %d %H:%M:%S %Y")?,
            '%' => rest = rest.strip_prefix('%').ok_or(Bad::NoMatch)?,
            _ => {
                if directives.peek() == Some(&'%') && "mdjHIMS".contains(directive) {
                    // Digits that could be shared out in another way.
                    parts.ambiguous |= rest.bytes().take_while(u8::is_ascii_digit).count() > 1;
                }
                one(parts, &mut rest, directive)?;
            }
        }
    }
    Ok(rest)
}

fn one(parts: &mut Parts, rest: &mut &str, directive: char) -> std::result::Result<(), Bad> {
    let mut found = || -> Option<()> {
        match directive {
            'Y' => parts.year = Some(exactly(rest, 4)?),
            'y' => {
                let year = exactly(rest, 2)?;
                parts.year = Some(if year < 69 { 2000 + year } else { 1900 + year });
            }
            'm' => parts.month = Some(take(rest, 2, 1..=12)?),
            'd' => {
                // A leading blank stands for a zero.
                if let Some(after) = rest.strip_prefix(' ') {
                    *rest = after;
                    parts.day = Some(take(rest, 1, 1..=9)?);
                } else {
                    parts.day = Some(take(rest, 2, 1..=31)?);
                }
            }
            'j' => parts.ordinal = Some(take(rest, 3, 1..=366)?),
            'H' => parts.hour = take(rest, 2, 0..=23)?,
            'I' => parts.twelve = Some(take(rest, 2, 1..=12)?),
            'M' => parts.minute = take(rest, 2, 0..=59)?,
            'S' => parts.second = take(rest, 2, 0..=61)?,
            'f' => parts.micros = fraction(rest)?,
            'a' => drop(word(rest, &DAYS, true)?),
            'A' => drop(word(rest, &DAYS, false)?),
            'b' => parts.month = Some(word(rest, &MONTHS, true)? + 1),
            'B' => parts.month = Some(word(rest, &MONTHS, false)? + 1),
            'p' => parts.afternoon = Some(word(rest, &["AM", "PM"], false)? == 1),
            'w' => drop(take(rest, 1, 0..=6)?),
            'z' => parts.offset = Some(offset(rest)?),
            'Z' => {
                let zones = ["UTC", "GMT"];
                let zone = word(rest, &zones, false)?;
                parts.name = zones.get(usize::try_from(zone).ok()?).map(|name| Text::from(*name));
            }
            _ => return None,
        }
        Some(())
    };
    if !"YymdjHIMSfaAbBpwzZ".contains(directive) {
        return Err(Bad::Unknown(directive));
    }
    found().ok_or(Bad::NoMatch)
}
