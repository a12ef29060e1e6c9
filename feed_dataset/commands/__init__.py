"""The verbs of `python -m feed_dataset`, a module each: `add(verbs)` declares one, its imports wait until it runs."""
