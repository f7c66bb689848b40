//! From the names of a claim to the site.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::cli::tenants::Known;
use crate::db::Claim;
use crate::env::DatabaseSettings;

/// Sites by their names. Tenants are listed once for many claims.
pub(super) struct Lookup<'a> {
    context: &'a Context,
    listed: BTreeMap<String, BTreeMap<String, Site<'a>>>,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        Lookup { context, listed: BTreeMap::new() }
    }

    /// The site of `claim`.
    pub(super) fn site(&mut self, claim: &Claim) -> Result<Site<'a>, CliError> {
        let Some(tenant) = &claim.tenant else {
            return self.database(&claim.database);
        };
        let listed = self.listed.entry(claim.database.clone()).or_default();
        let is_usable = |site: &Site<'_>| !matches!(&site.tenant, Some(it) if matches!(it.known, Known::Missing));
        if let Some(site) = listed.remove(tenant).filter(is_usable) {
            return Ok(site);
        }
        // It was here before, or there is something new about it.
        let route = self.context.route_of(self.settings(&claim.database)?, true)?;
        let mut sites: BTreeMap<String, Site<'a>> = BTreeMap::new();
        for site in self.context.all_tenants(&route)? {
            if matches!(&site.tenant, Some(it) if matches!(it.known, Known::Unlisted(_))) {
                site.check_tenant()?;
            }
            let name = site.tenant.as_ref().map(|tenant| tenant.name.clone());
            sites.extend(name.map(|name| (name, site)));
        }
        let found = sites.remove(tenant);
        self.listed.insert(claim.database.clone(), sites);
        match found {
            Some(site) => Ok(site),
            None => self.context.tenant_site(&route, tenant),
        }
    }

    /// The database `name` itself.
    pub(super) fn database(&self, name: &str) -> Result<Site<'a>, CliError> {
        let route = self.context.route_of(self.settings(name)?, false)?;
        self.context.located(vec![route])?.pop().ok_or(CliError::NoDatabase)
    }

    fn settings(&self, name: &str) -> Result<Cow<'a, DatabaseSettings>, CliError> {
        // Those that were chosen come with what the command line says of them.
        let chosen = self.context.databases().unwrap_or_default().into_iter();
        let all = self.context.project.databases.iter().map(Cow::Borrowed);
        chosen.chain(all).find(|settings| settings.name == name).ok_or_else(|| {
            CliError::NoSuchDatabase {
                name: name.to_owned(),
                known: self.context.project.databases.iter().map(|one| one.name.clone()).collect(),
            }
        })
    }
}
