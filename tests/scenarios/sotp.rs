//! `examples/sotp`: the two databases of SOTP's guide, on native files and on Alembic's.

use super::support::sotp;

#[test]
fn listings_need_no_server() {
    for directory in ["sotp/alembic"] {
        let sotp = sotp(directory);
        assert_eq!(
            sotp.env.run(&["heads"]).ok(),
            "0001_init_postgres (postgres) (head)\n4852c1ce1a0f (timescale) (head)\n"
        );
    }
}
