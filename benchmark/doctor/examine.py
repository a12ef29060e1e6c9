"""The examination itself: make each condition's videos, extract, score, compare with what is expected."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.doctor import conditions as on
from benchmark.doctor.checks import Expectation, Measured, Verdict, judge
from benchmark.doctor.expectations import EXPECTATIONS
from benchmark.doctor.material import Take, latents, load_takes, output_frames, sound_file
from benchmark.engine.aggregate import every_nth
from benchmark.engine.networks import NetworkStatus
from benchmark.features.extractors.catalog import is_thinned, split_ids
from benchmark.metrics import CaseFeatures, Metric, score_case, score_set
from benchmark.results.schema import NotComputed

if TYPE_CHECKING:
    from benchmark.features import FeatureStore
    from benchmark.features.toolbox import Toolbox

STRIDE = 5  # of slow descriptors, as in the protocols
_LATENT_CONDITIONS = (on.ISOTROPIC, on.COLLAPSED)


@dataclass(frozen=True)
class Examination:
    """Every expectation of every metric that could be asked, and what could not be asked."""

    verdicts: tuple[Verdict, ...]
    skipped: Mapping[str, NotComputed]  # by metric id

    @property
    def failed(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)


def examine(
    metrics: Sequence[Metric],
    networks: NetworkStatus,
    toolbox: Toolbox,
    *,
    expectations: Mapping[str, Sequence[Expectation]] = EXPECTATIONS,
    done: Callable[[str], None] = lambda condition: None,
) -> Examination:
    """Hold metrics against what is known of them.

    Args:
        done: called with each condition's name when it is finished.
    """
    skipped = {m.id: lack for m in metrics if (lack := networks.lacking_of(m)) is not None}
    asked = [metric for metric in metrics if metric.id not in skipped]
    measured: dict[str, dict[str, Measured]] = {metric.id: {} for metric in asked}
    with tempfile.TemporaryDirectory(prefix="feed-doctor-") as temporary:
        bench = _Bench(toolbox, networks, Path(temporary))
        for condition in conditions_of(asked, expectations):
            here = [m for m in asked if condition in _needed(expectations[m.id])]
            cases = bench.cases(condition, here)
            for metric in here:
                measured[metric.id][condition] = measure(metric, cases)
            done(condition)
    verdicts = [judge(m, one, measured[m.id]) for m in asked for one in expectations[m.id]]
    return Examination(tuple(verdicts), skipped)


def conditions_of(metrics: Iterable[Metric], expectations: Mapping[str, Sequence[Expectation]]) -> list[str]:
    """The conditions that these metrics have to be asked under, in the order of the table."""
    wanted = {condition for metric in metrics for condition in _needed(expectations[metric.id])}
    return [condition for condition in on.CONDITIONS if condition in wanted]


def measure(metric: Metric, cases: Sequence[CaseFeatures]) -> Measured:
    """The mean over cases, or the set's value, or why there is none."""
    stride = STRIDE if is_thinned(metric.features) else 1
    cases = [every_nth(case, stride) for case in cases]
    try:
        if metric.level == "set":
            of_set = score_set(metric.id, cases)
            return Measured(of_set.value, of_set.reason)
        scores = [score_case(metric.id, case) for case in cases]
    except Exception as error:  # a metric that breaks is what the doctor is there to find
        return Measured(None, f"raised {type(error).__name__}: {error}", broken=True)
    values = [score.value for score in scores if score.value is not None]
    if values:
        return Measured(sum(values) / len(values))
    reasons = dict.fromkeys(reason for score in scores for reason, _ in score.failures)
    return Measured(None, "; ".join(reasons) or None)


def _needed(expectations: Sequence[Expectation]) -> set[str]:
    named = {one.condition for one in expectations}
    return named | {one.compared_with for one in expectations if one.compared_with is not None}


class _Bench:
    """The takes, and everything that was already looked at."""

    def __init__(self, toolbox: Toolbox, networks: NetworkStatus, folder: Path) -> None:
        from benchmark.features import FeatureStore

        self._toolbox = toolbox
        self._folder = folder
        self._store: FeatureStore = FeatureStore(folder / "features", networks.present)
        self._takes: list[Take] = []

    def cases(self, condition: str, metrics: Sequence[Metric]) -> list[CaseFeatures]:
        """Features of every take under one condition, as far as these metrics need them."""
        if not self._takes:
            self._takes = load_takes(self._toolbox)
        ids = list(dict.fromkeys(one for metric in metrics for one in metric.features))
        return [self._case(condition, take, ids, seed) for seed, take in enumerate(self._takes)]

    def _case(self, condition: str, take: Take, ids: Sequence[str], seed: int) -> CaseFeatures:
        from benchmark.features import VideoSource, extract_pair, extract_sound, extract_video

        video_ids, pair_ids, sound_ids = split_ids(ids)
        reference = VideoSource.from_frames(take.frames, take.fps)
        output = VideoSource.from_frames(output_frames(condition, take), take.fps)
        source = VideoSource.from_frames(take.frames[:1], take.fps)
        tools = {"toolbox": self._toolbox, "store": self._store, "stride": STRIDE}
        both = extract_pair(output, reference, video_ids, pair_ids, **tools)  # type: ignore[arg-type]
        file = sound_file(condition, take, self._folder)
        sound = (
            extract_sound(file, sound_ids, toolbox=self._toolbox, store=self._store)
            if file is not None and sound_ids
            else None
        )
        return CaseFeatures(
            case_id=f"{condition}/{take.id}",
            cluster=take.subject,
            output=both.output,
            driver=both.reference,
            source=extract_video(source, video_ids, **tools),  # type: ignore[arg-type]
            reference=both.reference,
            pairs=both.pairs,
            no_pairs=both.no_pairs,
            sound={} if sound is None else sound.arrays,
            no_sound="no sound stream" if sound is None else sound.reason,
            fps=float(take.fps),
            latents=latents(condition, seed) if condition in _LATENT_CONDITIONS else None,
        )
