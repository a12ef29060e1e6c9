"""Protocols as data, one YAML file each; `benchmark.protocol` reads them."""
