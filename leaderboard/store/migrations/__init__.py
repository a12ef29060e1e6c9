"""How a database of any age becomes one of today: Alembic's environment, and a revision for each change.

Revisions are never edited after a release; tables of a new feature are a new revision in `versions`.
"""
