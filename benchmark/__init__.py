"""Protocols, generation, metrics, results and reports: `python -m benchmark run`."""
