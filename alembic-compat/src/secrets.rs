//! What may be shown of a line that may hold a password.

/// Whether a text may hold a password, so that no error may quote it. That it says no proves
/// nothing: where texts are written out, as in Python, see [`without_texts`].
#[must_use]
pub fn may_hold_secret(text: &str) -> bool {
    const SIGNS: [&str; 6] = ["://", "@", "pass", "pwd", "secret", "token"];
    let text = text.to_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// A line of Python with `…` in place of what stands in quotes and in a comment; `None` when the
/// line does not tell by itself where its texts begin and end (a text that goes on in the next
/// line, an f-string with quotes in its fields).
///
/// The line must not begin inside a text: that is for the caller to know.
#[must_use]
pub fn without_texts(line: &str) -> Option<String> {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['"', '\'', '#', '\\']) {
        let (code, found) = rest.split_at(at);
        out.push_str(code);
        let mark = found.get(..1)?;
        match mark {
            "#" => {
                out.push_str("#…");
                return Some(out);
            }
            // Outside of texts it can only join lines.
            "\\" => {
                return found[1..].trim().is_empty().then(|| out + "\\");
            }
            _ => {}
        }
        let quotes = match found.get(..3) {
            Some(three @ ("'''" | "\"\"\"")) => three,
            _ => mark,
        };
        let (text, behind) = closed(&found[quotes.len()..], quotes)?;
        // The fields of an f-string may hold texts in the same quotes: then a field is open where
        // the quotes seem to end.
        if is_formatted(code) && text.matches('{').count() != text.matches('}').count() {
            return None;
        }
        out.push_str(quotes);
        if !text.is_empty() {
            out.push('…');
        }
        out.push_str(quotes);
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

/// The text up to the closing quotes, and what stands behind them. A backslash takes the next
/// character with it, in raw texts too.
fn closed<'l>(line: &'l str, quotes: &str) -> Option<(&'l str, &'l str)> {
    let mut at = 0;
    loop {
        let rest = line.get(at..)?;
        if let Some(behind) = rest.strip_prefix(quotes) {
            return Some((&line[..at], behind));
        }
        let mut chars = rest.chars();
        let next = chars.next()?;
        at += next.len_utf8();
        if next == '\\' {
            at += chars.next()?.len_utf8();
        }
    }
}

/// Whether the code before an opening quote ends in a prefix with `f` or `t`.
fn is_formatted(code: &str) -> bool {
    let prefix = code.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_');
    prefix.take(3).any(|c| matches!(c, 'f' | 'F' | 't' | 'T'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_left_out() {
        for (line, shown) in [
            (
                r#"url = URL.create("postgresql","scott","t1gersecret")"#,
                Some(r#"url = URL.create("…","…","…")"#),
            ),
            (r#"engine = make_url("tigersecret")"#, Some(r#"engine = make_url("…")"#)),
            (r#"SECRET="hunter"; x = = 3"#, Some(r#"SECRET="…"; x = = 3"#)),
            (r#"key = x.get("tenant"), "sk-live-123secret""#, Some(r#"key = x.get("…"), "…""#)),
            ("x = y(1)", Some("x = y(1)")),
            ("", Some("")),
            ("x = '' + \"\"", Some("x = '' + \"\"")),
            ("x = 'it''s' # secret", Some("x = '…''…' #…")),
            (r#"x = "a'secret" + 'b"secret'"#, Some(r#"x = "…" + '…'"#)),
            (r"x = 'a\'secret' + 1", Some("x = '…' + 1")),
            (r"x = r'a\'secret' + 1", Some("x = r'…' + 1")),
            (r"x = 'secret\\' + y", Some("x = '…' + y")),
            (r"x = 'secret\\\' + y", None),
            ("x = '''secret''' + ''''secret'''", Some("x = '''…''' + '''…'''")),
            ("x = '''a'secret''' + y", Some("x = '''…''' + y")),
            ("x = '''secret", None),
            ("x = \"secret", None),
            ("secret''' + x", None),
            ("secret\" + x", None),
            ("x = 'secret\\", None),
            ("x = y + \\", Some("x = y + \\")),
            ("x = y \\ 'secret'", None),
            ("x = '#' + y # 'secret", Some("x = '…' + y #…")),
            ("x = f'{a}:{b}@secret' + c", Some("x = f'…' + c")),
            ("x = f\"{d[\"k\"]}\"", None),
            ("x = f\"{get(\"k\", \"secret\")}\"", None),
            ("x = Rf'{d['secret", None),
            ("x = rb'secret'", Some("x = rb'…'")),
            ("é = 'ß\\ß' # ", Some("é = '…' #…")),
        ] {
            assert_eq!(without_texts(line).as_deref(), shown, "{line}");
        }
    }

    #[test]
    fn signs_of_secrets() {
        for line in
            ["x://y", "u@h", "PASSWORD=1", "db_passwd", "pass=", "Pwd", "SECRET", "api_token"]
        {
            assert!(may_hold_secret(line), "{line}");
        }
        assert!(!may_hold_secret("script_location = migrations"));
    }

    proptest! {
        /// Whatever stands around it, a text that is written as Python's `repr` has it is not shown.
        #[test]
        fn no_text_is_shown(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["'", "\"", "'''", "\"\"\"", "\\", "#", "{", "}", "a", " ", "é", "f", "("]), 0..12,
            ),
            quote in prop::sample::select(vec!["'", "\"", "'''", "\"\"\""]),
            prefix in prop::sample::select(vec!["", "b", "x = ", "g('a', ", "u"]),
        ) {
            let inside = pieces.concat().replace('\\', "\\\\").replace('\'', "\\'").replace('"', "\\\"");
            let line = format!("{prefix}{quote}ZZ{inside}ZZ{quote} + y");
            let shown = without_texts(&line).unwrap_or_default();
            prop_assert!(!shown.contains('Z'), "{line} {shown}");
            prop_assert!(shown.ends_with(" + y"), "{line} {shown}");
        }

        #[test]
        fn any_line(line in any::<String>()) {
            drop(without_texts(&line));
        }
    }
}
