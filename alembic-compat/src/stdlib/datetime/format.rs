//! `strftime`, in the C locale.

use chrono::Datelike as _;
use chrono::NaiveDateTime;
use chrono::Timelike as _;

use crate::eval::Interpreter;
use crate::eval::Result;

use super::zone::offset_text;

pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What is to be written: the offset and name of the zone, where there is one.
pub(super) struct Zoned {
    pub(super) moment: NaiveDateTime,
    pub(super) offset: Option<i64>,
    pub(super) name: String,
}

/// Writes a moment by a pattern.
pub(super) fn write(interp: &mut Interpreter, what: &Zoned, pattern: &str) -> Result<String> {
    interp.allow_size(pattern.len().saturating_mul(4), "a formatted date")?;
    let mut out = String::new();
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match rest.next() {
            None => out.push('%'),
            Some(directive) => match one(what, directive) {
                Some(text) => out.push_str(&text),
                None => {
                    return Err(interp.unsupported(format!("'%{directive}' of strftime")));
                }
            },
        }
    }
    Ok(out)
}

fn one(what: &Zoned, directive: char) -> Option<String> {
    let moment = what.moment;
    let weekday = moment.weekday().num_days_from_monday() as usize;
    let month = moment.month0() as usize;
    let hour = moment.hour();
    let twelve = (hour + 11) % 12 + 1;
    let half = if hour < 12 { "AM" } else { "PM" };
    let short = |name: &str| name.chars().take(3).collect::<String>();
    let week = |first: u32| (moment.ordinal0() + 7 - first) / 7;
    let clock = || format!("{hour:02}:{:02}:{:02}", moment.minute(), moment.second());
    let day = || {
        format!("{:02}/{:02}/{:02}", moment.month(), moment.day(), moment.year().rem_euclid(100))
    };
    Some(match directive {
        'a' => short(DAYS.get(weekday)?),
        'A' => (*DAYS.get(weekday)?).to_owned(),
        'b' | 'h' => short(MONTHS.get(month)?),
        'B' => (*MONTHS.get(month)?).to_owned(),
        'w' => moment.weekday().num_days_from_sunday().to_string(),
        'u' => moment.weekday().number_from_monday().to_string(),
        'd' => format!("{:02}", moment.day()),
        'e' => format!("{:2}", moment.day()),
        'm' => format!("{:02}", moment.month()),
        'y' => format!("{:02}", moment.year().rem_euclid(100)),
        'Y' => moment.year().to_string(),
        'C' => format!("{:02}", moment.year() / 100),
        'G' => moment.iso_week().year().to_string(),
        'g' => format!("{:02}", moment.iso_week().year().rem_euclid(100)),
        'V' => format!("{:02}", moment.iso_week().week()),
        'U' => format!("{:02}", week(moment.weekday().num_days_from_sunday())),
        'W' => format!("{:02}", week(moment.weekday().num_days_from_monday())),
        'j' => format!("{:03}", moment.ordinal()),
        'H' => format!("{hour:02}"),
        'k' => format!("{hour:2}"),
        'I' => format!("{twelve:02}"),
        'l' => format!("{twelve:2}"),
        'p' => half.to_owned(),
        'P' => half.to_lowercase(),
        'M' => format!("{:02}", moment.minute()),
        'S' => format!("{:02}", moment.second()),
        'f' => format!("{:06}", moment.nanosecond() / 1000),
        'z' => what.offset.map_or_else(String::new, |offset| offset_text(offset, "")),
        'Z' => what.name.clone(),
        'c' => format!(
            "{} {} {:2} {} {}",
            short(DAYS.get(weekday)?),
            short(MONTHS.get(month)?),
            moment.day(),
            clock(),
            moment.year()
        ),
        'x' | 'D' => day(),
        'X' | 'T' => clock(),
        'r' => format!("{twelve:02}:{:02}:{:02} {half}", moment.minute(), moment.second()),
        'R' => format!("{hour:02}:{:02}", moment.minute()),
        'F' => format!("{}-{:02}-{:02}", moment.year(), moment.month(), moment.day()),
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        '%' => "%".to_owned(),
        _ => return None,
    })
}
