"""Value types of features: what an extractor is, and what metrics read of a case.

Nothing here is computed.
"""
