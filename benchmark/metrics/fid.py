"""FID in the modes of three reference packages, and the same distance on face descriptors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.feature_sets import FeatureSets, gather
from benchmark.metrics.frechet import frechet_distance
from benchmark.metrics.jackknife import jackknife
from benchmark.metrics.known_answers import EXACT, NO_FACE, Expectation, Near, Same, Worse
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.scores import Extra, SetScore


def frechet_score(cases: Sequence[CaseFeatures], extractor_id: str) -> SetScore:
    """Frechet distance of one feature over all cases, with its interval over drivers and sources."""
    gathered = gather(cases, extractor_id)
    if isinstance(gathered, SetScore):
        return gathered
    return frechet_of_sets(*gathered)


def frechet_of_sets(sets: FeatureSets, extra: dict[str, Extra]) -> SetScore:
    """The distance of both sides with its interval, and `extra` beside it."""
    value = _distance(sets)
    spread = jackknife(sets, _distance, value, lowest=0.0)
    if spread is None:
        return SetScore(value, len(sets.generated), None, extra)
    return SetScore(value, len(sets.generated), None, extra | spread.extra, spread.low, spread.high)


def _distance(sets: FeatureSets) -> float:
    return frechet_distance(sets.generated, sets.real)


def _of(extractor_id: str) -> Callable[[Sequence[CaseFeatures]], SetScore]:
    def score(cases: Sequence[CaseFeatures]) -> SetScore:
        return frechet_score(cases, extractor_id)

    return score


INTERVAL = (
    "Interval: delete-a-group jackknife over drivers, over sources and over both, at most 20 groups each; Student's t."
)
FORMULA = (
    "`|m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2)` of Gaussians fitted to the features of all frames of outputs"
    " and of references (drivers, where a case has no reference); S is the unbiased covariance in float64. The trace of"
    " the root is a sum of singular values, of `X Y^T` (centred samples) with no more samples than dimensions:"
    " no matrix root, no epsilon. " + INTERVAL
)
POOL3 = (
    "2048-d output of the last pooling layer of the 2015-12-05 Inception-v3 graph (average pools do not count their"
    " padding, the last block pools by maximum)"
)
FEW_SAMPLES = (
    "Biased upwards with few samples, strongly with no more of them than dimensions (`rank_deficient` = 1; for"
    " Inception up to 2,048 frames): compare only at equal n, and look at `fid_infinity[pytorch-fid]` beside it."
)
DEPENDENT_FRAMES = (
    "Frames of one video are not independent: n counts frames, the interval leaves out whole drivers and sources."
)
COMPRESSION = "Sees video compression and resizing: outputs and references must have gone through the same."
OTHER_PEOPLE = "In cross-reenactment it also measures that other people are shown; copy-driver gets 0."

_PREPARED = {
    "pytorch-fid": "RGB / 255, bilinear to 299 x 299 (half-pixel centres, no antialiasing, aspect not kept, not rounded"
    " back to uint8), 2 x - 1.",
    "clean-fid": "each RGB channel in float32, Pillow's antialiased bicubic to 299 x 299 (aspect not kept), clipped to"
    " 0 .. 255, not rounded back to uint8, (x - 128) / 128.",
    "torch-fidelity": "RGB 0 .. 255, bilinear as in TensorFlow 1 to 299 x 299 (output pixel i reads input i * in / out,"
    " no antialiasing, aspect not kept), not rounded back to uint8, (x - 128) / 128.",
}

_SOURCES = {
    "pytorch-fid": "Heusel et al. 2017; pytorch-fid 0.3.0 (Seitzer 2020)",
    "clean-fid": 'Parmar et al. 2022, "On Aliased Resizing and Surprising Subtleties in GAN Evaluation"; clean-fid'
    ' 0.1.35, mode "clean"',
    "torch-fidelity": "Heusel et al. 2017; torch-fidelity 0.4.0 (Obukhov et al. 2020)",
}

_SUMMARIES = {
    "pytorch-fid": "The default FID: what papers compute with pytorch-fid.",
    "clean-fid": 'FID as clean-fid\'s mode "clean" computes it: an antialiased resize, so blur and aliasing are'
    " judged as an eye would.",
    "torch-fidelity": "FID as torch-fidelity and the original TensorFlow code compute it.",
}


def prepared(mode: str) -> str:
    """What happens to frames before the Inception in a mode."""
    return _PREPARED[mode]


_TOLERANCE = 1e-2


def _fid(mode: str) -> SetMetric:
    pitfalls = [FEW_SAMPLES, DEPENDENT_FRAMES, OTHER_PEOPLE, COMPRESSION]
    pitfalls.append("Modes differ by resize and input range alone, and are still not comparable with each other.")
    if mode == "clean-fid":
        pitfalls.append(
            "clean-fid reads the graph from a TorchScript file; here its weights are of pytorch-fid's file."
        )
    card = MetricCard(
        id=f"fid[{mode}]",
        title="FID" if mode == "pytorch-fid" else f"FID ({mode})",
        unit="",
        higher_is_better=False,
        level="set",
        needs=frozenset(),
        features=(f"inception[{mode}]",),
        summary=_SUMMARIES[mode] + " Outputs against references (self) or drivers (cross).",
        definition=f"{FORMULA} Features: {POOL3}.",
        value_range=(0.0, None),
        preprocessing=_PREPARED[mode],
        pitfalls=tuple(pitfalls),
        source=_SOURCES[mode],
    )
    # 0 to itself and blind to the order of frames.
    answers: tuple[Expectation, ...] = (
        Near(on.TRUTH, 0.0, _TOLERANCE),
        Same(on.SHUFFLED, _TOLERANCE),
        *(Worse(one, margin=_TOLERANCE) for one in (on.STILL, on.BLURRED, on.STRANGER)),
    )
    return SetMetric(card, _of(f"inception[{mode}]"), answers)


_FACES = SetMetric(
    MetricCard(
        id="fd[dlib]",
        title="FD faces",
        unit="",
        higher_is_better=False,
        level="set",
        needs=frozenset(),
        features=("mesh468", "dlib"),
        summary="Frechet distance on 128-d face descriptors; not FID. Sensitive to who is shown:"
        " copy-driver wins it in cross-reenactment.",
        definition=f"{FORMULA} Features: dlib's descriptors of all frames with a face.",
        value_range=(0.0, None),
        preprocessing="aligned by five points of the mesh as dlib aligns them, 150 px chip with padding 0.25",
        pitfalls=("Mostly a measure of who is shown.", DEPENDENT_FRAMES),
        source="Heusel et al. 2017 on dlib's face recognition ResNet",
    ),
    _of("dlib"),
    (Near(on.TRUTH, 0.0, EXACT), Worse(on.STILL), Worse(on.STRANGER), *NO_FACE),
)

ENTRIES = (*(_fid(mode) for mode in _PREPARED), _FACES)
