"""create device_metrics, a hypertable

Revision ID: 0001_init_timescale
Revises:
Create Date: 2025-10-20 10:31:00

"""
from typing import Sequence, Union

import sqlalchemy as sa
from alembic import op

revision: str = "0001_init_timescale"
down_revision: Union[str, None] = None
branch_labels: Union[str, Sequence[str], None] = ("timescale",)
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    op.create_table(
        "device_metrics",
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("metric_name", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("time", "device_id", "metric_name"),
    )
    op.execute("SELECT create_hypertable('device_metrics', 'time')")


def downgrade() -> None:
    op.drop_table("device_metrics")
