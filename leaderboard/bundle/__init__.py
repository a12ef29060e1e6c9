"""Bundles: a run as one data-only archive, made the same way every time, and everything that is checked of one.

`pack` writes one, `check.check_bundle` says everything that is wrong with one and how far its numbers can be
computed again. Nothing in a bundle is run, unpickled or decoded as video.
"""
