"""Entry points for maintainers; run them as `python -m scripts.NAME`.

Measurements, generated files and studies; nothing in the packages imports them.
"""
