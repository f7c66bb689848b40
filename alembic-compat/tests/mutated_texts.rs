//! The readers meet texts that nobody meant: arbitrary ones, and valid ones with small damages.
//!
//! A reader may refuse a text; it may not panic, and what it says must not depend on what means
//! nothing. `PROPTEST_CASES` sets the number of cases; CONTRIBUTING.md shows a long run.

#[path = "mutated_texts/mutation.rs"]
mod mutation;
#[path = "mutated_texts/texts.rs"]
mod texts;

use limbeck_alembic::body::read_body;
use limbeck_alembic::env_py::Outside;
use limbeck_alembic::env_py::proposed_settings;
use limbeck_alembic::env_py::read_env;
use limbeck_alembic::header::Header;
use limbeck_alembic::header::HeaderError;
use limbeck_alembic::header::HeaderErrorKind;
use limbeck_alembic::header::decode_source;
use limbeck_alembic::header::read_header;
use limbeck_alembic::ini::Ini;
use limbeck_alembic::mako::Revisions;
use limbeck_alembic::mako::Template;
use limbeck_alembic::mako::TemplateValues;
use limbeck_alembic::url::SqlAlchemyUrl;
use proptest::prelude::*;

use mutation::mutated;

/// Asks for everything that an ini file may be asked for.
fn read_ini(text: &str) {
    let ini = match Ini::parse(text) {
        Ok(ini) => ini.with_here("/a%b"),
        Err(error) => return drop(error.to_string()),
    };
    let environment = |name: &str| name.len().is_multiple_of(2).then(|| format!("<{name}>"));
    let sections: Vec<&str> = ini.sections().map(|(name, _)| name).collect();
    for section in sections.into_iter().chain(["DEFAULT", "nowhere"]) {
        let options: Vec<&str> = ini.own_options(section).map(|(name, _)| name).collect();
        for option in options {
            assert!(ini.raw(section, option).is_some(), "[{section}] {option}");
            if let Err(error) = ini.get(section, option, &environment) {
                drop(error.to_string());
            }
        }
    }
    drop(format!("{ini:?}"));
}

fn header(text: &str) -> Result<Header, HeaderError> {
    let header = read_header(text, "0123abcd.py");
    match &header {
        Ok(header) => assert!(header.long_doc().starts_with(header.doc())),
        Err(error) => drop(error.to_string()),
    }
    header
}

fn render(text: &str) {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(error) => return drop(error.to_string()),
    };
    let values = TemplateValues {
        message: "add a \"name\" to é",
        up_revision: "0123abcd4567",
        down_revision: Revisions::Several(vec!["a", "b"]),
        branch_labels: Some(vec!["shared"]),
        depends_on: Revisions::One("c"),
        create_date: "2026-11-20 17:52:35.455723",
        now: "2026-11-20 17:52:35.455723",
        utc_now: "2026-11-20 16:52:35.455723",
        arguments: &[("upgrades", "pass"), ("imports", "import x")],
        option: &|name| (name == "script_location").then(|| "migrations".to_owned()),
    };
    if let Err(error) = template.render(&values) {
        drop(error.to_string());
    }
}

proptest! {
    #[test]
    fn arbitrary_ini(text in any::<String>()) {
        read_ini(&text);
    }

    #[test]
    fn mutated_ini(text in mutated(texts::INI)) {
        read_ini(&text);
    }

    #[test]
    fn arbitrary_header(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        drop(header(&text));
        if let Ok(text) = decode_source(&bytes) {
            drop(header(&text));
        }
    }

    #[test]
    fn mutated_header(text in mutated(texts::REVISIONS)) {
        let read = header(&text);
        drop(read_body(&text));
        // Behind the last function a statement makes the reader look at the whole file, without its
        // short cuts. They lead to the same, except that they overlook an error behind the header.
        let whole = header(&format!("{text}\nif 1: pass\n"));
        match (&read, &whole) {
            (Ok(header), Ok(whole)) => prop_assert_eq!(header, whole),
            (Ok(header), Err(HeaderError { kind: HeaderErrorKind::Syntax { .. }, position, .. })) => {
                let function = text.lines().position(|line| line.starts_with("def "));
                prop_assert!(function.is_some_and(|at| at < position.line), "{header:?} of {text:?}");
            }
            (Err(_), Err(HeaderError { kind: HeaderErrorKind::Syntax { .. }, .. })) => {}
            (Err(error), Err(whole)) => prop_assert_eq!(&error.kind, &whole.kind),
            (read, whole) => prop_assert!(false, "{:?} and as a whole {:?}", read, whole),
        }
        // A comment in front changes nothing but the lines.
        let (mark, rest) = text.split_at(text.len() - text.trim_start_matches('\u{feff}').len());
        match (&read, header(&format!("{mark}# -*- x -*-\n{rest}"))) {
            (Ok(header), Ok(moved)) => prop_assert_eq!(header, &moved),
            (Err(error), Err(moved)) => prop_assert_eq!(&error.kind, &moved.kind),
            (read, moved) => prop_assert!(false, "{:?} and then {:?}", read, moved),
        }
    }

    #[test]
    fn mutated_source(text in mutated(texts::REVISIONS), at: prop::sample::Index, byte: u8) {
        let mut bytes = text.into_bytes();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        match decode_source(&bytes) {
            Ok(text) => drop(header(&text)),
            Err(error) => drop(error.to_string()),
        }
    }

    #[test]
    fn mutated_env(text in mutated(texts::ENVS), times in 1..40_usize) {
        // Each line over and over: what doubles may not grow without end.
        let repeated: String = text.split_inclusive('\n').map(|line| line.repeat(times)).collect();
        for text in [text, repeated] {
            match read_env(&text) {
                Ok(script) => {
                    let value = |name: &str| name.len().is_multiple_of(2).then(|| "a%%a".to_owned());
                    let outside = Outside { variable: &value, option: &value, x_argument: &value };
                    drop(script.url_from(outside).map_err(|error| error.to_string()));
                    drop(proposed_settings(&script));
                    drop(format!("{script:?}"));
                }
                Err(error) => drop(error.to_string()),
            }
        }
    }

    #[test]
    fn arbitrary_mako(text in any::<String>()) {
        render(&text);
    }

    #[test]
    fn mutated_mako(text in mutated(texts::TEMPLATES)) {
        render(&text);
    }

    #[test]
    fn mutated_url(text in mutated(texts::URLS)) {
        match text.parse::<SqlAlchemyUrl>() {
            Ok(url) => {
                // What was read is written again so that it reads the same.
                let again: SqlAlchemyUrl = url.expose().parse().map_err(|_| {
                    TestCaseError::fail("what was read cannot be read again")
                })?;
                prop_assert_eq!(again.expose(), url.expose());
                drop(url.to_native().map_err(|error| error.to_string()));
            }
            Err(error) => drop(error.to_string()),
        }
    }
}
