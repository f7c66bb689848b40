//! Random expressions and statements, compiled by limbeck and by real SQLAlchemy: the texts must be
//! equal, with literals and with parameters.
//!
//! Needs the Python that `./test --setup` installs. More cases:
//! `LIMBECK_EXPR_CASES=20000 cargo test -p limbeck-schema --test expressions -- --nocapture`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "all of this is a test"
)]

mod conditions;
mod expressions;
mod fixed;
mod literals;
mod numbers;
mod oracle;
mod random;
mod statements;

use std::collections::BTreeMap;

use expressions::Case;
use limbeck_schema::Target;
use limbeck_schema::expr::Binds;
use limbeck_schema::expr::Compiled;
use oracle::Answer;
use oracle::Oracle;

const SEED: u64 = 20_261_121;
const CASES: u64 = 400;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// `$1` as `?`.
fn unnumbered(sql: &str) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        out.push_str(&rest[..at]);
        out.push(if digits > 0 { '?' } else { '$' });
        rest = &rest[at + 1 + digits..];
    }
    out + rest
}

/// Whether a parameter stands in a text that should have none.
fn has_placeholder(sql: &str) -> bool {
    sql.match_indices(':').any(|(at, _)| {
        let name: String =
            sql[at + 1..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let is_named = matches!(name.as_str(), "p" | "q" | "x");
        is_named || name.rsplit_once('_').is_some_and(|(_, number)| number.parse::<u32>().is_ok())
    })
}

const FINE: [&str; 4] =
    ["equal", "both refuse", "a parameter is left by SQLAlchemy", "a name is lost by SQLAlchemy"];

#[test]
fn random_expressions_compile_as_with_sqlalchemy() {
    let mut oracle = Oracle::start();
    let seed = number("LIMBECK_EXPR_SEED").unwrap_or(SEED);
    let cases = number("LIMBECK_EXPR_CASES").unwrap_or(CASES);
    let show = number("LIMBECK_EXPR_SHOW").unwrap_or(20);
    let targets = [Target::postgresql(), Target::sqlite(), Target::mysql(), Target::mariadb()]
        .map(oracle::answered);
    let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
    let mut shown = 0;
    for index in 0..cases {
        let target = &targets[usize::try_from(index).unwrap() % targets.len()];
        let mut case = Case::new(seed.wrapping_add(index * 7919), target.name());
        let (statement, source) = case.statement();
        let source = format!("{}\nresult = {source}", case.lines.join("\n"));
        let (literal, parameters) = oracle.ask(target.name(), &source);
        for (binds, theirs) in [(Binds::Literal, literal), (Binds::Parameters, parameters)] {
            let ours = statement.compile(target, binds);
            let verdict = match (&ours, &theirs) {
                (Ok(Compiled { sql, parameters, .. }), Answer::Text(text, count)) => {
                    let equal = if binds == Binds::Parameters {
                        let is_numbered = target.name() == "postgresql";
                        is_numbered || parameters.len() == *count
                    } else {
                        true
                    };
                    let sql = if target.name() == "postgresql" && binds == Binds::Parameters {
                        unnumbered(sql)
                    } else {
                        sql.clone()
                    };
                    let equal = equal && sql == *text;
                    if equal {
                        "equal"
                    } else if text.contains("__[POSTCOMPILE_")
                        || binds == Binds::Literal && has_placeholder(text)
                    {
                        // Some operators forget `literal_binds` in SQLAlchemy.
                        "a parameter is left by SQLAlchemy"
                    } else if case.ambiguous
                        && sql.replace("t_1.", "t.") == text.replace("t_1.", "t.")
                    {
                        // Some elements forget which tables have other names.
                        "a name is lost by SQLAlchemy"
                    } else {
                        "different"
                    }
                }
                (Err(_), Answer::Error(..)) => "both refuse",
                // What `UUID.hex` of another value is, Python alone can say.
                (Err(_), Answer::Text(text, _)) if text.contains("built-in method") => {
                    "both refuse"
                }
                (Err(_), Answer::Text(..)) => "only limbeck refuses",
                (Ok(_), Answer::Error(..)) => "only SQLAlchemy refuses",
            };
            *tally.entry(verdict).or_default() += 1;
            if !FINE.contains(&verdict) && shown < show {
                shown += 1;
                let result = source
                    .lines()
                    .filter(|line| {
                        !line.starts_with("t0 ")
                            && !line.starts_with("t1 ")
                            && !line.starts_with("t2 ")
                    })
                    .collect::<Vec<_>>()
                    .join("\n");
                println!("--- {verdict} ({}, {binds:?}, case {index})\n{result}", target.name());
                match &ours {
                    Ok(compiled) => println!("ours:   {:?}", compiled.sql),
                    Err(error) => println!("ours:   {error}"),
                }
                match &theirs {
                    Answer::Text(text, count) => println!("theirs: {text:?} ({count})"),
                    Answer::Error(class, message) => println!("theirs: {class}: {message}"),
                }
            }
        }
    }
    println!("{tally:?}");
    let wrong = tally.iter().filter(|(verdict, _)| !FINE.contains(verdict));
    assert_eq!(wrong.map(|(_, count)| count).sum::<u64>(), 0, "{tally:?}");
}

#[test]
fn every_value_is_the_literal_of_every_type_as_with_sqlalchemy() {
    let mut oracle = Oracle::start();
    let mut wrong = Vec::new();
    let mut equal = 0;
    for (index, (expr, source)) in literals::all().into_iter().enumerate() {
        let targets = [Target::postgresql(), Target::sqlite(), Target::mysql(), Target::mariadb()]
            .map(oracle::answered);
        for (turn, target) in targets.iter().enumerate() {
            // A quarter of them, in turn, unless more is asked for.
            let is_turn = index % targets.len() == turn;
            let is_array = source.contains("ARRAY");
            if !is_turn && number("LIMBECK_EXPR_CASES").is_none()
                || is_array && target.name() != "postgresql"
            {
                continue;
            }
            let (literal, _) = oracle.ask(target.name(), &format!("result = {source}"));
            let ours = expr.compile(target, Binds::Literal);
            match (&ours, &literal) {
                (Ok(Compiled { sql, .. }), Answer::Text(text, _)) if sql == text => equal += 1,
                (Err(_), Answer::Error(..)) => equal += 1,
                _ => wrong.push(format!("{} {source}: {ours:?}, {literal:?}", target.name())),
            }
        }
    }
    println!("{equal} equal");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn chosen_statements_compile_as_with_sqlalchemy() {
    let mut oracle = Oracle::start();
    let mut wrong = Vec::new();
    let targets = [Target::postgresql(), Target::sqlite(), Target::mysql(), Target::mariadb()]
        .map(oracle::answered);
    for (statement, source) in fixed::all() {
        for target in &targets {
            let (literal, parameters) = oracle.ask(target.name(), &source);
            for (binds, theirs) in [(Binds::Literal, literal), (Binds::Parameters, parameters)] {
                let ours = statement.compile(target, binds);
                let same = match (&ours, &theirs) {
                    (Ok(Compiled { sql, .. }), Answer::Text(text, _)) => {
                        sql == text || unnumbered(sql) == *text
                    }
                    (Err(_), Answer::Error(..)) => true,
                    _ => false,
                };
                let left = matches!(&theirs, Answer::Text(text, _) if has_placeholder(text));
                let is_excused = left && binds == Binds::Literal;
                if !(same || is_excused) {
                    let result = source.lines().last().unwrap_or_default();
                    wrong.push(format!(
                        "{} {binds:?} {result}\nours:   {ours:?}\ntheirs: {theirs:?}",
                        target.name()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
