"""Pairs of frames for training: which, and how they are drawn.

Reading is the catalog's business.
"""
