"""`python -m model analyse` on a few frames of three rendered people."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from PIL import Image

from feed_dataset.core.jobs.errors import WeightsUnavailable
from model.analysis.material import default_clips
from model.analysis.principal import load_components
from model.avatar import FaceFinder
from model.commands import analyse
from model.networks.errors import ModelError


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    analyse.add(parser.add_subparsers())
    parsed = parser.parse_args(["analyse", *arguments])
    code: int = parsed.action(parsed)
    return code


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        assert FaceFinder().networks
    except WeightsUnavailable as error:
        pytest.skip(str(error))
    out = tmp_path_factory.mktemp("figures")
    strong, turned, speech = (
        [str(path) for path in default_clips([stem])[:3]] for stem in ("MAU_strong", "rotations", "speech")
    )
    figures = ("canonical", "disentangle", "components")
    places = ("--clips", *strong, "--pose-clips", *turned, "--mouth-clips", *speech[:1])
    assert run(*figures, *places, "--every", "10", "--out", str(out)) == 0
    return out


def test_every_figure_is_a_picture(out: Path) -> None:
    for name in ("canonical", "disentangle", "components"):
        with Image.open(out / f"{name}.png") as picture:
            assert picture.width > 400 and len(picture.convert("L").getcolors(256) or []) > 50


def test_the_same_person_differs_less_than_two_people(out: Path) -> None:
    canonical = json.loads((out / "analysis.json").read_text())["canonical"]
    difference = canonical["mean_relative_difference"]
    assert 0 < difference["neutral_to_intense"] < 0.5 * difference["between_people"]
    assert canonical["mean_z_error"]["case_3"] < canonical["mean_z_error"]["case_2"]


def test_head_pose_comes_from_the_pose_driver(out: Path) -> None:
    numbers = json.loads((out / "analysis.json").read_text())["disentangle"]
    assert numbers["rotation_variance"]["by_pose"] > 0.9
    assert sum(numbers["z_variance"].values()) == pytest.approx(1)


def test_mouth_components_move_the_lower_face(out: Path) -> None:
    numbers = json.loads((out / "analysis.json").read_text())["components"]
    assert min(numbers["mouth"]["lower_face_share"]) > 0.6


def test_mouth_components_are_kept_in_a_file_with_their_card(out: Path) -> None:
    numbers = json.loads((out / "analysis.json").read_text())["components"]
    kept, card = load_components(out / "mouth-components.safetensors")
    assert len(kept.directions) == numbers["kept"] > 2
    assert kept.explained[:2] == pytest.approx(numbers["mouth"]["explained_variance"], rel=1e-5)
    assert "(pasted, " in card["mouths"][0] and len(card["model_sha256"]) == 64


def test_mouths_are_rendered_or_pasted(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="expected --mouth-clips or --rendered-mouths but got both"):
        run("components", "--rendered-mouths", "1", "--mouth-clips", "a.mp4", "--out", str(tmp_path))
    with pytest.raises(ModelError, match="expected --mouth-states of at least 2 but got 1"):
        run("components", "--mouth-states", "1", "--out", str(tmp_path))


def test_too_few_frames_for_the_latent_figure_are_told(out: Path, tmp_path: Path) -> None:
    clips = [str(path) for path in default_clips(["MAU_strong"])[:1]]
    with pytest.raises(ModelError, match="expected at least as many latents as dimensions that vary"):
        run("latent", "--clips", *clips, "--every", "10", "--out", str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_an_unknown_figure_names_the_nearest() -> None:
    with pytest.raises(ModelError, match="latent"):
        run("latnet")
