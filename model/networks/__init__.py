"""The networks of EMOPortraits, their configuration, checkpoints and export.

Knows no data and no video.
"""
