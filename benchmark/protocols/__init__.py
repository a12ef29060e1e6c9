"""Protocols as data, one YAML file each; `benchmark.protocols.protocol` reads them."""
