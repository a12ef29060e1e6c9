"""What the best imaginable method would get: the driver itself a little worse, and the exact render of the source.

Rows of ceilings belong to a protocol and not to a run: they are shipped in `data`, beside reports, and never ranked.
"""
