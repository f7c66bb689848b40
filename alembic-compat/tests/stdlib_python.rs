//! The standard library beside real Python: programs per module, run by both. What they print must
//! be the same text, up to the last line of a traceback.
//!
//! Needs the Python of `./test` (`target/test-env/venv`). `LIMBECK_STDLIB` names the corpora to run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::format_push_string,
    reason = "a test ends where it fails"
)]

#[path = "../../tests/support/real_python.rs"]
mod real_python;

use std::any::Any;
use std::cell::RefCell;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;

use limbeck_alembic::eval::Failure;
use limbeck_alembic::eval::Host;
use limbeck_alembic::eval::HostError;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::ModuleSource;
use limbeck_alembic::eval::Now;
use limbeck_alembic::eval::on_large_stack;
use limbeck_alembic::stdlib;

use real_python::answers;
use real_python::python;

/// Keeps what is printed; its clock stands, its random bytes count up.
struct Fixed {
    printed: Rc<RefCell<String>>,
    next: u8,
}

impl Host for Fixed {
    fn print(&mut self, text: &str) {
        self.printed.borrow_mut().push_str(text);
    }

    fn log(&mut self, logger: &str, level: i64, message: &str) {
        self.printed.borrow_mut().push_str(&format!("[{level} {logger}] {message}\n"));
    }

    fn now(&mut self) -> Result<Now, HostError> {
        // 2024-02-29T12:34:56.789012Z
        Ok(Now { microseconds: 1_709_210_096_789_012, local_offset: 0 })
    }

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), HostError> {
        for byte in bytes {
            self.next = self.next.wrapping_mul(5).wrapping_add(71);
            *byte = self.next;
        }
        Ok(())
    }

    fn environment(&mut self, name: &str) -> Option<String> {
        (name == "LIMBECK_TEST").then(|| "from outside".to_owned())
    }

    fn module_source(&mut self, _: &str) -> Result<ModuleSource, HostError> {
        Ok(ModuleSource::Unknown)
    }

    fn extension(&mut self) -> &mut dyn Any {
        self
    }
}

/// What a program prints here.
fn run(source: &str) -> String {
    let printed = Rc::new(RefCell::new(String::new()));
    let limits = Limits { steps: 20_000_000, stack: 200 << 20, ..Limits::default() };
    let host = Fixed { printed: Rc::clone(&printed), next: 0 };
    let mut interp = Interpreter::new(Box::new(host), limits);
    stdlib::register(&mut interp);
    let result = interp.run_file("__main__", "program.py", source);
    let mut out = printed.take();
    match result {
        Ok(module) => {
            for skipped in Interpreter::skipped(&module) {
                out.push_str(&format!("<<{skipped}>>"));
            }
        }
        Err(error) => match interp.report(&error) {
            Failure::Raised { summary, .. } => out.push_str(&summary),
            other => out.push_str(&format!("<<{other}>>")),
        },
    }
    out
}

/// What real Python prints.
fn oracle(programs: &[String]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eval/oracle.py");
    let mut command = Command::new(python());
    command
        .arg(script)
        .env_clear()
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONIOENCODING", "utf-8")
        .env("TZ", "UTC")
        .env("LIMBECK_TEST", "from outside");
    answers(&mut command, programs)
}

/// The programs of `tests/stdlib/corpus/*.py`: blocks between lines of `# ---`.
#[test]
fn the_corpus_prints_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stdlib/corpus");
    let only = std::env::var("LIMBECK_STDLIB").unwrap_or_default();
    let wanted = |file: &PathBuf| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        only.is_empty() || only.split(',').any(|only| only == name)
    };
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(wanted).collect();
    files.sort();
    let mut names = Vec::new();
    let mut programs = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for program in text.split("\n# ---\n") {
            names.push(file.file_name().unwrap().to_string_lossy().into_owned());
            programs.push(program.to_owned());
        }
    }
    let refused = compare(&names, &programs);
    assert_eq!(refused, 0);
}

/// Random programs of `tests/stdlib/generate.py`. `LIMBECK_STDLIB_COUNT` and `LIMBECK_STDLIB_SEED`
/// make a longer run.
#[test]
fn random_programs_print_the_same() {
    let number = |name: &str, default: &str| std::env::var(name).unwrap_or(default.to_owned());
    let output = Command::new(python())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stdlib/generate.py"))
        .args(["--seed", &number("LIMBECK_STDLIB_SEED", "1")])
        .args(["--count", &number("LIMBECK_STDLIB_COUNT", "300")])
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut programs: Vec<String> = text.split('\0').map(str::to_owned).collect();
    programs.pop();
    let names: Vec<String> = programs
        .iter()
        .map(|program| program.lines().last().unwrap_or_default().to_owned())
        .collect();
    let refused = compare(&names, &programs);
    // Few enough, or the comparison shows nothing.
    assert!(refused * 6 <= programs.len(), "{refused} of {} refused", programs.len());
}

/// Compares what both print; gives how many programs limbeck refuses.
fn compare(names: &[String], programs: &[String]) -> usize {
    let expected = oracle(programs);
    let ours: Vec<String> =
        on_large_stack(256 << 20, || programs.iter().map(|program| run(program)).collect())
            .unwrap();
    let mut report = String::new();
    let mut lines = 0;
    let mut refused = 0;
    for (((name, program), expected), ours) in names.iter().zip(programs).zip(&expected).zip(&ours)
    {
        lines += expected.lines().count();
        if expected == ours {
            continue;
        }
        if ours.contains("<<") && names.len() > 100 {
            refused += 1;
            continue;
        }
        let first = program.lines().find(|line| !line.is_empty()).unwrap_or_default();
        report.push_str(&format!("--- {name}: {first}\n"));
        let pairs = expected.lines().zip(ours.lines()).filter(|(expected, ours)| expected != ours);
        for (expected, ours) in pairs.take(12) {
            report.push_str(&format!("Python:  {expected}\nlimbeck: {ours}\n"));
        }
        let (expected, ours) = (expected.lines().count(), ours.lines().count());
        if expected != ours {
            report.push_str(&format!("{expected} lines of Python, {ours} of limbeck\n"));
        }
    }
    println!("{} programs, {lines} lines", programs.len());
    assert!(report.is_empty(), "{report}");
    refused
}

/// Every module can be made, and everything in those written in Python was run.
#[test]
fn every_module_loads() {
    for (name, _) in stdlib::modules() {
        let printed = run(&format!("import {name}\nprint('loaded')\n"));
        assert_eq!(printed, "loaded\n", "{name}");
    }
}

/// What comes from the host: the standing clock, the bytes that count up, records of `logging`.
#[test]
fn the_host_is_asked() {
    let program = "
import datetime, time, uuid, random, secrets, os, logging, warnings, sys, traceback
print(datetime.datetime.now(), datetime.datetime.utcnow(), datetime.date.today())
print(datetime.datetime.now(datetime.timezone.utc).isoformat(), time.time(), time.strftime('%H:%M'))
print(datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=2))))
print(uuid.uuid4(), random.randint(1, 1000), secrets.token_hex(4), os.urandom(3))
log = logging.getLogger('alembic.runtime')
log.info('done %s of %d', 'one', 2)
log.setLevel('ERROR')
log.warning('not seen')
logging.warning('root %s', {'a': 1})
warnings.warn('old', DeprecationWarning)
try:
    1 / 0
except ZeroDivisionError:
    log.exception('failed')
";
    let expected = "\
2024-02-29 12:34:56.789012 2024-02-29 12:34:56.789012 2024-02-29
2024-02-29T12:34:56.789012+00:00 1709210096.789012 12:34
2024-02-29 14:34:56.789012+02:00
";
    let printed = run(program);
    let rest = printed.strip_prefix(expected).unwrap_or_else(|| panic!("{printed}"));
    let mut lines = rest.lines();
    let random = lines.next().unwrap();
    assert!(random.starts_with("47aa9944-9b4e-4d48-"), "{random}");
    let rest: Vec<&str> = lines.collect();
    assert_eq!(
        rest,
        [
            "[20 alembic.runtime] done one of 2",
            "[30 root] root {'a': 1}",
            "[30 py.warnings] DeprecationWarning: old",
            "[40 alembic.runtime] failed",
            "Traceback (most recent call last):",
            "  File \"program.py\", line 14, in <module>",
            "    1 / 0",
            "ZeroDivisionError: division by zero",
        ],
        "{printed}"
    );
}

/// What touches files, processes or the network, and what is not known to be the same, cannot be
/// caught by Python code.
#[test]
fn the_rest_is_refused_by_name() {
    for (code, name) in [
        ("import os; os.system('x')", "os.system"),
        ("import os; os.path.exists('x')", "posixpath.exists"),
        ("import os; os.path.abspath('x')", "os.path.abspath"),
        ("import os; list(os.environ)", "environment variables"),
        ("from pathlib import Path; Path('x').read_text()", "pathlib.Path.read_text"),
        ("import time; time.sleep(1)", "time.sleep"),
        ("import random; random.seed(1)", "seeded"),
        ("import sys; sys.modules", "sys.modules"),
        ("import hashlib; hashlib.blake2b(b'')", "hashlib.blake2b"),
        ("import subprocess; subprocess.run([])", "subprocess"),
        ("import json; json.tool", "json.tool"),
        ("import re; re.search(b'a', b'a')", "regular expression of bytes"),
        ("import re; re.match('(a*)+', 'a')", "repeated group"),
        ("import re; re.match('(a|aa)+$', 'a' * 5000 + 'b') or print(1)", "1"),
        ("import math; math.factorial(10**9)", "factorial"),
        ("import typing; isinstance(1, typing.Optional[int])", "typing.Optional[int]"),
        ("import collections.abc as c; issubclass(list, c.Sequence)", "issubclass(list, Sequence)"),
    ] {
        let printed = run(&format!("try:\n    {code}\nexcept Exception:\n    print('caught')\n"));
        assert!(printed.contains(name) && !printed.contains("caught"), "{code}: {printed}");
    }
}
