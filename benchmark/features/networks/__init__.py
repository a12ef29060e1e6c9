"""Networks that only metrics use.

Each module loads one of them, or changes it for inference without another result.
"""
