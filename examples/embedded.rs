//! The engine without the command line: revisions inside the binary, a plan that is shown before
//! it is carried out, an observer, and one step back.
//!
//! `cargo run --example embedded`

#![expect(clippy::print_stdout, reason = "showing is what an example is for")]

use std::error::Error;
use std::time::Duration;

use limbeck::db;
use limbeck::db::SessionOptions;
use limbeck::exec::Migrator;
use limbeck::exec::Observer;
use limbeck::exec::Request;
use limbeck::exec::RunOptions;
use limbeck::plan::Step;

static REVISIONS: limbeck::Embedded = limbeck::embed_revisions!("versions");

/// Prints what happens as it happens.
struct Print;

impl Observer for Print {
    fn step_finished(&mut self, step: &Step, elapsed: Duration) {
        println!("  done: {step} ({} ms)", elapsed.as_millis());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let revisions = REVISIONS.load()?;
    let graph = revisions.graph();
    println!("{} revisions are in this binary", graph.len());

    let url = "sqlite::memory:".parse()?;
    let mut database = db::connect(&url, &SessionOptions::default())?;
    let upgrade = Request::Upgrade("timescale@head".parse()?);

    // A plan is a value, made by a pure function: it can be shown, stored or refused.
    let rows = database.version_rows()?.unwrap_or_default();
    let plan = upgrade.plan(graph, &rows)?;
    println!("the plan, in {} steps:", plan.steps.len());
    for step in &plan.steps {
        println!("  {step}");
    }

    println!("running it:");
    let migrator = Migrator::new(graph, &revisions, RunOptions::default());
    let report = migrator.run(database.as_mut(), &upgrade, &mut Print)?;
    assert_eq!(report.steps.len(), plan.steps.len());

    println!("one step back:");
    let downgrade = Request::Downgrade("timescale@-1".parse()?);
    let report = migrator.run(database.as_mut(), &downgrade, &mut Print)?;
    for row in report.after.iter() {
        println!("the database is at {row}");
    }
    Ok(())
}
