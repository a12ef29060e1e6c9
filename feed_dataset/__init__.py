"""FEED, the Facial Extreme Emotions Dataset, one line away; without a download as the synthetic feed-mini.

>>> from feed_dataset import load_dataset
>>> rows = load_dataset("feed", split="test")

Where this package is installed, `datasets.load_dataset("feed")` does the same without any import of it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
