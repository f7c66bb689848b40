//! Values as TOML that is safe inside an SQL comment.

use std::fmt::Write as _;

/// `text` as a TOML basic string on one line.
///
/// It stands in the front matter, which is an SQL comment for every other tool: so it holds no
/// `*/` that would end the comment, no `/*` that would open another (PostgreSQL nests them), and
/// no `---`. Neither does it hold characters that editors show as line breaks or that turn the
/// direction of text, so that what is read is what is there.
pub(super) fn basic_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut dashes = 0;
    let mut previous = '\0';
    out.push('"');
    for c in text.chars() {
        dashes = if c == '-' { dashes + 1 } else { 0 };
        match (previous, c) {
            (_, '"' | '\\') => out.extend(['\\', c]),
            (_, '\n') => out.push_str("\\n"),
            (_, '\t') => out.push_str("\\t"),
            ('*', '/') | ('/', '*') => push_escaped(&mut out, c),
            (_, '-') if dashes == 3 => {
                push_escaped(&mut out, c);
                dashes = 0;
            }
            _ if c.is_control() || is_deceptive(c) => push_escaped(&mut out, c),
            _ => out.push(c),
        }
        previous = c;
    }
    out.push('"');
    out
}

/// A list of strings, on one line.
pub(super) fn string_list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let strings: Vec<String> = texts.map(basic_string).collect();
    format!("[{}]", strings.join(", "))
}

fn push_escaped(out: &mut String, c: char) {
    // Everything escaped here is below U+10000. Writing to a String cannot fail.
    _ = write!(out, "\\u{:04X}", u32::from(c));
}

/// Line and paragraph separators, the byte order mark, and marks that change the direction of
/// text.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{2028}'..='\u{202e}' | '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_break_out_is_escaped() {
        for (text, expected) in [
            ("plain é", r#""plain é""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("a\nb\tc\r\0\u{7f}", r#""a\nb\tc\u000D\u0000\u007F""#),
            ("a*/b/*c", r#""a*\u002Fb/\u002Ac""#),
            ("/*/", r#""/\u002A\u002F""#),
            ("--", r#""--""#),
            ("---*/", r#""--\u002D*\u002F""#),
            ("-------", r#""--\u002D--\u002D-""#),
            ("\u{202e}x\u{2028}\u{85}", r#""\u202Ex\u2028\u0085""#),
        ] {
            assert_eq!(basic_string(text), expected);
        }
        assert_eq!(string_list(["a", "b\""].into_iter()), r#"["a", "b\""]"#);
        assert_eq!(string_list([].into_iter()), "[]");
    }

    proptest! {
        #[test]
        fn any_text_survives(text in any::<String>()) {
            let written = basic_string(&text);
            prop_assert!(!written.contains("*/") && !written.contains("/*"));
            prop_assert!(!written.contains("---") && !written.contains(char::is_control));
            let table: toml::Table = format!("a = {written}").parse().unwrap();
            prop_assert_eq!(table["a"].as_str(), Some(text.as_str()));
        }

        #[test]
        fn any_mischief_survives(text in r#"[-*/"'\\\n\r{}%#$u0]{0,40}"#) {
            let written = basic_string(&text);
            prop_assert!(!written.contains("*/") && !written.contains("/*"));
            prop_assert!(!written.contains("---"));
            let table: toml::Table = format!("a = {written}").parse().unwrap();
            prop_assert_eq!(table["a"].as_str(), Some(text.as_str()));
        }
    }
}
