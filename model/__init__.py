"""EMOPortraits: a readable, trainable one-shot head avatar model.

Names load on first use, because PyTorch takes seconds to import.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
