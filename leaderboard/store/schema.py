"""Tables, as the newest migration leaves them; times are UTC in ISO 8601."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

HEAD = "0003"  # revision of these tables; a test compares it with the migrations
VERSION_TABLE = "leaderboard_version"
METADATA = MetaData()
MOST_NUMBER = 2**31 - 1
"""The largest number of a row: PostgreSQL holds no larger one in an Integer, and says so with an error."""


def is_number(number: int) -> bool:
    """Whether a row can have this number; a database must not be asked for one that it cannot hold."""
    return 0 < number <= MOST_NUMBER


SUBMISSIONS = Table(
    "submissions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("submitted_at", Text, nullable=False),
    Column("protocol", Text, nullable=False),
    Column("protocol_version", Text, nullable=False),
    Column("case_list_sha256", Text, nullable=False),
    Column("case_ids_sha256", Text, nullable=False),
    Column("case_limit", Integer),
    Column("n_cases", Integer, nullable=False),
    Column("data_name", Text, nullable=False),
    Column("data_digest", Text, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("document", LargeBinary, nullable=False),  # the results file as it was sent, zlib
    Column("verdict", Text, nullable=False, server_default="self-reported"),
    Column("submitter", Text),
    Column("bundle_sha256", Text),  # of the archive's bytes: its file
)
ENTRIES = Table(
    "entries",
    METADATA,
    Column("submission", Integer, ForeignKey("submissions.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("method", Text, nullable=False),
    Column("weights_sha256", Text),
    Column("metric", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("value", Double),
    Column("ci_low", Double),
    Column("ci_high", Double),
    Column("cases_expected", Integer, nullable=False),
    Column("cases_scored", Integer, nullable=False),
    Column("higher_is_better", Boolean),
    Column("unit", Text, nullable=False),
    Column("needs", Text),
    Column("evidence", Text, nullable=False, server_default="self-reported"),
    PrimaryKeyConstraint("submission", "method", "metric"),
)
CLIPS = Table(
    "clips",
    METADATA,
    Column("submission", Integer, ForeignKey("submissions.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    PrimaryKeyConstraint("submission", "name"),
)
REQUESTS = Table(
    "requests",  # what was answered to a key that a client may send again
    METADATA,
    Column("submitter", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_sha256", Text, nullable=False),
    Column("submission", Integer, ForeignKey("submissions.id"), nullable=False),
    PrimaryKeyConstraint("submitter", "key"),
)
TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False),  # separated by spaces
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text),
    Column("revoked_at", Text),
)
AUDIT = Table(
    "audit",  # triggers refuse to change or delete rows
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
BOARD = Table(
    "board",  # one row
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),  # grows with every write that pages show
    CheckConstraint("id = 1", name="board_one_row"),
)
STUDIES = Table(
    "studies",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("added_on", Text, nullable=False),  # a day, as all times of studies
    Column("document", LargeBinary, nullable=False),  # study.json, zlib
)
RATERS = Table(
    "study_raters",  # a random number and nothing else of anybody
    METADATA,
    Column("study", Text, ForeignKey("studies.id"), nullable=False),
    Column("rater", Text, nullable=False),
    Column("form", Integer, nullable=False),
    Column("started_on", Text, nullable=False),
    PrimaryKeyConstraint("study", "rater"),
)
STUDY_ANSWERS = Table(
    "study_answers",
    METADATA,
    Column("study", Text, nullable=False),
    Column("rater", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("choice", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("plays", Integer, nullable=False),
    Column("in_view", Boolean, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("frames_dropped", Integer, nullable=False),
    Column("browser", Text, nullable=False),
    Column("browser_version", Integer, nullable=False),
    Column("day", Text, nullable=False),
    PrimaryKeyConstraint("study", "rater", "question"),
    ForeignKeyConstraint(["study", "rater"], ["study_raters.study", "study_raters.rater"]),
)
