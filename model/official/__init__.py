"""Weights of the published EMOPortraits code, turned into weights of these networks.

Names, folding and provenance of their checkpoint; no network is defined here.
"""
