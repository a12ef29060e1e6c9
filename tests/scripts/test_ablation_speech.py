"""Rows of the miniature of Table 6, the head pose in z, and that a run that is done stays done."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from feed_dataset.core.media.audio import write_wave
from feed_dataset.synthetic.motion.speech import TimedPhoneme
from feed_dataset.synthetic.people.hair_styles import BALD
from feed_dataset.synthetic.people.subjects import random_subject
from feed_dataset.synthetic.rig.head import Head, SharedTopology
from feed_dataset.synthetic.rig.landmarks import posed_landmarks
from feed_dataset.synthetic.scene.types import Expression
from feed_dataset.synthetic.takes.speech_set import INDEX, clips_of
from feed_dataset.synthetic.takes.speech_truth import SpeechTruth
from model.analysis.principal import save_components
from model.networks.emoportraits import EMOPortraits
from model.networks.errors import ModelError
from model.networks.point_motion import PointMotion
from model.speech.clips import SUFFIX, read_header, write_clip
from model.speech.expression.training_config import read_config
from model.speech.sources.mouths import mouth_components_of_points
from model.speech.sources.rendered import clip_of_rendered
from model.speech.teacher import origin_of
from scripts import ablation_speech
from scripts.ablation_parts.page import BEGIN, END
from scripts.ablation_parts.table import verdict
from scripts.ablation_speech_parts import rows
from scripts.ablation_speech_parts.entangled import MOUTH, EntangledCode, against_first, code_of
from scripts.ablation_speech_parts.measure import measured_by
from scripts.ablation_speech_parts.table6 import METRICS, PAPER, TABLE6

FRAMES = 52
TIMES_S = np.arange(FRAMES) / 25
STATES = np.abs(np.arange(FRAMES) % 8 - 4)
RATE_HZ = 16_000


@pytest.fixture(scope="module")
def teacher() -> EMOPortraits:
    return EMOPortraits.from_preset("emoportraits-mini", pretrained=True).eval()


def truth(name: str, seed: int, *, talks: bool, turns: bool) -> SpeechTruth:
    """Somebody whose jaw is in five states in turns, on a head that turns slowly."""
    head = Head(SharedTopology(level=0, texture_px=64), replace(random_subject(seed), hair=BALD, beard=0.0))
    rest = head.pose(Expression()).head_matrix
    jaws = [posed_landmarks(Expression({"jawOpen": 0.15 * n * talks}), head) for n in range(5)]
    pose = np.stack([rest @ yaw(0.1 * turns * np.sin(2 * t)) for t in TIMES_S])
    moved = pose @ np.linalg.inv(rest)
    jaw = np.stack([jaws[state] for state in STATES])
    world = np.einsum("tij,tpj->tpi", moved[:, :3, :3], jaw) + moved[:, None, :3, 3]
    return SpeechTruth(
        name, "train", "en-us", "ah", 25.0, np.zeros((FRAMES, 1), np.float32), ("jawOpen",),
        pose.astype(np.float32), np.zeros((FRAMES, 3), np.float32), np.zeros((FRAMES, 2), np.float32),
        ("aa",) * FRAMES, (TimedPhoneme("AA", 0.0, 0.16, "aa"),), (), "none", world.astype(np.float32),
    )  # fmt: skip


def yaw(angle_rad: float) -> np.ndarray:  # [4, 4]
    turn = np.eye(4)
    turn[0, 0] = turn[2, 2] = np.cos(angle_rad)
    turn[0, 2], turn[2, 0] = np.sin(angle_rad), -np.sin(angle_rad)
    return turn


def write_set(folder: Path, clips: Path, truths: list[SpeechTruth], teacher: EMOPortraits) -> None:
    """As `render-speech` and `speech-clips` leave it; the sound is heard as its opening jaw."""
    heard = torch.from_numpy(np.stack([STATES, np.ones(FRAMES)], axis=1)).float()
    for one in truths:
        (folder / one.speaker).mkdir(parents=True)
        one.save(folder / one.speaker / "0000.npz")
        noise = np.random.default_rng(0).normal(size=FRAMES * RATE_HZ // 25) * 0.1
        write_wave(folder / one.speaker / "0000.wav", noise.astype(np.float32), RATE_HZ)
    index = {"clips": [{"id": f"{one.speaker}/0000"} for one in truths]}
    (folder / INDEX).write_text(json.dumps(index))
    for files in clips_of(folder):
        made = clip_of_rendered(files, teacher, lambda path, times_s: heard, origin_of(teacher, "w"))
        write_clip(clips / f"{files.id}.00{SUFFIX}", made)


@pytest.fixture(scope="module")
def run_folder(teacher: EMOPortraits, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What scripts.train_speech_mini makes, of one clip for each of two people and one who is tested."""
    run = tmp_path_factory.mktemp("run")
    people = [truth("a", 3, talks=True, turns=True), truth("b", 4, talks=False, turns=True)]
    write_set(run / "train", run / "train-clips", people, teacher)
    write_set(run / "test", run / "test-clips", [truth("c", 5, talks=True, turns=False)], teacher)
    save_components(run / MOUTH, *mouth_components_of_points(teacher, [3_000_000], 12))
    return run


@pytest.mark.parametrize(("row", "losses", "free"), [
    ("full", {"pca": 200.0, "vtr": 5.0}, True), ("no_pca", {"vtr": 5.0}, True), ("mae", {"vtr": 205.0}, True),
    ("entangled", {"pca": 200.0, "vtr": 5.0}, False),
])  # fmt: skip
def test_rows_differ_from_speech_mini_in_what_table_6_says_and_nothing_else(
    row: str, losses: dict[str, float], free: bool
) -> None:
    config, mini = rows.config_of(row, seed=2, steps=70, batch=5), read_config("speech_mini")
    assert config.weights() == losses and config.rules.disentangled is free
    assert asdict(config.schedule) == asdict(mini.schedule) | {"steps": 70, "batch": 5, "seed": 2}
    assert asdict(config.rules) == asdict(mini.rules) | {"disentangled": free}
    assert config.sizes() == mini.sizes()


def test_a_head_that_turns_is_in_the_entangled_z_and_not_in_the_teachers(
    run_folder: Path, teacher: EMOPortraits
) -> None:
    code = code_of(teacher, run_folder / "train")
    z = {name: read_header(run_folder / "train-clips" / name / f"0000.00{SUFFIX}").read().z for name in "ab"}
    pose = clips_of(run_folder / "train")[1].truth().head_pose
    turning = z["b"]
    assert turning is not None and z["a"] is not None
    posed = code.z(turning, against_first(pose))
    seen, freed = (value.std(0).norm().item() for value in (posed, turning))
    assert seen > 2 * freed
    assert torch.equal(posed[:, -6:], turning[:, -6:])


def test_while_the_head_is_still_the_entangled_z_is_of_the_same_points(teacher: EMOPortraits) -> None:
    motion = teacher.motion_encoder
    assert isinstance(motion, PointMotion)
    heads = np.stack([yaw(angle) for angle in np.random.default_rng(0).normal(scale=0.05, size=400)])
    code = EntangledCode.of(teacher, heads)
    z = torch.randn(20, teacher.config.z_dim, generator=torch.Generator().manual_seed(0))
    count = motion.modes.count
    true = np.einsum("tk,kpc->tpc", z[:, :count].double().numpy(), motion.modes.expression.double().numpy())
    found = code.z(z, np.tile(np.eye(4), (20, 1, 1)))[:, :count].double().numpy()
    left = np.einsum("tk,kpc->tpc", found, code.modes) - true
    assert np.square(left).mean() < 0.02 * np.square(true).mean()
    assert code.sha256 == EntangledCode.of(teacher, heads).sha256


def test_the_true_z_is_nearer_than_a_face_that_stands_still(run_folder: Path, teacher: EMOPortraits) -> None:
    for measured in measured_by(run_folder, code_of(teacher, run_folder / "train")).values():
        true, still = measured.of_truth(), measured.of_still()
        assert true["m_p"] < 0.5 * still["m_p"] and true["m_v"] < 0.5 * still["m_v"]
        assert true.keys() <= METRICS.keys()


def test_paper_has_the_complete_model_in_front_everywhere() -> None:
    """And `verdict` reads a table whose columns are all better when lower."""
    runs = {row: {seed: dict.fromkeys(METRICS, 1.0 + (row != "full")) for seed in range(2)} for row in rows.ROWS}
    for name, column in PAPER.items():
        assert column.values.keys() == rows.ROWS.keys() and min(column.values, key=column.values.__getitem__) == "full"
        for row in ("mae", "no_pca", "entangled"):
            found = verdict(TABLE6, name, row, runs)
            assert found is not None and found[0] == "holds"


def test_runs_that_are_done_are_not_repeated(
    run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two steps of each row; the second call trains nothing and says the same."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\n{END}\nafter\n")
    monkeypatch.setattr(ablation_speech, "PAGE", page)
    monkeypatch.setattr(ablation_speech, "MOUTH_SEEDS", range(3_000_000, 3_000_001))
    args = Namespace(
        run=run_folder, out=tmp_path / "out", rows=list(rows.ROWS), seeds=1, steps=2, batch=4, minutes=None, write=True
    )
    assert ablation_speech.main(args) == 0
    told = capsys.readouterr().out
    assert "| ours w/o disentanglement | 1 |" in told and "4 rows with 1 seed each, 2 steps of 4 windows" in told
    assert "| the true entangled z through its map | - |" in told and "within the noise" in told
    assert page.read_text() == f"before\n{BEGIN}\n{told}{END}\nafter\n"
    header = read_header(tmp_path / "out" / "entangled" / "train-clips" / "a" / f"0000.00{SUFFIX}")
    assert header.origin.disentangled is False

    def again(*_: Any) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(ablation_speech, "trained", again)
    assert ablation_speech.main(args) == 0 and capsys.readouterr().out == told
    with pytest.raises(ModelError, match="expected the settings .* name another folder with --out"):
        ablation_speech.main(Namespace(**(vars(args) | {"steps": 3})))
