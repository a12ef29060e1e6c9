"""Everything behind the numbers of two results files that differs, in causal order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmark.features.types.extractor import FACE_NETWORKS, LANDMARKS
from benchmark.metrics import CARDS
from benchmark.results.schema import MethodRecord, Results
from benchmark.runs.made_with import short

KINDS = ("data", "case list", "weights", "network", "settings", "libraries", "code", "seed", "device")
"""What stands before in this order is asked first when a number differs."""
NOBODY: frozenset[str] = frozenset()
_SHOWN = 4
_NONE = "none"
_OF_INPUTS = ("size_px", "frames_per_case", "crop", "crop scale")  # settings that decide the frames that methods see
_OF_METHODS = ("methods see",)


@dataclass(frozen=True)
class InputDifference:
    """One input that two runs do not share.

    Args:
        kind: one of `KINDS`.
        name: what it is, such as "weights of emoportraits".
        values: what each run had, as people read it.
        changes_cases: it can change which cases there are.
        changes_inputs: it can change the frames that methods are given.
        methods: whose frames it can change; None: everyone's.
        metrics: which numbers of equal frames it can change; None: all.
        follows: another difference that this one follows from.
    """

    kind: str
    name: str
    values: tuple[str, str]
    changes_cases: bool = False
    changes_inputs: bool = False
    methods: frozenset[str] | None = NOBODY
    metrics: frozenset[str] | None = NOBODY
    follows: str = ""

    @property
    def rank(self) -> int:
        """Its place in causal order."""
        return KINDS.index(self.kind)

    def __str__(self) -> str:
        return f"{self.kind}: {self.name} {self.values[0]} in A, {self.values[1]} in B"


@dataclass(frozen=True)
class Unrecorded:
    """An input that one of the files does not say."""

    kind: str
    name: str
    where: str  # "A", "B" or "A and B"


Found = Iterator[InputDifference | Unrecorded]


def input_differences(a: Results, b: Results) -> tuple[list[InputDifference], list[Unrecorded]]:
    """What differs, in causal order, and what cannot be told because it is not recorded."""
    parts = (_data, _cases, _weights, _networks, _settings, _libraries, _code, _seed, _device)
    found = [one for part in parts for one in part(a, b)]
    differences = [one for one in found if isinstance(one, InputDifference)]
    if not any(one.kind in ("data", "case list", "settings", "seed") for one in differences):
        differences += _list_digest(a, b)
    unrecorded = [one for one in found if isinstance(one, Unrecorded)]
    return sorted(differences, key=lambda one: one.rank), unrecorded


def common_methods(a: Results, b: Results) -> Iterator[tuple[MethodRecord, MethodRecord]]:
    """Methods that both files have."""
    theirs = {one.name: one for one in b.methods}
    return ((one, theirs[one.name]) for one in a.methods if one.name in theirs)


def _data(a: Results, b: Results) -> Found:
    if a.data.digest != b.data.digest:
        shown = (f"{one.data.name} {short(one.data.digest)}" for one in (a, b))
        yield InputDifference("data", "files of", _pair(shown), changes_cases=True, changes_inputs=True)


def _cases(a: Results, b: Results) -> Found:
    ours, theirs = a.protocol, b.protocol
    names = [f"{one.name} v{one.version}" for one in (ours, theirs)]
    settings_known = ours.settings is not None and theirs.settings is not None
    if names[0] != names[1]:
        everything = None if not settings_known else NOBODY
        yield InputDifference(
            "case list",
            "protocol",
            _pair(names),
            changes_cases=True,
            changes_inputs=not settings_known,
            methods=everything,
            metrics=everything,
        )
    seed = "seed" if ours.seed != theirs.seed and names[0] == names[1] else ""  # it chooses drivers and sources
    if ours.case_ids != theirs.case_ids:
        only = [_without(ours.case_ids, theirs.case_ids), _without(theirs.case_ids, ours.case_ids)]
        shown = (f"{len(one.case_ids)}{_some(own)}" for one, own in zip((ours, theirs), only, strict=True))
        yield InputDifference("case list", "cases", _pair(shown), changes_cases=True, follows=seed)
    people = [{row.case_id: (row.cluster, row.source_cluster) for row in one.rows} for one in (a, b)]
    moved = [one for one in people[0] if one in people[1] and people[0][one] != people[1][one]]
    if moved:
        shown = (f"{'/'.join(map(str, one[moved[0]]))} in {moved[0]}" for one in people)
        yield InputDifference("case list", "driver and source", _pair(shown), changes_cases=True, changes_inputs=True)


def _weights(a: Results, b: Results) -> Found:
    for ours, theirs in common_methods(a, b):
        if ours.weights_sha256 != theirs.weights_sha256:
            shown = (short(one.weights_sha256 or _NONE) for one in (ours, theirs))
            yield InputDifference("weights", f"weights of {ours.name}", _pair(shown), methods=frozenset({ours.name}))


def _networks(a: Results, b: Results) -> Found:
    for name in sorted({*a.networks, *b.networks}):
        ours, theirs = a.networks.get(name), b.networks.get(name)
        if ours == theirs:
            continue
        is_face = name in FACE_NETWORKS
        readers = frozenset(one.name for one, _ in common_methods(a, b) if name in (one.reads_with or ()))
        metrics = None if is_face else frozenset(one.id for one in CARDS.values() if name in one.networks)
        shown = (short(one or "not here") for one in (ours, theirs))
        yield InputDifference("network", name, _pair(shown), changes_inputs=is_face, methods=readers, metrics=metrics)


def _settings(a: Results, b: Results) -> Found:
    ours, theirs = a.protocol, b.protocol
    both = [{"size_px": str(p.size_px), "frames_per_case": str(p.frames_per_case)} for p in (ours, theirs)]
    if ours.settings is None or theirs.settings is None:
        yield Unrecorded("settings", "settings of the protocol", _where(ours.settings, theirs.settings))
    else:
        both = [mine | one for mine, one in zip(both, (ours.settings, theirs.settings), strict=True)]
    for name in dict.fromkeys([*both[0], *both[1]]):
        values = [one.get(name, _NONE) for one in both]
        if values[0] != values[1]:
            yield InputDifference(
                "settings",
                name,
                _pair(values),
                changes_inputs=name in _OF_INPUTS,
                methods=None if name in _OF_METHODS else NOBODY,
                metrics=NOBODY if name in (*_OF_INPUTS, *_OF_METHODS) else None,
            )
    if a.extractors is None or b.extractors is None:
        yield Unrecorded("settings", "preprocessing of features", _where(a.extractors, b.extractors))
        return
    for name in sorted({*a.extractors, *b.extractors}):
        values = [one.get(name, _NONE) for one in (a.extractors, b.extractors)]
        if values[0] != values[1]:
            metrics = frozenset(one.id for one in CARDS.values() if name in one.features)
            yield InputDifference("settings", f"preprocessing of {name}", _pair(values), metrics=metrics)


def _libraries(a: Results, b: Results) -> Found:
    versions = [
        {"python": one.environment.python, "video reader": one.environment.reader, **one.environment.packages}
        for one in (a, b)
    ]
    for name in dict.fromkeys([*versions[0], *versions[1]]):
        values = [one.get(name, "not installed") for one in versions]
        if values[0] != values[1]:
            yield InputDifference("libraries", name, _pair(values), changes_inputs=True, methods=None, metrics=None)


def _code(a: Results, b: Results) -> Found:
    old = [None if any(one.outputs is None for one in file.methods) else file for file in (a, b)]  # before 1.3
    if None in old:
        yield Unrecorded("code", "code of methods", _where(*old))
    for ours, theirs in common_methods(a, b):
        if ours.outputs is None or theirs.outputs is None:
            continue
        commits = [None if one.card is None else one.card.commit for one in (ours, theirs)]
        parts = {
            "code": (ours.code_sha256, theirs.code_sha256),
            "version": (ours.version, theirs.version),
            "settings": (ours.setting_sha256, theirs.setting_sha256),
            "commit": (commits[0], commits[1]),
        }
        for name, values in parts.items():
            if values[0] != values[1]:
                shown = (_NONE if one is None else short(str(one)) for one in values)
                yield InputDifference("code", f"{name} of {ours.name}", _pair(shown), methods=frozenset({ours.name}))
    ours_code, theirs_code = a.environment.code, b.environment.code
    if ours_code is None or theirs_code is None:
        yield Unrecorded("code", "code of this package", _where(ours_code, theirs_code))
    elif ours_code != theirs_code:
        yield InputDifference(
            "code",
            "this package",
            (ours_code, theirs_code),
            changes_cases=True,
            changes_inputs=True,
            methods=None,
            metrics=None,
        )


def _seed(a: Results, b: Results) -> Found:
    if a.protocol.seed != b.protocol.seed:
        values = (str(one.protocol.seed) for one in (a, b))
        yield InputDifference("seed", "seed", _pair(values), changes_cases=True, methods=None)


def _device(a: Results, b: Results) -> Found:
    if a.compute is None or b.compute is None:
        yield Unrecorded("device", "device and precision of networks", _where(a.compute, b.compute))
    else:
        measured = frozenset(one.id for one in CARDS.values() if set(one.features) - {LANDMARKS})
        for name in ("precision", "device"):
            values = [str(getattr(one, name)) for one in (a.compute, b.compute)]
            if values[0] != values[1]:
                methods = None if name == "device" else NOBODY
                yield InputDifference("device", f"{name} of networks", _pair(values), methods=methods, metrics=measured)
    for name in ("device", "platform"):
        values = [str(getattr(one.environment, name)) for one in (a, b)]
        if values[0] != values[1]:
            label = {"device": "machine"}.get(name, name)
            yield InputDifference("device", label, _pair(values), changes_inputs=True, methods=None, metrics=None)


def _list_digest(a: Results, b: Results) -> Iterator[InputDifference]:
    """Where nothing else says it: the digest of cases and settings covers what no other part of a file has."""
    values = [short(one.protocol.case_list_sha256) for one in (a, b)]
    if values[0] != values[1]:
        yield InputDifference(
            "settings",
            "digest of cases and settings",
            _pair(values),
            changes_inputs=True,
            methods=None,
            metrics=None,
        )


def _without(names: list[str], others: list[str]) -> list[str]:
    left_out = set(others)
    return [one for one in names if one not in left_out]


def _pair(values: Iterable[str]) -> tuple[str, str]:
    first, second = values
    return first, second


def _where(ours: object, theirs: object) -> str:
    return " and ".join(name for name, one in (("A", ours), ("B", theirs)) if one is None)


def _some(names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f" (alone: {', '.join(names[:_SHOWN])}{more})"
