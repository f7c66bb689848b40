//! `examples/epsm`: the three databases of EPSM's guide.

use super::support::epsm;
use crate::support::query;

#[test]
fn the_databases_have_different_owners() {
    let epsm = epsm();
    let owners = [&epsm.default, &epsm.materials, &epsm.results].map(|database| {
        query(
            &epsm.env,
            &database.url(),
            "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'public'",
        )
    });
    assert_eq!(
        owners,
        [&epsm.default, &epsm.materials, &epsm.results].map(|d| format!("{}\n", d.user))
    );
}
