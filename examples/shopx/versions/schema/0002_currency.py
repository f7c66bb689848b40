"""orders keep their currency

Every order until today was paid in euros. The column gets no default: the application must say it.

Revision ID: schema_0002
Revises: schema_0001
Create Date: 2026-02-03 14:05:00
"""
from alembic import op
import sqlalchemy as sa

revision = "schema_0002"
down_revision = "schema_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("currency", sa.String(length=3), nullable=True))
    op.execute("UPDATE orders SET currency = 'EUR'")
    op.alter_column("orders", "currency", nullable=False)


def downgrade() -> None:
    op.drop_column("orders", "currency")
