"""What Alembic runs: the revisions on the connection that it is given, inside that connection's transaction."""

from __future__ import annotations

from alembic import context

from leaderboard.store.schema import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
