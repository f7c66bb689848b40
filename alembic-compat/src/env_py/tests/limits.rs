//! What is not walked, because it would take hours, and files of any lines.

use proptest::prelude::*;

use super::*;

#[test]
fn a_maze_of_conditions_ends() {
    let mut text = String::from("from alembic import context\nimport os\ndef f():\n");
    for n in 0..60 {
        text.push_str(&format!(
            "    if os.getenv('A{n}'):\n        return '{n}'\n    if os.getenv('B{n}'): x = '{n}'\n"
        ));
    }
    text.push_str(
        "context.config.set_main_option('sqlalchemy.url', f())\ndef g(): return g()\ng()\n",
    );
    let script = read_env(&text).unwrap();
    assert!(kinds(&script).contains(&&FindingKind::TooIntricate));
}

/// Files of a few lines whose values would fill any memory, or take hours.
#[test]
fn what_doubles_is_left_to_python() {
    for line in [
        "u = f'{u}{u}'",
        "u = u + u",
        "u += u",
        "u = '%s%s' % (u, u)",
        "u = '{0}{0}'.format(u)",
        "u = u.replace('a', 'aa')",
        "u = u.replace(u, u + u)",
        "u = u.replace('', 'a')",
        "u = quote_plus(u + '%')",
        "u = str(u) + str(u)",
        "u = [u, u]",
        "u = {'a': u, 'b': u}",
        "v = w = u\nu = [v, w]",
        "if os.getenv('A'): u = f'{u}{u}'",
        "if os.getenv(u): u = u + u",
        "try: u = u + u\nexcept E: pass",
        "u = (lambda x: x + x)(u)",
        "u = u and u + u",
        "config.set_main_option('u', u)\nu = config.get_main_option('u') + u",
    ] {
        let lines = format!("{line}\n").repeat(60);
        for first in ["'a'", "os.getenv('U', 'a')"] {
            let head = format!(
                "from urllib.parse import quote_plus\nu = {first}\n{lines}config.set_main_option('sqlalchemy.url', u)"
            );
            let script = read_env(&with_modes(&head, "version_table=u")).unwrap();
            match url_with(&script, &[]) {
                Err(UrlError::Computed) => {}
                // Quoting makes a text longer by a little each time.
                Ok(url) => assert!(line.contains("quote") && url.len() < 10_000, "{line}"),
                Err(UrlError::Percent) => assert!(line.contains("quote"), "{line}"),
                Err(other) => panic!("{line}: {other}"),
            }
        }
    }
}

#[test]
fn what_multiplies_is_left_to_python() {
    let long = "x".repeat(60_000);
    for line in [
        format!("u = '{}'.format(v)", "{0}".repeat(30_000)),
        format!("u = f'{}'", "{v}".repeat(90)),
        format!("u = [{}]", "v, ".repeat(30_000)),
        format!("u = dict({})", (0..5_000).map(|n| format!("a{n}=v, ")).collect::<String>()),
        format!("{}v", (0..60).map(|n| format!("a{n} = ")).collect::<String>()),
        (0..2_000).map(|n| format!("if os.getenv('A'): a{n} = v\n")).collect(),
        (0..2_000).map(|n| format!("a{n} = v + '{n}'\n")).collect(),
        format!("u = [{}]", "os.getenv(v), ".repeat(2_500)),
    ] {
        let head = format!("v = '{long}'\n{line}\nconfig.set_main_option('sqlalchemy.url', u)");
        let script = read_env(&with_modes(&head, "")).unwrap();
        assert_eq!(url_with(&script, &[]), Err(UrlError::Computed));
    }
}

/// Behind the place where the walk ends the URL may be set again.
#[test]
fn what_is_not_walked_is_not_known() {
    let calls: String = (0..2_400)
        .map(|n| format!("if os.getenv('A{n}'): context.configure(version_table='t{n}')\n"))
        .collect();
    let variables: String = (0..2_400).map(|n| format!("os.getenv('A{n}')\n")).collect();
    let statements = "x = 1\n".repeat(6_000);
    for head in [calls, variables, statements] {
        let script = read_env(&with_modes(&head, "")).unwrap();
        assert!(kinds(&script).contains(&&FindingKind::TooIntricate));
        assert!(!script.arguments_are_certain());
        assert!(matches!(script.url(), UrlSource::Computed { .. }));
        assert_eq!(url_with(&script, &[]), Err(UrlError::Computed));
    }
}

#[test]
fn an_ordinary_large_file_is_walked() {
    let tables: String = (0..900).map(|n| format!("'table_{n}', ")).collect();
    let ifs: String = (0..100)
        .map(|n| {
            format!(
                "if os.getenv('A{n}'):\n    config.set_main_option('o{n}', os.environ['A{n}'])\n"
            )
        })
        .collect();
    let head = format!(
        "TABLES = [{tables}]\n{ifs}config.set_main_option('sqlalchemy.url', os.environ['DB'])"
    );
    let script = read_env(&with_modes(&head, "")).unwrap();
    assert!(script.arguments_are_certain());
    assert_eq!(url_with(&script, &[("DB", "pg://h/d")]).as_deref(), Ok("pg://h/d"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_lines_are_read(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "import os", "from alembic import context", "config = context.config", "x = os.environ['A']", "x = x + 'b'",
                "x = x % ('a',)", "x = '{}{a}'.format(x, a=1)", "x = {'sqlalchemy.url': x}", "x['k'] = x", "x = [x, x]", "def f(a, b=x): return a or b",
                "x = f(x)", "if x: x = 1", "if x == 'é': raise x", "for x in x: context.configure(url=x, **x)", "context.run_migrations(a=x)",
                "config.set_main_option('sqlalchemy.url', x)", "x = config.get_section(x)", "x = config.get_main_option('a', x)", "x = lambda y: y(y)", "x = x(x)",
                "x = f'{x!s}{x}'", "while x: f(f)", "try: f(x)\nexcept E: x = 2", "with x as y: x.execute(y)", "x = x.replace('a', 'b')", "context.configure(x, version_table=x)",
            ]),
            0..24,
        )
    ) {
        let script = read_env(&lines.join("\n")).unwrap();
        let outcome = url_with(&script, &[("A", "v")]);
        let shown = proposed_settings(&script);
        prop_assert!(outcome.is_ok() || outcome.is_err());
        prop_assert!(shown.len() <= 200);
    }
}

/// Whether a value is there is asked for the sake of the value: nothing else hangs on it.
#[test]
fn guards_of_values_leave_no_doubt() {
    for guard in [
        "assert config.config_file_name is not None",
        "if not settings.DB_URL:\n    raise Exception('DB URL not set in config')",
        "if given:\n    pass\nelse:\n    raise ValueError('no URL')",
    ] {
        let script = read_env(&with_modes(guard, "")).unwrap();
        assert!(!kinds(&script).contains(&&FindingKind::TooIntricate), "{guard}");
        assert!(script.arguments_are_certain(), "{guard}");
    }
    for guard in [
        "assert ready() is not None",
        "if not settings.ready():\n    raise Exception('not yet')",
        "if ready():\n    pass\nelse:\n    raise ValueError('not yet')",
    ] {
        let script = read_env(&with_modes(guard, "")).unwrap();
        assert!(kinds(&script).contains(&&FindingKind::TooIntricate), "{guard}");
    }
}
