//! The interpreter beside real Python: a corpus of programs, and random ones. Both run them and
//! what they print must be the same text, up to the last line of a traceback.
//!
//! Needs the Python of `./test` (`target/test-env/venv`). `LIMBECK_EVAL_COUNT` and
//! `LIMBECK_EVAL_SEED` make a longer run of the random ones.

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

use real_python::answers;
use real_python::python;

/// Keeps what is printed.
struct Printed(Rc<RefCell<String>>);

impl Host for Printed {
    fn print(&mut self, text: &str) {
        self.0.borrow_mut().push_str(text);
    }

    fn log(&mut self, _: &str, _: i64, _: &str) {}

    fn now(&mut self) -> Result<Now, HostError> {
        Ok(Now { microseconds: 0, local_offset: 0 })
    }

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), HostError> {
        bytes.fill(7);
        Ok(())
    }

    fn environment(&mut self, _: &str) -> Option<String> {
        None
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
    let mut interp = Interpreter::new(Box::new(Printed(Rc::clone(&printed))), limits);
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
    command.arg(script).env("PYTHONHASHSEED", "0").env("PYTHONIOENCODING", "utf-8");
    answers(&mut command, programs)
}

/// Compares programs; gives the differences.
fn differences(programs: &[String]) -> (Vec<String>, usize) {
    let expected = oracle(programs);
    let ours: Vec<String> =
        on_large_stack(256 << 20, || programs.iter().map(|program| run(program)).collect())
            .unwrap();
    let all = programs.iter().zip(expected).zip(&ours);
    // What is not supported, or too large, is an error and no difference.
    let is_refused = |ours: &&String| ours.contains("<<");
    let refused = ours.iter().filter(is_refused).count();
    let differences = all
        .filter(|((_, expected), ours)| expected != *ours && !is_refused(ours))
        .map(|((program, expected), ours)| {
            let (mut lines, mut shown) = (ours.lines(), String::new());
            let mut wanted = expected.lines();
            loop {
                let (ours, wanted) = (lines.next(), wanted.next());
                if ours.is_none() && wanted.is_none() {
                    break;
                }
                if ours != wanted {
                    let show = |line: Option<&str>| line.unwrap_or("<end>").to_owned();
                    shown.push_str(&format!(
                        "Python:  {}\nlimbeck: {}\n",
                        show(wanted),
                        show(ours)
                    ));
                    // What follows a missing line differs as well.
                    if shown.lines().count() > 8 {
                        break;
                    }
                }
            }
            let program: String =
                program.lines().take(60).map(|line| format!("  {line}\n")).collect();
            format!("--- program\n{program}--- differs in\n{shown}\n")
        })
        .collect();
    (differences, refused)
}

fn assert_same(programs: &[String]) {
    let (differences, refused) = differences(programs);
    // Few enough, or the comparison shows nothing.
    assert!(refused * 20 <= programs.len(), "{refused} of {} programs refused", programs.len());
    if !differences.is_empty() {
        let shown = differences.iter().take(40).map(String::as_str).collect::<String>();
        panic!("{} of {} programs differ\n{shown}", differences.len(), programs.len());
    }
}

/// The programs of the corpus: blocks of `tests/eval/corpus/*.py` between lines of `# ---`.
#[test]
fn the_corpus_prints_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eval/corpus");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut programs = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        programs.extend(text.split("\n# ---\n").map(str::to_owned));
    }
    assert!(programs.len() > 80, "{}", programs.len());
    assert_same(&programs);
}

/// Every attribute that objects of built-in classes have in Python is there or not supported:
/// `hasattr` never says that it is not.
#[test]
fn no_attribute_of_python_is_denied() {
    let values = [
        "1",
        "1.5",
        "True",
        "'x'",
        "b'x'",
        "[]",
        "()",
        "{}",
        "set()",
        "frozenset()",
        "range(3)",
        "ValueError('x')",
        "KeyError('x')",
        "OSError(1, 'x')",
        "UnicodeDecodeError('u', b'', 0, 0, 'x')",
        "StopIteration(1)",
        "SystemExit(1)",
        "(lambda: 1)",
        "(n for n in [])",
        "int",
        "str",
        "dict",
        "Exception",
    ];
    let list =
        |value: &&str| format!("for n in dir({value}):\n    if not n.startswith('_'): print(n)\n");
    let names = oracle(&values.iter().map(list).collect::<Vec<_>>());
    let mut denied = Vec::new();
    for (value, names) in values.iter().zip(names) {
        for name in names.lines() {
            let printed = run(&format!("print(hasattr({value}, '{name}'))"));
            if printed == "False\n" {
                denied.push(format!("{value}.{name}"));
            }
        }
    }
    assert!(denied.is_empty(), "{denied:?}");
    assert!(run("print(hasattr(1, 'fold'))") == "False\n");
}

/// Special names are there as in Python, or not supported, never wrong.
#[test]
fn special_names_are_as_in_python() {
    const CODE: &str = "
def f(a, b=1): return a
def gen(): yield 1
class C:
    x = 1
    def m(self): return 1
    @property
    def p(self): return 2
    @classmethod
    def cm(cls): return 1
class D(C):
    __slots__ = ('y',)
class S:
    def __len__(self): return 2
    def __iter__(self): return iter([1])
    def __call__(self): return 1
class P:
    def __getattr__(self, name): return name
class L(list): pass
class X(ValueError): pass
";
    let values = [
        "None",
        "True",
        "1",
        "2**70",
        "1.5",
        "'a'",
        "b'a'",
        "[1]",
        "(1,)",
        "{'a': 1}",
        "{1}",
        "frozenset()",
        "range(3)",
        "slice(1)",
        "...",
        "NotImplemented",
        "f",
        "(lambda: 1)",
        "len",
        "[].append",
        "C.m",
        "C().m",
        "C.cm",
        "C",
        "C()",
        "D",
        "D()",
        "S",
        "S()",
        "P()",
        "L",
        "L()",
        "X",
        "X('x')",
        "ValueError",
        "ValueError('x')",
        "int",
        "str",
        "list",
        "dict",
        "object",
        "object()",
        "type",
        "gen()",
        "iter([1])",
        "enumerate([])",
        "zip()",
        "map(f, [])",
        "reversed([1])",
        "{}.keys()",
        "{}.values()",
        "{}.items()",
        "(i for i in [])",
        "C.p",
    ];
    let list = |value: &&str| {
        format!(
            "{CODE}
own = {{n for v in ({value}, type({value})) for n in dir(v)}}
for n in sorted(own | set('__annotations__ __bool__ __call__ __code__ __dict__ __doc__ __enter__ \
__fspath__ __func__ __getattr__ __getitem__ __html__ __index__ __iter__ __len__ __module__ __name__ \
__next__ __nope__ __qualname__ __self__ __slots__ __weakref__ __wrapped__'.split())):
    if n.startswith('__'): print(n, hasattr({value}, n))
"
        )
    };
    let answers = oracle(&values.iter().map(list).collect::<Vec<_>>());
    let mut wrong = Vec::new();
    let mut known = 0;
    for (value, answers) in values.iter().zip(answers) {
        for answer in answers.lines() {
            let (name, expected) = answer.split_once(' ').unwrap();
            let printed = run(&format!("{CODE}print(hasattr({value}, '{name}'))"));
            match printed.trim_end() {
                found @ ("True" | "False") if found != expected => {
                    wrong.push(format!("{value}.{name}: {found}"));
                }
                "True" | "False" => known += 1,
                _ => assert!(printed.contains("not supported"), "{value}.{name}: {printed}"),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(known > 500, "{known}");
}

/// Random programs of `tests/eval/generate.py`.
#[test]
fn random_programs_print_the_same() {
    let number = |name: &str, default: &str| std::env::var(name).unwrap_or(default.to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eval/generate.py");
    let output = Command::new(python())
        .arg(script)
        .args(["--seed", &number("LIMBECK_EVAL_SEED", "1")])
        .args(["--count", &number("LIMBECK_EVAL_COUNT", "300")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut programs: Vec<String> = text.split('\0').map(str::to_owned).collect();
    programs.pop();
    assert_same(&programs);
}

/// Runs the programs of the file that `LIMBECK_EVAL_FILE` names, split as the corpus is: for looking
/// into a difference by hand.
#[test]
#[ignore = "needs a file"]
fn a_file_prints_the_same() {
    let text = std::fs::read_to_string(std::env::var("LIMBECK_EVAL_FILE").unwrap()).unwrap();
    assert_same(&text.split("\n# ---\n").map(str::to_owned).collect::<Vec<_>>());
}
