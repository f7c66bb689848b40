//! Revisions in Python, run natively: the real binary, beside real Alembic.

mod mariadb;
mod postgres;
mod reflection;
mod sqlite;
mod sweep;
mod texts;
mod values;
mod wiring;

use crate::alembic_projects::project::{ENV, bare_project};
use crate::support::TestEnvironment;

/// A project whose database is at `url`, as Alembic writes it.
fn at(url: &str) -> TestEnvironment {
    let ini = format!(
        "[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = {}\n",
        url.replace('%', "%%")
    );
    bare_project(&ini, ENV)
}

/// Adds a revision; the bodies are indented by one level here.
fn add(env: &TestEnvironment, id: &str, down: Option<&str>, upgrade: &str, downgrade: &str) {
    let body = |text: &str| {
        let lines: Vec<String> = text
            .trim_matches('\n')
            .lines()
            .map(|line| if line.is_empty() { String::new() } else { format!("    {line}") })
            .collect();
        lines.join("\n")
    };
    let down = down.map_or("None".to_owned(), |down| format!("{down:?}"));
    env.write(
        format!("migrations/versions/{id}_x.py"),
        format!(
            "\"\"\"rev {id}\"\"\"\n\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
             revision = {id:?}\ndown_revision = {down}\n\n\ndef upgrade():\n{}\n\n\n\
             def downgrade():\n{}\n",
            body(upgrade),
            body(downgrade)
        ),
    );
}

/// Users with names, and their names in capitals, which a data migration fills in.
fn users(env: &TestEnvironment) {
    add(
        env,
        "a1",
        None,
        r#"
users = op.create_table(
    "users",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(50), nullable=False),
)
op.bulk_insert(users, [{"id": 1, "name": "ann"}, {"id": 2, "name": "o'bob"}])
"#,
        "op.drop_table(\"users\")",
    );
    add(
        env,
        "b2",
        Some("a1"),
        r#"
bind = op.get_bind()
op.add_column("users", sa.Column("upper", sa.String(50)))
rows = bind.execute(sa.text("SELECT id, name FROM users WHERE id < :n ORDER BY id"), {"n": 10})
for row in rows.fetchall():
    bind.execute(
        sa.text("UPDATE users SET upper = :upper WHERE id = :id"),
        {"upper": row.name.upper(), "id": row.id},
    )
print("users:", bind.execute(sa.text("SELECT count(*) FROM users")).scalar())
with op.batch_alter_table("users") as batch:
    batch.alter_column("upper", existing_type=sa.String(50), nullable=False)
    batch.create_unique_constraint("uq_upper", ["upper"])
"#,
        r#"
with op.batch_alter_table("users") as batch:
    batch.drop_constraint("uq_upper", type_="unique")
    batch.drop_column("upper")
"#,
    );
}
