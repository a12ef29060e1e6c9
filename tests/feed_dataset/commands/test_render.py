"""`python -m feed_dataset render`: every stem, with all of its ground truth."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.catalog.catalog import open_catalog
from feed_dataset.cli import main
from feed_dataset.commands.render import stems_of
from feed_dataset.core.jobs.errors import FeedError
from feed_dataset.core.media.video import read_video
from feed_dataset.layout.names import FEED_STEMS, STEMS, TASKS
from feed_dataset.synthetic.takes import write
from feed_dataset.synthetic.takes.ground_truth import PART_NAMES, GroundTruth
from feed_dataset.synthetic.takes.settings import SETTINGS
from feed_dataset.synthetic.takes.settings import STEMS as MINI_STEMS

FRAMES = 4


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every stem of one person, tiny."""
    out = tmp_path_factory.mktemp("rendered")
    options = ["--size", "64", "--frames", str(FRAMES), "--fps", "4", "--workers", "1"]
    assert main(["render", "--subjects", "1", "--tasks", "all", *options, "--out", str(out)]) == 0
    return out


def test_every_stem_is_there_with_three_views(rendered: Path) -> None:
    catalog = open_catalog(rendered)
    assert not catalog.problems
    wanted = {f"S01/{stem}_{camera}" for stem in (*FEED_STEMS, "speech") for camera in "CLR"}
    assert {clip.id for clip in catalog.clips} == wanted
    assert {clip.task for clip in catalog.clips} == set(TASKS)
    assert read_video(catalog.clip("S01/eyes_L").path).frames.shape == (FRAMES, 64, 64, 3)


def test_ground_truth_has_everything(rendered: Path) -> None:
    for stem in (*FEED_STEMS, "speech"):
        truth = GroundTruth.load(rendered / "S01" / f"{stem}.npz")
        assert len(truth) == FRAMES and (truth.subject, truth.stem) == ("S01", stem)
        assert truth.coefficients.shape == (FRAMES, 52) and len(truth.coefficient_names) == 52
        assert truth.head_pose.shape == (FRAMES, 4, 4) and truth.head_deg.shape == (FRAMES, 3)
        assert truth.gaze_deg.shape == (FRAMES, 2) and truth.tongue.shape == (FRAMES, 5)
        assert truth.landmarks_world.shape == (FRAMES, 478, 3)
        assert len(truth.visemes) == len(truth.items) == FRAMES
        for camera in "CLR":
            assert truth.landmarks68_px(camera).shape == (FRAMES, 68, 2)
            assert truth.masks(camera).shape == (FRAMES, 16, 16)
            assert PART_NAMES.index("skin") in truth.masks(camera)


def moving(rendered: Path, stem: str) -> GroundTruth:
    return GroundTruth.load(rendered / "S01" / f"{stem}.npz")


def test_stems_show_what_they_are_named_after(rendered: Path) -> None:
    names = list(moving(rendered, "blinks").coefficient_names)
    blink = [names.index("eyeBlinkLeft"), names.index("eyeBlinkRight")]
    assert moving(rendered, "blinks").coefficients[:, blink].max() > 0.3
    assert np.abs(moving(rendered, "rotations").head_deg).max() > 8
    assert np.abs(moving(rendered, "eyes").gaze_deg).max() > 5
    assert moving(rendered, "tongue_em").tongue[:, 0].max() > 0.3
    assert moving(rendered, "tongue_rot").tongue[:, 0].max() > 0.3
    assert moving(rendered, "MAU_strong").coefficients.max() > moving(rendered, "MAU_mild").coefficients.max()
    asymmetric = moving(rendered, "FF_NR").coefficients
    left = [index for index, name in enumerate(names) if name.endswith("Left") and "eye" not in name]
    right = [names.index(names[index].removesuffix("Left") + "Right") for index in left]
    assert np.abs(asymmetric[:, left] - asymmetric[:, right]).max() > 0.3


def test_a_stem_named_like_a_task_is_only_itself() -> None:
    assert stems_of(["rotations"]) == ("rotations", "tongue_rot")
    assert stems_of([], ["rotations"]) == ("rotations",)
    assert stems_of([]) == MINI_STEMS, "what feed-mini has"
    with pytest.raises(FeedError, match="rotations"):
        stems_of([], ["rotation"])


def test_tasks_are_keys_stems_or_all() -> None:
    assert stems_of(["basic"]) == ("MAU_mild", "MAU_strong")
    assert stems_of(["asymmetric", "FF", "speech"]) == ("FF_NR", "FF", "speech")
    assert set(stems_of(["all"])) == {*FEED_STEMS, "speech"}
    assert stems_of(list(TASKS)) == stems_of(["all"]) or set(stems_of(list(TASKS))) == set(stems_of(["all"]))
    assert all(STEMS[stem].task == "tongue" for stem in stems_of(["tongue"]))
    with pytest.raises(FeedError, match="did you mean 'asymmetric'"):
        stems_of(["asymetric"])


def test_wide_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """16:9, as FEED's 4K videos are; a small one stands in."""
    monkeypatch.setattr("feed_dataset.synthetic.takes.sizes.NAMED_SIZES_PX", {"tiny": (128, 72)})
    options = ["--size", "tiny", "--frames", "2", "--fps", "10", "--workers", "1"]
    assert main(["render", "--subject", "S03", "--tasks", "eyes", *options, "--out", str(tmp_path)]) == 0
    frames = read_video(tmp_path / "S03" / "eyes_C.mp4").frames
    assert frames.shape == (2, 72, 128, 3)
    truth = GroundTruth.load(tmp_path / "S03" / "eyes.npz")
    assert truth.masks("C").shape == (2, 18, 32)
    assert not list((tmp_path / "S03").glob(".*")), "no temporary pictures left"
    nose = truth.landmarks68_px("C")[0, 30]
    assert np.abs(nose - (64, 36)).max() < 12, "the head is in the middle"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "8k"], "512, 1080p, 4k or pixels"),
        (["--subjects", "2", "--seed", "-1"], "seed of 0 or more"),
        (["--tasks", "wink"], "did you mean 'winks'"),
    ],
)
def test_wrong_input_is_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", *arguments, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


class DyingJob(write.TakeJob):
    """A take whose rendering takes too much memory; the others are not what is tested."""

    def run(self, tools: None) -> None:
        if self.stem == "eyes":
            os._exit(7)


def test_a_take_that_cannot_be_rendered_is_named_after_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "TakeJob", DyingJob)
    told: list[str] = []
    with pytest.raises(write.RenderError, match=r"2 takes .* 1 were not \(S01/eyes: .* ended \(exit code 7\)\)"):
        write.render_dataset(
            tmp_path,
            subjects=["S01"],
            stems=["eyes", "speech"],
            settings=SETTINGS,
            workers=1,
            on_take=lambda take_id, now: told.append(take_id),
        )
    assert told == ["S01/speech"]
