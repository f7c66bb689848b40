//! Tenants that are schemas, or databases of one MySQL server: made by the revisions, filled, and
//! compared.

use limbeck_schema::Dialect;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::run_arguments::RunArguments;
use crate::cli::run_arguments::options_of;
use crate::cli::runs;
use crate::cli::sites::Site;
use crate::cli::summary::Outcome;
use crate::db;
use crate::db::CopyError;
use crate::db::TenantPlace;
use crate::exec::Request;
use crate::exec::TransactionMode;
use crate::target::Target;
use crate::ui::Output;

/// A copy of one tenant as another.
pub(super) struct Copy<'c> {
    pub(super) context: &'c Context,
    pub(super) from: &'c Site<'c>,
    pub(super) to: &'c Site<'c>,
    pub(super) place: &'c TenantPlace,
}

impl Copy<'_> {
    /// Makes it; what fails is undone.
    pub(super) fn make(
        &self,
        arguments: &RunArguments,
        no_data: bool,
        output: &mut Output<'_>,
    ) -> Result<(), CliError> {
        let (to, name) = (self.to, &self.place.schema);
        let mut home = self.context.tenant_home(to)?;
        let failed = |error| to.error(error);
        let source = self.from.place().map_or("", |place| &place.schema);
        if !home.has_schema(source).map_err(failed)? {
            return Err(CliError::TenantMissing {
                database: self.from.name().to_owned(),
                schema: source.to_owned(),
                dialect: to.url.dialect(),
            });
        }
        if !home.create_schema(name).map_err(failed)? {
            // Only what such a copy has left is taken away.
            if !home.is_unfinished(name).map_err(failed)? {
                return Err(CliError::TenantThere { database: to.name().to_owned() });
            }
            output.talk(format_args!("{}: what a copy has left is dropped", to.name()));
            home.drop_schema(name).map_err(failed)?;
            home.create_schema(name).map_err(failed)?;
        }
        home.begin(name).map_err(failed)?;
        let made = self.fill(arguments, no_data, output);
        let undone = match &made {
            Ok(()) => home.finish(name),
            Err(_) => home.drop_schema(name).map(drop),
        };
        if let (Err(_), Err(error)) = (&made, &undone) {
            output.insist(format_args!(
                "warning: {}: what is there of the copy could not be dropped: {error}",
                to.name()
            ));
        }
        made?;
        undone.map_err(failed)
    }

    fn fill(
        &self,
        arguments: &RunArguments,
        no_data: bool,
        output: &mut Output<'_>,
    ) -> Result<(), CliError> {
        let (context, from, to) = (self.context, self.from, self.to);
        let mut options = arguments.options(context)?;
        // What nobody uses yet needs no commit for each revision.
        if to.url.dialect() != Dialect::Mysql {
            options.transaction_mode = TransactionMode::Run;
        }
        let heads = from.heads()?;
        for head in heads.iter() {
            let target: Target = head.as_str().parse()?;
            let request = Request::Upgrade(target);
            let site = std::slice::from_ref(to);
            let outcomes = runs::outcomes(context, site, &options, &request, output)?;
            let errors: Vec<CliError> =
                outcomes.into_iter().filter_map(|Outcome { error, .. }| error).collect();
            CliError::of_sites(errors, 1)?;
        }
        if no_data {
            return Ok(());
        }
        let mut session = to.connect(false)?;
        let tables = to.tables()?;
        let mut own = options_of(to, &options).python.own_tables;
        own.extend([tables.version.name, tables.journal.name, db::UNFINISHED.to_owned()]);
        let source = from.place().map_or("", |place| &place.schema);
        db::copy_tenant(session.as_mut(), (source, self.place), &own).map_err(|error| match error {
            CopyError::Database(error) => to.error(error),
            error => {
                CliError::TenantCopy { database: from.name().to_owned(), error: Box::new(error) }
            }
        })
    }
}
