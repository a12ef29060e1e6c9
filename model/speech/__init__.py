"""Portraits driven by sound: sections 5, 9 and 10 of the paper, of which no code was published.

Everything after the speech features takes them as tensors `[B, T, D]`, one row for each video frame. Names load on
first use, because PyTorch takes seconds to import.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
