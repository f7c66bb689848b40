//! Modules of a project, of which only what is needed runs, beside real Python, which runs all of
//! them: the cases of `modules/cases.txt`. What is printed must be the same, or Python is needed
//! where the title of the case says so.
//!
//! Needs the Python of `./test` (`target/test-env/venv`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it fails")]

#[path = "../../tests/support/real_python.rs"]
mod real_python;

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use limbeck_alembic::eval::BoundName;
use limbeck_alembic::eval::Failure;
use limbeck_alembic::eval::Host;
use limbeck_alembic::eval::HostError;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::ModuleSource;
use limbeck_alembic::eval::Now;
use limbeck_alembic::eval::Unsupported;
use limbeck_alembic::project::Loaded;
use limbeck_alembic::project::Registries;
use limbeck_alembic::project::overrides;

use real_python::answers;
use real_python::python;

/// The files of a case; keeps what is printed.
struct Files {
    texts: Rc<BTreeMap<String, String>>,
    printed: Rc<RefCell<String>>,
    registries: Registries,
}

/// A module of these files.
fn find(texts: &BTreeMap<String, String>, name: &str) -> ModuleSource {
    let path = name.replace('.', "/");
    for (path, is_package) in [(format!("{path}/__init__.py"), true), (format!("{path}.py"), false)]
    {
        if let Some(text) = texts.get(&path) {
            return ModuleSource::File { path, text: text.clone(), is_package };
        }
    }
    let inside = format!("{path}/");
    let is_folder = texts.keys().any(|other| other.starts_with(&inside));
    if is_folder { ModuleSource::Namespace } else { ModuleSource::Unknown }
}

impl Host for Files {
    fn print(&mut self, text: &str) {
        self.printed.borrow_mut().push_str(text);
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

    fn module_source(&mut self, name: &str) -> Result<ModuleSource, HostError> {
        Ok(find(&self.texts, name))
    }

    fn changed(&mut self, bound: &BoundName<'_>) -> Option<Unsupported> {
        self.registries.changed(bound, &|name: &str| Ok(find(&self.texts, name)))
    }

    fn extension(&mut self) -> &mut dyn Any {
        self
    }
}

/// What a case prints here, and what Python is needed for.
fn run(case: &str) -> (String, Option<String>) {
    let printed = Rc::new(RefCell::new(String::new()));
    let mut texts = BTreeMap::new();
    for part in case.split("# file ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap();
        texts.insert(path.to_owned(), text.to_owned());
    }
    let main = texts.remove("main.py").unwrap();
    let texts = Rc::new(texts);
    let loaded = Loaded { path: "main.py".to_owned(), text: Ok(main.clone()), is_env: false };
    let (_, registries) = overrides(&[loaded], &|name: &str| Ok(find(&texts, name)));
    let host = Files { texts, printed: Rc::clone(&printed), registries };
    let mut interp = Interpreter::new(Box::new(host), Limits::default());
    limbeck_alembic::stdlib::register(&mut interp);
    let result = interp.run_file("revision", "main.py", &main);
    let mut out = printed.take();
    match result {
        Ok(module) => {
            let refused = Interpreter::skipped(&module).first().map(ToString::to_string);
            (out, refused)
        }
        Err(error) => match interp.report(&error) {
            Failure::Raised { summary, .. } => {
                out.push_str(&summary);
                (out, None)
            }
            other => (out, Some(other.to_string())),
        },
    }
}

#[test]
fn what_modules_change_is_seen_or_needs_python() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules");
    let text = std::fs::read_to_string(folder.join("cases.txt")).unwrap();
    let cases: Vec<String> = text.split("# --- ").skip(1).map(str::to_owned).collect();
    let mut command = Command::new(python());
    let expected = answers(command.arg(folder.join("oracle.py")), &cases);
    let mut wrong = String::new();
    for (case, expected) in cases.iter().zip(expected) {
        let (title, _) = case.split_once('\n').unwrap();
        let (ours, refused) = run(case);
        let is_right = match &refused {
            Some(_) => title.ends_with("(Python needed)"),
            None => ours == expected && !title.ends_with("(Python needed)"),
        };
        if !is_right {
            wrong.push_str(&format!(
                "--- {title}\nPython:  {expected:?}\nlimbeck: {ours:?} {}\n",
                refused.unwrap_or_default()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
