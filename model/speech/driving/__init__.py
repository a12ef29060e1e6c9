"""A portrait driven by sound: the weights in one folder, sound to motion as a stream, and sound beside a video.

Sound moves the mouth, the upper face and the head, or only some of them.
"""
