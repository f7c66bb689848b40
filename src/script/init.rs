//! Setting up a project: first a list of actions, then the actions.

use std::fs;
use std::io::ErrorKind;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use super::error::FileAction;
use super::error::ScriptError;
use super::template::InitTemplate;
use super::write::create_directories;
use super::write::write_new;

/// What `init` is to set up.
#[derive(Debug, Clone, Copy)]
pub struct InitRequest<'a> {
    /// The kind of project.
    pub template: &'a InitTemplate,
    /// The directory for revision files.
    pub directory: &'a Path,
    /// The configuration file. Both paths are absolute, or both relative to one directory; in the
    /// latter case the part in which this one differs holds no `..`.
    pub config: &'a Path,
}

/// One thing that `init` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InitAction {
    /// Makes a directory.
    CreateDirectory(PathBuf),
    /// Writes a file.
    Generate(PathBuf, String),
    /// Leaves a file that is there already.
    SkipExisting(PathBuf),
}

impl InitAction {
    /// The file or directory.
    pub fn path(&self) -> &Path {
        match self {
            InitAction::CreateDirectory(path)
            | InitAction::Generate(path, _)
            | InitAction::SkipExisting(path) => path,
        }
    }
}

/// Says what there is to do; changes nothing.
///
/// # Errors
/// When the directory is there and not empty, or cannot be looked at.
pub fn plan_init(request: InitRequest<'_>) -> Result<Vec<InitAction>, ScriptError> {
    let InitRequest { template, directory, config } = request;
    let mut actions = Vec::new();
    match fs::read_dir(directory) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(ScriptError::DirectoryNotEmpty { path: directory.to_owned() });
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            actions.push(InitAction::CreateDirectory(directory.to_owned()));
        }
        Err(error) => return Err(ScriptError::io(FileAction::ReadDirectory, directory)(error)),
    }
    actions.push(if fs::symlink_metadata(config).is_ok() {
        InitAction::SkipExisting(config.to_owned())
    } else {
        let location = location_beside(directory, config);
        InitAction::Generate(config.to_owned(), template.render_config(&location)?)
    });
    Ok(actions)
}

/// Does what [`plan_init`] said. `around` is given each action and what does it, so that the
/// caller can say what is happening before and after; it returns what doing it returned.
///
/// # Errors
/// The first failure. What was done before it stays.
pub fn apply_init(
    actions: &[InitAction],
    mut around: impl FnMut(
        &InitAction,
        &mut dyn FnMut() -> Result<(), ScriptError>,
    ) -> Result<(), ScriptError>,
) -> Result<(), ScriptError> {
    for action in actions {
        around(action, &mut || match action {
            InitAction::CreateDirectory(path) => create_directories(path).map(drop),
            InitAction::Generate(path, text) => write_new(path, text),
            InitAction::SkipExisting(_) => Ok(()),
        })?;
    }
    Ok(())
}

/// The directory as the configuration file names it: relative to that file, with `/` on every
/// system, so that the project can be moved and shared.
fn location_beside(directory: &Path, config: &Path) -> String {
    let beside = config.parent().unwrap_or(Path::new(""));
    let mut above = beside.components().filter(|part| *part != Component::CurDir).peekable();
    let mut below = directory.components().filter(|part| *part != Component::CurDir).peekable();
    while let (Some(a), Some(b)) = (above.peek(), below.peek())
        && a == b
    {
        above.next();
        below.next();
    }
    let is_rooted = below.peek().is_some_and(|part| !matches!(part, Component::Normal(_)));
    if is_rooted && directory.has_root() {
        // Nothing in common: the name as it was given is the only one there is.
        return directory.to_string_lossy().replace('\\', "/");
    }
    let mut parts = vec!["..".to_owned(); above.count()];
    parts.extend(below.map(|part| part.as_os_str().to_string_lossy().into_owned()));
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::super::template::INIT_TEMPLATES;
    use super::*;

    fn plan(root: &Path, template: usize) -> Result<Vec<InitAction>, ScriptError> {
        plan_init(InitRequest {
            template: &INIT_TEMPLATES[template],
            directory: &root.join("versions"),
            config: &root.join("limbeck.toml"),
        })
    }

    fn apply(actions: &[InitAction]) -> Result<Vec<String>, ScriptError> {
        let mut said = Vec::new();
        apply_init(actions, |action, act| {
            said.push(action.path().file_name().unwrap().to_string_lossy().into_owned());
            act()
        })?;
        Ok(said)
    }

    #[test]
    fn a_generic_project() {
        let root = tempfile::tempdir().unwrap();
        let actions = plan(root.path(), 0).unwrap();
        assert!(fs::read_dir(root.path()).unwrap().next().is_none());
        assert_eq!(apply(&actions).unwrap(), ["versions", "limbeck.toml"]);
        let config = fs::read_to_string(root.path().join("limbeck.toml")).unwrap();
        insta::assert_snapshot!(config, @r#"
        [scripts]
        version_locations = ["versions"]

        # The database that the revisions run on. The URL comes from the environment variable
        # DATABASE_URL; without it, from the text after ":-".
        [databases.main]
        url = "${DATABASE_URL:-sqlite:app.db}"
        "#);
        // An empty directory and an existing file are left as they are.
        assert_eq!(
            plan(root.path(), 1).unwrap(),
            [InitAction::SkipExisting(root.path().join("limbeck.toml"))]
        );
        assert_eq!(apply(&plan(root.path(), 1).unwrap()).unwrap(), ["limbeck.toml"]);
        assert_eq!(fs::read_to_string(root.path().join("limbeck.toml")).unwrap(), config);
    }

    #[test]
    fn a_project_with_two_databases() {
        let root = tempfile::tempdir().unwrap();
        let actions = plan(root.path(), 1).unwrap();
        let InitAction::Generate(_, text) = &actions[1] else { panic!("{actions:?}") };
        let config: toml::Table = text.parse().unwrap();
        for name in ["engine1", "engine2"] {
            assert_eq!(config["databases"][name]["branches"][0].as_str(), Some(name));
        }
    }

    #[test]
    fn a_directory_with_contents_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("versions");
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("a"), "").unwrap();
        assert_eq!(
            plan(root.path(), 0).unwrap_err().to_string(),
            format!("Directory {} already exists and is not empty", directory.display())
        );
        fs::remove_dir_all(&directory).unwrap();
        fs::write(&directory, "").unwrap();
        assert_eq!(
            plan(root.path(), 0).unwrap_err().to_string(),
            format!("cannot read directory {}", directory.display())
        );
    }

    #[test]
    fn a_failure_ends_it() {
        let root = tempfile::tempdir().unwrap();
        let actions = plan(root.path(), 0).unwrap();
        fs::write(root.path().join("versions"), "").unwrap();
        let actions = [actions, vec![InitAction::CreateDirectory(root.path().join("versions/x"))]];
        assert!(apply(&actions.concat()).is_err());
    }

    #[test]
    fn the_location_is_written_relative_to_the_file() {
        for (directory, config, expected) in [
            ("versions", "limbeck.toml", "versions"),
            ("./db/versions", "limbeck.toml", "db/versions"),
            ("versions", "conf/limbeck.toml", "../versions"),
            ("conf/versions", "conf/limbeck.toml", "versions"),
            ("conf", "conf/limbeck.toml", "."),
            ("/p/versions", "/p/limbeck.toml", "versions"),
            ("/q/versions", "/p/limbeck.toml", "../q/versions"),
            ("/q/versions", "limbeck.toml", "/q/versions"),
            ("../versions", "../limbeck.toml", "versions"),
            ("a\"b", "limbeck.toml", "a\"b"),
        ] {
            let location = location_beside(Path::new(directory), Path::new(config));
            assert_eq!(location, expected, "{directory} {config}");
        }
    }
}
