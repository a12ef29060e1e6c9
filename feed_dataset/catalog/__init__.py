"""The clips and takes of a data directory, and how to read them.

Built on names (layout), what a manifest knows (manifest) and cameras in step (cameras).
"""
