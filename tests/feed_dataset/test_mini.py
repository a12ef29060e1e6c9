"""What ships with the package is complete, small, and what its manifest says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from feed_dataset.catalog.catalog import Catalog, open_catalog
from feed_dataset.catalog.clip import Clip
from feed_dataset.core.media.video import probe, read_audio, read_video
from feed_dataset.layout.mini import MINI_ROOT
from feed_dataset.synthetic.motion.timeline import make_take
from feed_dataset.synthetic.takes.ground_truth import PART_NAMES, GroundTruth
from feed_dataset.synthetic.takes.settings import SETTINGS, STEMS, SUBJECTS, VERSION

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return open_catalog()


@pytest.fixture(scope="module")
def truths(catalog: Catalog) -> dict[str, GroundTruth]:
    paths = {clip.take_id: clip.ground_truth for clip in catalog.clips}
    return {take_id: GroundTruth.load(path) for take_id, path in paths.items() if path is not None}


def test_complete(catalog: Catalog) -> None:
    wanted = {f"{subject}/{stem}_{camera}" for subject in SUBJECTS for stem in STEMS for camera in "CLR"}
    assert len(wanted) == 8 * 6 * 3
    assert {clip.id for clip in catalog.clips} == wanted
    assert catalog.name == "feed-mini" and catalog.problems == ()
    assert all(clip.ground_truth is not None for clip in catalog.clips)
    assert {clip.subject for clip in catalog.clips if clip.split == "test"} == {"S05", "S06", "S07", "S08"}


def test_manifest_matches_the_files(catalog: Catalog) -> None:
    manifest = json.loads((MINI_ROOT / "manifest.json").read_text())
    assert manifest["version"] == VERSION and manifest["settings"] == SETTINGS.described()
    assert manifest["digest"] == catalog.digest
    assert len(manifest["takes"]) == len(SUBJECTS) * len(STEMS)


def test_small() -> None:
    sizes = {path: path.stat().st_size for path in MINI_ROOT.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 25 * MEGABYTE
    assert max(sizes.values()) < 2 * MEGABYTE
    assert not [path for path in sizes if path.name.startswith(".")], "no temporary files"


def test_every_video(catalog: Catalog) -> None:
    for clip in catalog.clips:
        info = probe(clip.path)
        size = (info.width_px, info.height_px, info.frame_count, float(info.fps))
        assert size == (512, 512, 50, 25.0), clip.id
        assert clip.has_audio == (clip.stem == "speech"), clip.id


def test_every_ground_truth(truths: dict[str, GroundTruth]) -> None:
    assert len(truths) == len(SUBJECTS) * len(STEMS)
    for take_id, truth in truths.items():
        assert f"{truth.subject}/{truth.stem}" == take_id and len(truth) == 50
        recipe = json.loads(truth.recipe)
        assert recipe == {"version": VERSION, "take": take_id, **SETTINGS.described()}
        assert np.isfinite(truth.landmarks_world).all() and truth.coefficients.min() >= 0


def test_frame_0_is_neutral_and_frontal(truths: dict[str, GroundTruth]) -> None:
    for take_id, truth in truths.items():
        assert not truth.coefficients[0].any() and not truth.tongue[0].any(), take_id
        assert np.abs(truth.head_deg[0]).max() < 1e-6 and truth.items[0] == "neutral", take_id


def test_ground_truth_is_what_the_timeline_says(truths: dict[str, GroundTruth]) -> None:
    """The shipped data was made by the code beside it."""
    for take_id, truth in truths.items():
        if truth.stem == "speech":
            continue  # its voice needs the renderer's subjects; test_speech_* covers it
        made = make_take(truth.stem, seed=SETTINGS.seed, subject=truth.subject, frame_count=50, fps=25)
        assert made.items == truth.items, take_id
        np.testing.assert_allclose([e.head_deg for e in made.expressions], truth.head_deg, atol=1e-4)


def test_faces_are_in_the_picture(truths: dict[str, GroundTruth]) -> None:
    for take_id, truth in truths.items():
        for camera in truth.cameras:
            points = truth.landmarks_px(camera)
            assert points.min() > 10 and points.max() < 502, (take_id, camera)
            height = np.ptp(truth.landmarks68_px(camera)[0, :, 1])
            assert 120 < height < 360, "a face fills a good part of the picture"


def _parts_under(truth: GroundTruth, camera: str, points: np.ndarray) -> np.ndarray:
    """Names of the parts at points [T, N, 2]."""
    masks = truth.masks(camera)
    step = truth.cameras[camera].width_px // masks.shape[2]
    index = np.clip((points // step).astype(int), 0, masks.shape[2] - 1)
    frames = np.arange(len(points))[:, None]
    return np.array(PART_NAMES)[masks[frames, index[..., 1], index[..., 0]]]


def test_landmarks_lie_on_the_parts_that_masks_say(truths: dict[str, GroundTruth]) -> None:
    """Ties three sources together: geometry, cameras and the renderer's labels."""
    for subject in SUBJECTS:
        truth = truths[f"{subject}/MAU_strong"]
        iris = _parts_under(truth, "C", truth.landmarks_px("C")[:1, [468, 473]])
        assert iris.tolist() == [["r_eye", "l_eye"]], subject
        lips = _parts_under(truth, "C", truth.landmarks68_px("C")[:1, 48:])
        near_lips = np.isin(lips, ["upper_lip", "lower_lip", "mouth_interior", "teeth", "skin", "beard"])
        assert near_lips.all() and np.isin(lips, ["upper_lip", "lower_lip"]).mean() > 0.4, subject
        nose = _parts_under(truth, "C", truth.landmarks68_px("C")[:1, 30:31])
        assert nose.item() in ("nose", "skin"), subject


def test_open_mouths_show_in_masks(truths: dict[str, GroundTruth]) -> None:
    inside = [PART_NAMES.index(name) for name in ("mouth_interior", "teeth", "tongue")]
    for subject in SUBJECTS:
        truth = truths[f"{subject}/random"]
        jaw = truth.coefficients[:, truth.coefficient_names.index("jawOpen")]
        seen = np.isin(truth.masks("C"), inside).sum((1, 2))
        assert seen[jaw.argmax()] > seen[0] + 5, subject


def test_tongues_show(truths: dict[str, GroundTruth]) -> None:
    label = PART_NAMES.index("tongue")
    for subject in SUBJECTS:
        truth = truths[f"{subject}/tongue_em"]
        seen = (truth.masks("C") == label).sum((1, 2))
        assert seen[0] == 0 and seen.max() > 5, subject


def _speech(catalog: Catalog) -> list[Clip]:
    return [clip for clip in catalog.clips if clip.stem == "speech" and clip.camera == "C"]


def test_voices_move_mouths(catalog: Catalog, truths: dict[str, GroundTruth]) -> None:
    correlations = []
    for clip in _speech(catalog):
        sound, truth = read_audio(clip.path), truths[clip.take_id]
        assert sound is not None and sound.duration_s == pytest.approx(2.0, abs=0.1)
        hop = sound.sample_rate_hz // 25
        padded = np.pad(sound.samples.astype(np.float64), (hop // 2, 2 * hop))
        loud = [np.sqrt(np.mean(padded[i * hop : (i + 1) * hop] ** 2)) for i in range(50)]
        jaw = truth.coefficients[:, truth.coefficient_names.index("jawOpen")]
        correlations.append(np.corrcoef(loud, jaw)[0, 1])
        assert len(set(truth.visemes)) > 4 and truth.visemes[0] == "sil"
    assert len(correlations) == 8 and np.mean(correlations) > 0.6 and min(correlations) > 0.4


def test_views_show_the_same_person_from_three_sides(catalog: Catalog, truths: dict[str, GroundTruth]) -> None:
    """Camera L stands on the subject's left: it sees more of the left cheek, where +x is."""
    truth = truths["S05/FF_NR"]
    for camera, sign in (("L", 1), ("R", -1)):
        outer = truth.landmarks68_px(camera)[0, [36, 45, 30], 0]
        right_eye_to_nose, nose_to_left_eye = outer[2] - outer[0], outer[1] - outer[2]
        assert sign * (nose_to_left_eye - right_eye_to_nose) > 20
    frames = [read_video(catalog.clip(f"S05/FF_NR_{c}").path, max_frames=1).frames[0].astype(int) for c in "CLR"]
    assert np.abs(frames[0] - frames[1]).mean() > 5 and np.abs(frames[1] - frames[2]).mean() > 5
