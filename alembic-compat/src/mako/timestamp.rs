//! `create_date`: a `datetime`, given as Python prints it.

use std::fmt;
use std::fmt::Write as _;

/// A date with its time, of the proleptic Gregorian calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timestamp {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) microsecond: u32,
    /// `+hh:mm` as printed, where the time has a zone.
    offset: Option<String>,
}

const MONTHS: [&str; 12] = [
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
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Timestamp {
    /// Reads `2026-11-20 17:52:35.455723+01:00`; the fraction and the offset may be missing, and
    /// a `T` may stand between the two parts.
    pub(super) fn parse(text: &str) -> Option<Timestamp> {
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<u32>().ok()
        };
        let mark = |at: usize, marks: &[u8]| {
            text.as_bytes().get(at).is_some_and(|byte| marks.contains(byte))
        };
        let well_formed =
            mark(4, b"-") && mark(7, b"-") && mark(10, b" T") && mark(13, b":") && mark(16, b":");
        if !well_formed {
            return None;
        }
        let rest = text.get(19..)?;
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(_) => (number(20, 26)?, rest.get(7..)?),
            None => (0, rest),
        };
        let offset = match rest.as_bytes() {
            [] => None,
            [b'+' | b'-', _, _, b':', _, _] => Some(rest.to_owned()),
            _ => return None,
        };
        let timestamp = Timestamp {
            year: number(0, 4)?,
            month: number(5, 7)?,
            day: number(8, 10)?,
            hour: number(11, 13)?,
            minute: number(14, 16)?,
            second: number(17, 19)?,
            microsecond: fraction,
            offset,
        };
        let valid = timestamp.year > 0
            && (1..=12).contains(&timestamp.month)
            && (1..=31).contains(&timestamp.day)
            && timestamp.hour < 24
            && timestamp.minute < 60
            && timestamp.second < 60;
        valid.then_some(timestamp)
    }

    /// Python's `isoformat(separator)`; `str` is the same with a space.
    pub(super) fn isoformat(&self, separator: char) -> String {
        let Timestamp { year, month, day, hour, minute, second, microsecond, offset } = self;
        let mut out =
            format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}");
        if *microsecond > 0 {
            // Writing to a String cannot fail.
            let _ = write!(out, ".{microsecond:06}");
        }
        out + offset.as_deref().unwrap_or("")
    }

    /// `datetime.datetime(2026, 11, 20, 17, 52)`; a zone's name is not known.
    pub(super) fn repr(&self) -> Option<String> {
        let Timestamp { year, month, day, hour, minute, second, microsecond, offset } = self;
        let mut out = format!("datetime.datetime({year}, {month}, {day}, {hour}, {minute}");
        if *second > 0 || *microsecond > 0 {
            let _ = write!(out, ", {second}");
        }
        if *microsecond > 0 {
            let _ = write!(out, ", {microsecond}");
        }
        offset.is_none().then(|| out + ")")
    }

    /// Python's `strftime` in the C locale; the directive that is not known is the error.
    pub(super) fn strftime(&self, format: &str) -> Result<String, char> {
        let hour12 = (self.hour + 11) % 12 + 1;
        let mut out = String::new();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let directive = chars.next().ok_or('%')?;
            let written = match directive {
                'Y' => format!("{}", self.year),
                'y' => format!("{:02}", self.year % 100),
                'm' => format!("{:02}", self.month),
                'd' => format!("{:02}", self.day),
                'H' => format!("{:02}", self.hour),
                'I' => format!("{hour12:02}"),
                'M' => format!("{:02}", self.minute),
                'S' => format!("{:02}", self.second),
                'f' => format!("{:06}", self.microsecond),
                'j' => format!("{:03}", self.day_of_year()),
                'w' => format!("{}", (self.weekday() + 1) % 7),
                'u' => format!("{}", self.weekday() + 1),
                'p' => if self.hour < 12 { "AM" } else { "PM" }.to_owned(),
                'B' => self.month_name().to_owned(),
                'b' | 'h' => self.month_name().chars().take(3).collect(),
                'A' => self.day_name().to_owned(),
                'a' => self.day_name().chars().take(3).collect(),
                'z' => self.offset.as_deref().unwrap_or("").replace(':', ""),
                'F' => self.strftime("%Y-%m-%d")?,
                'T' | 'X' => self.strftime("%H:%M:%S")?,
                'D' | 'x' => self.strftime("%m/%d/%y")?,
                'R' => self.strftime("%H:%M")?,
                'c' => format!(
                    "{} {:2} {}",
                    self.strftime("%a %b")?,
                    self.day,
                    self.strftime("%X %Y")?
                ),
                'Z' if self.offset.is_none() => String::new(),
                '%' => "%".to_owned(),
                other => return Err(other),
            };
            out.push_str(&written);
        }
        Ok(out)
    }

    fn month_name(&self) -> &'static str {
        MONTHS.get(self.month as usize - 1).copied().unwrap_or("")
    }

    fn day_name(&self) -> &'static str {
        DAYS.get(self.weekday() as usize).copied().unwrap_or("")
    }

    /// 0 on a Monday.
    pub(super) fn weekday(&self) -> u32 {
        let years = self.year - 1;
        // 1 January of the year 1 was a Monday.
        (years * 365 + years / 4 - years / 100 + years / 400 + self.day_of_year() - 1) % 7
    }

    fn day_of_year(&self) -> u32 {
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let leap = (self.year.is_multiple_of(4) && !self.year.is_multiple_of(100))
            || self.year.is_multiple_of(400);
        before.get(self.month as usize - 1).copied().unwrap_or(0)
            + self.day
            + u32::from(leap && self.month > 2)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.isoformat(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_python_prints() {
        for text in [
            "2026-11-20 17:52:35.455723",
            "2026-11-20 17:52:35",
            "2024-02-29 00:00:00.000001+05:30",
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
        for text in
            ["", "2026-11-20", "2026-13-20 00:00:00", "2026-11-20 17:52:35.4", "éééééééééééé"]
        {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn strftime_as_python_in_the_c_locale() {
        let time = Timestamp::parse("2024-03-01 00:05:09.000042").unwrap();
        assert_eq!(
            time.strftime("%Y-%m-%d %H:%M:%S.%f %j %A %a %B %b %I%p %w %u %y %% %c %D %F %T")
                .unwrap(),
            "2024-03-01 00:05:09.000042 061 Friday Fri March Mar 12AM 5 5 24 % Fri Mar  1 00:05:09 2024 03/01/24 2024-03-01 00:05:09"
        );
        assert_eq!(time.strftime("%Q"), Err('Q'));
        assert_eq!(time.repr().unwrap(), "datetime.datetime(2024, 3, 1, 0, 5, 9, 42)");
    }
}
