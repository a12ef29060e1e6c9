"""Every adapter: its command line against the recorded options, and a round trip through a stand-in with its traps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from baselines.interface.errors import MethodUnavailable, UnknownMethod
from baselines.official.about import about
from baselines.official.adapter import InvalidAdapter, read_adapter
from baselines.official.arguments import read_arguments
from baselines.official.calls import read_call, read_signatures, signature_problems
from baselines.official.health import after_script, command_line, declared_options, sample
from baselines.official.loading import adapter, adapter_names, method_names, split_name
from baselines.official.settings import Settings
from baselines.official.shim_names import SHIMS
from baselines.registry import resolve
from feed_dataset.core.media.lossless import read_lossless
from tests.baselines.official.batches import SIDE, make_batch
from tests.baselines.official.stand_in import (
    CLASSES,
    ROOT,
    recorded,
    recorded_commit,
    recorded_signatures,
    stand_in,
    starts,
)

DRIVABLE = [name for name in adapter_names() if adapter(name).run is not None]
LAUNCHED = [name for name in DRIVABLE if adapter(name).run.launcher is not None]  # type: ignore[union-attr]
PAPER_ONLY = [name for name in adapter_names() if adapter(name).run is None]


def test_the_methods_of_the_paper_and_those_beyond_it_are_here() -> None:
    assert {"fomm", "styleheat", "pc-avs", "sadtalker", "makeittalk", "wav2lip", "diffused-heads"} <= set(DRIVABLE)
    assert {"hyperreenact", "liveportrait", "tpsmm", "lia", "face-vid2vid", "x-portrait"} <= set(DRIVABLE)
    assert {"aniportrait", "echomimic", "hallo2", "musetalk", "latentsync", "imtalker"} <= set(DRIVABLE)
    assert {"ditto", "joyvasa", "float", "lia-x"} <= set(DRIVABLE)
    assert LAUNCHED == ["emoportraits-official", "uva"]
    assert PAPER_ONLY == ["megaportraits-official", "metaportrait", "nofa"]


@pytest.mark.parametrize("method", method_names())
def test_the_script_at_the_pinned_commit_takes_the_command_line(method: str) -> None:
    found, variant = split_name(method)
    assert found.run is not None
    assert recorded_commit(found.name) == found.commit
    for device in ("cpu", "cuda"):
        settings = Settings(checkout=Path("/c"), checkpoints=Path("/w"), python=Path("/p"), device=device)
        argv = command_line(found.run, found.variants[variant], settings, sample(found, settings))
        assert argv[0] == "/p"
        launched = found.run.launcher is not None
        known = declared_options(found.run, Path("/c")) if launched else recorded(found.name)
        assert known.problems(after_script(found.run, argv)) == []


@pytest.mark.parametrize("name", LAUNCHED)
def test_the_classes_at_the_pinned_commit_take_the_launcher_s_calls(name: str) -> None:
    run = adapter(name).run
    assert run is not None and run.calls
    known = recorded_signatures(name)
    problems = [signature_problems(call, known[call.file]) for call in map(read_call, run.calls)]
    assert problems == [[]] * len(run.calls)
    for file, signatures in known.items():  # and those of the stand-in are the same
        own = read_signatures((CLASSES / name / file).read_text(encoding="utf-8"))
        assert {one: own[one] for one in signatures} == signatures


@pytest.mark.parametrize("name", LAUNCHED)
def test_a_launcher_makes_the_calls_that_are_declared(name: str) -> None:
    """Every argument that is declared stands in its text with that name, or is given by place."""
    run = adapter(name).run
    assert run is not None
    text = (ROOT / "baselines" / "official" / "launchers" / f"{run.launcher}.py").read_text(encoding="utf-8")
    for call in map(read_call, run.calls):
        function = call.name.rpartition(".")[2]
        assert f"{function}(" in text or f".{function}" in text
        named = [one for one in call.arguments if f"{one}=" not in text]
        assert len(named) <= 1, named


@pytest.mark.parametrize("method", method_names())
def test_a_round_trip_through_a_stand_in(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = stand_in(tmp_path, monkeypatch, method)
    made = found.generate(make_batch(tmp_path / "staged inputs.v2", frames=8), tmp_path / "out.d r")
    assert [one.reason for one in made] == [None, None]
    first, second = (read_lossless(one.frames) for one in made if one.frames is not None)
    assert first.shape == second.shape == (8, SIDE, SIDE, 3)
    run = found.adapter.run
    assert run is not None
    assert starts(tmp_path) == (1 if run.unit == "batch" or found.variant.joins else 2)


@pytest.mark.parametrize("method", ["wav2lip", "makeittalk", "pc-avs", "ditto", "latentsync"])
def test_frames_belong_to_the_driver_s_times_at_another_rate(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = stand_in(tmp_path, monkeypatch, method)
    (made,) = found.generate(make_batch(tmp_path / "in", cases=1, frames=17, fps=30), tmp_path / "out")
    assert made.reason is None
    assert made.frames is not None and len(read_lossless(made.frames)) == 17


@pytest.mark.parametrize("name", PAPER_ONLY)
def test_what_cannot_be_run_says_why_and_takes_finished_frames(name: str, tmp_path: Path) -> None:
    with pytest.raises(
        MethodUnavailable, match=f"{name} cannot be run: .*; give finished frames with frames:DIR={name}"
    ):
        resolve(name)
    spec = resolve(f"frames:{tmp_path}={name}")
    assert (spec.kind, spec.name) == ("frames", name)


def test_a_mistyped_name_finds_the_nearest() -> None:
    with pytest.raises(UnknownMethod, match="did you mean 'sadtalker'"):
        resolve("sadtaker")
    spec = resolve("fomm-absolute")
    assert spec.kind == "command" and dict(spec.options) == {"repository": "fomm-absolute"}


@pytest.mark.parametrize("method", method_names())
def test_cards_are_whole(method: str) -> None:
    found, variant = split_name(method)
    card = found.card(variant)
    assert card.paper and card.repository and card.commit and card.licence
    assert found.traps and found.variants[variant].summary
    assert all(shim in SHIMS for shim in (found.environment.shims if found.environment else ()))


@pytest.mark.parametrize("name", DRIVABLE)
def test_show_says_where_everything_is_to_be_had(name: str) -> None:
    found = adapter(name)
    said = list(about(found, str(found.default)))
    kinds = {what for what, _ in said}
    assert {"code", "licence of code", "licence of weights", "weights file", "needs modules", "set up"} <= kinds
    files = [text for what, text in said if what == "weights file"]
    assert all("size " in text and "sha256 " in text for text in files)
    shared = any("://" in place for place in found.weights_from)
    assert shared or all("://" in (one.address or "") for one in found.weights.values())


def test_settings_of_hydra_have_kinds() -> None:
    known = recorded("diffused-heads")
    assert known.problems(["inference_steps=many"]) == ["inference_steps is int but got many"]
    assert known.problems(["gpu=yes", "seed=1"]) == ["gpu is one of true, false but got yes", "unknown override seed=1"]
    with pytest.raises(ValueError, match="expected settings in YAML"):
        read_arguments("a: [", "a.yaml", style="hydra")


def test_a_wrong_description_is_refused_with_its_place() -> None:
    text = (ROOT / "baselines" / "official" / "fomm.toml").read_text()
    for old, new, reason in (
        ('default = "relative"', 'default = "both"', "expected default among"),
        ("[run]", "[run]\ngpu = 2", "run.gpu: Extra inputs are not permitted"),
        ('"{source}"', '"{sorce}"', "got sorce in"),
        ("size_px = 256\ncrop", "size_px = 0\ncrop", "size_px: Input should be greater than 0"),
        ('commit = "c02', 'commit = "X02', "commit: String should match pattern"),
        ("side_px = 256", "side_px = 256\npanel = [0, 0, 1, 1]", "expected panel and picture together"),
        ("[run]", '[run]\nlauncher = "fomm"', "expected calls with a launcher, and only there"),
        ("[run]", '[run]\nlauncher = "fomm"\ncalls = ["a.py"]', "expected a call such as"),
        ('path = "vox-cpk.pth.tar"', 'path = "a"\nsha256 = "12"', "sha256: String should match pattern"),
    ):
        assert old in text
        with pytest.raises(InvalidAdapter, match=reason):
            read_adapter(text.replace(old, new), "fomm.toml")


@pytest.mark.parametrize(
    ("method", "name", "reason"),
    [
        ("uva", "vox_second_stage.ckpt", "expected the tensor points3d"),
        ("emoportraits-official", "328_model.pth", "expected the tensor weight in 328_model.pth"),
    ],
)
def test_a_launcher_refuses_weights_that_would_stay_random(
    method: str, name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = stand_in(tmp_path, monkeypatch, method)
    (file,) = tmp_path.rglob(name)
    torch.save({"state_dict": {"canonical_generator.embedding.embedding.weight": torch.ones(3, 4)}}, file)
    (made,) = found.generate(make_batch(tmp_path / "in", cases=1), tmp_path / "out")
    assert reason in str(made.reason)


def test_a_case_that_fails_in_a_batch_is_tried_alone_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = stand_in(tmp_path, monkeypatch, "imtalker", fault="one-case")
    first, second = found.generate(make_batch(tmp_path / "in"), tmp_path / "out")
    assert "expected one file o/s0_d0.mp4 but got 0" in str(first.reason)
    assert second.reason is None
    assert starts(tmp_path) == 2


def test_a_source_without_a_face_is_a_counted_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = stand_in(tmp_path, monkeypatch, "sadtalker", fault="no-face")
    (made,) = found.generate(make_batch(tmp_path / "in", cases=1), tmp_path / "out")
    assert "it ended with exit code 1: " in str(made.reason)
    assert "TypeError: exceptions must derive from BaseException" in str(made.reason)


def test_audio_that_is_withheld_is_a_counted_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = stand_in(tmp_path, monkeypatch, "wav2lip")
    (made,) = found.generate(make_batch(tmp_path / "in", cases=1, audio=False), tmp_path / "out")
    assert "is driven by audio but there is none" in str(made.reason)


def test_the_panel_of_the_result_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of the source, which stands still, nor that of the driver, who is somebody else."""
    found = stand_in(tmp_path, monkeypatch, "aniportrait")
    (made,) = found.generate(make_batch(tmp_path / "in", cases=1), tmp_path / "out")
    assert made.frames is not None
    frames = read_lossless(made.frames).astype(float)
    assert np.abs(frames - frames[0]).mean() > 0.5
