"""The user's own files measured by the reference packages that are installed, beside our numbers.

Nothing here decides a number of ours: packages of the extra "oracles" are called as their documentation calls them.
"""
