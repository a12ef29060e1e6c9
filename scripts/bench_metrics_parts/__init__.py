"""One module per part of `scripts.bench_metrics`; each has `run(quick)`, which gives `Figure`s.

What several parts share begins with an underscore.
"""
