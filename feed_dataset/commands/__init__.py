"""Commands of `python -m feed_dataset`, a module each: `add(commands)` declares one; its imports wait until it runs.

Reads arguments and prints; the work is in the rooms beside it.
"""
