"""One pass over a video: every network sees the same batches of frames, and only features are kept.

Names load on first use: the modules `types.extractor` and `extractors.catalog` are enough to list things.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
