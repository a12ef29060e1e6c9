"""What scripts/bench_metrics.py prints, writes and exits with; its parts are measured by running it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scripts import bench_metrics
from scripts.bench_metrics_parts._bound import Bound, flop_of_frame
from scripts.bench_metrics_parts.figure import Figure, missed


def test_floors_and_ceilings() -> None:
    assert Figure("speed", 3.1, "x", 3.0).is_met
    assert not Figure("speed", 2.9, "x", 3.0).is_met
    assert Figure("error", 1e-6, "rel", 1e-4, at_least=False).is_met
    assert not Figure("error", 1e-3, "rel", 1e-4, at_least=False).is_met
    assert Figure("shown", 0.0).is_met
    assert missed([Figure("a", 1, "", 2), Figure("b", 2, "", 2)]) == [Figure("a", 1, "", 2)]


@pytest.mark.parametrize("at_least", [True, False])
def test_what_could_not_be_measured_misses_its_floor(at_least: bool) -> None:
    assert not Figure("speed", float("nan"), "x", 3.0, at_least).is_met
    assert "FAIL" in str(Figure("speed", float("nan"), "x", 3.0, at_least))


def test_a_figure_reads_as_a_line() -> None:
    line = str(Figure("LPIPS", 2e-7, "rel", 1e-4, at_least=False, note="8 pairs"))
    assert line.split() == ["LPIPS", "2e-07", "rel", "<=", "0.0001", "PASS", "8", "pairs"]


def test_the_bound_of_one_pass_counts_three_inceptions_and_alexnet() -> None:
    frame = flop_of_frame(512)
    assert frame == pytest.approx(3 * 2 * 5.71e9 + 2 * 3.65e9, rel=0.01)  # multiply-adds as published, at 512 px
    assert Bound(frame, flop_per_s=frame).seconds(frames=10, cores=2) == 5.0


def test_every_part_is_found_and_can_run() -> None:
    names = bench_metrics.part_names()
    assert {"equality", "one_pass", "costs", "precision"} <= set(names)
    assert not any(name.startswith("_") or name == "figure" for name in names)
    for name in names:
        assert callable(bench_metrics.load_part(name).run)


def part(monkeypatch: pytest.MonkeyPatch, run) -> None:
    monkeypatch.setattr(bench_metrics, "part_names", lambda: ["only"])
    monkeypatch.setattr(bench_metrics, "load_part", lambda name: SimpleNamespace(run=run))
    monkeypatch.setattr(bench_metrics, "prepare_torchvision", lambda: None)


def main(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["bench_metrics", *words])
    return bench_metrics.main()


def test_exit_codes_and_the_record(monkeypatch, tmp_path: Path, capsys) -> None:
    part(monkeypatch, lambda quick: [Figure("speed", 2.0 if quick else 4.0, "x", 3.0)])
    assert main(monkeypatch, "--json", str(tmp_path / "out" / "figures.json")) == 0
    assert main(monkeypatch, "--quick") == 1
    assert "missed: speed" in capsys.readouterr().out
    record = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert record["figures"][0]["value"] == 4.0 and record["figures"][0]["met"] is True
    assert record["not_run"] == {} and record["seconds"].keys() == {"only"}


def test_a_missing_package_is_named_and_no_failure(monkeypatch, capsys) -> None:
    def run(quick: bool) -> list[Figure]:
        import a_package_that_nobody_has  # noqa: F401

        return []

    part(monkeypatch, run)
    assert main(monkeypatch) == 0
    assert "only: not run: needs the extra oracles (no package a_package_that_nobody_has)" in capsys.readouterr().out


def test_a_missing_module_of_ours_is_a_failure(monkeypatch) -> None:
    def run(quick: bool) -> list[Figure]:
        import benchmark.a_module_that_was_removed  # noqa: F401

        return []

    part(monkeypatch, run)
    with pytest.raises(ModuleNotFoundError):
        main(monkeypatch)


def test_unknown_parts_are_refused(monkeypatch, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        main(monkeypatch, "nonsense")
    assert stop.value.code == 2
    assert "but got nonsense" in capsys.readouterr().err


def test_clips_are_worse_copies_with_sound(tmp_path: Path) -> None:
    from benchmark.features.extractors.pixels import frame_psnr_db
    from benchmark.features.types.sequence import FrameSequence
    from feed_dataset.core.media.audio import read_audio
    from scripts.bench_metrics_parts._material import make_clips

    clips = make_clips(tmp_path, 1, 3)
    made, truth = (np.stack(list(FrameSequence.from_file(p[0]).read())) for p in (clips.generated, clips.references))
    assert made.shape == truth.shape == (3, 512, 512, 3)
    assert 15 < frame_psnr_db(made[0], truth[0]) < 40
    assert read_audio(clips.generated[0]) is not None


def test_random_networks_stand_in_and_leave_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from feed_dataset.core.weights import REGISTRY, resolve
    from feed_dataset.core.weights.store import forget_failures
    from scripts.bench_metrics_parts._material import networks

    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("FEED_WEIGHTS", str(tmp_path / "placed"))
    (tmp_path / "placed").mkdir()
    (tmp_path / "placed" / "mine.bin").write_bytes(b"mine")
    forget_failures()
    entry = REGISTRY["squeezenet1_1"]
    with networks(tmp_path / "random", ("squeezenet1_1",)) as files:
        assert resolve("squeezenet1_1") == files["squeezenet1_1"]
        assert (Path(os.environ["FEED_WEIGHTS"]) / "mine.bin").read_bytes() == b"mine"
    assert REGISTRY["squeezenet1_1"] == entry and os.environ["FEED_WEIGHTS"] == str(tmp_path / "placed")
