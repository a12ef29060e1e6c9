"""One module per command of `python -m baselines`; each has `add(commands)`, which adds its parser and sets `action`.

Reads arguments and prints; the work is in the rooms beside it.
"""
