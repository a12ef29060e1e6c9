"""Protocols whose cases the leaderboard does not have: on data of the user, and of somebody's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.protocols import protocol
from tests.leaderboard.forging import CROSS, CSIM, TRANSFER, Document, Edit, drop, put, refused, submitted


class TestDataOfTheUser:
    """Cases depend on somebody's copy of FEED: settings and metrics are the protocol's, cases must fit each other."""

    @staticmethod
    def moved(d: Document) -> None:
        loaded = protocol.load("feed-cross")
        put(d["data"], name="feed", digest="d" * 64, synthetic=False)
        put(d["protocol"], name=loaded.name, version=loaded.version, limit=6)
        put(d["protocol"], frames_per_case=loaded.frames_per_case, size_px=loaded.size_px, seed=loaded.seed)

    def test_settings_are_checked(self, tmp_path: Path) -> None:
        def edit(d: Document) -> None:
            self.moved(d)
            d["protocol"]["size_px"] += 1

        assert "expected size_px" in refused(tmp_path, edit)

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            (lambda d: put(d["data"], digest="mine"), "a sha256 as the digest"),
            (lambda d: put(d["data"], synthetic=True), "expected synthetic False"),
            (lambda d: put(d["protocol"], limit=5), "expected 5 case(s) but got 6"),
            (lambda d: d["protocol"]["case_ids"].__setitem__(0, "S\u200b-a--b"), "letters, digits"),
        ],
    )
    def test_what_the_data_decides_has_its_form(self, more: Edit, expected: str, tmp_path: Path) -> None:
        def edit(d: Document) -> None:
            self.moved(d)
            more(d)

        assert expected in refused(tmp_path, edit)


OWN = f"""
name: mine
version: "7"
summary: a protocol of somebody's own
data: {CROSS.data}
task: cross
size_px: {CROSS.size_px}
crop_scale: 1.0
frames_per_case: {CROSS.frames_per_case}
embed_every: {CROSS.embed_every}
seed: {CROSS.seed}
drivers: {{subjects: null, stems: [random], camera: C, cases: 6}}
metrics: ["{CSIM}", "{TRANSFER}"]
"""


def test_a_protocol_of_ones_own_comes_with_its_file(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(OWN)

    def edit(d: Document) -> None:
        put(d["protocol"], name="mine", version="7")
        for key in ("rows", "aggregates"):
            drop(d, key, lambda one: one["metric"] not in (CSIM, TRANSFER))
        kept = {"face-detector", "face-mesh", "face-landmarker", "dlib-face-resnet"}
        d["networks"] = {name: sha for name, sha in d["networks"].items() if name in kept}
        d["extractors"] = {name: one for name, one in d["extractors"].items() if name in ("dlib", "mesh468", "mesh478")}

    assert "name the file" in refused(tmp_path, edit)
    assert submitted(tmp_path, edit, protocol_file=own).results.protocol.name == "mine"
    assert "expected version 7" in refused(
        tmp_path, lambda d: (edit(d), put(d["protocol"], version="8")), protocol_file=own
    )
    assert "expected its driver" in refused(
        tmp_path, lambda d: (edit(d), [put(r, cluster="S01") for r in d["rows"]]), protocol_file=own
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: mine", 'name: "feed-mini-cross\\u200b"'),
        (f"seed: {CROSS.seed}", "seed: -1"),
        ('version: "7"', 'version: "7 "'),
    ],
)
def test_the_file_of_a_protocol_says_nothing_that_cannot_be_seen(old: str, new: str, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    assert old in OWN
    own.write_text(OWN.replace(old, new))
    assert old.partition(":")[0] in refused(tmp_path, lambda d: None, protocol_file=own)
