"""A results file against its protocol: version, settings, cases and data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmark.results.schema import SCHEMA_VERSION, Results
from leaderboard.rules.known import KnownProtocol
from leaderboard.rules.names import different, not_the_list, some

_CASE_ID = re.compile(r"[A-Za-z0-9_.-]+")  # as benchmark.protocols.cases makes them
_DIGEST = re.compile(r"[0-9a-f]{64}")


def protocol_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    """Every disagreement between a results file and the protocol that it names."""
    label = f"protocol {known.name}"
    if results.protocol.version != known.version:
        yield (
            f"{label}: expected version {known.version} but got {results.protocol.version}; only the version that is"
            " shipped can be checked, run it"
        )
        return
    if not results.clusters_sources:
        wanted = f"schema 1.2 to {SCHEMA_VERSION}"
        yield f"expected results of {wanted} but got {results.schema_version}; run the protocol again"
        return
    settings = {"size_px": known.size_px, "frames_per_case": known.frames_per_case, "seed": known.seed}
    yield from different(label, settings, results.protocol)
    recorded = results.protocol.settings or known.settings  # none before schema 1.3
    for name, expected in known.settings.items():
        if recorded.get(name) != expected:
            yield f"{label}: expected {expected!r} as its {name} but got {recorded.get(name)!r}"
    if results.compute is None or results.compute.precision != "float32":
        got = "nothing of it" if results.compute is None else results.compute.precision
        yield f"compute: expected the reference precision float32 but got {got}"
    yield from _data_problems(results, known)
    yield from _case_problems(results, known, label)


def _data_problems(results: Results, known: KnownProtocol) -> Iterator[str]:
    yield from different("data", {"name": known.data, "synthetic": known.is_rendered}, results.data)
    if known.cases is not None:
        yield from different("data", {"digest": known.cases.data_digest}, results.data)
    elif not _DIGEST.fullmatch(results.data.digest):
        yield f"data: expected a sha256 as the digest but got {results.data.digest!r}"


def _case_problems(results: Results, known: KnownProtocol, label: str) -> Iterator[str]:
    protocol, ids = results.protocol, results.protocol.case_ids
    if known.cases is None:
        strange = {one for one in ids if not _CASE_ID.fullmatch(one)}
        if strange:
            yield f"{label}: expected case ids of letters, digits and _ . - but got {some(strange)}"
        yield from not_the_list(f"{label}: case ids", list(dict.fromkeys(ids)), ids)
        if not ids or (protocol.limit is not None and protocol.limit != len(ids)):
            yield f"{label}: expected {protocol.limit or 'at least one'} case(s) but got {len(ids)}"
        return
    every = [case.id for case in known.cases.cases]
    if protocol.limit is not None and protocol.limit >= len(every):
        yield f"{label}: expected a limit below its {len(every)} cases, or none, but got {protocol.limit}"
    yield from not_the_list(f"{label}: case ids", every[: protocol.limit], ids)
    yield from different(label, {"case_list_sha256": known.cases.sha256}, protocol)
