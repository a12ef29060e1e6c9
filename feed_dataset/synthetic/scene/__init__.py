"""What the parts of the renderer share: value types, vectors, noise, cameras.

Knows nobody else in the room.
"""
