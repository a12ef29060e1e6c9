"""What FEED's names mean: files, tasks, splits, selections, people who withdrew.

Nothing here opens a video.
"""
