mod python;

use proptest::prelude::*;

use super::*;

fn nothing(_: &str) -> Option<String> {
    None
}

fn python_class(kind: &IniErrorKind) -> &'static str {
    match kind {
        IniErrorKind::MissingSectionHeader => "MissingSectionHeaderError",
        IniErrorKind::DuplicateSection { .. } => "DuplicateSectionError",
        IniErrorKind::DuplicateOption { .. } => "DuplicateOptionError",
        IniErrorKind::NotAnOption { .. } => "ParsingError",
        IniErrorKind::PercentSyntax { .. } | IniErrorKind::BadReference { .. } => {
            "InterpolationSyntaxError"
        }
        IniErrorKind::UnknownVariable { .. } => "InterpolationMissingOptionError",
        IniErrorKind::Depth { .. } => "InterpolationDepthError",
    }
}

/// A file in the form of the table.
fn read(text: &str) -> Vec<String> {
    let ini = match Ini::parse(text) {
        Ok(ini) => ini.with_here("/p"),
        Err(error) => {
            let mut lines = vec![error.line.to_string()];
            if let IniErrorKind::NotAnOption { other_lines } = &error.kind {
                lines.extend(other_lines.iter().map(usize::to_string));
            }
            return vec![format!("!{} {}", python_class(&error.kind), lines.join(","))];
        }
    };
    let mut out = Vec::new();
    for (section, _) in ini.sections() {
        out.push(format!("[{section}]"));
        for (option, _) in ini.own_options(section) {
            let value = match ini.get(section, option, &nothing) {
                Ok(value) => value.unwrap().text,
                Err(error) => format!("!{}", python_class(&error.kind)),
            };
            out.push(format!("{option}|{value}"));
        }
    }
    out
}

#[test]
fn files_are_read_as_python_reads_them() {
    for (text, expected) in python::CASES {
        assert_eq!(read(text), *expected, "{text:?}");
    }
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(read("\u{feff}[alembic]\r\na = 1\r\n"), ["[alembic]", "a|1"]);
}

#[test]
fn options_keep_their_lines() {
    let ini = Ini::parse("# c\n[DEFAULT]\nd = 1\n\n[s]\na =\n  x\nb = 2\n").unwrap();
    assert_eq!(ini.own_options("s").collect::<Vec<_>>(), [("a", 6), ("b", 8)]);
    assert_eq!(ini.get("s", "D", &nothing).unwrap().unwrap().line, 3);
    assert_eq!(ini.section_line("s"), Some(5));
    assert_eq!(ini.raw("nope", "d"), None);
}

#[test]
fn an_error_in_one_option_does_not_touch_another() {
    let ini = Ini::parse("[s]\nbad = 50%\ngood = yes\n").unwrap();
    assert!(ini.get("s", "bad", &nothing).is_err());
    assert_eq!(ini.get("s", "good", &nothing).unwrap().unwrap().text, "yes");
}

#[test]
fn errors_name_line_and_column_and_show_the_line() {
    let ini = Ini::parse("[s]\na = é %(b)s\nb =\n  one\n  two % three\n").unwrap();
    let error = ini.get("s", "a", &nothing).unwrap_err();
    assert_eq!((error.line, error.column), (5, 7));
    assert_eq!(error.source_line.as_deref(), Some("  two % three"));
    assert!(error.to_string().contains("value of 'a' in section 's'"), "{error}");
    let error = Ini::parse("[s]\n  oops\n").unwrap_err();
    assert_eq!((error.line, error.column), (2, 3));
    assert_eq!(error.source_line.as_deref(), Some("  oops"));
}

#[test]
fn lines_that_may_hold_a_password_are_not_shown() {
    let hidden = [
        "[s]\nsqlalchemy.url = x://u:secret%40@h/db\n",
        "[s]\nsqlalchemy.url = x://u:\n  secret%40\n",
        "[s]\npassword = secret%40\n",
        "[s]\na = %(password)s\npassword = secret%x\n",
    ];
    for text in hidden {
        let ini = Ini::parse(text).unwrap();
        let (option, _) = ini.own_options("s").next().unwrap();
        let error = ini.get("s", option, &nothing).unwrap_err();
        assert!(!format!("{error} {error:?} {ini:?}").contains("secret"), "{error:?}");
    }
    let broken = [
        "[s]\nsqlalchemy.url = x://u:\nsecret\n",
        "x://u:secret@h\n",
        "[s]\nsqlalchemy.url =\nsecret\n",
        "[x://u:secret@h]\n[x://u:secret@h]\n",
    ];
    for text in broken {
        let error = Ini::parse(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn names_that_are_no_options_come_from_the_environment() {
    let environment = |name: &str| match name {
        "DB_USER" => Some("me".to_owned()),
        "Mixed" => Some("100%(x)s%".to_owned()),
        _ => None,
    };
    let text = "[s]\na = %(DB_USER)s/%(db_user)s/%(Mixed)s\nb = %(MIXED)s\nc = %(d)s\nd = own\n";
    let ini = Ini::parse(text).unwrap();
    let get = |option| ini.get("s", option, &environment).map(|value| value.unwrap().text);
    assert_eq!(get("a").unwrap(), "me/me/100%(x)s%");
    assert_eq!(get("c").unwrap(), "own");
    let error = get("b").unwrap_err();
    assert_eq!(
        error.kind,
        IniErrorKind::UnknownVariable {
            section: "s".to_owned(),
            option: "b".to_owned(),
            variable: "MIXED".to_owned(),
        }
    );
}

#[test]
fn here_needs_no_doubled_percent_signs() {
    let ini = Ini::parse("[s]\na = %(here)s/x\n").unwrap().with_here("/100%/%(a)s");
    assert_eq!(ini.get("s", "a", &nothing).unwrap().unwrap().text, "/100%/%(a)s/x");
}

#[test]
fn references_that_multiply_end() {
    let mut text = "[s]\n".to_owned();
    for level in 0..9 {
        let references = format!("%(k{})s", level + 1).repeat(50);
        text.push_str(&format!("k{level} = {references}\n"));
    }
    text.push_str("k9 = %%\n");
    let error = Ini::parse(&text).unwrap().get("s", "k0", &nothing).unwrap_err();
    assert!(matches!(error.kind, IniErrorKind::Depth { .. }));
}

/// Texts made of what matters to the parser.
fn ini_text() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "[s]\n",
        "[DEFAULT]\n",
        "[",
        "]",
        "a",
        "é",
        "=",
        ":",
        " ",
        "\t",
        "\n",
        "\r",
        "\n  ",
        "#",
        ";",
        "%",
        "%%",
        "%(a)s",
        "%(b)s",
        "%(",
        ")s",
        "\u{feff}",
        "\u{2028}",
        "x://u:p@h",
    ]);
    proptest::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in prop_oneof![".*", ini_text()]) {
        let Ok(ini) = Ini::parse(&text) else { return Ok(()) };
        for (section, _) in ini.sections() {
            for (option, line) in ini.own_options(section) {
                prop_assert!(line >= 1 && line <= text.chars().count() + 1);
                prop_assert!(ini.raw(section, option).is_some());
                if let Err(error) = ini.get(section, option, &nothing) {
                    prop_assert!(error.line >= 1 && error.column >= 1);
                }
            }
        }
    }

    #[test]
    fn what_is_escaped_comes_back(value in "[^\\s#;]([^\\r\\n]*[^\\s])?") {
        // White space of Unicode at the end would be stripped, and a value is one line.
        prop_assume!(value == strip(&value));
        let text = format!("[s]\nname = {}\n", value.replace('%', "%%"));
        let got = Ini::parse(&text).unwrap().get("s", "name", &nothing).unwrap().unwrap();
        prop_assert_eq!(got.text, value);
        prop_assert_eq!(got.line, 2);
    }
}
