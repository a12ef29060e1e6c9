"""A fuzzer: bad bundles by a seed, from what a forger would change to what a broken disk leaves."""

from __future__ import annotations

import hashlib
import io
import json
import random
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.results.schema import Results
from leaderboard.bundle.archive import MANIFEST, write_archive
from leaderboard.bundle.arrays import header_of
from leaderboard.bundle.index import INDEX
from leaderboard.bundle.manifest import ListedMember, Manifest
from leaderboard.bundle.rows import ROWS, write_rows
from leaderboard.rules.known import KnownCase, KnownCases, KnownProtocol, known_protocol
from tests.benchmark import harness
from tests.leaderboard.bundle.forge import Members, edited_array, edited_index
from tests.leaderboard.forging import rederived
from tests.leaderboard.mutations import mutated

ARRAYS = ("dlib", "mesh468")
NAMES = (
    "../results.json", "/etc/passwd", "features/../../x", "C:\\x", "features\\x", "a//b", ".hidden", "features/", "",
    "a/b/c/d/e/f", "x" * 300, "results.json ", "results.json\x00.txt", "\u202etxt.json", "con", "features/x.pkl",
    "clips/a.mp4", "clips/nobody/x.mp4", "run.py", "features/dlib.SAFETENSORS", "manifest.json/x",
)  # fmt: skip


@dataclass(frozen=True)
class Base:
    """An honest bundle that is changed.

    Args:
        folder: to write in.
    """

    content: bytes
    members: Members
    folder: Path


def known_cases(results: Results, task: str) -> Mapping[str, KnownProtocol]:
    """The protocol of a run of the harness with its cases, as the leaderboard has those of data that ships."""
    found = known_protocol(harness.tiny_protocol(task))
    people = {row.case_id: (row.cluster, row.source_cluster or "") for row in results.rows}
    cases = tuple(KnownCase(one, *people[one], found.frames_per_case) for one in results.protocol.case_ids)
    cases += (KnownCase("X-one--Y", "X", "Y", found.frames_per_case),)  # the run has only the first ones
    sha256 = results.protocol.case_list_sha256
    return {found.name: replace(found, cases=KnownCases(sha256, cases, results.data.digest))}


def bad_bundle(base: Base, seed: int) -> tuple[str, bytes]:
    """A kind of badness, and a bundle of it."""
    draw = random.Random(seed)
    kind = list(KINDS)[seed % len(KINDS)]
    return kind, KINDS[kind](base, draw)


def _sealed(base: Base, members: Members) -> bytes:
    """With a manifest that fits, so that hashes say nothing."""
    content = {name: one for name, one in members.items() if name != MANIFEST}
    listed = {
        name: ListedMember(size=len(one), sha256=hashlib.sha256(one).hexdigest()) for name, one in content.items()
    }
    return _archive(base, {**content, MANIFEST: Manifest(members=listed).to_bytes()})


def _archive(base: Base, members: Members) -> bytes:
    path = base.folder / "archive.zip"
    write_archive(path, {name: [one] for name, one in members.items()})
    return path.read_bytes()


def _schema(base: Base, draw: random.Random) -> bytes:
    """Any place of results.json changed, moved, removed or damaged; the table of rows as it was, or as it says."""
    text = mutated(base.members["results.json"].decode(), draw.randrange(2**32))
    members = {**base.members, "results.json": text}
    try:
        write_rows(base.folder / ROWS, Results.model_validate(json.loads(text)))
        members[ROWS] = (base.folder / ROWS).read_bytes()
    except (ValueError, UnicodeError, AttributeError, TypeError, OverflowError):
        pass  # no results any more
    return _sealed(base, members)


def _numbers(base: Base, draw: random.Random) -> bytes:
    """Rows of one metric a little better, or a hundred times, with everything that follows from rows."""
    document = json.loads(base.members["results.json"])
    row = draw.choice([one for one in document["rows"] if one["value"]])
    same = [one for one in document["rows"] if (one["method"], one["metric"]) == (row["method"], row["metric"])]
    factor = draw.choice((1.001, 0.999, 100, 0.01, -1, 1 + 1e-5))
    for one in same if draw.random() < 0.5 else [row]:
        one["value"] = None if one["value"] is None else one["value"] * factor
    rederived(document, row["metric"], row["method"])
    return _with_results(base, document)


def _people(base: Base, draw: random.Random) -> bytes:
    """Methods, cases or metrics under each other's names, everywhere in the results."""
    document = json.loads(base.members["results.json"])
    key = draw.choice(("method", "case_id", "metric", "cluster"))
    names = sorted({one[key] for one in document["rows"]})
    first, second = draw.sample(names, 2) if len(names) > 1 else (names[0], "other")
    swap = {first: second, second: first}
    for part in ("rows", "aggregates", "failures"):
        for one in document[part]:
            if one.get(key) in swap:
                one[key] = swap[one[key]]
    return _with_results(base, document)


def _with_results(base: Base, document: dict[str, Any]) -> bytes:
    write_rows(base.folder / ROWS, Results.model_validate(document))
    text = (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
    return _sealed(base, {**base.members, "results.json": text, ROWS: (base.folder / ROWS).read_bytes()})


def _index(base: Base, draw: random.Random) -> bytes:
    """Any place of the index of features."""
    members = dict(base.members)
    for _ in range(20):
        text = mutated(base.members[INDEX].decode(), draw.randrange(2**32))
        try:
            text = (json.dumps(json.loads(text), separators=(",", ":"), sort_keys=True) + "\n").encode()
        except (ValueError, UnicodeError):
            pass
        if text != base.members[INDEX]:
            break
    members[INDEX] = text
    return _sealed(base, members)


def _other_features(base: Base, draw: random.Random) -> bytes:
    """Rows of an array scaled, exchanged, blanked, cut, or of another kind of number."""
    members = dict(base.members)
    name = draw.choice(ARRAYS)

    def edit(array: np.ndarray) -> np.ndarray:
        kind, at = draw.randrange(7), draw.randrange(len(array))
        if kind == 0:
            return array * np.float32(draw.choice((0.5, 1.01, 100, -1)))
        if kind == 1:
            return array[np.random.default_rng(at).permutation(len(array))]
        if kind == 2:
            array[at] = np.nan
        elif kind == 3:
            array.reshape(-1)[at] = np.inf
        elif kind == 4:
            return array[: len(array) - 1 - at]
        elif kind == 5:
            return array[..., :-1]
        else:
            array[at] = array[at][..., ::-1]
        return array

    edited_array(members, name, edit)
    return _sealed(base, members)


def _shapes(base: Base, draw: random.Random) -> bytes:
    """Rows of shapes and sizes of numbers that no network gives, under names that none has."""
    members = dict(base.members)
    name = draw.choice(ARRAYS)
    kind = draw.randrange(6)

    def edit(array: np.ndarray) -> np.ndarray:
        if kind == 0:
            return array.reshape(len(array), -1)[:, : draw.choice((0, 1, 7, 127))]
        if kind == 1:
            return array.reshape(*array.shape, 1)
        if kind == 2:
            return array * np.float32(10.0 ** draw.choice((12, 30, -40)))
        if kind == 3:
            return np.zeros_like(array)
        if kind == 4:
            return np.full_like(array, np.nan)
        return array

    edited_array(members, name, edit)
    if kind == 5:
        other = draw.choice(("no-such-feature", "arcface", "mesh478", "x" * 150, "lpips-alex", "syncnet"))
        edited_index(members, lambda d: d["arrays"].update({other: d["arrays"].pop(name)}))
        members[f"features/{other}.safetensors"] = members.pop(f"features/{name}.safetensors")
    return _sealed(base, members)


def _array_header(base: Base, draw: random.Random) -> bytes:
    """A header of a feature's file that promises what is not there."""
    members = dict(base.members)
    name = f"features/{draw.choice((*ARRAYS, 'times'))}.safetensors"
    content = members[name]
    start = 8 + int.from_bytes(content[:8], "little")
    header = draw.choice(
        (
            b'{"rows":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}',
            b'{"rows":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
            b'{"rows":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}',
            b'{"rows":{"dtype":"F32","shape":[1e3],"data_offsets":[0,4000]}}',
            b'{"__metadata__":{"a":"b"},"rows":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
            b'{"rows":' + b"[" * 500 + b"}",
            b'{"rows":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}',
            b"",
            b"\xff" * 40,
            header_of((1,) * 5)[8:],
            content[8:start] + b" " * 8,
        )
    )
    length = draw.choice((len(header), len(header), 2**63, 2**31, 0, len(content)))
    members[name] = length.to_bytes(8, "little") + header + content[start:]
    return _sealed(base, members)


def _cases(base: Base, draw: random.Random) -> bytes:
    """Cases of a method left out, repeated, or compared with another video."""
    members = dict(base.members)

    def edit(document: dict[str, Any]) -> None:
        method = draw.choice(sorted(document["cases"]))
        items = document["cases"][method]
        item = draw.choice(items)
        kind = draw.randrange(5)
        if kind == 0:
            items.remove(item)
        elif kind == 1:
            items.append(dict(item))
        elif kind == 2:
            item[draw.choice(("output", "driver", "source"))] = draw.choice((0, 1, 2, 10**6, -1, "0", True, 1.5))
        elif kind == 3:
            item["output"] = item["driver"] if item["output"] != item["driver"] else item["source"]
        else:
            document["cases"][f"{method}x"] = document["cases"].pop(method)

    edited_index(members, edit)
    return _sealed(base, members)


def _table(base: Base, draw: random.Random) -> bytes:
    """The parquet file damaged, or of other rows."""
    content = bytearray(base.members[ROWS])
    if draw.random() < 0.2:
        document = json.loads(base.members["results.json"])
        draw.choice(document["rows"])["case_id"] = "other"
        write_rows(base.folder / ROWS, Results.model_validate(document))
        return _sealed(base, {**base.members, ROWS: (base.folder / ROWS).read_bytes()})
    for _ in range(draw.choice((1, 3, 20))):
        content[draw.randrange(len(content))] = draw.randrange(256)
    if draw.random() < 0.3:
        del content[draw.randrange(len(content)) :]
    return _sealed(base, {**base.members, ROWS: bytes(content)})


def _manifest(base: Base, draw: random.Random) -> bytes:
    """A manifest that is no manifest, or not this one's."""
    text = mutated(base.members[MANIFEST].decode(), draw.randrange(2**32))
    return _archive(base, {**base.members, MANIFEST: text if text != base.members[MANIFEST] else b"{}"})


def _content(base: Base, draw: random.Random) -> bytes:
    """A member that is not what the manifest says."""
    members = dict(base.members)
    name = draw.choice([one for one in members if one != MANIFEST])
    kind = draw.randrange(3)
    if kind == 0:
        members[name] = members[name] + b"\n"
    elif kind == 1:
        del members[name]
    else:
        at = draw.randrange(len(members[name]))
        members[name] = members[name][:at] + bytes([members[name][at] ^ 1]) + members[name][at + 1 :]
    return _archive(base, members)


def _bytes(base: Base, draw: random.Random) -> bytes:
    """The file cut, with bytes changed, or with something before, after or in it."""
    raw, at = base.content, draw.randrange(len(base.content))
    more = bytes(draw.randrange(256) for _ in range(draw.choice((1, 8, 100))))
    kind = draw.randrange(6)
    if kind == 0:
        return raw[:at]
    if kind == 1:
        return raw[:at] + bytes([raw[at] ^ (1 << draw.randrange(8))]) + raw[at + 1 :]
    if kind == 2:
        return raw[:at] + more + raw[at:]
    if kind == 3:
        return draw.choice((more + raw, raw + more, raw + raw, raw + b"PK\x05\x06" + b"\0" * 18))
    if kind == 4:
        return draw.choice(
            (b"", b"PK", more, b"PK\x05\x06" + b"\0" * 18, b"\x1f\x8b" + raw, b"PK\x03\x04" + b"\xff" * 40)
        )
    place = draw.choice([one.start for one in _headers(raw)])
    field = draw.choice((4, 6, 8, 10, 12, 14, 18, 22, 26, 28))
    size = 4 if field in (14, 18, 22) else 2
    return raw[: place + field] + draw.randbytes(size) + raw[place + field + size :]


@dataclass(frozen=True)
class _Header:
    start: int


def _headers(raw: bytes) -> Iterator[_Header]:
    at = 0
    while raw[at : at + 4] == b"PK\x03\x04":
        yield _Header(at)
        size, name, extra = struct.unpack_from("<I", raw, at + 18)[0], *struct.unpack_from("<HH", raw, at + 26)
        at += 30 + size + name + extra


def _paths(base: Base, draw: random.Random) -> bytes:
    """Names that lead elsewhere, links, folders, two members of a name: as other writers of ZIP files have them."""
    out = io.BytesIO()
    kind, strange = draw.randrange(6), draw.choice(NAMES)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if kind == 0 else zipfile.ZIP_STORED) as archive:
        for name, content in base.members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            if kind == 1 and name == draw.choice(list(base.members)):
                info.external_attr, content = (stat.S_IFLNK | 0o777) << 16, b"/etc/passwd"
            archive.writestr(info, content, zipfile.ZIP_DEFLATED if kind == 0 else zipfile.ZIP_STORED)
        if kind == 2:
            import warnings

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                archive.writestr(draw.choice(list(base.members)), b"twice")
        elif kind == 3:
            archive.comment = b"comment"
        elif kind >= 4:
            archive.writestr(zipfile.ZipInfo(strange.replace("\x00", "") or "x", (1980, 1, 1, 0, 0, 0)), b"x")
        elif kind == 1:
            archive.writestr("link", b"/etc/passwd")
    return out.getvalue()


def _sizes(base: Base, draw: random.Random) -> bytes:
    """Members that are too large, too many, or mostly nothing."""
    kind = draw.randrange(4)
    members = dict(base.members)
    if kind == 0:
        return _sealed(base, {**members, **{f"features/x{n}.safetensors": b"" for n in range(draw.choice((1, 200)))}})
    if kind == 1:
        members[INDEX] = b'{"version":1,"videos":[' + b"0," * draw.choice((10**4, 2 * 10**6)) + b"0]}"
    elif kind == 2:
        depth = draw.choice((20, 10**5))
        members["results.json"] = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    else:
        members["results.json"] = b'{"rows":[' + b'{"method":1},' * 10**5 + b"1]}"
    return _sealed(base, members)


KINDS: dict[str, Callable[[Base, random.Random], bytes]] = {
    "schema": _schema,
    "numbers": _numbers,
    "names": _people,
    "index": _index,
    "features": _other_features,
    "shapes": _shapes,
    "array headers": _array_header,
    "cases": _cases,
    "table": _table,
    "manifest": _manifest,
    "content": _content,
    "bytes": _bytes,
    "paths": _paths,
    "sizes": _sizes,
}
