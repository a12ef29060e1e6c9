"""Lip sync in one place: audio features, SyncNet, tracks, windows, distances.

Two procedures: ours, and the one of the historical script.
"""
