//! What the project's git repository knows of a revision file that is not in the checkout. As good
//! as it can be had in a moment: without git, without a repository or without time there is
//! nothing to tell.

use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// How long all questions together may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than any answer that is of use.
const LONGEST_ANSWER: u64 = 1 << 20;

/// A file that some commit or branch has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LostFile {
    /// The file, from the top of the repository.
    pub(super) path: String,
    /// The commit that added it: abbreviated, its date, its author.
    pub(super) added: Commit,
    /// The branches that have it now.
    pub(super) branches: Vec<String>,
    /// Where no branch has it any more: the commit that removed it.
    pub(super) removed: Option<Commit>,
}

/// A commit, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) hash: String,
    pub(super) date: String,
    pub(super) author: String,
}

/// Looks for the file of the revision `id` in the repository around `directory`.
pub(super) fn find(directory: &Path, id: &str) -> Option<LostFile> {
    // What might mean something in a pattern is not looked for.
    if !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return None;
    }
    let git = Git { directory, deadline: Instant::now() + PATIENCE };
    let (added, path) = git.named_after(id).or_else(|| git.holding(id))?;
    let branches = git.branches_with(&added.hash, &path);
    let removed = match branches.is_empty() {
        true => git.last_change("D", &path).map(|(commit, _)| commit),
        false => None,
    };
    Some(LostFile { path, added, branches, removed })
}

struct Git<'a> {
    directory: &'a Path,
    deadline: Instant,
}

impl Git<'_> {
    /// The commit that added a file whose name has the id in it, and the file.
    fn named_after(&self, id: &str) -> Option<(Commit, String)> {
        let answer = self.log(&["--diff-filter=A", "-n", "20"], &format!("*{id}*"))?;
        answer.into_iter().find(|(commit, path)| self.declares(commit, path, id))
    }

    /// The same for a file whose name says nothing, by what a commit has added to it.
    fn holding(&self, id: &str) -> Option<(Commit, String)> {
        let answer = self.log(&["--diff-filter=A", "-n", "20", &format!("-S{id}")], ".")?;
        answer.into_iter().find(|(commit, path)| self.declares(commit, path, id))
    }

    fn last_change(&self, kind: &str, path: &str) -> Option<(Commit, String)> {
        let filter = format!("--diff-filter={kind}");
        self.log(&[&filter, "-n", "1"], &format!(":/{path}"))?.into_iter().next()
    }

    /// The commits of all branches that `more` asks for, each with the files of it that match.
    fn log(&self, more: &[&str], pattern: &str) -> Option<Vec<(Commit, String)>> {
        let format = "--format=%x00%h%x1f%ad%x1f%an";
        let mut arguments = vec!["log", "--all", "--no-renames", "--date=short", format];
        arguments.extend(more);
        arguments.extend(["--name-only", "--", pattern]);
        let answer = self.ask(&arguments)?;
        let mut found = Vec::new();
        for entry in answer.split('\0') {
            let mut lines = entry.lines();
            let Some(Ok([hash, date, author])) = lines
                .next()
                .map(|line| <[&str; 3]>::try_from(line.split('\u{1f}').collect::<Vec<_>>()))
            else {
                continue;
            };
            let commit = Commit { hash: hash.into(), date: date.into(), author: author.into() };
            let paths = lines.filter(|line| !line.is_empty());
            found.extend(paths.map(|path| (commit.clone(), path.to_owned())));
        }
        Some(found)
    }

    /// Whether the file, as of the commit, is that of the revision: one that says so, or one in a
    /// directory as Diesel names them.
    fn declares(&self, commit: &Commit, path: &str, id: &str) -> bool {
        if path
            .split('/')
            .any(|part| part.strip_prefix(id).is_some_and(|rest| rest.starts_with('_')))
            && path.ends_with("/up.sql")
        {
            return true;
        }
        let text = self.ask(&["show", &format!("{}:{path}", commit.hash)]).unwrap_or_default();
        says(&text, id)
    }

    fn branches_with(&self, commit: &str, path: &str) -> Vec<String> {
        let contains = format!("--contains={commit}");
        let arguments =
            ["for-each-ref", &contains, "--format=%(refname:short)", "refs/heads", "refs/remotes"];
        let answer = self.ask(&arguments).unwrap_or_default();
        answer
            .lines()
            .take(20)
            .filter(|branch| self.ask(&["cat-file", "-e", &format!("{branch}:{path}")]).is_some())
            .map(str::to_owned)
            .collect()
    }

    /// What git answers, if it does in time and without an error.
    fn ask(&self, arguments: &[&str]) -> Option<String> {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(self.directory)
            .args(["--no-pager", "-c", "core.quotePath=false"])
            .args(arguments)
            // Nothing of ours is to be asked for, refreshed or waited for.
            .envs([("GIT_TERMINAL_PROMPT", "0"), ("GIT_OPTIONAL_LOCKS", "0")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let stdout = child.stdout.take()?;
        let reader = thread::spawn(move || {
            let mut answer = Vec::new();
            // What could be read is what there is.
            drop(stdout.take(LONGEST_ANSWER).read_to_end(&mut answer));
            answer
        });
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if Instant::now() < self.deadline => {
                    thread::sleep(Duration::from_millis(2));
                }
                _ => {
                    drop(child.kill());
                    drop(child.wait());
                    break None;
                }
            }
        };
        let answer = reader.join().ok()?;
        status.filter(std::process::ExitStatus::success)?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }
}

/// Whether a revision file reads as that of the revision `id`, be it Python or front matter.
fn says(text: &str, id: &str) -> bool {
    text.lines().any(|line| {
        let value = line.trim_start().strip_prefix("revision").map(str::trim_start);
        let value = value.and_then(|rest| match rest.strip_prefix(':') {
            // `revision: str = '...'`
            Some(annotated) => annotated.split_once('=').map(|(_, value)| value),
            None => rest.strip_prefix('='),
        });
        let quoted = value.map(str::trim_start).unwrap_or_default();
        ['"', '\''].iter().any(|quote| quoted.starts_with(&format!("{quote}{id}{quote}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_which_revision_it_is() {
        for text in [
            "/*---\nrevision = \"a1\"\n",
            "revision      = 'a1'  # x",
            "x\nrevision: str = 'a1'",
            "revision: Union[str, None] = \"a1\"",
        ] {
            assert!(says(text, "a1"), "{text}");
        }
        for text in ["down_revision = \"a1\"", "revision = \"a12\"", "-- a1", "revision = a1"] {
            assert!(!says(text, "a1"), "{text}");
        }
    }
}
