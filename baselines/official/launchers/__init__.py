"""Scripts of ours that call the classes of a repository without a command line, run by its own interpreter.

One file for each. They import nothing of this package, and run on Pythons as old as those repositories want.
"""
