//! Variables: those of the process, and of the files that the command line names.

use crate::env::VariableFile;
use crate::env::Variables;

use super::arguments::Globals;
use super::error::CliError;

/// The variables of this invocation.
#[derive(Debug, Clone)]
pub(super) struct Environment {
    files: Vec<VariableFile>,
}

impl Environment {
    /// Reads the files that `--env-file` names.
    pub(super) fn read(globals: &Globals) -> Result<Self, CliError> {
        let directory = std::env::current_dir()?;
        let mut files: Vec<VariableFile> = Vec::new();
        // An empty variable is an unset one.
        for path in globals.env_files.iter().filter(|path| !path.as_os_str().is_empty()) {
            let path = directory.join(path);
            let file = VariableFile::read(&path, process().with_files(&files))?;
            files.push(file);
        }
        Ok(Environment { files })
    }

    /// The variables of the process, and after them those of the files.
    pub(super) fn variables(&self) -> Variables<'_> {
        process().with_files(&self.files)
    }

    /// The files, in the order in which they are named.
    pub(super) fn files(&self) -> &[VariableFile] {
        &self.files
    }
}

/// The environment of the process. A value that is no text is none.
fn process() -> Variables<'static> {
    Variables::new(&|name| std::env::var(name).ok())
}
