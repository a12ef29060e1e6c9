"""The verbs of `python -m feed_dataset`, one module each: `add(verbs)` declares it, and imports what it needs when run."""
