"""One module per command; each imports what is heavy only when it runs.

Reads arguments and prints outcomes; the work is in the other folders of `leaderboard`.
"""
