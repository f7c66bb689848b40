//! From Python's regular expressions to those of the `fancy-regex` crate.
//!
//! What differs between the two is written out: `$`, `^` and `.` by the flags at that place, `\Z`,
//! `\w` and `\s` as Python defines them, names of groups as numbers. A construct that is not known
//! to mean the same is refused.

use std::iter::Peekable;
use std::str::Chars;

pub(super) const IGNORECASE: i64 = 2;
pub(super) const MULTILINE: i64 = 8;
pub(super) const DOTALL: i64 = 16;
pub(super) const UNICODE: i64 = 32;
pub(super) const VERBOSE: i64 = 64;
pub(super) const ASCII: i64 = 256;

/// A translated pattern.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) pattern: String,
    pub(super) flags: i64,
    pub(super) groups: usize,
    /// Names with the numbers of their groups, in order.
    pub(super) names: Vec<(String, usize)>,
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    /// The flags here, and those outside of each open group.
    flags: i64,
    around: Vec<i64>,
    /// What is known of each open group, and at the bottom of the whole pattern.
    open: Vec<Open>,
    groups: usize,
    names: Vec<(String, usize)>,
    global: i64,
}

/// What is known of a group that is open.
#[derive(Debug, Default)]
struct Open {
    /// The captures before it.
    groups: usize,
    /// Whether this alternative takes at least one character.
    takes: bool,
    /// Whether one of the alternatives before may be empty.
    empty: bool,
    /// Whether it only looks.
    looks: bool,
}

/// Why a pattern cannot be used.
pub(super) type Refused = &'static str;

pub(super) fn translate(pattern: &str, flags: i64) -> Result<Translated, Refused> {
    // Flags at the beginning hold everywhere.
    let mut global = flags;
    let mut rest = pattern;
    while let Some(after) = rest.strip_prefix("(?") {
        let Some((letters, tail)) = after.split_once(')') else { break };
        let letters: Option<Vec<i64>> = letters.chars().map(flag).collect();
        match letters {
            Some(letters) if !letters.is_empty() => {
                global |= letters.into_iter().fold(0, |all, one| all | one);
                rest = tail;
            }
            _ => break,
        }
    }
    if global & ASCII == 0 {
        global |= UNICODE;
    }
    let mut translator = Translator {
        rest: rest.chars().peekable(),
        out: String::new(),
        flags: global,
        around: Vec::new(),
        open: vec![Open::default()],
        groups: 0,
        names: Vec::new(),
        global,
    };
    if global & IGNORECASE != 0 {
        translator.out.push_str("(?i)");
    }
    translator.run()?;
    Ok(Translated {
        pattern: translator.out,
        flags: translator.global,
        groups: translator.groups,
        names: translator.names,
    })
}

const fn flag(letter: char) -> Option<i64> {
    Some(match letter {
        'i' => IGNORECASE,
        'm' => MULTILINE,
        's' => DOTALL,
        'x' => VERBOSE,
        'a' => ASCII,
        'u' => UNICODE,
        _ => return None,
    })
}

fn literal(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii() {
        out.push(c);
    } else {
        out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
    }
}

impl Translator<'_> {
    fn has(&self, flag: i64) -> bool {
        self.flags & flag != 0
    }

    fn word(&self) -> &'static str {
        if self.has(ASCII) { "a-zA-Z0-9_" } else { "\\p{L}\\p{N}_" }
    }

    fn space(&self) -> &'static str {
        if self.has(ASCII) { "\\x{9}-\\x{d}\\x{20}" } else { "\\s\\x{1c}-\\x{1f}" }
    }

    fn digit(&self) -> &'static str {
        if self.has(ASCII) { "0-9" } else { "\\p{Nd}" }
    }

    fn run(&mut self) -> Result<(), Refused> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                ')' => self.close()?,
                '.' => {
                    self.out.push_str(if self.has(DOTALL) { "(?s:.)" } else { "[^\\n]" });
                    self.took();
                }
                '^' if self.has(MULTILINE) => self.out.push_str("(?m:^)"),
                '^' => self.out.push_str("\\A"),
                '$' if self.has(MULTILINE) => self.out.push_str("(?=\\n|\\z)"),
                '$' => self.out.push_str("(?=\\n?\\z)"),
                '|' => {
                    self.out.push('|');
                    if let Some(open) = self.open.last_mut() {
                        open.empty |= !open.takes;
                        open.takes = false;
                    }
                }
                '*' | '+' | '?' => self.out.push(c),
                '{' => self.braces(),
                c if self.has(VERBOSE) && c.is_ascii_whitespace() => {}
                '#' if self.has(VERBOSE) => {
                    for c in self.rest.by_ref() {
                        if c == '\n' {
                            break;
                        }
                    }
                }
                c => {
                    literal(&mut self.out, c);
                    self.took();
                }
            }
        }
        if self.around.is_empty() { Ok(()) } else { Err("an unterminated group") }
    }

    /// Notes that a character was taken, unless what follows makes that optional.
    fn took(&mut self) {
        let optional = match self.rest.peek() {
            Some('*' | '?') => true,
            Some('{') => {
                let mut ahead = self.rest.clone();
                ahead.next();
                matches!(ahead.next(), Some('0' | ','))
            }
            _ => false,
        };
        if let Some(open) = self.open.last_mut() {
            open.takes |= !optional;
        }
    }

    fn close(&mut self) -> Result<(), Refused> {
        self.flags = self.around.pop().ok_or("an unbalanced parenthesis")?;
        self.out.push(')');
        let group = self.open.pop().unwrap_or_default();
        let empty = group.empty || !group.takes;
        if empty || group.looks {
            // After an empty round the two engines leave different captures.
            let repeated = matches!(self.rest.peek(), Some('*' | '+' | '{'));
            if repeated && self.groups > group.groups {
                return Err("a repeated group that may be empty");
            }
        } else {
            self.took();
        }
        Ok(())
    }

    /// `{m,n}`, or a brace that is only a character.
    fn braces(&mut self) {
        let mut ahead = self.rest.clone();
        let mut text = String::new();
        let closed = loop {
            match ahead.next() {
                Some('}') => break true,
                Some(c) if c.is_ascii_digit() || c == ',' => text.push(c),
                _ => break false,
            }
        };
        if !closed || text.is_empty() || text.matches(',').count() > 1 {
            literal(&mut self.out, '{');
            self.took();
            return;
        }
        self.rest = ahead;
        let text = if text.starts_with(',') { format!("0{text}") } else { text };
        self.out.push_str(&format!("{{{text}}}"));
    }

    fn until(&mut self, end: char) -> Result<String, Refused> {
        let mut text = String::new();
        loop {
            match self.rest.next() {
                Some(c) if c == end => return Ok(text),
                Some(c) => text.push(c),
                None => return Err("an unterminated name"),
            }
        }
    }

    fn open(&mut self, text: &str) {
        let capture = usize::from(text == "(");
        let looks = text.contains('=') || text.contains('!');
        let groups = self.groups - capture;
        self.open.push(Open { groups, looks, ..Open::default() });
        self.around.push(self.flags);
        self.out.push_str(text);
    }

    fn number_of(&self, name: &str) -> Result<usize, Refused> {
        if let Ok(number) = name.parse() {
            return Ok(number);
        }
        let found = self.names.iter().find(|(other, _)| other == name);
        found.map(|(_, number)| *number).ok_or("an unknown group name")
    }

    fn group(&mut self) -> Result<(), Refused> {
        if self.rest.next_if_eq(&'?').is_none() {
            self.groups += 1;
            self.open("(");
            return Ok(());
        }
        match self.rest.next() {
            Some('P') => match self.rest.next() {
                Some('<') => {
                    let name = self.until('>')?;
                    self.groups += 1;
                    self.names.push((name, self.groups));
                    self.open("(");
                }
                Some('=') => {
                    let name = self.until(')')?;
                    let number = self.number_of(&name)?;
                    self.reference(number)?;
                }
                _ => return Err("an unknown extension"),
            },
            Some(':') => self.open("(?:"),
            Some('=') => self.open("(?="),
            Some('!') => self.open("(?!"),
            Some('>') => self.open("(?>"),
            Some('<') => match self.rest.next() {
                Some('=') => self.open("(?<="),
                Some('!') => self.open("(?<!"),
                _ => return Err("an unknown extension"),
            },
            Some('#') => drop(self.until(')')?),
            Some('(') => {
                let name = self.until(')')?;
                let number = self.number_of(&name)?;
                self.open(&format!("(?({number})"));
            }
            Some(first) => return self.scoped(first),
            None => return Err("an unterminated group"),
        }
        Ok(())
    }

    /// `(?i-s:…)`.
    fn scoped(&mut self, first: char) -> Result<(), Refused> {
        let (mut flags, mut off) = (self.flags, false);
        let mut next = Some(first);
        loop {
            match next {
                Some(':') => break,
                Some('-') => off = true,
                Some(letter) => {
                    let flag = flag(letter).ok_or("an unknown extension")?;
                    flags = if off { flags & !flag } else { flags | flag };
                }
                None => return Err("an unterminated group"),
            }
            next = self.rest.next();
        }
        let before = self.flags;
        let text = if flags & IGNORECASE != 0 { "(?i:" } else { "(?-i:" };
        self.open(text);
        debug_assert_eq!(self.around.last(), Some(&before));
        self.flags = flags;
        Ok(())
    }

    fn reference(&mut self, number: usize) -> Result<(), Refused> {
        if number == 0 || number > self.groups {
            return Err("a reference to a group that is not there yet");
        }
        if self.has(IGNORECASE) {
            return Err("a reference to a group with IGNORECASE");
        }
        self.out.push_str(&format!("(?:\\{number})"));
        Ok(())
    }

    fn hex(&mut self, count: usize) -> Result<char, Refused> {
        let mut code = 0;
        for _ in 0..count {
            let digit = self.rest.next().and_then(|c| c.to_digit(16));
            code = code * 16 + digit.ok_or("an incomplete escape")?;
        }
        char::from_u32(code).ok_or("half of a surrogate pair")
    }

    /// Escapes that stand for one character wherever they are.
    fn character(&mut self, c: char) -> Result<Option<char>, Refused> {
        Ok(Some(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\u{c}',
            'v' => '\u{b}',
            'a' => '\u{7}',
            'x' => self.hex(2)?,
            'u' => self.hex(4)?,
            'U' => self.hex(8)?,
            '0' => {
                let mut code = 0;
                for _ in 0..2 {
                    match self.rest.next_if(|c| c.is_digit(8)).and_then(|c| c.to_digit(8)) {
                        Some(digit) => code = code * 8 + digit,
                        None => break,
                    }
                }
                char::from_u32(code).ok_or("an octal escape")?
            }
            c if c.is_ascii_alphanumeric() => return Ok(None),
            c => c,
        }))
    }

    fn escape(&mut self) -> Result<(), Refused> {
        let Some(c) = self.rest.next() else { return Err("an escape at the end") };
        let word = self.word();
        if matches!(c, 'd' | 'D' | 's' | 'S' | 'w' | 'W') {
            self.took();
        }
        match c {
            'A' => self.out.push_str("\\A"),
            'Z' => self.out.push_str("\\z"),
            'd' => self.out.push_str(&format!("[{}]", self.digit())),
            'D' => self.out.push_str(&format!("[^{}]", self.digit())),
            's' => self.out.push_str(&format!("[{}]", self.space())),
            'S' => self.out.push_str(&format!("[^{}]", self.space())),
            'w' => self.out.push_str(&format!("[{word}]")),
            'W' => self.out.push_str(&format!("[^{word}]")),
            'b' => {
                let edge = format!("(?:(?<=[{word}])(?![{word}])|(?<![{word}])(?=[{word}]))");
                self.out.push_str(&edge);
            }
            'B' => {
                // Python 3.11 finds none in an empty text.
                let inside =
                    format!("(?:(?<=[{word}])(?=[{word}])|(?!\\A\\z)(?<![{word}])(?![{word}]))");
                self.out.push_str(&inside);
            }
            '1'..='9' => {
                let mut number = c.to_digit(10).unwrap_or_default() as usize;
                if let Some(next) = self.rest.next_if(char::is_ascii_digit) {
                    number = number * 10 + next.to_digit(10).unwrap_or_default() as usize;
                    if self.rest.peek().is_some_and(char::is_ascii_digit) {
                        return Err("an octal escape");
                    }
                }
                self.reference(number)?;
            }
            c => match self.character(c)? {
                Some(c) => {
                    literal(&mut self.out, c);
                    self.took();
                }
                None => return Err("an unknown escape"),
            },
        }
        Ok(())
    }

    /// One item of a class: a character, or a whole kind of them that was written out.
    fn item(&mut self, c: char, out: &mut String) -> Result<Option<char>, Refused> {
        if c != '\\' {
            return Ok(Some(c));
        }
        let Some(c) = self.rest.next() else { return Err("an escape at the end") };
        match c {
            'd' => out.push_str(self.digit()),
            'D' => out.push_str(&format!("[^{}]", self.digit())),
            's' => out.push_str(self.space()),
            'S' => out.push_str(&format!("[^{}]", self.space())),
            'w' => out.push_str(self.word()),
            'W' => out.push_str(&format!("[^{}]", self.word())),
            'b' => return Ok(Some('\u{8}')),
            c => return self.character(c)?.map(Some).ok_or("an unknown escape"),
        }
        Ok(None)
    }

    fn class(&mut self) -> Result<(), Refused> {
        let mut out = String::from("[");
        if self.rest.next_if_eq(&'^').is_some() {
            out.push('^');
        }
        let mut first = true;
        loop {
            let Some(c) = self.rest.next() else { return Err("an unterminated class") };
            if c == ']' && !first {
                break;
            }
            first = false;
            let Some(low) = self.item(c, &mut out)? else {
                if self.rest.peek() == Some(&'-') {
                    self.rest.next();
                    if self.rest.peek() != Some(&']') {
                        return Err("a range of kinds of characters");
                    }
                    literal(&mut out, '-');
                }
                continue;
            };
            literal(&mut out, low);
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.peek().is_some_and(|c| *c != ']') {
                self.rest = ahead;
                let Some(c) = self.rest.next() else { return Err("an unterminated class") };
                let mut kind = String::new();
                let Some(high) = self.item(c, &mut kind)? else {
                    return Err("a range of kinds of characters");
                };
                if high < low {
                    return Err("a range that runs backwards");
                }
                out.push('-');
                literal(&mut out, high);
            }
        }
        out.push(']');
        self.out.push_str(&out);
        self.took();
        Ok(())
    }
}
