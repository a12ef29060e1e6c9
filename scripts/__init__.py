"""Entry points for maintainers; run them as `python -m scripts.NAME`."""
