"""One file for each revision, in order: 0001 is what `PRAGMA user_version` 1 stood for.

They name columns themselves: what `schema` says today is not what it said then.
"""
