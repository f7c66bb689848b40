//! How long typical revision files take: `cargo test --release --test eval_speed -- --ignored
//! --nocapture`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::format_push_string,
    reason = "a test ends where it fails"
)]

use std::rc::Rc;
use std::time::Instant;

use limbeck_alembic::eval::Args;
use limbeck_alembic::eval::Class;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::Module;
use limbeck_alembic::eval::NoHost;
use limbeck_alembic::eval::Object;
use limbeck_alembic::eval::Result;
use limbeck_alembic::eval::Value;

/// What every call gives.
struct Made(#[allow(dead_code, reason = "held as a real one would be")] Args);

impl Object for Made {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        interp.class_of::<Self>()
    }
}

fn anything(interp: &mut Interpreter, _: &Rc<Module>, name: &str) -> Result<Option<Value>> {
    Ok(Some(interp.function(name, |_, args| Ok(Value::native(Made(args))))))
}

fn revision(number: usize) -> String {
    let mut text = format!(
        "\"\"\"add table {number}\n\nRevision ID: {number:012x}\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
         revision = '{number:012x}'\ndown_revision = None\nbranch_labels = None\ndepends_on = None\n\n\ndef upgrade():\n    op.create_table(\n        'table_{number}',\n"
    );
    for column in 0..10 {
        text.push_str(&format!(
            "        sa.Column('column_{column}', sa.String(length=255), nullable=False),\n"
        ));
    }
    text.push_str(&format!("        sa.PrimaryKeyConstraint('column_0'),\n    )\n    for name in ['a', 'b']:\n        op.create_index(f'ix_table_{number}_{{name}}', 'table_{number}', [name], unique=False)\n    op.execute(\"UPDATE x SET a = 'b'\")\n\n\ndef downgrade():\n"));
    for name in ["a", "b"] {
        text.push_str(&format!(
            "    op.drop_index(op.f('ix_table_{number}_{name}'), table_name='table_{number}')\n"
        ));
    }
    text.push_str(&format!("    op.drop_table('table_{number}')\n"));
    text
}

#[test]
#[ignore = "a measurement"]
fn a_thousand_revision_files() {
    let files: Vec<String> = (0..1000).map(revision).collect();
    for round in 0..5 {
        let started = Instant::now();
        let mut interp = Interpreter::new(Box::<NoHost>::default(), Limits::default());
        for name in ["alembic", "alembic.op", "sqlalchemy"] {
            interp.register_module(name, move |_| {
                Ok(Rc::new(Module::native(name).with_fallback(anything)))
            });
        }
        let ready = started.elapsed();
        let op = Value::Module(interp.load_module("alembic.op").unwrap());
        drop(op);
        let mut steps = 0;
        for (number, text) in files.iter().enumerate() {
            interp.reset_steps();
            let name = format!("rev{number}");
            let module = interp.run_file(&name, "rev.py", text).unwrap();
            for function in ["upgrade", "downgrade"] {
                let function =
                    interp.get_attribute(&Value::Module(Rc::clone(&module)), function).unwrap();
                interp.call(&function, Args::none()).unwrap();
            }
            steps += interp.steps();
        }
        let ran = started.elapsed();
        drop(interp);
        println!(
            "round {round}: ready after {ready:?}, 1,000 files in {ran:?} ({steps} steps), dropped after {:?}",
            started.elapsed()
        );
    }
    let started = Instant::now();
    for text in &files {
        limbeck_alembic::python::parse(text).unwrap();
    }
    println!("parsing alone: {:?}", started.elapsed());
    let started = Instant::now();
    let mut interp = Interpreter::new(Box::<NoHost>::default(), Limits::default());
    interp.run_file("loop", "loop.py", "def f(n):\n    t = 0\n    for i in range(n):\n        if i % 3:\n            t += i * 2\n    return t\nf(1000000)\n").unwrap();
    println!("a loop of 1,000,000 rounds: {:?} ({} steps)", started.elapsed(), interp.steps());
}
