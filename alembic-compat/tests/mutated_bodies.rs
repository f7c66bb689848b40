//! Damaged revision files, run: read, tried as the preflight tries them, and rendered as `--sql` does.
//!
//! Whatever is in a file, limbeck comes to an end with it: to statements, or to an error that names file and line. No
//! panic, no overflow of the stack, no more than ten seconds and a gigabyte for one file. A case is a number: it chooses
//! the file, the damages, the direction and the dialect.
//!
//! The test that always runs takes some cases of the texts in this package. A long run takes these, and all
//! revision files below a directory, in processes of its own, since an overflow of the stack ends the process:
//!
//! ```text
//! LIMBECK_FUZZ_SECONDS=1200 LIMBECK_FUZZ_FROM=1 LIMBECK_FUZZ_DIR=checkouts \
//!     cargo test --release -p limbeck-alembic --test mutated_bodies -- --ignored --nocapture a_long_run
//! ```
//!
//! `LIMBECK_FUZZ_CASE=N` runs one case alone and shows it.
//!
//! What was run, with debug assertions, on this package's texts and the revisions of 43 public projects: cases 1000 to 3043
//! and 5000 to 6620, ten minutes each on a busy machine, and 880001 to 901041 in twenty. No panic and no overflow; what took too long is a
//! test here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends where it fails, and says what it did"
)]

#[path = "mutated_bodies/damage.rs"]
mod damage;
#[path = "mutated_bodies/long_run.rs"]
mod long_run;
#[path = "revisions/random/numbers.rs"]
#[allow(dead_code, reason = "the other half is for random calls")]
mod numbers;
#[path = "mutated_bodies/seeds.rs"]
mod seeds;

use limbeck_alembic::body::read_body;
use limbeck_alembic::eval::Failure;
use limbeck_alembic::eval::Host;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::NoHost;
use limbeck_alembic::eval::Place;
use limbeck_alembic::eval::on_large_stack;
use limbeck_alembic::header::decode_source;
use limbeck_alembic::header::read_header;
use limbeck_alembic::preflight;
use limbeck_alembic::preflight::Subject;
use limbeck_alembic::preflight::Trials;
use limbeck_alembic::sa::Migration;
use limbeck_alembic::sa::offline::Direction;
use limbeck_alembic::sa::offline::run_revision;
use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

use numbers::Numbers;

const FILE: &str = "versions/0123abcd_x.py";
/// The stack of the thread, and the part of it that Python code may fill, as in runs.
const STACK: usize = 128 << 20;
const PYTHON_STACK: usize = 112 << 20;
/// Steps of a trial, as in runs.
const STEPS: u64 = 5_000_000;
/// How many cases always run.
const CASES: u64 = 80;

/// What came of one file.
#[derive(Debug, Default)]
struct Seen {
    decoded: bool,
    parsed: bool,
    rendered: bool,
    complaints: Vec<String>,
}

impl Seen {
    fn has_place(&mut self, what: &str, place: &Place) {
        if place.file != FILE || place.position.line == 0 {
            self.complaints.push(format!("{what}: no file and line: {place:?}"));
        }
    }

    fn failure(&mut self, what: &str, failure: &Failure) {
        drop(failure.to_string());
        match failure {
            Failure::Raised { places, summary, .. } => match places.first() {
                Some(place) => self.has_place(&format!("{what}: {summary}"), place),
                // That of a file which is no Python says it itself.
                None if summary.contains(&format!("({FILE}, line ")) => {}
                // Nor has a function that is not there.
                None if summary.contains("has no attribute 'upgrade'") => {}
                None if summary.contains("has no attribute 'downgrade'") => {}
                // Nor one that takes arguments, and is called without.
                None if summary.contains("grade() missing ") => {}
                None => self.complaints.push(format!("{what}: no place: {summary}")),
            },
            Failure::Unsupported(unsupported) => self.has_place(what, &unsupported.place),
            Failure::Limit(reached) => self.has_place(what, &reached.place),
            // There is no clock, and nothing random.
            Failure::Host(_) => {}
        }
    }
}

fn host(migration: Migration) -> Box<dyn Host> {
    Box::new(NoHost(migration))
}

fn interpreter(host: Box<dyn Host>) -> Interpreter {
    let limits = Limits { stack: PYTHON_STACK, steps: STEPS, ..Limits::default() };
    let mut interp = Interpreter::new(host, limits);
    limbeck_alembic::register(&mut interp);
    interp
}

/// Does with a file what limbeck does with it.
fn look(bytes: &[u8], numbers: &mut Numbers) -> Seen {
    let mut seen = Seen::default();
    let text = match decode_source(bytes) {
        Ok(text) => text,
        Err(error) => {
            if !error.to_string().contains("line") {
                seen.complaints.push(format!("no line: {error}"));
            }
            return seen;
        }
    };
    seen.decoded = true;
    if let Err(error) = read_header(&text, "0123abcd_x.py") {
        drop(error.to_string());
        if error.position.line == 0 {
            seen.complaints.push(format!("no line: {error}"));
        }
    }
    match read_body(&text) {
        Ok(_) => seen.parsed = true,
        Err(error) if error.position.line == 0 => {
            seen.complaints.push(format!("no line: {}", error.message));
        }
        Err(_) => {}
    }
    let target = [Target::postgresql, Target::sqlite, Target::mysql][numbers.next(3)]();
    let direction = if numbers.chance(70) { Direction::Upgrade } else { Direction::Downgrade };
    on_large_stack(STACK, || run(&text, &target, direction, &mut seen)).unwrap();
    seen
}

fn run(text: &str, target: &Target, direction: Direction, seen: &mut Seen) {
    let naming = NamingConvention::default();
    let subject = Subject {
        tree: None,
        source: text,
        file: FILE,
        function: direction.function(),
        target,
        naming: &naming,
        host: &host,
        interpreter: &interpreter,
    };
    let found = preflight::check(&subject, &mut Trials::default());
    for needed in &found.needed {
        seen.has_place(&needed.construct, &needed.place);
    }
    if let Some(failure) = &found.failure {
        seen.failure("trial", failure);
    }
    let mut interp = interpreter(host(Migration::offline(target.clone(), naming)));
    match run_revision(&mut interp, text, FILE, direction) {
        Ok(()) => seen.rendered = true,
        Err(failure) => seen.failure("text", &failure),
    }
}

/// Case `number` of `files`: the damaged file, and what came of it.
fn case(files: &[Vec<u8>], number: u64) -> (Vec<u8>, Seen) {
    let mut numbers = Numbers::new(number);
    let bytes = damage::damaged(files, &mut numbers);
    let seen = look(&bytes, &mut numbers);
    (bytes, seen)
}

#[test]
fn what_is_damaged_ends_in_statements_or_an_error_with_its_place() {
    let files = seeds::own();
    let mut counts = [0; 3];
    for number in 0..CASES {
        let (bytes, seen) = case(&files, number);
        let text = String::from_utf8_lossy(&bytes);
        assert!(seen.complaints.is_empty(), "case {number}: {:#?}\n{text}", seen.complaints);
        counts = [
            counts[0] + usize::from(seen.decoded),
            counts[1] + usize::from(seen.parsed),
            counts[2] + usize::from(seen.rendered),
        ];
    }
    println!("{counts:?} of {CASES} were decoded, parsed, rendered");
    // Otherwise the damages are too heavy to reach anything.
    assert!(counts[2] > 8, "{counts:?}");
}

/// Found by the long run: each step of these takes as long as all before it.
#[test]
fn what_grows_with_its_square_ends_at_the_limit_of_steps() {
    for body in [
        "e = sa.column('x')\n    for i in range(10 ** 5): e = e + 1",
        "e = sa.column('x')\n    for i in range(10 ** 5): e = sa.and_(e, sa.column('y') == i)",
        "op.create_table('t', *[sa.Column('c%d' % i, sa.Integer) for i in range(10 ** 5)])",
    ] {
        let imports = "import sqlalchemy as sa\nfrom alembic import op\n";
        let text = format!("{imports}def upgrade():\n    {body}\n");
        let started = std::time::Instant::now();
        let outcome = on_large_stack(STACK, || {
            let migration = Migration::offline(Target::postgresql(), NamingConvention::default());
            run_revision(&mut interpreter(host(migration)), &text, FILE, Direction::Upgrade)
        });
        assert!(matches!(outcome, Ok(Err(Failure::Limit(_)))), "{body}\n{outcome:?}");
        assert!(started.elapsed().as_secs() < 60, "{body}\n{:?}", started.elapsed());
    }
}

/// A loop of operations is over as soon as one that only counts, and large migrations are not.
#[test]
fn operations_count_as_work() {
    let run = |body: &str, steps: u64| {
        let text = format!(
            "import sqlalchemy as sa\nfrom alembic import op\n\
             t = sa.table('t', sa.column('a', sa.Integer))\ndef upgrade():\n    {body}\n"
        );
        let started = std::time::Instant::now();
        let outcome = on_large_stack(STACK, || {
            let migration = Migration::offline(Target::postgresql(), NamingConvention::default());
            let limits = Limits { stack: PYTHON_STACK, steps, ..Limits::default() };
            let mut interp = Interpreter::new(host(migration), limits);
            limbeck_alembic::register(&mut interp);
            run_revision(&mut interp, &text, FILE, Direction::Upgrade)
        });
        println!("{:?} {body}", started.elapsed());
        assert!(started.elapsed().as_secs() < 60, "{body}\n{:?}", started.elapsed());
        outcome.unwrap()
    };
    for body in [
        "while True: op.execute('SELECT 1')",
        "while True: op.add_column('t', sa.Column('c', sa.Integer))",
        "while True: op.execute(t.insert().values(a=1))",
        "while True: op.get_bind().execute(sa.text('SELECT 1'))",
        "while True: op.bulk_insert(t, [{'a': 1}])",
    ] {
        let outcome = run(body, STEPS);
        assert!(matches!(outcome, Err(Failure::Limit(_))), "{body}\n{outcome:?}");
    }
    let default = Limits::default().steps;
    for body in [
        "for i in range(100_000): op.execute('SELECT %d' % i)",
        "for i in range(100_000): op.execute(t.insert().values(a=i))",
        "op.bulk_insert(t, [{'a': i} for i in range(100_000)])",
    ] {
        let outcome = run(body, default);
        assert!(outcome.is_ok(), "{body}\n{outcome:?}");
    }
}

/// Found by the long run: files of a megabyte that took a minute.
#[test]
fn what_is_long_takes_no_longer_than_it_must() {
    let long = "x".repeat(1 << 20);
    let entity = format!(
        "from alembic_utils.pg_function import PGFunction\n\
         f = PGFunction('public', 'f()', '''returns int as $$ begin -- {long}\n a := b::int; end $$ language plpgsql''')\n\
         def upgrade():\n    op.create_entity(f)\n"
    );
    let number = format!("def upgrade():\n    x = {}\n", "9".repeat(1 << 20));
    for (text, is_rendered) in [(entity, true), (number, false)] {
        let started = std::time::Instant::now();
        let text = format!("from alembic import op\n{text}");
        let outcome = on_large_stack(STACK, || {
            let migration = Migration::offline(Target::postgresql(), NamingConvention::default());
            run_revision(&mut interpreter(host(migration)), &text, FILE, Direction::Upgrade)
        });
        assert_eq!(matches!(outcome, Ok(Ok(()))), is_rendered, "{outcome:?}");
        assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
    }
}

#[test]
#[ignore = "looks into one case: LIMBECK_FUZZ_CASE"]
fn one_case() {
    let number = std::env::var("LIMBECK_FUZZ_CASE").unwrap().parse().unwrap();
    let files = seeds::all();
    let mut numbers = Numbers::new(number);
    let bytes = damage::damaged(&files, &mut numbers);
    println!("{}", String::from_utf8_lossy(&bytes));
    println!("{:#?}", look(&bytes, &mut numbers));
}
