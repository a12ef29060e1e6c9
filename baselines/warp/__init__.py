"""Landmark warps: what can be had without any training.

A baseline, not a bound.
"""
