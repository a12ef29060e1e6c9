"""Who the rendered people are: faces, skin, hair.

Specifications only; heads are built in rig.
"""
