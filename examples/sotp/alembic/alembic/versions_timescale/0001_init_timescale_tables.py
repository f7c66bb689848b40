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
    op.create_table(
        "device_metrics",
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("metric_name", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("time", "device_id", "metric_name"),
    )
    # On a server without TimescaleDB, as in tests, it stays an ordinary table.
    op.execute(
        """
        DO $$
        BEGIN
            IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
                CREATE EXTENSION IF NOT EXISTS timescaledb;
                PERFORM create_hypertable('device_metrics', 'time');
            END IF;
        END
        $$
        """
    )


def downgrade() -> None:
    op.drop_table("device_metrics")
