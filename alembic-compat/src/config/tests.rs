use super::*;
use crate::hooks::PostWriteHookKind;
use crate::logging::LogLevel;

const PLACE: &str = "/p/alembic.ini";

fn nothing(_: &str) -> Option<String> {
    None
}

fn environment(name: &str) -> Option<String> {
    let value = match name {
        "DB_USER" => "me",
        "DB_PASS" => "50%${X}p",
        "DATABASE_URL" => "postgresql://u:hunter2@h/db",
        "EMPTY" => "",
        "PYTHONPATH" => "/py::rel",
        _ => return None,
    };
    Some(value.to_owned())
}

/// Reads the two files with `/p/pkg` and `/p/lib/inner/scripts` as the only packages.
fn read_files(ini: Option<&str>, toml: Option<&str>) -> Result<AlembicConfig, AlembicConfigError> {
    let ini = ini.map(|text| ConfigSource { path: Path::new(PLACE), text });
    let pyproject = toml.map(|text| ConfigSource { path: Path::new("/t/pyproject.toml"), text });
    read_config(&ConfigInput {
        ini,
        pyproject,
        section: "alembic",
        current_directory: Path::new("/w"),
        environment: &nothing,
        is_directory: &|path| {
            [Path::new("/w/pkg"), Path::new("/w/lib/inner/scripts")].contains(&path)
        },
    })
}

fn read(options: &str) -> Result<AlembicConfig, AlembicConfigError> {
    read_files(Some(&format!("[alembic]\nscript_location = alembic\n{options}\n")), None)
}

fn read_toml(entries: &str) -> Result<AlembicConfig, AlembicConfigError> {
    read_files(None, Some(&format!("[tool.alembic]\nscript_location = 'alembic'\n{entries}\n")))
}

fn at(line: usize) -> Option<Place> {
    Some(Place { path: PLACE.into(), line })
}

fn paths(locations: &[Setting<PathBuf>]) -> Vec<&str> {
    locations.iter().filter_map(|location| location.value.to_str()).collect()
}

#[test]
fn defaults() {
    let config = read("").unwrap();
    assert_eq!(config.script_location.value, Path::new("/w/alembic"));
    assert_eq!(config.script_location.place, at(2));
    assert_eq!(config.script_location_shown, "alembic");
    assert_eq!(paths(&config.version_locations), ["/w/alembic/versions"]);
    assert_eq!(config.version_locations[0].place, None);
    assert_eq!(config.file_template.value, "%(rev)s_%(slug)s");
    assert_eq!(config.truncate_slug_length, 40);
    assert_eq!(config.output_encoding.value, "utf-8");
    assert_eq!(config.timezone, None);
    assert!(!config.sourceless.value && !config.recursive_version_locations.value);
    assert!(!config.revision_environment.value);
    assert!(config.prepend_sys_path.is_empty() && config.warnings.is_empty());
    assert_eq!(config.hooks(&nothing).unwrap(), []);
    assert_eq!(config.url(&nothing).unwrap(), None);
    assert_eq!(config.migration_logging().level, LogLevel::Warning);
}

#[test]
fn every_key_of_the_ini_file() {
    let config = read_files(
        Some(
            "[DEFAULT]\nroot = %(here)s/db\n[alembic]\nscript_location = %(root)s/./alembic/\n\
             version_locations = %(root)s/a:%(root)s/b\npath_separator = :\nprepend_sys_path = .:lib\n\
             recursive_version_locations = true\nsourceless = true\ntruncate_slug_length = 0\n\
             file_template = %%(year)d/%%(rev)s\ntimezone = UTC\nrevision_environment = Yes\n\
             output_encoding = latin-1\nsqlalchemy.echo = true\nmy.key = 1\n",
        ),
        None,
    )
    .unwrap();
    assert_eq!(config.script_location_shown, "/p/db/alembic");
    assert_eq!(paths(&config.version_locations), ["/p/db/a", "/p/db/b"]);
    assert_eq!(config.version_locations[1].place, at(5));
    assert_eq!(config.prepend_sys_path, [Path::new("/w"), Path::new("/w/lib")]);
    assert!(config.recursive_version_locations.value && config.revision_environment.value);
    assert_eq!(config.sourceless, Setting { value: true, place: at(9) });
    assert_eq!(config.truncate_slug_length, 40);
    assert_eq!(config.file_template.value, "%(year)d/%(rev)s");
    assert_eq!(config.timezone.as_ref().unwrap().value, "UTC");
    assert_eq!(config.output_encoding.value, "latin-1");
    let other = Setting { value: "my.key".to_owned(), place: at(16) };
    assert_eq!(config.other_options, [other]);
    let sqlalchemy = Setting { value: "sqlalchemy.echo".to_owned(), place: at(15) };
    assert_eq!(config.sqlalchemy_options, [sqlalchemy]);
    let option = config.option("MY.KEY", &nothing).unwrap().unwrap();
    assert_eq!(option.value.expose(), "1");
}

#[test]
fn every_key_of_the_toml_file() {
    let config = read_toml(
        "version_locations = ['%(here)s/a', 'b']\nprepend_sys_path = ['.']\n\
         recursive_version_locations = true\ntruncate_slug_length = 12\n\
         file_template = '%%(rev)s'\nrevision_environment = true\nodd = 1\n\
         version_table = 'v'",
    )
    .unwrap();
    assert_eq!(paths(&config.version_locations), ["/t/a", "/w/b"]);
    let place = config.version_locations[0].place.as_ref().unwrap();
    assert_eq!(place.to_string(), "/t/pyproject.toml:3");
    assert_eq!(config.truncate_slug_length, 12);
    assert_eq!(config.file_template.value, "%(rev)s");
    assert!(config.recursive_version_locations.value && config.revision_environment.value);
    assert_eq!(config.other_options[0].value, "odd");
    assert_eq!(config.version_table(&nothing).unwrap().unwrap().value, "v");
}

#[test]
fn the_ini_file_goes_before_toml() {
    let ini = "[alembic]\nscript_location = a\ntimezone = UTC\nversion_locations =\n";
    let toml =
        "[tool.alembic]\nscript_location = 'b'\nversion_locations = ['v']\nsourceless = true\n";
    let config = read_files(Some(ini), Some(toml)).unwrap();
    assert_eq!(config.script_location_shown, "a");
    assert_eq!(paths(&config.version_locations), ["/w/v"]);
    assert!(config.sourceless.value);
    let config = read_files(Some("[other]\nx = 1\n"), Some(toml)).unwrap();
    assert_eq!(config.script_location_shown, "b");
}

#[test]
fn lists_are_split_as_alembic_splits_them() {
    // (the value, the separator, the locations)
    for (value, separator, expected) in [
        ("a b", "space", vec!["/w/a", "/w/b"]),
        ("\n  a\n  b c", "newline", vec!["/w/a", "/w/b c"]),
        ("a: :b:", "os", vec!["/w/a", "/w", "/w/b"]),
        ("a;b", ";", vec!["/w/a", "/w/b"]),
    ] {
        let options = format!("version_locations = {value}\npath_separator = {separator}");
        let config = read(&options).unwrap();
        assert_eq!(paths(&config.version_locations), expected, "{value:?}");
        assert!(config.warnings.is_empty());
    }
    for (value, expected) in [
        ("a, b", vec!["/w/a", "/w/b"]),
        ("a,b  c", vec!["/w/a", "/w/b", "/w/c"]),
        ("a , b", vec!["/w/a", "/w", "/w/b"]),
        ("pkg:x", vec!["/w/pkg/x"]),
    ] {
        let config = read(&format!("version_locations = {value}")).unwrap();
        assert_eq!(paths(&config.version_locations), expected, "{value:?}");
        let warning = ConfigWarning::LegacyVersionLocationsSplit { place: at(3).unwrap() };
        assert_eq!(config.warnings, [warning]);
    }
    let config = read("prepend_sys_path = a:b, c").unwrap();
    assert_eq!(config.prepend_sys_path, ["/w/a", "/w/b", "/w/c"].map(PathBuf::from));
    let warning = ConfigWarning::LegacySysPathSplit { place: at(3).unwrap() };
    assert_eq!(config.warnings, [warning]);
    let config = read("version_locations = a:b\nversion_path_separator = os").unwrap();
    assert_eq!(paths(&config.version_locations), ["/w/a", "/w/b"]);
    assert_eq!(
        config.warnings[0].to_string(),
        "The version_path_separator configuration parameter is deprecated; please use path_separator"
    );
}

#[test]
fn packages_are_found_where_python_would_look() {
    let config =
        read("prepend_sys_path = lib\nversion_locations = inner.scripts:a:b, pkg:").unwrap();
    assert_eq!(paths(&config.version_locations), ["/w/lib/inner/scripts/a/b", "/w/pkg"]);
    let error = read("prepend_sys_path = lib\nversion_locations = no.such:a").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the package 'no.such' of version_locations 'no.such:a' was not found; searched /w/lib, /w \
         (name the directory above the package in prepend_sys_path)"
    );
    assert_eq!(error.place, at(4));
    let input = ConfigInput {
        ini: Some(ConfigSource {
            path: Path::new(PLACE),
            text: "[alembic]\nscript_location = pkg:x\n",
        }),
        pyproject: None,
        section: "alembic",
        current_directory: Path::new("/w"),
        environment: &environment,
        is_directory: &|path| path == Path::new("/w/rel/pkg"),
    };
    let config = read_config(&input).unwrap();
    assert_eq!(config.script_location_shown, "/w/rel/pkg/x");
}

#[test]
fn errors_have_alembics_texts() {
    let cases = [
        (
            "path_separator = x\nversion_locations = a",
            "'x' is not a valid value for path_separator; expected 'space', 'newline', 'os', ':', ';'",
            3,
        ),
        (
            "version_path_separator =\nversion_locations = a",
            "'' is not a valid value for version_path_separator; expected 'space', 'newline', 'os', ':', ';'",
            3,
        ),
        ("revision_environment = Maybe", "String is not true/false: 'maybe'", 3),
        (
            "\ntruncate_slug_length = x",
            "the value of 'truncate_slug_length' must be a whole number that is not negative, not 'x'",
            4,
        ),
    ];
    for (options, text, line) in cases {
        let error = read(options).unwrap_err();
        assert_eq!(error.to_string(), text);
        assert_eq!(error.place, at(line), "{options:?}");
        assert!(error.source_line.is_some());
    }
    let cases = [
        ("sourceless = 'true'", "boolean value expected for TOML parameter 'sourceless'"),
        ("timezone = 1.5", "unsupported TOML value type for key: 'timezone'"),
        ("timezone = 1", "the value of 'timezone' is an integer, but must be a string"),
        (
            "version_locations = 'a'",
            "the value of 'version_locations' is a string, but must be an array of strings",
        ),
        (
            "file_template = '%(rev)s'",
            "the value of 'file_template' contains '%(rev)s', which is neither 'here' nor an environment variable (write '%%' for a percent sign)",
        ),
        (
            "file_template = '50%'",
            "the value of 'file_template' cannot be %-formatted: a lone '%' at column 3 (write '%%' for a percent sign)",
        ),
    ];
    for (entries, text) in cases {
        let error = read_toml(entries).unwrap_err();
        assert_eq!(error.to_string(), text);
        assert_eq!(error.place.unwrap().line, 3);
    }
    let missing = "No 'script_location' key found in configuration.";
    assert_eq!(read_files(None, None).unwrap_err().to_string(), missing);
    assert_eq!(read_files(Some("[x]\n"), Some("")).unwrap_err().to_string(), missing);
    let error = read_files(None, Some("[tool]\nalembic = 1\n")).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.place.unwrap().line),
        ("Incorrect TOML format", 2)
    );
    let error = read_files(None, Some("[tool.alembic]\na = = 1\n")).unwrap_err();
    assert_eq!(
        (error.place.clone().unwrap().line, error.source_line.as_deref()),
        (2, Some("a = = 1"))
    );
    let error = read("").unwrap().check_script_directory(&|_| false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Path doesn't exist: alembic.  Please use the 'init' command to create a new scripts folder."
    );
    let error = read("").unwrap().database_url("engine1", &nothing).unwrap_err();
    assert_eq!(
        error.to_string(),
        "No config file '/p/alembic.ini' found, or file has no '[engine1]' section"
    );
}

fn url(value: &str) -> Result<Option<SqlAlchemyUrl>, AlembicConfigError> {
    read(&format!("sqlalchemy.url = {value}")).unwrap().url(&environment)
}

#[test]
fn the_url_is_read_when_asked_for() {
    let config = read("sqlalchemy.url = postgresql://u:p%40w@h/db").unwrap();
    let error = config.url(&nothing).unwrap_err();
    assert_eq!((error.place, error.column, error.source_line), (at(3), Some(34), None));
    assert_eq!(config.url_place(), at(3));
    let shown = |value| url(value).unwrap().unwrap().expose();
    assert_eq!(shown("postgresql://u:p%%40w@h/db"), "postgresql://u:p%40w@h/db");
    assert_eq!(shown("postgresql://%(DB_USER)s@h/db"), "postgresql://me@h/db");
    // What the environment gives is not read again.
    assert_eq!(
        shown("postgresql://%(db_user)s:%(DB_PASS)s@h/db"),
        "postgresql://me:50%25%24%7BX%7Dp@h/db"
    );
    assert_eq!(shown("${DATABASE_URL}"), "postgresql://u:hunter2@h/db");
    assert_eq!(shown("${DATABASE_URL:-sqlite://}"), "postgresql://u:hunter2@h/db");
    assert_eq!(shown("${EMPTY:-sqlite:///x.db}"), "sqlite:///x.db");
    assert_eq!(
        shown("${NONE:-}sqlite:///${1}/$X/${x y}"),
        "sqlite:///%24%7B1%7D/%24X/%24%7Bx y%7D"
    );
    assert_eq!(url("").unwrap(), None);
    assert_eq!(url("${EMPTY}").unwrap(), None);
}

#[test]
fn urls_that_cannot_be_used() {
    let kind = |value| url(value).unwrap_err().kind;
    let option = || "sqlalchemy.url".to_owned();
    for value in ["driver://user:pass@localhost/dbname2", "driver://user:password@localhost/x"] {
        let expected = AlembicConfigErrorKind::PlaceholderUrl { option: option() };
        assert_eq!(kind(value), expected);
    }
    assert_eq!(
        kind("sqlite:///${NONE}"),
        AlembicConfigErrorKind::UnsetVariable { option: option(), variable: "NONE".to_owned() }
    );
    assert_eq!(
        url("hunter2").unwrap_err().to_string(),
        "'sqlalchemy.url': Could not parse SQLAlchemy URL from given URL string"
    );
    let error = url("postgresql://%(NOBODY)s:hunter2@h/db").unwrap_err();
    assert!(error.to_string().contains("'%(NOBODY)s'"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
    let config = read_toml("'sqlalchemy.url' = 'postgresql://u:hunter2%(x)@7z@h/db'").unwrap();
    let error = config.url(&nothing).unwrap_err();
    assert!(!format!("{error:?} {error} {config:?}").contains("7z"), "{error:?}");
    let config = read("sqlalchemy.url = postgresql://u:hunter2@h/db").unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn files_with_a_secret_are_not_quoted() {
    for toml in ["[tool.alembic]\nurl = x://u:hunter2@h\n", "[tool.alembic]\nu = 'hunter2@\n"] {
        let error = read_files(None, Some(toml)).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    let source = ConfigSource { path: Path::new(PLACE), text: "x://u:hunter2@h" };
    assert!(!format!("{source:?}").contains("hunter2"));
}

#[test]
fn the_url_may_stand_in_the_default_section() {
    let text = "[DEFAULT]\nsqlalchemy.url = sqlite://\n[alembic]\nscript_location = a\n";
    let config = read_files(Some(text), None).unwrap();
    assert_eq!(config.url(&nothing).unwrap().unwrap().to_string(), "sqlite://");
    assert_eq!(config.url_place(), at(2));
}

#[test]
fn several_databases() {
    let text = "[alembic]\nscript_location = a\ndatabases = one, two\n[one]\nsqlalchemy.url = \
                sqlite:///1.db\n[two]\n";
    let config = read_files(Some(text), None).unwrap();
    let names = config.databases(&nothing).unwrap();
    assert_eq!(names.iter().map(|name| name.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(names[0].place, at(3));
    let shown = |name| config.database_url(name, &nothing).unwrap().map(|url| url.to_string());
    assert_eq!(shown("one").as_deref(), Some("sqlite:///1.db"));
    assert_eq!(shown("two"), None);
}

#[test]
fn hooks_of_both_files() {
    let ini = "[post_write_hooks]\nhooks = fmt, lint custom\nfmt.type = console_scripts\n\
               fmt.entrypoint = black\nfmt.options = -l 79\nlint.type = exec\n\
               lint.executable = %(here)s/ruff\nlint.cwd = %(here)s\nlint.options = 'a b' \
               REVISION_SCRIPT_FILENAME\ncustom.type = mine\nunused.options = 50%\n";
    let hooks = read(ini).unwrap().hooks(&nothing).unwrap();
    let names: Vec<&str> = hooks.iter().map(|hook| hook.name.as_str()).collect();
    assert_eq!(names, ["fmt", "lint", "custom"]);
    assert_eq!(hooks[0].kind, PostWriteHookKind::ConsoleScript { entrypoint: "black".to_owned() });
    assert_eq!(hooks[0].arguments(Path::new("/x.py")), ["/x.py", "-l", "79"]);
    assert_eq!(hooks[1].kind, PostWriteHookKind::Exec { executable: "/p/ruff".to_owned() });
    assert_eq!(hooks[1].arguments(Path::new("/x.py")), ["a b", "/x.py"]);
    assert_eq!(hooks[1].cwd.as_deref(), Some(Path::new("/p")));
    assert_eq!(hooks[2].kind, PostWriteHookKind::Registered { name: "mine".to_owned() });
    assert_eq!(Some(hooks[2].place.clone()), at(4));

    let toml =
        "[[tool.alembic.post_write_hooks]]\nname = 'ruff'\ntype = 'module'\nmodule = 'ruff'\n";
    let hooks = read_toml(toml).unwrap().hooks(&nothing).unwrap();
    assert_eq!(hooks[0].kind, PostWriteHookKind::Module { module: "ruff".to_owned() });
    assert_eq!(hooks[0].options, ["REVISION_SCRIPT_FILENAME"]);
}

#[test]
fn hooks_that_lack_something() {
    for (ini, text) in [
        ("hooks = a", "Key 'a.type' (or 'type' in toml) is required for post write hook 'a'"),
        (
            "hooks = A\na.type = exec",
            "Key 'A.type' (or 'type' in toml) is required for post write hook 'A'",
        ),
        ("hooks = a\na.type = exec", "Key a.executable is required for post write hook 'a'"),
        ("hooks = a\na.type = module", "Key a.module is required for post write hook 'a'"),
        (
            "hooks = a\na.type = console_scripts",
            "Key a.entrypoint is required for post write hook 'a'",
        ),
        (
            "hooks = a\na.type = x\na.options = 'b",
            "the options of post write hook 'a' cannot be split: No closing quotation",
        ),
    ] {
        let config = read(&format!("[post_write_hooks]\n{ini}\n")).unwrap();
        let error = config.hooks(&nothing).unwrap_err();
        assert_eq!(error.to_string(), text);
        assert_eq!(error.place, at(4));
    }
    for toml in [
        "post_write_hooks = ['a']",
        "[tool.alembic.post_write_hooks]\nname = 'a'",
        "post_write_hooks = [{ type = 'x' }]",
    ] {
        assert!(read_toml(toml).unwrap().hooks(&nothing).is_err(), "{toml}");
    }
}

#[test]
fn discovery() {
    for text in [
        "[tool.alembic]\n",
        "[tool.alembic.x]\n",
        "[tool]\nalembic = 1\n",
        "tool.alembic.a = 1",
        "[tool.alembic]\na = = 1\n",
    ] {
        assert!(has_alembic_table(text), "{text:?}");
    }
    for text in [
        "",
        "[tool.poetry]\ndependencies = { alembic = '1' }\n",
        "[project]\nname = 'alembic'\n",
        "# [tool.alembic]\n= =\n",
    ] {
        assert!(!has_alembic_table(text), "{text:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_strange(ini in ".*", toml in ".*") {
        let _outcome = read_files(Some(&ini), Some(&toml));
        let _outcome = read_files(None, Some(&format!("[tool.alembic]\n{toml}")));
        if let Ok(config) = read(&ini) {
            let _read = (config.url(&nothing), config.hooks(&nothing), config.databases(&nothing));
        }
        let _found = has_alembic_table(&toml);
    }
}
