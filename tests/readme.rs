//! Every ```console block of the README, the tutorial and a guide, run with the real binary.
//!
//! The blocks of a page are one session, in one directory: what a line begins with `$ ` is a
//! command (with further lines that begin with `> `), and what follows is all that it prints, on
//! either stream. `LIMBECK_WRITE_DOCS=1 ./test readme` writes down what is printed today.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::scenarios::support::{epsm, sotp};
use crate::support::{TestEnvironment, copy_directory, query};

#[test]
fn readme_prints_what_it_says() {
    let env = TestEnvironment::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // What ./demo copies.
    env.write("limbeck.toml", fs::read(root.join("limbeck.toml")).unwrap());
    for entry in fs::read_dir(root.join("versions")).unwrap() {
        let path = entry.unwrap().path();
        let name = Path::new("versions").join(path.file_name().unwrap());
        env.write(name, fs::read(path).unwrap());
    }
    copy_directory(&root.join("examples/shop"), &env.path("shop"));
    check_page(env, "README.md", "/home/me/limbeck/target/demo");
}

#[test]
fn readme_and_demo_show_the_same_commands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let demo = fs::read_to_string(root.join("demo")).unwrap();
    let shown: Vec<&str> = demo.lines().filter_map(|line| line.strip_prefix("show ")).collect();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let first = blocks(&readme).into_iter().next().expect("README.md has no console block");
    let commands: Vec<String> = first.commands.into_iter().map(|c| c.script).collect();
    assert_eq!(commands, shown, "the first console block of README.md is what ./demo prints");
}

#[test]
fn readme_of_the_tutorial_prints_what_it_says() {
    let env = TestEnvironment::new();
    check_page(env, "docs/tutorial.md", "/home/me/shop");
}

#[test]
fn readme_of_the_guide_from_alembic_prints_what_it_says() {
    let env = TestEnvironment::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/alembic");
    for name in ["alembic.ini", "alembic/env.py"] {
        env.write(name, fs::read(fixture.join(name)).unwrap());
    }
    for entry in fs::read_dir(fixture.join("alembic/versions")).unwrap() {
        let path = entry.unwrap().path();
        let name = Path::new("alembic/versions").join(path.file_name().unwrap());
        env.write(name, fs::read(path).unwrap());
    }
    check_page(env, "docs/guides/from-alembic.md", "/home/me/shop");
}

#[test]
fn readme_of_the_guide_from_django_databases_prints_what_it_says() {
    let mut env = epsm().env;
    // The guide itself is not about the environment of a test.
    env.replace("127.0.0.1", "localhost");
    check_page(env, "docs/guides/from-django-databases.md", "/home/me/epsm");
}

#[test]
fn readme_of_the_guide_from_alembic_two_databases_prints_what_it_says() {
    let sotp = sotp("sotp/alembic");
    // Alembic has been at work.
    sotp.env.run(&["stamp", "postgres@head"]).ok();
    sotp.env.run(&["stamp", "timescale@head"]).ok();
    let table = "CREATE TABLE device_metrics (time timestamptz NOT NULL, device_id integer NOT NULL, \
                 metric_name varchar NOT NULL, value double precision NOT NULL, \
                 PRIMARY KEY (time, device_id, metric_name))";
    query(&sotp.env, &sotp.timescale.url(), table);
    check_page(sotp.env, "docs/guides/from-alembic-two-databases.md", "/home/me/sotp");
}

#[test]
fn readme_pages_link_to_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for page in pages(root) {
        let text = fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let is_local = !file.is_empty() && !file.contains("://") && !file.contains(' ');
            if is_local && !page.parent().unwrap().join(file).exists() {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

/// The Markdown pages at the root and below `docs/`.
fn pages(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![root.join("docs")];
    let mut take = |path: PathBuf| {
        if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    };
    for entry in fs::read_dir(root).unwrap() {
        take(entry.unwrap().path());
    }
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { directories.push(path) } else { take(path) }
        }
    }
    found
}

/// One fenced block.
struct Block {
    commands: Vec<Command>,
}

/// One command of a block.
struct Command {
    /// The text without the prompts.
    script: String,
    /// The text as it stands on the page, prompts included.
    shown: String,
    /// What the page says that it prints.
    output: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.split_inclusive('\n') {
        match &mut open {
            None if line.trim_end() == "```console" => open = Some(Block { commands: Vec::new() }),
            None => {}
            Some(_) if line.trim_end() == "```" => blocks.extend(open.take()),
            Some(block) => block.read_line(line),
        }
    }
    blocks
}

impl Block {
    fn read_line(&mut self, line: &str) {
        let continues = self.commands.last().is_some_and(|command| command.output.is_empty());
        if let Some(script) = line.strip_prefix("$ ") {
            let script = script.trim_end().to_owned();
            self.commands.push(Command { script, shown: line.to_owned(), output: String::new() });
        } else if let (Some(more), true) = (line.strip_prefix('>'), continues) {
            let command = self.commands.last_mut().unwrap();
            command.script.push('\n');
            command.script.push_str(more.strip_prefix(' ').unwrap_or(more).trim_end_matches('\n'));
            command.shown.push_str(line);
        } else {
            let command = self.commands.last_mut().expect("a console block begins with `$ `");
            command.output.push_str(line);
        }
    }

    fn text(&self) -> String {
        self.commands.iter().map(|command| format!("{}{}", command.shown, command.output)).collect()
    }
}

/// Runs the blocks of `name` in the project of `env`, whose path the page writes as `place`.
fn check_page(mut env: TestEnvironment, name: &str, place: &str) {
    let limbeck = env.bin().join("limbeck");
    if !limbeck.exists() {
        symlink(env!("CARGO_BIN_EXE_limbeck"), limbeck).unwrap();
    }
    env.set("USER", "me");
    env.replace(env.path("").display().to_string().trim_end_matches('/').to_owned(), place);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let page = fs::read_to_string(&path).unwrap();
    let mut shell = Shell { directory: env.path(""), env, status: 0 };
    let (mut renewed, mut at) = (page.clone(), 0);
    let mut differences = String::new();
    for mut block in blocks(&page) {
        let before = block.text();
        for command in &mut block.commands {
            command.output = shell.run(&command.script);
        }
        let after = block.text();
        // Blocks may be equal, so each is looked for behind the one before it.
        at += renewed[at..].find(&format!("```console\n{before}```")).expect("the block is there");
        at += "```console\n".len();
        renewed.replace_range(at..at + before.len(), &after);
        at += after.len();
        if after != before {
            differences += &format!("--- the page\n{before}--- the program\n{after}");
        }
    }
    if std::env::var_os("LIMBECK_WRITE_DOCS").is_some() {
        fs::write(&path, renewed).unwrap();
        return;
    }
    assert!(
        differences.is_empty(),
        "{name} is not what the program prints; LIMBECK_WRITE_DOCS=1 ./test readme renews \
         it\n{differences}"
    );
}

/// A shell that remembers where it is and how the last command ended.
struct Shell {
    env: TestEnvironment,
    directory: PathBuf,
    status: i32,
}

impl Shell {
    fn run(&mut self, script: &str) -> String {
        let mut shell = self.env.program("/bin/sh");
        shell.current_dir(&self.directory).arg("-c").arg(format!(
            "exec 2>&1; trap 'pwd >\"$HOME/cwd\"' EXIT; (exit {})\n{script}\n",
            self.status
        ));
        let output = self.env.finish(shell);
        self.status = output.code().expect("a command of the page was killed");
        let directory = fs::read_to_string(self.env.path("../home/cwd")).unwrap();
        self.directory = PathBuf::from(directory.trim_end());
        output.stdout.split_inclusive('\n').map(without_date).map(without_times).collect()
    }
}

/// The date in a new revision file is the only thing on a page that changes by itself.
fn without_date(line: &str) -> String {
    match line.split_once("= 20") {
        Some((key, _)) if key.trim_end() == "create_date" => {
            format!("{key}= 2026-11-20T14:03:11Z\n")
        }
        _ => line.to_owned(),
    }
}

/// What `health` and `status` say of the server and of the last run.
fn without_times(line: String) -> String {
    const RUN: &str = "2026-11-20T14:03:11Z";
    if let Some((what, _)) = line.split_once(": connected to PostgreSQL ") {
        return format!("{what}: connected to PostgreSQL 17.6 in 3 ms\n");
    }
    if let Some((before, after)) = line.split_once(" UTC by me at ") {
        let rest = after.find([':', ',', ' ', '\n']).map_or("", |end| &after[end..]);
        let what = &before[..before.len().saturating_sub(RUN.len() - 1)];
        return format!("{what}2026-11-20 14:03:11 UTC by me at build{rest}");
    }
    match line.split_once(" by me@") {
        Some((before, after)) if before.len() > RUN.len() && before.ends_with('Z') => {
            let rest = after.split_once(" s").map_or("", |(_, rest)| rest);
            format!("{}{RUN} by me@build, 0.1 s{rest}", &before[..before.len() - RUN.len()])
        }
        _ => line,
    }
}
