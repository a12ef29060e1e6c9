"""One plan and its stages: inputs, generation, features, rows, results.

`run`, `score` and `doctor` are all this engine.
"""
