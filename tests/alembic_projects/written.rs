//! New `.py` files are those of real Alembic, letter by letter.

use super::compat::template;
use super::worker::Worker;
use crate::support::TestEnvironment;

/// What a command line that writes a file wrote, without the date.
fn written(env: &TestEnvironment, id: &str, write: impl FnOnce()) -> (String, String) {
    let before = env.files("migrations/versions");
    write();
    let files = env.files("migrations/versions");
    let is_new = |name: &&String| name.ends_with(".py") && !before.contains(name);
    let name = files.iter().find(is_new).unwrap_or_else(|| panic!("no new file for {id}")).clone();
    let text = env.read(format!("migrations/versions/{name}"));
    let lines = text.split('\n').map(|line| match line.strip_prefix("Create Date: ") {
        Some(date) => format!("Create Date: {}", date.replace(|c: char| c.is_ascii_digit(), "0")),
        None => line.to_owned(),
    });
    (name, lines.collect::<Vec<_>>().join("\n"))
}

/// Both write the same file, one after the other in the same project.
fn compare(template_name: &str, lines: &[&[&str]]) {
    let [ours, theirs] = [template(template_name), template(template_name)];
    let mut alembic = Worker::start(&theirs);
    for (n, line) in lines.iter().enumerate() {
        let id = format!("{n}abc");
        let line: Vec<&str> = line.iter().copied().chain(["--rev-id", &id]).collect();
        let ours = written(&ours, &id, || drop(ours.run(&line).ok()));
        let theirs = written(&theirs, &id, || drop(alembic.ok(&line)));
        assert_eq!(ours, theirs, "{template_name}: {line:?}");
    }
}

const LINES: [&[&str]; 9] = [
    &["revision", "-m", "The first"],
    &["revision"],
    &["revision", "-m", "side", "--head", "0abc", "--splice", "--branch-label", "side"],
    &["merge", "heads", "-m", "both"],
    &["revision", "-m", "root", "--head", "base", "--depends-on", "side"],
    &["revision", "-m", "two", "--head", "4abc", "--depends-on", "1abc", "--depends-on", "side"],
    &["revision", "--head", "5abc", "-m", "Ünïcode: 日本語 – \"quoted\" & 'so' \\d %s ${x} #!"],
    &["merge", "3abc", "6abc", "--branch-label", "all"],
    &["revision", "-m", "a message\nof two lines"],
];

#[test]
fn generic() {
    compare("generic", &LINES);
}

#[test]
fn asynchronous() {
    compare("async", &LINES);
}

#[test]
fn multidb() {
    compare("multidb", &LINES);
}

#[test]
fn pyproject() {
    compare("pyproject", &LINES);
    compare("pyproject_async", &LINES[..2]);
}

#[test]
fn without_a_template_of_its_own_the_file_is_alembics() {
    let env = template("generic");
    let with = written(&env, "1a", || drop(env.run(&["revision", "--rev-id", "1a"]).ok()));
    std::fs::remove_file(env.path("migrations/versions/1a_.py")).unwrap();
    std::fs::remove_file(env.path("migrations/script.py.mako")).unwrap();
    let without = written(&env, "1a", || drop(env.run(&["revision", "--rev-id", "1a"]).ok()));
    assert_eq!(with, without);
}
