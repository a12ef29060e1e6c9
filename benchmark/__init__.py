"""Evaluation of one-shot head avatars: protocols, metrics, the engine, results, reports.

>>> import benchmark
>>> results = benchmark.evaluate("emoportraits", "feed-mini-cross", limit=2)  # doctest: +SKIP
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
