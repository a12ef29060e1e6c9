"""Methods that run elsewhere: a command that takes a whole batch of cases, and frames that are finished.

Nothing here is imported from them; they are started, or were.
"""
