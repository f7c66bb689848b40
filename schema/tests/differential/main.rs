//! Random operations, compiled by limbeck and by real Alembic offline: the texts must be equal.
//!
//! Needs the Python that `./test --setup` installs. More cases:
//! `LIMBECK_DDL_CASES=20000 cargo test -p limbeck-schema --test differential -- --nocapture`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::large_enum_variant,
    reason = "a test that cannot go on has failed; clippy knows test functions, not their helpers"
)]

mod batches;
mod constraints;
mod metadata;
mod operations;
mod oracle;
mod random;
mod reflected;
mod tables;
mod types;

use limbeck_schema::CompileError;
use limbeck_schema::Flavour;
use limbeck_schema::Target;
use limbeck_schema::operation::DdlStatement;
use limbeck_schema::operation::OperationContext;
use limbeck_schema::table::NamingConvention;
use oracle::Answer;
use oracle::Oracle;
use random::Random;

/// A case: what limbeck compiles, and the Python that does the same.
pub(crate) struct Case {
    pub(crate) target: Target,
    pub(crate) naming: Vec<(&'static str, &'static str)>,
    pub(crate) steps: Vec<CaseStep>,
    pub(crate) source: String,
}

pub(crate) enum CaseStep {
    Operation(limbeck_schema::operation::Operation),
    Batch(Box<limbeck_schema::batch::Batch>),
    AllTables(Box<metadata::AllTables>),
    Reflected(Box<reflected::Reflected>),
}

impl Case {
    fn random(random: &mut Random) -> Case {
        let target = if random.chance(8) {
            random.pick(&[
                Target::postgresql().with_version(&[17, 2]),
                Target::mysql().with_version(&[8, 0, 12]),
                Target::mariadb().with_version(&[10, 6, 3]),
                Target::mysql().with_flavour(Flavour::MariadbBehindMysql),
            ])
        } else {
            random.pick(&[
                Target::postgresql(),
                Target::sqlite(),
                Target::mysql(),
                Target::mariadb(),
            ])
        };
        random.target = target.clone();
        let naming = if random.chance(3) { random.pick(&NAMING).to_vec() } else { Vec::new() };
        let mut case = Case { target, naming, steps: Vec::new(), source: String::new() };
        if random.chance(10) {
            let (all, source) = metadata::all_tables(random);
            case.steps.push(CaseStep::AllTables(Box::new(all)));
            case.source = source;
            return case;
        }
        if case.target == Target::sqlite() && random.chance(3) {
            let (reflected, source) = reflected::reflected(random);
            case.steps.push(CaseStep::Reflected(Box::new(reflected)));
            case.naming = Vec::new();
            case.source = source;
            return case;
        }
        if random.chance(4) {
            let (batch, source) = batches::batch(random);
            case.steps.push(CaseStep::Batch(Box::new(batch)));
            case.source = source;
            return case;
        }
        for _ in 0..1 + random.below(2) {
            let (operation, source) = operations::operation(random);
            case.steps.push(CaseStep::Operation(operation));
            case.source += &source;
            case.source.push('\n');
        }
        case
    }

    /// Statements that real SQLite runs first.
    fn setup(&self) -> &[String] {
        match self.steps.first() {
            Some(CaseStep::Reflected(reflected)) => &reflected.setup,
            _ => &[],
        }
    }

    fn target(&self) -> Target {
        oracle::answered(self.target.clone())
    }

    fn compile(&self) -> Result<(Vec<String>, Vec<String>), CompileError> {
        let naming = NamingConvention::from_entries(self.naming.iter().copied());
        let mut context = OperationContext::with_naming(self.target(), naming).offline();
        let mut statements: Vec<DdlStatement> = Vec::new();
        for step in &self.steps {
            statements.extend(match step {
                CaseStep::Operation(operation) => context.compile(operation)?,
                CaseStep::Batch(batch) => batch.compile(&mut context, None)?,
                CaseStep::Reflected(reflected) => {
                    reflected.batch.compile(&mut context, Some(&reflected.table))?
                }
                CaseStep::AllTables(all) if all.drop => {
                    all.metadata.drop_all(&self.target(), &|_| true)?
                }
                CaseStep::AllTables(all) => all.metadata.create_all(&self.target(), &|_| false)?,
            });
        }
        let sql = statements.into_iter().map(|statement| statement.sql).collect();
        let mut warnings = context.take_warnings();
        // SQLAlchemy warns of keys as often as it looks at them.
        warnings.retain(|warning| !warning.contains("primary_key=True, not matching"));
        Ok((sql, warnings))
    }
}

const NAMING: [&[(&str, &str)]; 3] = [
    &[
        ("ix", "ix_%(column_0_label)s"),
        ("uq", "uq_%(table_name)s_%(column_0_name)s"),
        ("ck", "ck_%(table_name)s_%(constraint_name)s"),
        ("fk", "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"),
        ("pk", "pk_%(table_name)s"),
    ],
    &[
        ("ix", "ix__%(column_0_N_label)s"),
        ("uq", "uq__%(table_name)s__%(column_0_N_name)s"),
        ("fk", "fk__%(table_name)s__%(column_0N_key)s__%(referred_column_0_name)s"),
    ],
    &[("ck", "ck_%(table_name)s_%(column_0_name)s"), ("pk", "pk_%(table_name)s_%(column_0_name)s")],
];

/// How a case went.
enum Verdict {
    Same,
    /// Both refuse a case of several parts, each for another of its faults.
    OtherFault,
    Different(String),
}

fn compare(case: &Case, answer: &Answer) -> Verdict {
    let ours = case.compile();
    let same = match (&ours, answer) {
        (Ok((ours, warned)), Answer::Statements(theirs, their_warnings)) => {
            (ours == theirs || oracle::sorted(ours) == oracle::sorted(theirs))
                && oracle::sorted(warned) == oracle::sorted(their_warnings)
        }
        // SQLite refuses what Alembic wrote: there is nothing to compare.
        (Ok(_), Answer::Error { class, .. }) if !case.setup().is_empty() => {
            matches!(class.as_str(), "OperationalError" | "IntegrityError")
        }
        (Err(ours), Answer::Error { class, message }) => {
            oracle::same_error(&ours.to_string(), class, message)
        }
        _ => false,
    };
    if same {
        return Verdict::Same;
    }
    if let (Err(_), Answer::Error { .. }) = (&ours, answer)
        && case.source.trim_end().contains('\n')
    {
        return Verdict::OtherFault;
    }
    let ours = match ours {
        Ok(statements) => format!("{statements:#?}"),
        Err(error) => format!("error: {error}"),
    };
    Verdict::Different(format!(
        "--- {:?} naming {:?}\n{}\nlimbeck: {ours}\nalembic: {answer:#?}\n",
        case.target, case.naming, case.source
    ))
}

#[test]
fn random_operations_read_as_alembics() {
    let mut oracle = Oracle::start();
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|count| count.parse().ok()).unwrap_or(default)
    };
    let (count, seed) = (number("LIMBECK_DDL_CASES", 300), number("LIMBECK_DDL_SEED", 1));
    let mut different = Vec::new();
    let (mut errors, mut plain, mut other_faults, mut reflected) = (0, 0, 0, 0);
    for at in 0..count {
        let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(at));
        let case = Case::random(&mut random);
        let answer = oracle.ask(&case);
        let is_error = matches!(answer, Answer::Error { .. });
        errors += usize::from(is_error);
        reflected += usize::from(!is_error && !case.setup().is_empty());
        plain += usize::from(case.naming.is_empty());
        match compare(&case, &answer) {
            Verdict::Same => {}
            Verdict::OtherFault => other_faults += 1,
            Verdict::Different(report) => different.push(format!("case {at} {report}")),
        }
    }
    println!(
        "{count} cases, {errors} errors ({other_faults} for another fault), {plain} without convention, \
         {reflected} batches run by SQLite"
    );
    let shown = different.iter().take(12).cloned().collect::<String>();
    assert!(other_faults * 50 <= usize::try_from(count).unwrap(), "{other_faults} other faults");
    assert!(different.is_empty(), "{} of {count} differ:\n{shown}", different.len());
}
