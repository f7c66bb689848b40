"""create customers"""
import sqlalchemy as sa
from alembic import op

revision = "1f3a9c06d7e2"
down_revision = None


def upgrade():
    customers = op.create_table(
        "customers",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
    )
    op.bulk_insert(customers, [{"name": "Ada Lovelace"}, {"name": "Hedy Lamarr"}])


def downgrade():
    op.drop_table("customers")
