//! The names that Django's migrations have as revisions.

use sha2::Digest as _;
use sha2::Sha256;

use crate::graph::RevisionId;

use super::DjangoProblem;

/// The longest id: what Alembic's version table takes.
const LONGEST: usize = crate::db::DEFAULT_ROW_LENGTH as usize;

/// How many digits tell long names apart.
const DIGITS: usize = 6;

/// The revision id of a migration: `app_name`. One that is too long for Alembic's version table is
/// cut, and ends with digits of the digest of the whole. It depends on nothing but the name, so it
/// is the same on each run and on each machine.
pub(in crate::cli) fn id_of(app: &str, name: &str) -> Result<RevisionId, DjangoProblem> {
    let whole = format!("{app}_{name}");
    let text = if whole.chars().count() <= LONGEST {
        whole
    } else {
        let hex: String = Sha256::digest(whole.as_bytes())
            .iter()
            .take(DIGITS / 2)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let kept: String = whole.chars().take(LONGEST - DIGITS - 1).collect();
        format!("{}_{hex}", kept.trim_end_matches('_'))
    };
    text.parse().map_err(|error| {
        DjangoProblem::project(format!(
            "migration {app}.{name} has no name for a revision: {error}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let id = |app, name| id_of(app, name).unwrap().to_string();
        assert_eq!(id("auth", "0001_initial"), "auth_0001_initial");
        let first = id("auth", "0003_alter_user_email_max_length");
        let second = id("auth", "0003_alter_user_email_max_lengths");
        assert_eq!((first.len(), second.len()), (32, 32));
        assert!(first.starts_with("auth_0003_alter_user_emai"), "{first}");
        assert_ne!(first, second);
        assert_eq!(first, id("auth", "0003_alter_user_email_max_length"));
    }

    #[test]
    fn a_name_that_no_revision_has_is_refused() {
        let error = id_of("shop", "0001@x").unwrap_err();
        assert!(error.to_string().starts_with("migration shop.0001@x has no name"), "{error}");
    }
}
