"""FEED for the Hugging Face library `datasets`: the builder, and how `load_dataset` finds it.

Rows come from the catalog; nothing else is decided here.
"""
