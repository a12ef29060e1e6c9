"""Studies that validate a metric against rendered truth.

Logic may live here; the product does not import it.
"""
