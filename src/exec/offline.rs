//! Runs as text (`--sql`): what a run would send to the database, for somebody else to send.
//!
//! There is no database here, and so none of what a run asks one: the rows it starts from are
//! given, and neither lock nor journal is part of the text. The layout is Alembic's (sections 3.7
//! and 4.5 of its reference): a comment for each step, an empty line behind each statement.
//! Everything that can be refused is refused before the first character; who gets a text gets all
//! of it.

use limbeck_schema::Dialect;
use limbeck_schema::Target;
use limbeck_schema::quote_identifier;

use crate::db::Timeouts;
use crate::db::VersionText;
use crate::graph::Edges;
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Plan;
use crate::plan::Step;
use crate::script::sql;
use crate::script::sql::Statement;

use super::error::RunErrorKind;
use super::observer::Observer;
use super::options::RunOptions;
use super::options::TransactionMode;
use super::prepare;
use super::prepare::PreparedScript;
use super::prepare::ScriptBody;
use super::prepare::ScriptSource;
use super::prepare::UnfitScript;
use super::prepare::UnfitScriptKind;
use super::python::Writer;
use super::row_length;
use super::run::Request;
use super::verification::assertion;

/// Writes runs down instead of carrying them out.
#[derive(Clone)]
pub struct Offline<'a> {
    graph: &'a RevisionGraph,
    scripts: &'a dyn ScriptSource,
    version: VersionText,
    /// The database that names without one lead to, on MySQL.
    own_database: Option<String>,
    options: RunOptions,
}

impl std::fmt::Debug for Offline<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offline").field("version", &self.version).finish_non_exhaustive()
    }
}

/// What BEGIN and COMMIT stand around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transactions {
    /// Nothing.
    None,
    /// Each step.
    Steps,
    /// The whole text.
    Whole,
}

impl<'a> Offline<'a> {
    /// A writer for the revisions of `graph`, whose scripts are in `scripts`, for a database that
    /// has or will have the table `version`. On MySQL its URL names `own_database`. Of `options` it
    /// takes the transaction mode and the name of the database.
    pub fn new(
        graph: &'a RevisionGraph,
        scripts: &'a dyn ScriptSource,
        version: VersionText,
        own_database: Option<String>,
        options: RunOptions,
    ) -> Self {
        Offline { graph, scripts, version, own_database, options }
    }

    /// The text that carries `request` out on a database with the rows `start`. The observer is
    /// told of each step as it is written down, and of what the text leaves out.
    ///
    /// # Errors
    /// [`RunErrorKind`], for everything that a run would refuse without asking its database, and
    /// for a stamp that purges: what it would erase is not known.
    pub fn text(
        &self,
        start: &Heads,
        request: &Request,
        observer: &mut dyn Observer,
    ) -> Result<String, RunErrorKind> {
        if request.is_purge() {
            return Err(RunErrorKind::OfflinePurge);
        }
        let plan = request.plan(self.graph, start)?;
        row_length::check_text(&plan, &self.version)?;
        let mut scripts = self.prepare(&plan)?;
        self.write_python(&mut scripts, observer)?;
        self.refuse_leaving(&scripts)?;
        let is_stamp = matches!(request, Request::Stamp { .. } | Request::TakeOver(_));
        let transactions = self.transactions(is_stamp);
        if plan.is_empty() && self.options.transaction_mode != TransactionMode::Alembic {
            return Ok(String::new());
        }
        let mut text = Text::new(self.version.dialect(), self.options.transaction_mode);
        text.begin_if(transactions == Transactions::Whole);
        for (step, script) in plan.steps.iter().zip(&scripts) {
            text.begin_if(transactions == Transactions::Steps);
            if step.before.is_empty() {
                text.statement(&self.version.create());
            }
            observer.step_started(step);
            text.comment(&format!("Running {}", step.short_log()));
            if let Some(script) = script {
                text.script(script, observer);
                self.come_back(script, &mut text);
            }
            for statement in self.version.change(&change(self.graph, step)) {
                text.statement(&statement);
            }
            text.commit_if(transactions == Transactions::Steps);
        }
        text.commit_if(transactions == Transactions::Whole);
        Ok(text.text)
    }

    /// The text that creates the version table.
    pub fn version_table(&self) -> String {
        let mut text = Text::new(self.version.dialect(), self.options.transaction_mode);
        // One statement needs no transaction, but Alembic prints one.
        let is_alembic = self.options.transaction_mode == TransactionMode::Alembic
            && self.transactions(true) == Transactions::Whole;
        text.begin_if(is_alembic);
        text.statement(&self.version.create());
        text.commit_if(is_alembic);
        text.text
    }

    fn transactions(&self, is_stamp: bool) -> Transactions {
        let dialect = self.version.dialect();
        match self.options.transaction_mode {
            mode if mode.is_whole_run(dialect) => Transactions::Whole,
            TransactionMode::Alembic => Transactions::None,
            _ if !dialect.has_transactional_ddl() => Transactions::None,
            // As a run does it: all rows or none.
            _ if is_stamp => Transactions::Whole,
            TransactionMode::Revision | TransactionMode::Run => Transactions::Steps,
        }
    }

    /// Refuses scripts that go to another database where nothing says how to come back.
    fn refuse_leaving(&self, scripts: &[Option<PreparedScript>]) -> Result<(), RunErrorKind> {
        if self.version.dialect() != Dialect::Mysql || self.own_database.is_some() {
            return Ok(());
        }
        for script in scripts.iter().flatten() {
            if let Some(statement) = self.leaving(script) {
                return Err(RunErrorKind::Script(UnfitScript {
                    revision: script.revision.clone(),
                    path: script.path.clone(),
                    position: Some(statement.position),
                    statement: Some(statement.clone()),
                    kind: UnfitScriptKind::NoWayBack,
                }));
            }
        }
        Ok(())
    }

    /// The statement of `script` that changes where names without a schema lead.
    fn leaving<'s>(&self, script: &'s PreparedScript) -> Option<&'s Statement> {
        let dialect = self.version.dialect();
        script.statements().iter().find(|one| sql::lookup_behind(one, dialect).is_some())
    }

    /// Lets names lead where they led before `script`: what follows is the version table, and the
    /// next revision.
    fn come_back(&self, script: &PreparedScript, text: &mut Text) {
        if self.leaving(script).is_none() {
            return;
        }
        match (self.version.dialect(), &self.own_database) {
            (Dialect::Mysql, Some(database)) => {
                let database = quote_identifier(Dialect::Mysql, database);
                text.statement(&format!("USE {database}"));
            }
            (Dialect::Postgresql, _) => text.statement("RESET search_path"),
            (Dialect::Mysql, None) | (Dialect::Sqlite, _) => {}
        }
    }

    /// Puts the statements of Python code in its place. What leaves its transaction says so among
    /// them.
    fn write_python(
        &self,
        scripts: &mut [Option<PreparedScript>],
        observer: &mut dyn Observer,
    ) -> Result<(), RunErrorKind> {
        let target = Target::from(self.version.dialect()).with_flavour(self.options.python.flavour);
        let mut writer = Writer::new(target, &self.options);
        for script in scripts.iter_mut().flatten() {
            if script.python().is_some() {
                script.body = ScriptBody::Sql(writer.printed(script, observer)?);
                if let Some(words) = self.options.python.unread_naming() {
                    observer.warning(&words);
                }
                script.transaction = self.version.dialect().has_transactional_ddl();
            }
        }
        Ok(())
    }

    fn prepare(&self, plan: &Plan) -> Result<Vec<Option<PreparedScript>>, RunErrorKind> {
        let dialect = self.version.dialect();
        Ok(prepare::prepare(&plan.steps, self.scripts, dialect, &self.options)?)
    }
}

/// The writes of `step` in Alembic's order, which is that of the parents in the file: the rows
/// that go or come are the same as in a run, but which of several is the one updated is not.
fn change(graph: &RevisionGraph, step: &Step) -> HeadChange {
    let change = step.head_change();
    let parents: Vec<&RevisionId> = match step.revision.as_ref().and_then(|id| graph.find(id)) {
        Some(node) => graph.parents(node, Edges::All).map(|parent| graph.id(parent)).collect(),
        None => step.from.iter().collect(),
    };
    let place =
        |id: &RevisionId| parents.iter().position(|parent| *parent == id).unwrap_or(parents.len());
    let (from, to) = change.updated.unzip();
    let (mut deleted, mut inserted) = (change.deleted, change.inserted);
    deleted.extend(from);
    inserted.extend(to);
    deleted.sort_by_key(place);
    inserted.sort_by_key(place);
    let updated = match (deleted.pop(), inserted.pop()) {
        (Some(from), Some(to)) => Some((from, to)),
        (from, to) => {
            deleted.extend(from);
            inserted.extend(to);
            None
        }
    };
    HeadChange { deleted, inserted, updated }
}

/// A text that grows by statements.
struct Text {
    dialect: Dialect,
    text: String,
    /// Whether a transaction is open.
    is_open: bool,
    /// Whether the transaction has limits of an earlier script.
    has_timeouts: bool,
    /// Whether MySQL's client is told where a statement with a `;` in it ends.
    delimits: bool,
}

impl Text {
    fn new(dialect: Dialect, mode: TransactionMode) -> Self {
        Text {
            dialect,
            text: String::new(),
            is_open: false,
            has_timeouts: false,
            delimits: mode != TransactionMode::Alembic,
        }
    }

    fn chunk(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push_str("\n\n");
    }

    fn comment(&mut self, text: &str) {
        self.chunk(&format!("-- {text}"));
    }

    fn statement(&mut self, sql: &str) {
        self.chunk(&format!("{sql};"));
    }

    fn begin_if(&mut self, condition: bool) {
        if condition {
            self.statement("BEGIN");
            self.is_open = true;
        }
    }

    fn commit_if(&mut self, condition: bool) {
        if condition {
            self.statement("COMMIT");
            self.is_open = false;
            self.has_timeouts = false;
        }
    }

    /// The statements of a script; around those of one that runs outside a transaction, the end
    /// and the beginning of the transaction that is open.
    fn script(&mut self, script: &PreparedScript, observer: &mut dyn Observer) {
        let leaves = self.is_open && !script.transaction;
        self.commit_if(leaves);
        self.timeouts(script, observer);
        let statements = script.statements();
        for segment in script.segments() {
            // As a run does it, where this text has transactions at all.
            let begins = leaves && segment.is_transaction;
            self.begin_if(begins);
            for statement in statements.get(segment.statements).unwrap_or_default() {
                self.body(&statement.text);
            }
            if begins {
                self.statement("COMMIT");
                self.is_open = false;
            }
        }
        self.verification(script, observer);
        if self.has_timeouts && !self.is_open {
            for name in ["lock_timeout", "statement_timeout"] {
                self.statement(&format!("RESET {name}"));
            }
            self.has_timeouts = false;
        }
        self.begin_if(leaves);
    }

    /// What stops a text where the revision is not as it should be. Only PostgreSQL has a statement
    /// for that.
    fn verification(&mut self, script: &PreparedScript, observer: &mut dyn Observer) {
        let (revision, Some(query)) = (&script.revision, &script.verification) else { return };
        if self.dialect == Dialect::Postgresql {
            return self.statement(&assertion(revision, query));
        }
        observer.warning(&format!(
            "revision {revision}: a text for {} cannot stop at a verify section that is not true; it \
             is left out",
            self.dialect
        ));
        self.comment(&format!("The verify section of {revision} is left out: look for yourself"));
        let lines = query.text.lines().map(|line| format!("--   {line}"));
        self.chunk(&lines.collect::<Vec<_>>().join("\n"));
    }

    /// Sets the limits of a script, as a run on PostgreSQL does. How a client of another database
    /// waits is its own affair.
    fn timeouts(&mut self, script: &PreparedScript, observer: &mut dyn Observer) {
        let Timeouts { lock, statement } = script.timeouts;
        let any = script.timeouts != Timeouts::default();
        if self.dialect != Dialect::Postgresql {
            if any {
                observer.warning(&format!(
                    "revision {}: a text for {} cannot set its timeouts; they are left out",
                    script.revision, self.dialect
                ));
            }
            return;
        }
        if !any && !self.has_timeouts {
            return;
        }
        for (name, value) in [("lock_timeout", lock), ("statement_timeout", statement)] {
            self.statement(&match (self.is_open, value) {
                (true, Some(value)) => format!("SET LOCAL {name} = {value}"),
                (true, None) => format!("SET LOCAL {name} TO DEFAULT"),
                (false, Some(value)) => format!("SET {name} = {value}"),
                (false, None) => format!("RESET {name}"),
            });
        }
        self.has_timeouts = any;
    }

    /// A statement of a script. MySQL's client would end it at a `;` within it; Alembic leaves
    /// it at that.
    fn body(&mut self, sql: &str) {
        let is_cut = self.dialect == Dialect::Mysql && sql::holds_semicolon(sql, self.dialect);
        if is_cut && self.delimits {
            let mut delimiter = "//".to_owned();
            while sql.contains(&delimiter) {
                delimiter.push('/');
            }
            self.chunk(&format!("DELIMITER {delimiter}"));
            self.chunk(&format!("{sql}{delimiter}"));
            self.chunk("DELIMITER ;");
        } else {
            self.statement(sql);
        }
    }
}
