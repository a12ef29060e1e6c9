"""One module per command line verb; each imports what is heavy only when it runs.

Reads arguments and prints outcomes; the work is in `benchmark.engine` and `benchmark.report`.
"""
