"""`train` on a rendered set of 32 px, as a person would type it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from feed_dataset.synthetic.motion.sampling import MotionState
from model.cli import main
from model.networks.config import PRESETS, ModelConfig
from model.networks.emoportraits import EMOPortraits
from tests.model.training.conftest import rendered_set

assert rendered_set  # a fixture

LEFT_OUT = "image face gaze ears".split()


@pytest.fixture
def config(tmp_path: Path, tiny_config: ModelConfig, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)
    file = tmp_path / "mine.toml"
    file.write_text(
        '[model]\npreset = "tiny"\n[rules]\ndis_channels = 2\n[schedule]\nsteps = 2\nbatch = 2\nmixture = "ordinary"\n'
    )
    return str(file)


def args(config: str, data: Path, out: Path, *more: str) -> list[str]:
    return ["train", "--config", config, "--ordinary", str(data), "--out", str(out), "--without", *LEFT_OUT, *more]


def test_training_leaves_weights_whose_card_says_what_was_left_out(
    config: str, rendered_set: Path, tmp_path: Path
) -> None:
    assert main(args(config, rendered_set, tmp_path / "run")) == 0
    provenance = EMOPortraits.from_pretrained(tmp_path / "run" / "export").provenance
    assert provenance["without"] == LEFT_OUT and provenance["step"] == 2
    assert set(provenance["losses"]) == {"eyes", "mouth", "cos", "sdm", "cv", "adv", "fm"}
    assert "trained without these losses" in (tmp_path / "run" / "export" / "README.md").read_text()


def test_rendered_people_are_drawn_without_a_folder_and_stand_in_the_card(
    config: str, rendered_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Painter:
        def __init__(self, topology: object, seed: int, size_px: int, *, threads: int) -> None:
            assert size_px == 32 and 50 <= seed < 54
            with np.load(rendered_set / f"{seed - 50:05d}.npz") as stored:
                self.stored = dict(stored)

        def pictures(self, states: list[MotionState]) -> dict[str, np.ndarray]:
            return {name: value if name == "rest_points" else value[: len(states)]
                    for name, value in self.stored.items()}  # fmt: skip

    monkeypatch.setattr("model.training.drawn_people.training_topology", lambda: None)
    monkeypatch.setattr("model.training.drawn_people.PersonPainter", Painter)
    command = ["train", "--config", config, "--ordinary-rendered", "4:50", "--steps", "1"]
    assert main([*command, "--out", str(tmp_path / "run"), "--without", "image", "face", "gaze"]) == 0
    provenance = EMOPortraits.from_pretrained(tmp_path / "run" / "export").provenance
    assert provenance["data"] == ["rendered people of the seeds 50 to 53, drawn as needed"]
    assert "ears" in provenance["losses"]


@pytest.mark.parametrize("given", ["0", "-3", "many", "4:x", "4:-1"])
def test_how_many_people_are_drawn(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "--config", "no_cv", f"--ordinary-rendered={given}"])
    assert ended.value.code == 2
    assert f"expected a number of people, or NUMBER:SEED, but got {given!r}" in capsys.readouterr().err


def test_dry_run_prints_the_cost_and_writes_nothing(
    config: str, rendered_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = sorted(tmp_path.rglob("*"))
    command = args(config, rendered_set, tmp_path / "run", "--dry-run")
    assert main([one for one in command if one not in ("--out", str(tmp_path / "run"))]) == 0
    shown, said = capsys.readouterr()
    assert "timing 1 step" in said, "expected a line before minutes of silence on large configurations"
    assert "without: image, face, gaze, ears" in shown and "{" not in shown
    assert "steps: 2" in shown and "s a step" in shown and "MiB at most" in shown and "motion_encoder" in shown
    assert sorted(tmp_path.rglob("*")) == written


def test_verify_resume_says_equal(
    config: str, rendered_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args(config, rendered_set, tmp_path / "run", "--verify-resume", "2")) == 0
    assert capsys.readouterr().out == "stopped after step 1 of 2: equal\n"


def test_bfloat16_is_refused_on_a_cpu(
    config: str, rendered_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args(config, rendered_set, tmp_path / "run", "--precision", "bfloat16")) == 2
    error = capsys.readouterr().err
    assert "expected precision float32 on cpu but got bfloat16, in which" in error and error.count("\n") == 1


def test_missing_networks_are_all_named(
    config: str, rendered_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("feed_dataset.core.weights.store._failures", {"vgg19": "offline", "vggface-vgg16": "offline"})
    command = ["train", "--config", config, "--ordinary", str(rendered_set), "--out", str(tmp_path / "run")]
    assert main([*command, "--without", "ears"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    for word in ("'vgg19'", "'vggface-vgg16'", "'gaze-vgg16'", "weights download vgg19", "--without image face gaze"):
        assert word in error


def test_the_network_of_the_package_stands_in_for_vgg_and_in_the_card(
    config: str, rendered_set: Path, tmp_path: Path
) -> None:
    """Also where no other network is to be had."""
    mine, out = tmp_path / "own.toml", tmp_path / "run"
    mine.write_text(Path(config).read_text().replace("[rules]", "[rules]\nimage_scales = 2"))
    command = ["train", "--config", str(mine), "--ordinary", str(rendered_set), "--out", str(out), "--steps", "1"]
    assert main([*command, "--without", "face", "gaze", "ears", "--perceptual", "own"]) == 0
    provenance = EMOPortraits.from_pretrained(out / "export").provenance
    assert provenance["rules"]["perceptual"] == "own" and "image" in provenance["losses"]


@pytest.mark.parametrize("more", [
    ["--ordinary", "/nowhere"],
    ["--ordinary", "SET", "--pose-from", "/nowhere"],
])  # fmt: skip
def test_a_wrong_path_is_said_before_a_network_is_looked_for(
    more: list[str], config: str, rendered_set: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(
        "model.training.paper_networks.resolve", lambda *asked, **named: pytest.fail("a network was asked for")
    )
    given = [str(rendered_set) if one == "SET" else one for one in more]
    assert main(["train", "--config", config, *given, "--dry-run"]) == 2
    error = capsys.readouterr().err
    assert "/nowhere" in error and error.count("\n") == 1


def validate(model: EMOPortraits, step: int) -> dict[str, float]:
    return {"z_dim": float(model.config.z_dim)}


def test_validation_by_name(config: str, rendered_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert main(args(config, rendered_set, out, "--validate", f"{__name__}:validate", "--steps", "1")) == 0
    values = json.loads((out / "validation.jsonl").read_text())
    assert values["step"] == 1 and values["z_dim"] == 8 and 0.5 < values["auc_z"] <= 1


def test_validation_by_a_command(config: str, rendered_set: Path, tmp_path: Path) -> None:
    program = tmp_path / "score.py"
    program.write_text("""
import json, pathlib, sys
folder, step = pathlib.Path(sys.argv[1]), int(sys.argv[2])
print("scoring")
print(json.dumps({"files": len(list(folder.glob("*.safetensors"))), "tenth": step / 10}))
""")
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} {{model}} {{step}}"
    out = tmp_path / "run"
    assert main(args(config, rendered_set, out, "--validate-command", command, "--steps", "1")) == 0
    values = json.loads((out / "validation.jsonl").read_text())
    assert (values["step"], values["files"], values["tenth"]) == (1, 1, 0.1)


def test_tensorboard_is_missed_before_anything_is_made(
    config: str, rendered_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("model.training.board.find_spec", lambda name: None)
    assert main(args(config, rendered_set, tmp_path / "run", "--tracker", "tensorboard")) == 2
    error = capsys.readouterr().err
    assert "pip install 'feed-benchmark[tensorboard]'" in error and error.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("more", "message"), [
    ([], "expected --config (training on pairs of frames) or --data (a rendered set) but got neither"),
    (["--config", "no_cv", "--preset", "emoportraits"], "expected no --preset with --config"),
    (["--data", "set", "--batch", "4", "--without", "cv"], "expected no --without --batch with --data"),
    (["--config", "no_cv", "--extreme", "set", "--extreme-rendered", "4"],
     "expected no --extreme with --extreme-rendered"),
    (["--data", "set", "--device", "cuda"], "expected no --device with --data"),
    (["--data", "set", "--validate-every", "-1"], "expected --validate-every of at least 0 but got -1"),
    (["--config", "nocv"], "expected a configuration among"),
    (["--config", "no_cv", "--validate", "nowhere:f"], "expected MODULE:FUNCTION in --validate but got 'nowhere:f'"),
    (["--config", "no_cv", "--validate-command", "score {step}"], "expected a program and {model} among its arguments"),
    (["--data", "set", "--workers", "1"], "expected no --workers with --data"),
    (["--config", "no_cv", "--workers", "-1"], "expected --workers of at least 0 but got -1"),
    (["--config", "no_cv", "--keep", "0"], "expected --keep of at least 1 but got 0"),
    (["--config", "no_cv", "--precision", "half"], "expected a precision among bfloat16, float32 but got 'half'"),
    (["--config", "no_cv", "--device", "gpu"], "expected a device such as cpu or cuda:0 but got 'gpu'"),
    (["--data", "set", "--verify-resume", "1"], "expected --verify-resume of at least 2 but got 1"),
])  # fmt: skip
def test_mistakes_are_one_line_and_exit_2(
    more: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--out", str(tmp_path / "run"), *more]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_training_needs_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--data", "set"]) == 2
    assert "expected --out DIR for checkpoints, the log and the export but got none" in capsys.readouterr().err
