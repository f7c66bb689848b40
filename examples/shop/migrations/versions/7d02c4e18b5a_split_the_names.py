"""split the names"""
import sqlalchemy as sa
from alembic import op

revision = "7d02c4e18b5a"
down_revision = "1f3a9c06d7e2"

customers = sa.table("customers", *map(sa.column, ("id", "name", "first", "last")))


def upgrade():
    for name in ("first", "last"):
        op.add_column("customers", sa.Column(name, sa.String(40)))
    bind = op.get_bind()
    for row in bind.execute(sa.select(customers.c.id, customers.c.name)).all():
        first, _, last = row.name.rpartition(" ")
        bind.execute(customers.update().where(customers.c.id == row.id).values(first=first, last=last))
    with op.batch_alter_table("customers") as batch:
        batch.drop_column("name")


def downgrade():
    with op.batch_alter_table("customers") as batch:
        batch.add_column(sa.Column("name", sa.String(80), nullable=False, server_default=""))
    op.execute("UPDATE customers SET name = first || ' ' || last")
    with op.batch_alter_table("customers") as batch:
        batch.alter_column("name", server_default=None)
        batch.drop_column("first")
        batch.drop_column("last")
