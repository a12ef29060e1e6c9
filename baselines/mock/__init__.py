"""`mock-run`: does a method keep the rules? Rendered inputs, no weights of ours, some seconds.

Knows methods only through their interface; each runs in processes of its own.
"""
