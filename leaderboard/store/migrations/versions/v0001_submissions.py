"""Submissions and their numbers: the tables of the first files, which had no Alembic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "submissions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False, unique=True),
        sa.Column("submitted_at", sa.Text, nullable=False),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("protocol_version", sa.Text, nullable=False),
        sa.Column("case_list_sha256", sa.Text, nullable=False),
        sa.Column("case_ids_sha256", sa.Text, nullable=False),
        sa.Column("case_limit", sa.Integer),
        sa.Column("n_cases", sa.Integer, nullable=False),
        sa.Column("data_name", sa.Text, nullable=False),
        sa.Column("data_digest", sa.Text, nullable=False),
        sa.Column("synthetic", sa.Boolean, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("submission", sa.Integer, sa.ForeignKey("submissions.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("weights_sha256", sa.Text),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("ci_low", sa.Double),
        sa.Column("ci_high", sa.Double),
        sa.Column("cases_expected", sa.Integer, nullable=False),
        sa.Column("cases_scored", sa.Integer, nullable=False),
        sa.Column("higher_is_better", sa.Boolean),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("needs", sa.Text),
        sa.PrimaryKeyConstraint("submission", "method", "metric"),
    )
