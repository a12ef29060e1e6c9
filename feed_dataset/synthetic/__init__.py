"""Synthetic FEED: procedural, fully controllable human heads with exact ground truth.

Knows only `feed_dataset.core`: people, rig, scene, motion, takes and the renderer.
"""
