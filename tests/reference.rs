//! The pages of `docs/reference/` that can be checked against the program.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::project;

const INTRODUCTION: &str = "\
# Commands

<!-- Made from `limbeck help` by tests/reference.rs; LIMBECK_WRITE_REFERENCE=1 ./test reference renews it. -->

What `limbeck help` and `limbeck COMMAND --help` print, but for the global options, which are the same
everywhere and listed once. What can be typed where a revision is wanted is in [targets.md](targets.md), what the exit statuses mean in [exit-codes.md](exit-codes.md).
";

/// The commands that a help text lists.
fn subcommands(help: &str) -> Vec<&str> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

/// The help of a command without the options of every command, which come last.
fn own_part<'a>(words: &[String], text: &'a str) -> &'a str {
    match text.split_once("\nGlobal options:\n") {
        Some((own, global)) if words.len() > 1 => {
            let is_last = global.lines().all(|line| line.is_empty() || line.starts_with(' '));
            assert!(is_last, "{global}");
            own
        }
        _ => text,
    }
}

#[test]
fn reference_of_commands_is_what_help_prints() {
    let env = project().build();
    let help = env.run(&["--help"]).ok();
    assert!(subcommands(&help).contains(&"upgrade"), "{help}");
    let mut page = INTRODUCTION.to_owned();
    // Each command, and below it its own.
    let mut left = vec![(vec!["limbeck".to_owned()], help)];
    while let Some((words, text)) = left.pop() {
        // clap leaves blanks on the empty lines between a text and its values.
        let lines: Vec<&str> = own_part(&words, &text).lines().map(str::trim_end).collect();
        let name = if words.len() > 1 { words[1..].join(" ") } else { words[0].clone() };
        write!(page, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()).unwrap();
        for name in subcommands(&text).into_iter().rev() {
            let words = [words.clone(), vec![name.to_owned()]].concat();
            let mut arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
            arguments.push("--help");
            left.push((words.clone(), env.run(&arguments).ok()));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/commands.md");
    if std::env::var_os("LIMBECK_WRITE_REFERENCE").is_some() {
        fs::write(&path, page).unwrap();
        return;
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let different = page.lines().zip(written.lines()).find(|(new, old)| new != old);
    assert!(
        page == written,
        "docs/reference/commands.md is not what the help texts say: \
         LIMBECK_WRITE_REFERENCE=1 ./test reference renews it\nfirst difference: {different:?}"
    );
}

/// The page must name every key that the program knows, as the program itself lists them.
#[test]
fn reference_of_configuration_names_every_key() {
    let source = include_str!("../src/env/config_file.rs");
    let page = include_str!("../docs/reference/configuration.md");
    let keys = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub(super) "))
        .filter_map(|line| line.split_once(": ").map(|(key, _)| key))
        .filter(|key| !key.contains(' '));
    let missing: Vec<&str> = keys.filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/reference/configuration.md does not name {missing:?}");
}

#[test]
fn reference_of_revision_files_names_every_key() {
    let source = include_str!("../src/script/front_matter.rs");
    let page = include_str!("../docs/reference/revision-files.md");
    let list = source.split_once("const KEYS").unwrap().1.split_once("];").unwrap().0;
    let keys: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    assert!(keys.len() > 10);
    let missing: Vec<&&str> =
        keys.iter().filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/reference/revision-files.md does not name {missing:?}");
}

#[test]
fn reference_of_exit_codes_names_every_code() {
    let source = include_str!("../src/cli/exit_code.rs");
    let page = include_str!("../docs/reference/exit-codes.md");
    let codes: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_suffix(','))
        .filter_map(|line| line.split_once(" = ").map(|(_, code)| code))
        .collect();
    assert!(codes.len() >= 10);
    let missing: Vec<&&str> =
        codes.iter().filter(|code| !page.contains(&format!("| {code} |"))).collect();
    assert!(missing.is_empty(), "docs/reference/exit-codes.md does not name {missing:?}");
}

/// The table of arrows in docs/architecture.md: no module may use another that its row leaves out.
#[test]
fn reference_of_the_architecture_has_every_arrow() {
    let page = include_str!("../docs/architecture.md");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut modules = 0;
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        let module = cells[0].trim_end_matches('`');
        if !sources.join(module).is_dir() {
            continue;
        }
        modules += 1;
        for (file, text) in rust_files(&sources.join(module)) {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                for used in line.split("crate::").skip(1) {
                    let end = used.find(|c: char| !(c.is_alphanumeric() || c == '_'));
                    let used = &used[..end.unwrap_or(used.len())];
                    let is_module = sources.join(used).is_dir();
                    let is_allowed = used == module || cells[1].contains(&format!("`{used}`"));
                    if is_module && !is_allowed {
                        wrong.push(format!("{file}: {module} uses {used}"));
                    }
                }
                for (name, allowed) in DRIVERS {
                    if names(line, name) && !allowed.iter().any(|place| file.contains(place)) {
                        wrong.push(format!("{file}: {module} names {name}"));
                    }
                }
            }
        }
    }
    assert_eq!(
        modules,
        fs::read_dir(&sources).unwrap().filter(|e| e.as_ref().unwrap().path().is_dir()).count()
    );
    assert!(wrong.is_empty(), "docs/architecture.md says otherwise:\n{}", wrong.join("\n"));
}

/// The table of dependencies in docs/architecture.md: all that the packages name, and nothing else.
#[test]
fn reference_of_the_architecture_names_every_dependency() {
    let page = include_str!("../docs/architecture.md");
    let table =
        page.split("## Dependencies").nth(1).unwrap().split("\n\nWhat they cost").next().unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let told: BTreeSet<&str> =
        cells.skip(1).flat_map(|cell| cell.split(", ")).map(str::trim).collect();
    let manifests = [
        include_str!("../Cargo.toml"),
        include_str!("../schema/Cargo.toml"),
        include_str!("../alembic-compat/Cargo.toml"),
        include_str!("../macros/Cargo.toml"),
    ];
    let mut named = BTreeSet::new();
    for manifest in manifests {
        let manifest: toml::Table = manifest.parse().unwrap();
        let mut tables = vec![&manifest];
        tables.extend(
            manifest
                .get("target")
                .and_then(toml::Value::as_table)
                .into_iter()
                .flat_map(|targets| targets.values().filter_map(toml::Value::as_table)),
        );
        for table in tables {
            for key in ["dependencies", "dev-dependencies", "build-dependencies"] {
                let names = table.get(key).and_then(toml::Value::as_table);
                named.extend(names.into_iter().flat_map(toml::Table::keys).cloned());
            }
        }
    }
    named.retain(|name| !name.starts_with("limbeck-"));
    let missing: Vec<&String> = named.iter().filter(|name| !told.contains(name.as_str())).collect();
    let gone: Vec<&&str> = told.iter().filter(|name| !named.contains(**name)).collect();
    assert!(missing.is_empty() && gone.is_empty(), "missing: {missing:?}, no dependency: {gone:?}");
}

/// Crates that talk to databases or to the network, and the places that may name them.
const DRIVERS: [(&str, &[&str]); 4] = [
    ("diesel", &["src/db/", "src/diesel_interop/"]),
    ("diesel_migrations", &["src/diesel_interop/"]),
    ("mysql_async", &["src/db/mysql/"]),
    ("tokio", &["src/db/mysql/", "src/cli/serve_health/"]),
];

/// Whether a line of code names something of a crate, in a `use` or not.
fn names(line: &str, package: &str) -> bool {
    line.match_indices(&format!("{package}::"))
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

#[test]
fn a_crate_is_found_wherever_it_is_named() {
    for line in ["use diesel::pg;", "let x: diesel::Y;", "(diesel::sql_query(t))"] {
        assert!(names(line, "diesel"), "{line}");
    }
    for line in ["use crate::diesel::x;", "my_diesel::x", "diesel_interop::x", "// diesel"] {
        assert!(!names(line, "diesel"), "{line}");
    }
}

/// The sources of a module, as name and text.
fn rust_files(directory: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}
