"""Face crops of any videos or images, made once and kept: the model's preprocessing as a step of its own.

>>> from feed_dataset.prepare import PrepareSettings, prepare
>>> made = prepare([Path("/data/FEED")], Path("/data/FEED-512"), PrepareSettings(landmarks=True), workers=8)
>>> print(made.summary())

Names load on first use, because some of them import OpenCV.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
