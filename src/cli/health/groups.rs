//! Tenants of which the same is to be said, told together.

use crate::cli::tenants::home_of_name;

use super::site_health::SiteHealth;

/// How many tenants are named where many are alike.
const NAMED: usize = 5;

/// A database, or tenants of one that stand alike.
pub(in crate::cli) struct Group<'a> {
    /// Them, in their order; at least one.
    members: Vec<&'a SiteHealth>,
}

/// `databases`, each by itself but for tenants that stand alike, in the order of the first of each.
pub(in crate::cli) fn groups(databases: &[SiteHealth]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for health in databases {
        let alike = groups.iter_mut().find(|group| group.takes(health));
        match alike {
            Some(group) => group.members.push(health),
            None => groups.push(Group { members: vec![health] }),
        }
    }
    groups
}

impl<'a> Group<'a> {
    /// One of them.
    pub(in crate::cli) fn one(&self) -> &'a SiteHealth {
        self.members[0]
    }

    /// How many there are.
    pub(in crate::cli) fn len(&self) -> usize {
        self.members.len()
    }

    /// What they are called: `app/* (97)`.
    pub(in crate::cli) fn name(&self) -> String {
        let first = &self.one().name;
        match self.len() {
            1 => first.clone(),
            count => format!("{}/* ({count})", home_of_name(first)),
        }
    }

    /// Which they are, as far as a line has room.
    pub(in crate::cli) fn names(&self) -> String {
        let mut names: Vec<&str> =
            self.members.iter().take(NAMED).map(|health| health.name.as_str()).collect();
        let more = format!("and {} more", self.len().saturating_sub(NAMED));
        if self.len() > NAMED {
            names.push(&more);
        }
        names.join(", ")
    }

    /// Whether the same is to be said of `health`.
    fn takes(&self, health: &SiteHealth) -> bool {
        let one = self.one();
        one.tenant.is_some()
            && health.tenant.is_some()
            && home_of_name(&one.name) == home_of_name(&health.name)
            && one.state == health.state
            && one.current == health.current
            && one.problems == health.problems
            && one.applied == health.applied
            && one.error.is_none() == health.error.is_none()
    }
}
