"""Write the JSON schema of results files where the package ships it.

    python -m scripts.export_results_schema

Run it after a change of benchmark/results/schema.py; a test fails until then.
"""

from __future__ import annotations

from pathlib import Path

from benchmark.results.schema import json_schema, write_text_atomic

TARGET = Path(__file__).resolve().parent.parent / "benchmark" / "results" / "results.schema.json"

if __name__ == "__main__":
    write_text_atomic(TARGET, json_schema())
