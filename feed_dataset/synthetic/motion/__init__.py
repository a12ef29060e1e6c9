"""What a face does over time: actions, speech, timelines.

Numbers per frame; nothing is drawn.
"""
