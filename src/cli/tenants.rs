//! The tenants of databases, as sites: which of them are meant, and where each is.

use std::borrow::Cow;

use limbeck_schema::Dialect;

use crate::db;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::DatabaseUrl;
use crate::db::TenantHome;
use crate::db::TenantPlace;
use crate::db::TenantRow;
use crate::env::DatabaseSettings;
use crate::env::TenantSettings;
use crate::exec::Request;
use crate::graph::Heads;
use crate::target::Target;

use super::arguments::Globals;
use super::choice::is_match;
use super::context::Context;
use super::error::CliError;
use super::routing::Route;
use super::sites::Site;

/// A tenant as a command works on it.
#[derive(Debug, Clone)]
pub(super) struct Tenant {
    /// Its name.
    pub(super) name: String,
    /// Where it is in the database that it shares with others; `None` where it has its own.
    pub(super) place: Option<TenantPlace>,
    /// What is known of it without asking it.
    pub(super) known: Known,
    /// Whether it could not be brought on the last time.
    pub(super) has_failed: bool,
}

/// What is known of a tenant beforehand.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// Nothing.
    Unasked,
    /// It is here, by the catalogue.
    At(Heads),
    /// It has no schema.
    Missing,
    /// Nobody can say which tenants there are: this one stands for all of them.
    Unlisted(DatabaseError),
}

/// Which of shared schemas and tenants a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TenantChoice {
    /// Whether shared schemas, and databases without tenants, are.
    shared: bool,
    /// Which tenants are: of all databases, or of one.
    tenants: Vec<TenantPattern>,
    /// Of which databases everything is, beside tenants of others.
    whole: Vec<String>,
}

/// Tenants by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TenantPattern {
    database: Option<String>,
    pattern: String,
}

impl Globals {
    /// Whether the command line names tenants one by one, or by patterns.
    pub(super) fn names_tenants(&self) -> bool {
        !self.tenants.is_empty() || self.databases.iter().any(|name| name.contains('/'))
    }
}

impl TenantChoice {
    /// What the command line says.
    pub(super) fn of(globals: &Globals) -> Self {
        let mut tenants: Vec<TenantPattern> = globals
            .tenants
            .iter()
            .map(|pattern| TenantPattern { database: None, pattern: pattern.clone() })
            .collect();
        for name in &globals.databases {
            if let Some((database, pattern)) = name.split_once('/') {
                let (database, pattern) = (Some(database.to_owned()), pattern.to_owned());
                tenants.push(TenantPattern { database, pattern });
            }
        }
        if globals.all_tenants {
            tenants.push(TenantPattern { database: None, pattern: "*".to_owned() });
        }
        if tenants.is_empty() && !globals.shared {
            return TenantChoice::everything();
        }
        // A database beside tenants of another is meant too.
        let mut whole = globals.databases.clone();
        whole.retain(|name| !name.contains('/'));
        let shared = globals.shared || !whole.is_empty();
        let shared = shared && !globals.all_tenants && globals.tenants.is_empty();
        if globals.shared || !shared {
            whole.clear();
        }
        TenantChoice { shared, tenants, whole }
    }

    /// Refuses a choice that `command` would not heed, since it is about files or whole databases,
    /// and one that makes no sense.
    ///
    /// # Errors
    /// [`CliError::NoMatterOfTenants`], [`CliError::SharedTenant`].
    pub(super) fn check(globals: &Globals, heedless: Option<&'static str>) -> Result<(), CliError> {
        let named = globals.databases.iter().find(|name| {
            name.split_once('/').is_some_and(|(_, tenant)| heedless.is_none() || tenant != "*")
        });
        if let (Some(name), true) = (named, globals.shared) {
            return Err(CliError::SharedTenant { name: name.clone() });
        }
        let chooses = globals.shared || globals.all_tenants || !globals.tenants.is_empty();
        match heedless {
            Some(command) if chooses || named.is_some() => {
                Err(CliError::NoMatterOfTenants { command })
            }
            _ => Ok(()),
        }
    }

    /// All there is: what a command line means that says nothing of tenants.
    pub(super) fn everything() -> Self {
        TenantChoice { shared: true, ..TenantChoice::all() }
    }

    /// Every tenant of every database, and nothing else.
    fn all() -> Self {
        let pattern = TenantPattern { database: None, pattern: "*".to_owned() };
        TenantChoice { shared: false, tenants: vec![pattern], whole: Vec::new() }
    }

    /// Whether the command line names tenants, one by one or all.
    pub(super) fn is_named(&self) -> bool {
        !self.shared && !self.tenants.is_empty()
    }

    /// Whether the shared schema of a database is meant, or a database without tenants.
    pub(super) fn takes_shared(&self, database: &str) -> bool {
        let is_about =
            |pattern: &TenantPattern| pattern.database.is_some() && pattern.is_about(database);
        self.shared && (self.is_whole(database) || !self.tenants.iter().any(is_about))
    }

    /// Whether tenants of a database are meant.
    pub(super) fn takes_tenants(&self, database: &str) -> bool {
        self.is_whole(database) || self.tenants.iter().any(|pattern| pattern.is_about(database))
    }

    /// Whether all of a database is meant beside tenants that were named.
    fn is_whole(&self, database: &str) -> bool {
        self.whole.iter().any(|name| is_match(name, database))
    }

    /// Whether this tenant of it is.
    pub(super) fn takes(&self, database: &str, tenant: &str) -> bool {
        self.is_whole(database)
            || self
                .tenants
                .iter()
                .any(|pattern| pattern.is_about(database) && pattern.describes(tenant))
    }

    /// The patterns that describe none of `names`, which are tenants with their databases.
    fn unmatched(&self, names: &[(&str, &str)]) -> Option<&str> {
        let is_matched = |pattern: &&TenantPattern| {
            pattern.pattern == "*"
                || names.iter().any(|(database, tenant)| {
                    pattern.is_about(database) && pattern.describes(tenant)
                })
        };
        let unmatched = self.tenants.iter().find(|pattern| !is_matched(pattern));
        unmatched.map(|pattern| pattern.pattern.as_str())
    }
}

impl TenantPattern {
    fn is_about(&self, database: &str) -> bool {
        self.database.as_deref().is_none_or(|name| is_match(name, database))
    }

    /// A name is its own pattern, whatever is in it.
    fn describes(&self, tenant: &str) -> bool {
        self.pattern == tenant || is_match(&self.pattern, tenant)
    }
}

impl Tenant {
    /// What stands for the tenants of a database that nobody can list.
    fn unlisted(error: DatabaseError) -> Self {
        Tenant {
            name: "*".to_owned(),
            place: None,
            known: Known::Unlisted(error),
            has_failed: false,
        }
    }
}

impl Context {
    /// The tenants that `route` is about, as sites, in the order of their names. Where they cannot
    /// be listed, one site stands for all and says why whenever it is opened.
    pub(super) fn tenant_sites<'a>(
        &self,
        route: &Route<'a>,
        tenants: &TenantSettings,
        url: &DatabaseUrl,
    ) -> Result<Vec<Site<'a>>, CliError> {
        self.chosen_tenants(route, tenants, url, &TenantChoice::of(&self.globals))
    }

    /// All tenants that `route` is about, chosen or not.
    pub(super) fn all_tenants<'a>(&self, route: &Route<'a>) -> Result<Vec<Site<'a>>, CliError> {
        let Some(tenants) = route.tenants() else { return Ok(Vec::new()) };
        let url = self.project.url(&route.settings)?;
        self.chosen_tenants(route, tenants, &url, &TenantChoice::all())
    }

    /// The tenants of `route` that the command line names, each of which there must be.
    pub(super) fn named_tenants<'a>(&self, route: &Route<'a>) -> Result<Vec<Site<'a>>, CliError> {
        let Some(tenants) = route.tenants() else { return Ok(Vec::new()) };
        let url = self.project.url(&route.settings)?;
        let sites = self.tenant_sites(route, tenants, &url)?;
        self.check_tenants(&sites)?;
        Ok(sites)
    }

    fn chosen_tenants<'a>(
        &self,
        route: &Route<'a>,
        tenants: &TenantSettings,
        url: &DatabaseUrl,
        choice: &TenantChoice,
    ) -> Result<Vec<Site<'a>>, CliError> {
        let settings = &route.settings;
        let site = |tenant: Tenant, url: DatabaseUrl| Site {
            name: settings.tenant_name(&tenant.name),
            settings: Cow::clone(settings),
            tenant: Some(tenant),
            url,
            graph: route.graph,
            needs: route.needs,
            logs_sql: self.globals.log_sql,
        };
        if let Some(Err(problem)) = &tenants.url {
            return Err(problem.clone().into_error().into());
        }
        let rows = match self.tenant_rows(route, tenants, url)? {
            Ok(rows) => rows,
            Err(error) => return Ok(vec![site(Tenant::unlisted(error), url.clone())]),
        };
        let mut sites = Vec::with_capacity(rows.len());
        for row in rows {
            if !choice.takes(&settings.name, &row.name) {
                continue;
            }
            let has_failed = row.error.is_some();
            let known = match (row.has_schema, row.heads) {
                (false, _) => Known::Missing,
                (true, Some(heads)) => Known::At(heads),
                (true, None) => Known::Unasked,
            };
            let (place, own) =
                self.place_of_tenant(settings, tenants, url, (&row.name, &row.values))?;
            sites.push(site(Tenant { name: row.name, place, known, has_failed }, own));
        }
        Ok(sites)
    }

    /// Where the tenant `name` is.
    fn place_of_tenant(
        &self,
        settings: &DatabaseSettings,
        tenants: &TenantSettings,
        url: &DatabaseUrl,
        (name, values): (&str, &[String]),
    ) -> Result<(Option<TenantPlace>, DatabaseUrl), CliError> {
        if let Some(own) = &tenants.url {
            let own = own.clone().map_err(|problem| problem.into_error())?;
            let own = own.of(name, values).map_err(|error| CliError::TenantUrl {
                database: settings.name.clone(),
                tenant: name.to_owned(),
                error,
            })?;
            return Ok((None, own.resolve_against(self.directory())));
        }
        let own = match url.dialect() {
            Dialect::Mysql => url.with_database(name),
            Dialect::Postgresql | Dialect::Sqlite => url.clone(),
        };
        let (schema, shared_schema) = (name.to_owned(), tenants.shared_schema_at(url));
        Ok((Some(TenantPlace { schema, shared_schema }), own))
    }

    /// The tenant `name` of a database, whether or not it is listed.
    pub(super) fn tenant_site<'a>(
        &self,
        route: &Route<'a>,
        name: &str,
    ) -> Result<Site<'a>, CliError> {
        let tenants = route.tenants().ok_or(CliError::NoTenants)?;
        let url = self.project.url(&route.settings)?;
        if let Some(Ok(own)) = &tenants.url
            && !own.columns().is_empty()
        {
            // Only its row tells where it is.
            let listed = self.all_tenants(route)?.into_iter();
            let is_it = |site: &Site<'_>| site.tenant.as_ref().is_some_and(|it| it.name == name);
            let found = { listed }.find(|site| is_it(site));
            return found.ok_or_else(|| CliError::NoSuchTenant { name: name.to_owned() });
        }
        let (place, url) = self.place_of_tenant(&route.settings, tenants, &url, (name, &[]))?;
        let tenant =
            Tenant { name: name.to_owned(), place, known: Known::Unasked, has_failed: false };
        Ok(Site {
            name: route.settings.tenant_name(name),
            settings: Cow::clone(&route.settings),
            tenant: Some(tenant),
            url,
            graph: route.graph,
            needs: route.needs,
            logs_sql: self.globals.log_sql,
        })
    }

    /// The tenants of a database, or why they cannot be listed.
    fn tenant_rows(
        &self,
        route: &Route<'_>,
        tenants: &TenantSettings,
        url: &DatabaseUrl,
    ) -> Result<Result<Vec<TenantRow>, DatabaseError>, CliError> {
        let source = tenants.source.clone().map_err(|problem| problem.into_error())?;
        let home = Site {
            name: route.settings.name.clone(),
            settings: Cow::clone(&route.settings),
            tenant: None,
            url: url.clone(),
            graph: route.graph,
            needs: &[],
            logs_sql: self.globals.log_sql,
        };
        let options = home.options(true)?;
        let shared_schema = tenants.shared_schema_at(url);
        Ok(match &tenants.url {
            Some(own) => {
                let own = own.as_ref().map_err(|problem| problem.clone().into_error())?;
                db::tenants_elsewhere(url, &options, &source, &own.columns(), &shared_schema)
            }
            None => db::tenants(url, &options, &source, &shared_schema),
        })
    }

    /// Opens the shared schema of the database of `site`.
    pub(super) fn tenant_home(&self, site: &Site<'_>) -> Result<TenantHome, CliError> {
        let home = self.home_of(site)?;
        let tenants = home.settings.tenants.as_ref().ok_or(CliError::NoTenants)?;
        let (options, shared) = (home.options(false)?, tenants.shared_schema_at(&home.url));
        TenantHome::open(&home.url, &options, &shared).map_err(|error| home.error(error))
    }

    /// The database that a tenant is one of.
    pub(super) fn home_of<'a>(&self, site: &Site<'a>) -> Result<Site<'a>, CliError> {
        Ok(Site {
            name: site.settings.name.clone(),
            settings: Cow::clone(&site.settings),
            tenant: None,
            url: self.project.url(&site.settings)?,
            graph: site.graph,
            needs: &[],
            logs_sql: site.logs_sql,
        })
    }

    /// Refuses a name that no tenant has.
    pub(super) fn check_tenants(&self, sites: &[Site<'_>]) -> Result<(), CliError> {
        let choice = TenantChoice::of(&self.globals);
        let named = sites.iter().filter_map(|site| Some((site, site.tenant.as_ref()?)));
        let mut names: Vec<(&str, &str)> = Vec::new();
        for (site, tenant) in named {
            if matches!(tenant.known, Known::Unlisted(_)) {
                return Ok(());
            }
            names.push((site.settings.name.as_str(), tenant.name.as_str()));
        }
        match choice.unmatched(&names) {
            None => Ok(()),
            Some(name) => Err(CliError::NoSuchTenant { name: name.to_owned() }),
        }
    }
}

impl Site<'_> {
    /// Refuses a tenant that cannot be opened.
    pub(super) fn check_tenant(&self) -> Result<(), CliError> {
        match self.tenant.as_ref().map(|tenant| (&tenant.known, tenant)) {
            Some((Known::Missing, tenant)) => Err(CliError::TenantMissing {
                database: self.name.clone(),
                schema: tenant.name.clone(),
                dialect: self.url.dialect(),
            }),
            Some((Known::Unlisted(error), _)) => Err(self.unlisted_error(error.clone())),
            _ => Ok(()),
        }
    }

    /// What is known of a tenant without opening it: that it is at the heads, or cannot be opened.
    pub(super) fn known_state(&self) -> Option<Result<Heads, DatabaseError>> {
        let tenant = self.tenant.as_ref()?;
        match &tenant.known {
            Known::Unasked => None,
            Known::Missing => {
                let message = match self.check_tenant() {
                    Err(error) => error.to_string(),
                    Ok(()) => return None,
                };
                Some(Err(DatabaseError::new(DatabaseErrorKind::NoSuchDatabase, message)))
            }
            Known::Unlisted(error) => Some(Err(error.clone())),
            Known::At(heads) => {
                let all = Request::Upgrade(Target::heads());
                let is_behind = !all.plan(self.graph, heads).is_ok_and(|plan| plan.is_empty());
                (!is_behind).then(|| Ok(heads.clone()))
            }
        }
    }

    /// Why the tenants cannot be listed.
    fn unlisted_error(&self, error: DatabaseError) -> CliError {
        match error.kind {
            DatabaseErrorKind::Statement | DatabaseErrorKind::Denied(_) => {
                CliError::TenantList { database: self.settings.name.clone(), error }
            }
            _ => self.error(error),
        }
    }
}

/// The database of what `name` means: of a tenant, what stands before its name.
pub(super) fn home_of_name(name: &str) -> &str {
    // One that is not plain stands in the quotes of a shell.
    let name = name.strip_prefix('$').unwrap_or(name);
    name.trim_start_matches('\'').split('/').next().unwrap_or(name)
}
