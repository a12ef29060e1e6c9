"""Protocols as data, one YAML file each; `benchmark.protocols.protocol` reads them.

Protocols, their lists of cases, and the photographs that they may name.
"""
