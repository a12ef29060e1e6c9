"""The doctor passes what is right, finds what is wrong, skips what is not here, and remembers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmark.cli import main
from benchmark.doctor import examine as examination_module
from benchmark.doctor import outcome
from benchmark.doctor.altered import Altered
from benchmark.doctor.examine import Examination, examine
from benchmark.doctor.expectations import EXPECTATIONS
from benchmark.doctor.known_values.catalog import known_values
from benchmark.doctor.material import doctor_plan
from benchmark.engine.inputs import Crop, Input
from benchmark.engine.networks import NetworkStatus
from benchmark.engine.plan import Plan, PlannedMethod
from benchmark.features.types.extractor import Compute
from benchmark.metrics import CARDS, CaseFeatures, CaseScore, MetricCard
from benchmark.metrics.conditions import BLURRED, TRUTH
from benchmark.metrics.known_answers import Measured, Near, Worse
from feed_dataset.core.jobs.executor import SerialExecutor
from feed_dataset.core.media.video import write_video
from tests.benchmark import harness

PIXELS = [CARDS["psnr"], CARDS["l1"]]


def n_checks() -> int:
    """Of PSNR and of FID's known values."""
    return len(EXPECTATIONS["psnr"]) + sum(len(known_values()[metric]) for metric in ("psnr", "fid[pytorch-fid]"))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Two clips of patterns instead of the bundled people."""
    clips = {}
    for name, level, step in (("t0", 20, 9), ("t1", 90, 9), ("other", 200, -9)):
        frames = np.stack([harness.picture(level + step * t, 64) for t in range(12)])
        clips[name] = tmp_path / f"{name}.mp4"
        write_video(clips[name], frames[:, ::-1] if name == "other" else frames, Fraction(25), crf=1)

    def plan(
        condition: str, metrics: Sequence[MetricCard], networks: NetworkStatus, out: Path, compute: Compute
    ) -> Plan:
        whole = doctor_plan(condition, metrics, networks, out, compute)
        crop = Crop(out / "inputs", 64, 1.0, 100, ())
        cases = tuple(
            replace(case, id=name, cluster=name, driver=Input(name, clips[name], "clip", crop), audio="no sound stream")
            for name, case in zip(("t0", "t1"), whole.cases, strict=False)
        )
        strangers = tuple((case.id, Input("other", clips["other"], "clip", crop)) for case in cases)
        return replace(whole, cases=cases, methods=(PlannedMethod(condition, Altered(condition, strangers, out)),))

    monkeypatch.setattr(examination_module, "doctor_plan", plan)
    monkeypatch.setenv("FEED_CACHE", str(tmp_path / "cache"))
    yield


def ask(*ids: str) -> Examination:
    """What clips say; known values have a test of their own."""
    return examine([CARDS[one] for one in ids], harness.NETWORKS, SerialExecutor(harness.tools), known={})


def test_right_metrics_pass() -> None:
    found = ask("psnr", "l1", "ssim", "auc_z")
    assert found.failed == ()
    assert {verdict.metric for verdict in found.verdicts} == {"psnr", "l1", "ssim", "auc_z"}


def test_what_is_missing_is_skipped_by_name() -> None:
    found = ask("psnr", "fid[pytorch-fid]")
    assert list(found.skipped) == ["fid[pytorch-fid]"]
    assert "fid-inception" in found.skipped["fid[pytorch-fid]"].needs
    assert {verdict.metric for verdict in found.verdicts} == {"psnr"}


def test_a_metric_that_sees_no_damage_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def always_perfect(metric_id: str, case: CaseFeatures) -> CaseScore:
        return CaseScore(100.0, 12, 12)

    monkeypatch.setattr(examination_module, "score_case", always_perfect)
    found = ask("psnr")
    assert {verdict.condition for verdict in found.failed} >= {"blurred", "mirrored", "copy-source"}
    assert TRUTH not in {verdict.condition for verdict in found.failed}


def test_a_metric_that_breaks_fails_and_does_not_break_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(metric_id: str, case: CaseFeatures) -> CaseScore:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(examination_module, "score_case", breaks)
    found = ask("m_p[mesh468]", "psnr")
    assert found.failed == found.verdicts
    assert "raised ZeroDivisionError: by nothing" in str(found.failed[0].got)


def test_known_values_are_asked_also_where_the_network_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = [CARDS["fid[pytorch-fid]"]]
    found = examine(metrics, harness.NETWORKS, SerialExecutor(harness.tools))
    assert list(found.skipped) == ["fid[pytorch-fid]"]
    assert len(found.verdicts) == len(known_values()["fid[pytorch-fid]"])
    assert found.failed == ()
    monkeypatch.setattr("benchmark.metrics.fid.frechet_distance", lambda a, b: 0.0)
    broken = examine(metrics, harness.NETWORKS, SerialExecutor(harness.tools)).failed
    assert {verdict.got for verdict in broken} == {Measured(0.0)}


def test_only_the_conditions_that_are_needed_are_made() -> None:
    seen: list[str] = []
    expectations = {"psnr": (Near(TRUTH, 100.0, 1e-6), Worse(BLURRED))}
    examine(
        [CARDS["psnr"]],
        harness.NETWORKS,
        SerialExecutor(harness.tools),
        expectations=expectations,
        known={},
        done=seen.append,
    )
    assert seen == [TRUTH, BLURRED]


class TestMemory:
    compute = Compute()

    def test_what_was_found_is_recalled_for_the_same_code_and_networks(self) -> None:
        assert outcome.recall(PIXELS, harness.NETWORKS, self.compute) is None
        outcome.remember(ask("psnr"), PIXELS, harness.NETWORKS, self.compute)
        found = outcome.recall(PIXELS, harness.NETWORKS, self.compute)
        assert found is not None
        assert {record.metric for record in found} == {"psnr"}
        assert all(record.passed for record in found)

    def test_another_network_another_device_or_other_code_forgets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        metrics = [CARDS["m_p[mesh468]"]]
        outcome.remember(ask("m_p[mesh468]"), metrics, harness.NETWORKS, self.compute)
        assert outcome.recall(metrics, harness.NETWORKS, self.compute) is not None
        other = NetworkStatus({**harness.NETWORKS.present, "face-mesh": "f" * 64}, {})
        assert outcome.recall(metrics, other, self.compute) is None
        assert outcome.recall(metrics, harness.NETWORKS, Compute("cuda")) is None
        monkeypatch.setattr(outcome, "code_sha256", lambda rooms: "0" * 64)
        assert outcome.recall(metrics, harness.NETWORKS, self.compute) is None

    def test_ensure_asks_only_what_is_not_remembered(self) -> None:
        outcome.remember(ask("psnr"), PIXELS, harness.NETWORKS, self.compute)
        seen: list[str] = []
        found = outcome.ensure(PIXELS, harness.NETWORKS, SerialExecutor(harness.tools), self.compute, done=seen.append)
        assert {record.metric for record in found} == {"psnr", "l1"}
        assert seen
        assert outcome.pending(PIXELS, harness.NETWORKS, self.compute) == []
        outcome.ensure(
            PIXELS,
            harness.NETWORKS,
            SerialExecutor(harness.tools),
            self.compute,
            done=lambda condition: pytest.fail("asked again"),
        )

    def test_a_damaged_memory_is_made_again(self) -> None:
        outcome.remember(ask("psnr"), PIXELS, harness.NETWORKS, self.compute)
        outcome._path(self.compute).write_text("{broken")
        assert outcome.recall(PIXELS, harness.NETWORKS, self.compute) is None


class TestCommand:
    @pytest.fixture(autouse=True)
    def stand_ins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("benchmark.engine.networks.acquire", lambda names, **_: harness.NETWORKS)
        monkeypatch.setattr(
            "feed_dataset.core.jobs.process_executor.ProcessExecutor", lambda *_: SerialExecutor(harness.tools)
        )

    def test_the_table_and_exit_code_0(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["doctor", "--metrics", "psnr,fid[pytorch-fid]"]) == 0
        shown = capsys.readouterr().out
        assert "truth 100" in shown
        assert "skipped" in shown
        assert "for what was skipped: get it" in shown
        assert f"{n_checks()} checks passed, 0 failed, 1 metrics skipped" in shown

    def test_a_failure_is_exit_code_1(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(examination_module, "score_case", lambda metric_id, case: CaseScore(50.0, 12, 12))
        assert main(["doctor", "--metrics", "psnr"]) == 1
        assert "expected 100" in capsys.readouterr().out

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["doctor", "--metrics", "psnr,fid[pytorch-fid]", "--json"]) == 0
        content = json.loads(capsys.readouterr().out)
        assert (content["passed"], content["failed"]) == (n_checks(), 0)
        assert "fid[pytorch-fid]" in content["skipped"]
        assert content["checks"][0]["metric"] == "psnr"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--metrics", "psrn"), "did you mean 'psnr'"),
            (("--metrics", ","), "expected metrics separated by commas"),
            (("--device", "tpu"), "expected a device among"),
            (("--device", "cuda:77"), "expected a device that is here"),
        ],
    )
    def test_wrong_input(self, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["doctor", *arguments]) == 2
        assert message in capsys.readouterr().err
