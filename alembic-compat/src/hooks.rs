//! Post-write hooks: what is run on a new revision file. Reading them is all that is done here.

use std::path::Path;
use std::path::PathBuf;

use crate::config::Place;
use crate::config::quoted;

/// Stands for the path of the revision file in a hook's options.
const SCRIPT_TOKEN: &str = "REVISION_SCRIPT_FILENAME";

/// What a hook runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostWriteHookKind {
    /// `type = exec`: a program.
    Exec {
        /// The program.
        executable: String,
    },
    /// `type = console_scripts`: a program that a Python package installs.
    ConsoleScript {
        /// The program's name.
        entrypoint: String,
    },
    /// `type = module`: `python -m module`.
    Module {
        /// The module's name.
        module: String,
    },
    /// A function of this name that `env.py` registers.
    Registered {
        /// The name.
        name: String,
    },
}

/// One of `[post_write_hooks]` or `[[tool.alembic.post_write_hooks]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostWriteHook {
    /// The hook's name.
    pub name: String,
    /// What it runs.
    pub kind: PostWriteHookKind,
    /// The arguments, split as a shell would; at least one of them holds
    /// `REVISION_SCRIPT_FILENAME`.
    pub options: Vec<String>,
    /// The directory to run in, as written; relative to the current directory.
    pub cwd: Option<PathBuf>,
    /// Where the hook is named.
    pub place: Place,
}

impl PostWriteHook {
    /// The arguments for a revision file.
    pub fn arguments(&self, script: &Path) -> Vec<String> {
        let script = script.to_string_lossy();
        self.options.iter().map(|option| option.replace(SCRIPT_TOKEN, &script)).collect()
    }
}

/// Why a hook cannot be run. The texts of the first five are Alembic's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostWriteHookError {
    /// The hook has no type.
    #[error(
        "Key '{name}.type' (or 'type' in toml) is required for post write hook {}",
        quoted(name)
    )]
    TypeMissing {
        /// The hook's name.
        name: String,
    },
    /// A key that the type needs is missing.
    #[error("Key {name}.{key} is required for post write hook {}", quoted(name))]
    KeyMissing {
        /// The hook's name.
        name: String,
        /// The key.
        key: &'static str,
    },
    /// For the one who runs hooks: nothing is registered under the type's name.
    #[error("No formatter with name '{name}' registered")]
    NotRegistered {
        /// The type's name.
        name: String,
    },
    /// For the one who runs hooks: no package installs the program.
    #[error("Could not find entrypoint console_scripts.{entrypoint}")]
    EntrypointNotFound {
        /// The program's name.
        entrypoint: String,
    },
    /// For the one who runs hooks: there is no such module.
    #[error("Could not find module {module}")]
    ModuleNotFound {
        /// The module's name.
        module: String,
    },
    /// A table of `[[tool.alembic.post_write_hooks]]` has no name.
    #[error("key 'name' is required for each of [[tool.alembic.post_write_hooks]]")]
    NameMissing,
    /// The options cannot be split into arguments.
    #[error("the options of post write hook {} cannot be split: {source}", quoted(name))]
    Options {
        /// The hook's name.
        name: String,
        /// Why.
        source: SplitError,
    },
}

/// Why a text cannot be split as a shell would. The texts are those of Python's `shlex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A quotation does not end.
    #[error("No closing quotation")]
    NoClosingQuotation,
    /// A backslash is the last character.
    #[error("No escaped character")]
    NoEscapedCharacter,
}

/// Makes a hook of its keys, which `get` gives; their order is Alembic's order of complaints.
pub(crate) fn read_hook<E: From<PostWriteHookError>>(
    name: &str,
    place: &Place,
    mut get: impl FnMut(&str) -> Result<Option<String>, E>,
) -> Result<PostWriteHook, E> {
    let hook_type =
        get("type")?.ok_or_else(|| PostWriteHookError::TypeMissing { name: name.to_owned() })?;
    let mut required = |key: &'static str| {
        let missing = || PostWriteHookError::KeyMissing { name: name.to_owned(), key };
        get(key)?.ok_or_else(|| E::from(missing()))
    };
    let kind = match hook_type.as_str() {
        "exec" => PostWriteHookKind::Exec { executable: required("executable")? },
        "console_scripts" => {
            PostWriteHookKind::ConsoleScript { entrypoint: required("entrypoint")? }
        }
        "module" => PostWriteHookKind::Module { module: required("module")? },
        _ => PostWriteHookKind::Registered { name: hook_type },
    };
    let mut options = get("options")?.unwrap_or_default();
    if !options.contains(SCRIPT_TOKEN) {
        options = format!("{SCRIPT_TOKEN} {options}");
    }
    let options = split(&options)
        .map_err(|source| PostWriteHookError::Options { name: name.to_owned(), source })?;
    let cwd = get("cwd")?.map(PathBuf::from);
    Ok(PostWriteHook { name: name.to_owned(), kind, options, cwd, place: place.clone() })
}

/// Splits a text as Python's `shlex.split` does. The crate `shlex` follows the shell more closely:
/// there `#` begins a comment, and a backslash in double quotes escapes `$` and the line's end.
fn split(text: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => {
                let escaped = characters.next().ok_or(SplitError::NoEscapedCharacter)?;
                word.get_or_insert_default().push(escaped);
            }
            '\'' | '"' => quotation(c, &mut characters, word.get_or_insert_default())?,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Reads up to the closing quote.
fn quotation(
    quote: char,
    characters: &mut std::str::Chars<'_>,
    word: &mut String,
) -> Result<(), SplitError> {
    loop {
        match characters.next().ok_or(SplitError::NoClosingQuotation)? {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => {
                let escaped = characters.next().ok_or(SplitError::NoEscapedCharacter)?;
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_split_as_shlex_does() {
        // (text, what `shlex.split` of Python 3.11 gave)
        let cases: [(&str, &[&str]); 14] = [
            ("a b", &["a", "b"]),
            ("", &[]),
            ("  \t a\n b\r ", &["a", "b"]),
            ("''", &[""]),
            ("a'' b", &["a", "b"]),
            ("'a b'c\"d e\"", &["a bcd e"]),
            ("a\\ b", &["a b"]),
            ("a\\\nb", &["a\nb"]),
            ("\"a\\$b\"", &["a\\$b"]),
            ("\"a\\\"b\\\\c\"", &["a\"b\\c"]),
            ("'a\\b'", &["a\\b"]),
            ("a #b c", &["a", "#b", "c"]),
            ("#x", &["#x"]),
            ("é\u{a0}b", &["é\u{a0}b"]),
        ];
        for (text, expected) in cases {
            assert_eq!(split(text).unwrap(), expected, "{text:?}");
        }
        assert_eq!(split("a 'b").unwrap_err(), SplitError::NoClosingQuotation);
        assert_eq!(split("a \"b\\").unwrap_err(), SplitError::NoEscapedCharacter);
        assert_eq!(split("a\\").unwrap_err(), SplitError::NoEscapedCharacter);
    }

    #[test]
    fn the_script_is_put_in_or_before() {
        let read = |options: &'static str| {
            let get = |key: &str| match key {
                "type" => Ok(Some("exec".to_owned())),
                "executable" => Ok(Some("ruff".to_owned())),
                "options" => Ok(Some(options.to_owned())),
                _ => Ok::<_, PostWriteHookError>(None),
            };
            let place = Place { path: "/p/alembic.ini".into(), line: 1 };
            read_hook("ruff", &place, get).unwrap().arguments(Path::new("/v/a b.py"))
        };
        assert_eq!(read("check --fix REVISION_SCRIPT_FILENAME"), ["check", "--fix", "/v/a b.py"]);
        assert_eq!(read("-l 79"), ["/v/a b.py", "-l", "79"]);
        assert_eq!(read(""), ["/v/a b.py"]);
        assert_eq!(read("'--file=REVISION_SCRIPT_FILENAME'"), ["--file=/v/a b.py"]);
    }
}
