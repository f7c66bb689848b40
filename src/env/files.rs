//! Which files a project's configuration consists of: `limbeck.toml`, Alembic's own, or both.

use std::path::Path;
use std::path::PathBuf;

use limbeck_alembic::config::has_alembic_table;

use crate::bounded_file;

/// The name of limbeck's own configuration, where none is given.
pub const LIMBECK_TOML: &str = "limbeck.toml";
/// The name of Alembic's, where none is given.
pub(super) const ALEMBIC_INI: &str = "alembic.ini";
/// The only name by which Alembic knows a TOML file.
pub(super) const PYPROJECT_TOML: &str = "pyproject.toml";

/// The files of one project's configuration, absolute. At least one is there or was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFiles {
    /// limbeck's own. Beside Alembic's files it extends them, and wins.
    pub limbeck: Option<PathBuf>,
    /// `alembic.ini`, by whatever name.
    pub ini: Option<PathBuf>,
    /// A `pyproject.toml` with a `[tool.alembic]`.
    pub pyproject: Option<PathBuf>,
}

/// Why no files can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFilesError {
    /// Two files of one kind are given. The words are Alembic's, for the kinds that it has.
    #[error("{}", match .kind {
        ConfigFileKind::Limbeck => "only one limbeck configuration may be indicated",
        ConfigFileKind::Ini => "only one ini file may be indicated",
        ConfigFileKind::Pyproject => "pyproject.toml indicated more than once",
    })]
    Twice {
        /// The kind.
        kind: ConfigFileKind,
    },
    /// A file that was given is not there.
    #[error("no configuration: {} does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// None is given and none is found.
    #[error("no configuration: there is no {LIMBECK_TOML} and no {ALEMBIC_INI} here")]
    None,
}

/// The kinds of configuration files, told by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigFileKind {
    /// limbeck's own: ends in `.toml`.
    Limbeck,
    /// Alembic's ini file: ends in anything else.
    Ini,
    /// `pyproject.toml`.
    Pyproject,
}

impl ConfigFileKind {
    fn of(path: &Path) -> Self {
        if path.file_name().is_some_and(|name| name == PYPROJECT_TOML) {
            ConfigFileKind::Pyproject
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            ConfigFileKind::Limbeck
        } else {
            ConfigFileKind::Ini
        }
    }
}

impl ConfigFiles {
    /// The files that `given` names (section 1 of Alembic's reference: at most one of each kind),
    /// or those of `directory` when nothing is given.
    ///
    /// As in Alembic, the kind of its files that is not given is taken from `directory`, or from
    /// `alembic_config` (the variable `ALEMBIC_CONFIG`). A `limbeck.toml` beside them belongs to
    /// them, and they belong to a `limbeck.toml` that is given.
    ///
    /// # Errors
    /// [`ConfigFilesError`], when two of a kind are given, one is missing, or there is none.
    pub fn choose(
        given: &[PathBuf],
        alembic_config: Option<&Path>,
        directory: &Path,
    ) -> Result<Self, ConfigFilesError> {
        let mut files = ConfigFiles::default();
        for path in given {
            files.take(directory.join(path))?;
        }
        if files.limbeck.is_none() || files.is_alembic() {
            files.complete_alembic(alembic_config, directory)?;
        } else if files.limbeck.as_ref().is_some_and(|path| path.ends_with(LIMBECK_TOML)) {
            // Under another name it is one of several in a directory, and stands for itself.
            let beside = files.directory().unwrap_or(directory).to_owned();
            files.complete_alembic(None, &beside)?;
        }
        if files.limbeck.is_none() {
            let beside = files.directory().unwrap_or(directory);
            files.limbeck = existing(beside.join(LIMBECK_TOML));
        }
        if files == ConfigFiles::default() { Err(ConfigFilesError::None) } else { Ok(files) }
    }

    fn take(&mut self, path: PathBuf) -> Result<(), ConfigFilesError> {
        let kind = ConfigFileKind::of(&path);
        let slot = self.slot(kind);
        if slot.is_some() {
            return Err(ConfigFilesError::Twice { kind });
        }
        if !path.exists() {
            return Err(ConfigFilesError::Missing { path });
        }
        *slot = Some(path);
        Ok(())
    }

    /// Adds the Alembic files that are found where Alembic looks for them.
    fn complete_alembic(
        &mut self,
        alembic_config: Option<&Path>,
        directory: &Path,
    ) -> Result<(), ConfigFilesError> {
        if let Some(path) = alembic_config {
            let path = directory.join(path);
            if self.slot(ConfigFileKind::of(&path)).is_none() {
                self.take(path)?;
            }
        }
        if self.ini.is_none() {
            self.ini = existing(directory.join(ALEMBIC_INI));
        }
        if self.pyproject.is_none() {
            self.pyproject = existing(directory.join(PYPROJECT_TOML)).filter(|path| {
                // One that cannot be read may belong to anything else than Alembic.
                bounded_file::read_text(path, bounded_file::SMALL)
                    .is_ok_and(|text| has_alembic_table(&text))
            });
        }
        Ok(())
    }

    /// Whether Alembic's files are among them.
    pub fn is_alembic(&self) -> bool {
        self.ini.is_some() || self.pyproject.is_some()
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        [&self.ini, &self.pyproject, &self.limbeck].into_iter().flatten().cloned().collect()
    }

    /// The file that messages name: the one that says most.
    pub fn main(&self) -> &Path {
        [&self.ini, &self.pyproject, &self.limbeck]
            .into_iter()
            .find_map(Option::as_deref)
            .unwrap_or(Path::new(LIMBECK_TOML))
    }

    fn directory(&self) -> Option<&Path> {
        [&self.ini, &self.pyproject, &self.limbeck].into_iter().find_map(Option::as_deref)?.parent()
    }

    fn slot(&mut self, kind: ConfigFileKind) -> &mut Option<PathBuf> {
        match kind {
            ConfigFileKind::Limbeck => &mut self.limbeck,
            ConfigFileKind::Ini => &mut self.ini,
            ConfigFileKind::Pyproject => &mut self.pyproject,
        }
    }
}

fn existing(path: PathBuf) -> Option<PathBuf> {
    // A directory of that name is no reason to look elsewhere: it is an error when it is read.
    path.exists().then_some(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn chosen(present: &[(&str, &str)], given: &[&str]) -> Result<String, ConfigFilesError> {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in present {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let given: Vec<PathBuf> = given.iter().map(PathBuf::from).collect();
        let ConfigFiles { limbeck, ini, pyproject } =
            ConfigFiles::choose(&given, None, root.path())?;
        let names: Vec<String> = [limbeck, ini, pyproject]
            .into_iter()
            .flatten()
            .map(|path| path.strip_prefix(root.path()).unwrap().display().to_string())
            .collect();
        Ok(names.join(" "))
    }

    const TABLE: &str = "[tool.alembic]\nscript_location = \"m\"\n";

    #[test]
    fn what_is_found_is_joined() {
        let both = [("limbeck.toml", ""), ("alembic.ini", ""), ("pyproject.toml", TABLE)];
        for (present, given, expected) in [
            (&both[..1], &[][..], "limbeck.toml"),
            (&both[1..2], &[], "alembic.ini"),
            (&both[2..], &[], "pyproject.toml"),
            (&both[..2], &[], "limbeck.toml alembic.ini"),
            (&both[..], &[], "limbeck.toml alembic.ini pyproject.toml"),
            (&both[..2], &["alembic.ini"], "limbeck.toml alembic.ini"),
            (&both[..2], &["limbeck.toml"], "limbeck.toml alembic.ini"),
            (&both[..], &["pyproject.toml"], "limbeck.toml alembic.ini pyproject.toml"),
        ] {
            assert_eq!(chosen(present, given).unwrap(), expected, "{present:?} {given:?}");
        }
        let plain = [("alembic.ini", ""), ("pyproject.toml", "[project]\nname = \"x\"\n")];
        assert_eq!(chosen(&plain, &[]).unwrap(), "alembic.ini");
    }

    #[test]
    fn files_of_another_directory_or_name_keep_together() {
        let present =
            [("limbeck.toml", ""), ("a/x.ini", ""), ("a/limbeck.toml", ""), ("o.toml", "")];
        assert_eq!(chosen(&present, &["a/x.ini"]).unwrap(), "a/limbeck.toml a/x.ini");
        assert_eq!(chosen(&present, &["o.toml"]).unwrap(), "o.toml");
        assert_eq!(chosen(&present, &["o.toml", "a/x.ini"]).unwrap(), "o.toml a/x.ini");
    }

    #[test]
    fn two_of_a_kind_none_and_missing_ones_are_refused() {
        let present = [("a.ini", ""), ("b.ini", ""), ("p/pyproject.toml", TABLE)];
        let error = |given: &[&str]| chosen(&present, given).unwrap_err().to_string();
        assert_eq!(error(&["a.ini", "b.ini"]), "only one ini file may be indicated");
        let twice = ["p/pyproject.toml", "p/pyproject.toml"];
        assert_eq!(error(&twice), "pyproject.toml indicated more than once");
        assert!(error(&["c.ini"]).ends_with("c.ini does not exist"));
        assert_eq!(
            error(&[]),
            "no configuration: there is no limbeck.toml and no alembic.ini here"
        );
    }
}
