//! A project with tenants in several databases, whose scripts write down that they ran.

use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use toml::Value;

use crate::support::{TestEnvironment, mariadb, postgres, project, query, revision};

/// Where rollouts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    Postgres,
    Mariadb,
    Sqlite,
}

pub(super) const HOMES: [Home; 3] = [Home::Postgres, Home::Mariadb, Home::Sqlite];

impl Home {
    pub(super) fn url(self) -> String {
        match self {
            Home::Postgres => postgres().create_database(),
            Home::Mariadb => mariadb().create_database(),
            Home::Sqlite => "sqlite:home.db".to_owned(),
        }
    }
}

/// How many revisions run in a tenant.
pub(super) const REVISIONS: usize = 3;

/// A project whose databases hold `count` tenants each: schemas of PostgreSQL.
pub(super) struct Many {
    pub(super) env: TestEnvironment,
    pub(super) home: String,
    pub(super) databases: Vec<String>,
    pub(super) count: usize,
}

/// What is peculiar about a project.
pub(super) struct Shape<'s> {
    pub(super) home: String,
    pub(super) databases: Vec<String>,
    pub(super) count: usize,
    /// What each script of a tenant does beside.
    pub(super) script: &'s str,
    /// More lines for `[databases.NAME.tenants]`.
    pub(super) tenants: &'s str,
}

impl Shape<'_> {
    pub(super) fn new(home: Home, databases: usize, count: usize) -> Self {
        let databases = (0..databases).map(|_| postgres().create_database()).collect();
        Shape { home: home.url(), databases, count, script: "", tenants: "" }
    }

    pub(super) fn build(self) -> Many {
        let mut config = format!(
            "[fleet]\nhome = \"home\"\n[databases.home]\nurl = {}\nbranches = []\n",
            Value::from(self.home.as_str())
        );
        for (n, url) in self.databases.iter().enumerate() {
            write!(
                config,
                "[databases.d{n}]\nurl = {}\n[databases.d{n}.tenants]\n\
                 query = \"SELECT name FROM public.customers\"\nshared = [\"shared\"]\n\
                 tenant = [\"tenant\"]\n{}\n",
                Value::from(url.as_str()),
                self.tenants
            )
            .unwrap();
        }
        let script = self.script;
        let mut project = project().config(config).revision(
            revision("s1", &[]).label("shared").upgrade("CREATE TABLE shared_things (n integer);"),
        );
        for n in 1..=REVISIONS {
            let ran = format!(
                "CREATE TABLE t{n} (n integer); {script} \
                 INSERT INTO public.ran VALUES (current_schema(), 't{n}');"
            );
            let before = format!("t{}", n - 1);
            let down: &[&str] = if n == 1 { &[] } else { &[&before] };
            let mut file = revision(&format!("t{n}"), down).upgrade(&ran);
            if n == 1 {
                file = file.label("tenant");
            }
            project = project.revision(file);
        }
        let env = project.build();
        for url in &self.databases {
            let mut sql = "CREATE TABLE customers (name text PRIMARY KEY);\n\
                           CREATE TABLE ran (tenant text, script text);\n"
                .to_owned();
            for n in 0..self.count {
                let name = tenant(n);
                writeln!(sql, "INSERT INTO customers VALUES ('{name}'); CREATE SCHEMA {name};")
                    .unwrap();
            }
            query(&env, url, &sql);
        }
        let Shape { home, databases, count, .. } = self;
        Many { env, home, databases, count }
    }
}

/// The name of a tenant.
pub(super) fn tenant(n: usize) -> String {
    format!("t{n:03}")
}

impl Many {
    /// What was said by a command that must end with this code.
    #[track_caller]
    pub(super) fn code(&self, arguments: &[&str], code: i32) -> String {
        let output = self.env.run(arguments);
        assert_eq!(output.code(), Some(code), "{output}");
        output.to_string()
    }

    /// What a command that must end with this code has written as JSON.
    #[track_caller]
    pub(super) fn json(&self, arguments: &[&str], code: i32) -> serde_json::Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let output = self.env.run(&arguments);
        assert_eq!(output.code(), Some(code), "{output}");
        serde_json::from_str(&output.stdout).unwrap()
    }

    pub(super) fn worker(&self, arguments: &[&str]) -> Worker {
        let arguments: Vec<&str> = ["fleet", "work"].iter().chain(arguments).copied().collect();
        Worker::start(&mut self.env.command(&arguments))
    }

    /// How many sites are in a state.
    pub(super) fn sites(&self, state: &str) -> usize {
        let count = format!("SELECT count(*) FROM limbeck_rollout_sites WHERE state = '{state}'");
        query(&self.env, &self.home, &count).trim().parse().unwrap()
    }

    /// Waits until so many sites are done.
    #[track_caller]
    pub(super) fn await_done(&self, count: usize) {
        self.await_that(|| self.sites("done") >= count);
    }

    #[track_caller]
    pub(super) fn await_that(&self, mut is_so: impl FnMut() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < Duration::from_secs(120), "nothing comes of it");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Every script ran once in every tenant, and every site is at its heads.
    #[track_caller]
    pub(super) fn all_is_done(&self) {
        for url in &self.databases {
            let sql = "SELECT count(*), count(DISTINCT (tenant, script)) FROM ran";
            let all = self.count * REVISIONS;
            assert_eq!(query(&self.env, url, sql), format!("{all}|{all}\n"));
        }
        self.code(&["status", "--check"], 0);
    }
}

/// A process at work.
pub(super) struct Worker(Child);

impl Worker {
    pub(super) fn start(command: &mut Command) -> Self {
        Worker(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    pub(super) fn signal(&self, signal: &str) {
        let command = format!("kill -{signal} {}", self.0.id());
        assert!(Command::new("/bin/sh").args(["-c", &command]).status().unwrap().success());
    }

    /// Its exit code, and what it said.
    pub(super) fn end(self) -> (Option<i32>, String) {
        let output = self.0.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// What it said, where it must have ended well.
    #[track_caller]
    pub(super) fn ok(self) -> String {
        let (code, said) = self.end();
        assert_eq!(code, Some(0), "{said}");
        said
    }
}
