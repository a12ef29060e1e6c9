"""Every extractor by id; each is a table entry over a network.

Modules import no network until an extractor is used.
"""
