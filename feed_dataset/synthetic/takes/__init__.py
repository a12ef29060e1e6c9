"""Whole takes and training sets: rendered, written, with their ground truth.

The only part that writes files.
"""
