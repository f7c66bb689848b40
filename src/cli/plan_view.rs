//! A plan as it is shown: as text, and as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use limbeck_schema::Dialect;
use serde_json::Value;
use serde_json::json;

use crate::exec::InDoubtStatement;
use crate::exec::Parts;
use crate::exec::PreparedScript;
use crate::exec::Preview;
use crate::exec::PythonClass;
use crate::exec::StepTransaction;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Leg;
use crate::plan::Need;
use crate::plan::Party;
use crate::script::sql;
use crate::script::sql::Effect;
use crate::script::sql::ObjectKind;
use crate::script::sql::Statement;
use crate::ui::Output;

use super::error::CliError;
use super::failure;
use super::plan_python;
use super::runs;
use super::sites::Site;
use super::survey::Survey;

/// What is shown of a plan.
pub(super) struct Shown<'a> {
    /// Whether the SQL of each step is.
    pub(super) sql: bool,
    /// What the steps of each database are; nothing where that was not asked.
    pub(super) pythons: &'a [Vec<Option<PythonClass>>],
}

impl Shown<'_> {
    fn python(&self, party: usize, step: usize) -> Option<&PythonClass> {
        self.pythons.get(party)?.get(step)?.as_ref()
    }
}

/// What is shown of one step beside the step itself.
struct StepView<'a> {
    script: &'a PreparedScript,
    /// What it will run, as far as that is known.
    statements: Option<&'a [Statement]>,
    transaction: StepTransaction,
    /// How many statements an earlier run has done.
    done: usize,
    /// What such a run left in doubt.
    in_doubt: Option<InDoubtStatement>,
    /// What it needs on other databases.
    needs: Vec<&'a Need>,
    /// What it takes away with what is in it.
    drops: Vec<String>,
}

impl<'a> StepView<'a> {
    fn new(
        site: &'a Site<'_>,
        preview: &'a Preview,
        index: usize,
        transaction: StepTransaction,
    ) -> Option<Self> {
        let step = preview.plan.steps.get(index)?;
        let script = preview.scripts.get(index)?.as_ref()?;
        let statements = preview.statements.get(index)?.as_deref();
        let statements = statements.filter(|_| script.handed_over().is_none());
        let has_needs = step.direction == Direction::Upgrade;
        let of_step = |need: &&Need| has_needs && Some(&need.revision) == step.revision.as_ref();
        Some(StepView {
            script,
            statements,
            transaction,
            done: preview.done.get(index).copied().unwrap_or_default(),
            in_doubt: preview.in_doubt.get(index).copied().flatten(),
            needs: site.needs.iter().filter(of_step).collect(),
            drops: drops(statements.unwrap_or_default(), site.url.dialect()),
        })
    }

    /// How it runs, in words.
    fn way(&self) -> String {
        if let Some(handed) = self.script.handed_over() {
            let why = match &handed.needed {
                Some(needed) => {
                    let (place, line) = (&needed.place, needed.place.position.line);
                    // It may be in a module of the project.
                    let at = match Path::new(&place.file) {
                        file if file == self.script.path => format!("line {line}"),
                        file => format!("{}:{line}", failure::short(file)),
                    };
                    format!("only Python runs {} ({at})", needed.construct)
                }
                None => "as was asked for".to_owned(),
            };
            let done = if self.done > 0 { ", done by an earlier run" } else { "" };
            return format!(
                "{}() in the project's own Python, in the transaction of its env.py{done}: {why}",
                handed.direction
            );
        }
        let statements = match self.statements.map(<[Statement]>::len) {
            None => "what its code comes to, which depends on the database,".to_owned(),
            Some(0) => "no statement".to_owned(),
            Some(1) => "1 statement".to_owned(),
            Some(count) => format!("{count} statements"),
        };
        if let Some(parts) = &self.script.parts {
            return self.parted(&statements, parts);
        }
        match self.transaction {
            StepTransaction::Own => format!("{statements} in a transaction of its own"),
            StepTransaction::Shared(number) => format!("{statements} in transaction {number}"),
            StepTransaction::None if self.done > 0 => {
                format!("{statements} outside a transaction, {} done by an earlier run", self.done)
            }
            StepTransaction::None => format!("{statements} outside a transaction"),
        }
    }
}

impl StepView<'_> {
    /// How a script runs that holds what cannot be in a transaction.
    fn parted(&self, statements: &str, parts: &Parts) -> String {
        let count = self.statements.map_or(0, <[Statement]>::len);
        let (alone, why) = (parts.alone.len(), format!("{} (line {})", parts.words, parts.line));
        let done = match self.done {
            0 => String::new(),
            done => format!(", {done} done by an earlier run"),
        };
        let others = match parts.transactions(count) {
            0 => return format!("{statements} outside a transaction{done}: {why} stands alone"),
            1 => "the others in one transaction".to_owned(),
            more => format!("the others in {more} transactions"),
        };
        format!(
            "{statements}, {alone} of them outside a transaction, {others}{done}: {why} stands alone"
        )
    }
}

/// Tables, columns and schemas that a script drops.
fn drops(statements: &[Statement], dialect: Dialect) -> Vec<String> {
    statements
        .iter()
        .filter_map(|statement| {
            let Effect::Drops(object) = sql::leaves_behind(statement, dialect) else { return None };
            let word = match object.kind {
                ObjectKind::Table => "table",
                ObjectKind::Column => "column",
                ObjectKind::Schema => "schema",
                _ => return None,
            };
            let of = object.table.map(|table| format!("{table}.")).unwrap_or_default();
            Some(format!("{word} {of}{} (line {})", object.name, statement.position.line))
        })
        .collect()
}

/// The numbers of shared transactions over the legs of a database: a leg ends its own.
#[derive(Default)]
struct Transactions {
    /// How many each database has had before the leg at hand.
    before: BTreeMap<usize, usize>,
}

impl Transactions {
    /// The transactions of the steps of `leg`.
    fn of(&mut self, leg: &Leg, preview: &Preview) -> Vec<StepTransaction> {
        let of_leg = preview.transactions.get(leg.steps.clone()).unwrap_or_default();
        let before = self.before.entry(leg.party).or_default();
        let mut last: Option<usize> = None;
        let mut count = *before;
        let numbered = of_leg
            .iter()
            .map(|transaction| match transaction {
                StepTransaction::Shared(number) => {
                    if last != Some(*number) {
                        count += 1;
                        last = Some(*number);
                    }
                    StepTransaction::Shared(count)
                }
                other => *other,
            })
            .collect();
        *before = count;
        numbered
    }
}

/// What a run will make of a statement in doubt.
fn doubt_words(doubt: InDoubtStatement, revision: &RevisionId, database: &str) -> String {
    let what = match doubt.took_effect {
        Some(true) => "by the catalog it took effect, and is not run again".to_owned(),
        Some(false) => "by the catalog it can be run again".to_owned(),
        None => format!(
            "the run stops there until somebody says whether it took effect: limbeck journal \
             resolve {revision} -d {database}"
        ),
    };
    format!("statement {} in doubt: {what}", doubt.statement)
}

/// Warns of each statement at which `limbeck apply` will stop.
pub(super) fn warn_of_doubts(survey: &Survey<'_>, output: &mut Output<'_>) {
    for (site, preview) in survey.sites.iter().zip(&survey.previews) {
        let Some(preview) = preview else { continue };
        for (step, doubt) in preview.plan.steps.iter().zip(&preview.in_doubt) {
            if let (Some(id), Some(doubt)) = (&step.revision, doubt)
                && doubt.took_effect.is_none()
            {
                output.insist(format_args!(
                    "warning: database {}, revision {id}: {}",
                    site.name(),
                    doubt_words(*doubt, id, site.name())
                ));
            }
        }
    }
}

/// Prints the plan as text.
pub(super) fn print(
    survey: &Survey<'_>,
    directory: &Path,
    shown: &Shown<'_>,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let mut transactions = Transactions::default();
    for leg in &survey.across.legs {
        let (Some(site), Some(Some(preview))) =
            (survey.sites.get(leg.party), survey.previews.get(leg.party))
        else {
            continue;
        };
        let from = preview.plan.steps.get(leg.steps.start).map(|step| &step.before);
        let place = match from {
            Some(heads) if !heads.is_empty() => runs::at(heads),
            _ => " (at the base)".to_owned(),
        };
        output.data(format_args!("[{}] {}{place}", site.name(), site.url))?;
        let numbered = transactions.of(leg, preview);
        for (index, transaction) in leg.steps.clone().zip(numbered) {
            let Some(step) = preview.plan.steps.get(index) else { continue };
            output.data(format_args!("  {step}"))?;
            let Some(view) = StepView::new(site, preview, index, transaction) else { continue };
            let path = view.script.path.strip_prefix(directory).unwrap_or(&view.script.path);
            output.data(format_args!("      {}: {}", path.display(), view.way()))?;
            if let Some(doubt) = view.in_doubt {
                let words = doubt_words(doubt, &view.script.revision, site.name());
                output.data(format_args!("      {words}"))?;
            }
            for need in &view.needs {
                let databases = need.databases.join(", ");
                output.data(format_args!("      needs {} on {databases}", need.needed))?;
            }
            for what in &view.drops {
                output.data(format_args!("      drops {what}"))?;
            }
            for line in shown.python(leg.party, index).iter().flat_map(|it| plan_python::lines(it))
            {
                output.data(format_args!("      Python: {line}"))?;
            }
            if shown.sql {
                print_sql(&view, output)?;
            }
        }
    }
    for (site, preview) in survey.sites.iter().zip(&survey.previews) {
        if let Some(preview) = preview
            && preview.plan.is_empty()
        {
            let place = runs::at(&preview.plan.before);
            output.data(format_args!("[{}] {}: nothing to do{place}", site.name(), site.url))?;
        }
    }
    Ok(())
}

fn print_sql(view: &StepView<'_>, output: &mut Output<'_>) -> Result<(), CliError> {
    for (index, statement) in view.statements.unwrap_or_default().iter().enumerate() {
        output.data("")?;
        if index < view.done {
            output.data("      -- done by an earlier run")?;
        }
        let mut lines: Vec<&str> = statement.text.lines().collect();
        let last = lines.pop().unwrap_or_default();
        for line in lines {
            output.data(format_args!("      {line}"))?;
        }
        output.data(format_args!("      {last};"))?;
    }
    output.data("")?;
    Ok(())
}

/// The plan as JSON, with the errors of what could not be planned.
pub(super) fn as_json(survey: &Survey<'_>, errors: &[CliError], shown: &Shown<'_>) -> Value {
    let parties = survey.parties();
    let mut transactions = Transactions::default();
    let mut views: Vec<Vec<Value>> = vec![Vec::new(); survey.sites.len()];
    for leg in &survey.across.legs {
        let (Some(site), Some(Some(preview))) =
            (survey.sites.get(leg.party), survey.previews.get(leg.party))
        else {
            continue;
        };
        let numbered = transactions.of(leg, preview);
        for (index, transaction) in leg.steps.clone().zip(numbered) {
            let Some(view) = StepView::new(site, preview, index, transaction) else { continue };
            let mut step = step_json(preview, index, &view, shown.sql);
            if let (Some(class), Some(step)) =
                (shown.python(leg.party, index), step.as_object_mut())
            {
                step.insert("python_class".to_owned(), plan_python::as_json(class));
            }
            views[leg.party].push(step);
        }
    }
    let databases: Vec<Value> = survey
        .sites
        .iter()
        .zip(&survey.previews)
        .zip(views)
        .filter_map(|((site, preview), steps)| {
            let plan = &preview.as_ref()?.plan;
            Some(json!({
                "database": site.name(),
                "address": site.url.to_string(),
                "before": plan.before,
                "after": plan.after(),
                "pending": plan.steps.len(),
                "steps": steps,
            }))
        })
        .collect();
    let order: Vec<Value> = survey
        .across
        .legs
        .iter()
        .map(|leg| {
            let name = parties.get(leg.party).map(|party: &Party<'_>| party.database);
            let revisions = survey.leg_revisions(leg);
            json!({ "database": name, "revisions": revisions })
        })
        .collect();
    let errors: Vec<Value> = errors.iter().map(failure::as_json).collect();
    json!({ "databases": databases, "order": order, "errors": errors })
}

fn step_json(preview: &Preview, index: usize, view: &StepView<'_>, with_sql: bool) -> Value {
    let (transaction, number) = match view.transaction {
        StepTransaction::Own => ("own", None),
        StepTransaction::Shared(number) => ("shared", Some(number)),
        StepTransaction::None => ("none", None),
    };
    let needs: Vec<Value> = view
        .needs
        .iter()
        .map(|need| json!({ "revision": need.needed, "databases": need.databases }))
        .collect();
    let mut value = json!({
        "path": view.script.path,
        "raw_digest": view.script.raw_digest,
        "transaction": transaction,
        "transaction_number": number,
        "statements": view.statements.map(<[Statement]>::len),
        "statements_done": view.done,
        "statement_in_doubt": view.in_doubt,
        "drops": view.drops,
        "needs": needs,
    });
    if let (Some(Ok(Value::Object(step))), Some(object)) =
        (preview.plan.steps.get(index).map(serde_json::to_value), value.as_object_mut())
    {
        object.extend(step);
        if let Some(parts) = &view.script.parts {
            let alone: Vec<usize> = parts.alone.iter().map(|at| at + 1).collect();
            let alone = json!({ "words": parts.words, "line": parts.line, "statements": alone });
            object.insert("outside".to_owned(), alone);
        }
        if let Some(handed) = view.script.handed_over() {
            let needed = handed.needed.as_ref().map(|needed| {
                let at = &needed.place.position;
                json!({
                    "path": needed.place.file,
                    "line": at.line,
                    "column": at.column,
                    "construct": needed.construct,
                })
            });
            object.insert("python".to_owned(), json!({ "needed": needed }));
        }
        if with_sql {
            let texts: Option<Vec<&String>> = view
                .statements
                .map(|statements| statements.iter().map(|statement| &statement.text).collect());
            object.insert("sql".to_owned(), json!(texts));
        }
    }
    value
}
