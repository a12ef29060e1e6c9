"""Portraits driven by sound: sections 5, 9 and 10 of the paper, of which no code was published.

Everything after the speech features takes them as tensors `[B, T, D]`, one row for each video frame.
"""
