"""The results file: its schema, its statistics, and deriving it again from its rows.

Nothing here needs a network or a video.
"""
