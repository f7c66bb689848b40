//! Alembic projects, written in a few words.

use crate::support::TestEnvironment;

/// What stands at the head of every `alembic.ini` here.
pub(crate) const INI: &str =
    "[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = sqlite:///app.db\n";

/// The env.py of Alembic's template `generic`, in short.
pub(crate) const ENV: &str = r#"from alembic import context
from sqlalchemy import engine_from_config

config = context.config

if context.is_offline_mode():
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    section = config.get_section(config.config_ini_section, {})
    with engine_from_config(section, prefix="sqlalchemy.").connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"#;

/// An Alembic project on `app.db` with the revisions a1 and b2, which do nothing.
pub(crate) fn alembic_project() -> TestEnvironment {
    let env = bare_project(INI, ENV);
    env.write("migrations/versions/a1_x.py", revision("a1", "None"));
    env.write("migrations/versions/b2_x.py", revision("b2", "\"a1\""));
    env
}

/// An Alembic project without revisions.
pub(crate) fn bare_project(ini: &str, env_py: &str) -> TestEnvironment {
    let env = TestEnvironment::new();
    env.write("alembic.ini", ini);
    env.write("migrations/env.py", env_py);
    std::fs::create_dir_all(env.path("migrations/versions")).unwrap();
    env
}

/// A revision that does nothing; `down` as it is to be written.
pub(crate) fn revision(id: &str, down: &str) -> String {
    with_body(id, down, "pass", "pass")
}

/// A revision that does this.
pub(crate) fn with_body(id: &str, down: &str, upgrade: &str, downgrade: &str) -> String {
    with_header(id, &format!("down_revision = {down}\n"), upgrade, downgrade)
}

/// A revision with these lines in its header.
pub(crate) fn with_header(id: &str, header: &str, upgrade: &str, downgrade: &str) -> String {
    format!(
        "\"\"\"rev {id}\"\"\"\n\nfrom alembic import op\n\nrevision = \"{id}\"\n{header}\n\n\
         def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    {downgrade}\n"
    )
}

/// The URL as SQLAlchemy writes it, with its driver.
pub(crate) fn psycopg2(url: &str) -> String {
    url.replacen("postgres://", "postgresql+psycopg2://", 1)
}
