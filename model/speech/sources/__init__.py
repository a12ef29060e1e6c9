"""Clips that speech is trained on, made of what there is: any video, or rendered speech.

Head poses are against the first frame of a clip.
"""
