"""Faces in frames: detection, 468 landmarks, tracking, identity descriptors, crops and head rotation.

Names load on first use, because some of them import OpenCV or PyTorch.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
