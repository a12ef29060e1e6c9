"""How the text after `--method` becomes a method: a class by its place, its identity, its plain value.

The names that this package registers are one floor up.
"""
