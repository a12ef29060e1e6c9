"""Results of several runs: which of them may stand in one table, what differs between two, many files in one.

Reads results files and nothing else; no network and no video.
"""
