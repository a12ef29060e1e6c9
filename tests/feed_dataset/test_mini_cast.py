"""The benchmark's people are complete, small, made by the script beside them, and begin neutral."""

from __future__ import annotations

import json

import pytest

from feed_dataset.catalog.catalog import Catalog, open_catalog
from feed_dataset.core.media.video import probe
from feed_dataset.layout.mini import CAST_ROOT
from feed_dataset.synthetic.takes.ground_truth import GroundTruth
from scripts import render_cast

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return open_catalog(CAST_ROOT)


def test_complete_and_made_by_the_script(catalog: Catalog) -> None:
    jobs = render_cast.plan(CAST_ROOT)
    assert {clip.id for clip in catalog.clips} == {f"{job.id}_C" for job in jobs}
    assert len(jobs) == 14 * 2 + 6
    assert [job.id for job in jobs if not job.is_done()] == [], "rendered by another recipe"
    assert catalog.name == "feed-mini-cast" and catalog.problems == ()
    assert {clip.split for clip in catalog.clips} == {"test"}


def test_the_manifest_matches_the_files(catalog: Catalog) -> None:
    manifest = json.loads((CAST_ROOT / "manifest.json").read_text())
    assert manifest["digest"] == catalog.digest and manifest["with_audio"] == []
    assert manifest["settings"]["cameras"] == ["C"]


def test_small() -> None:
    sizes = [path.stat().st_size for path in CAST_ROOT.rglob("*") if path.is_file()]
    assert sum(sizes) < 8 * MEGABYTE and max(sizes) < MEGABYTE


def test_every_take_begins_neutral_and_frontal(catalog: Catalog) -> None:
    for clip in catalog.clips:
        assert clip.ground_truth is not None
        truth = GroundTruth.load(clip.ground_truth)
        assert not truth.coefficients[0].any() and abs(truth.head_deg[0]).max() < 1e-6, clip.id
        info = probe(clip.path)
        assert (info.width_px, info.height_px, info.frame_count) == (512, 512, len(truth)), clip.id
