"""Containers, frame indices, readers, the writer, audio and images.

Times are those of the container; index divided by rate is never a time.
"""
