"""Preference studies: their documents, their raters, and what these answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "studies",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("added_on", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "study_raters",
        sa.Column("study", sa.Text, sa.ForeignKey("studies.id"), nullable=False),
        sa.Column("rater", sa.Text, nullable=False),
        sa.Column("form", sa.Integer, nullable=False),
        sa.Column("started_on", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("study", "rater"),
    )
    op.create_table(
        "study_answers",
        sa.Column("study", sa.Text, nullable=False),
        sa.Column("rater", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("choice", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("plays", sa.Integer, nullable=False),
        sa.Column("in_view", sa.Boolean, nullable=False),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("frames_dropped", sa.Integer, nullable=False),
        sa.Column("browser", sa.Text, nullable=False),
        sa.Column("browser_version", sa.Integer, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("study", "rater", "question"),
        sa.ForeignKeyConstraint(["study", "rater"], ["study_raters.study", "study_raters.rater"]),
    )
