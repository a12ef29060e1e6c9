"""Identity: how close each output frame's face descriptor is to the source's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmark.features.types.case import CaseFeatures
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import NO_FACE, Expectation, Near, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, mean_score, unscored


def cosine_similarity(
    a: np.ndarray,  # [T, d]
    b: np.ndarray,  # [d] or [T, d]
) -> np.ndarray:
    """Cosine of the angle between descriptors, [T]."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    cosine: np.ndarray = (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))
    return cosine


def l2_distance(
    a: np.ndarray,  # [T, d]
    b: np.ndarray,  # [d] or [T, d]
) -> np.ndarray:
    """Euclidean distance between descriptors, [T]."""
    distance: np.ndarray = np.linalg.norm(np.asarray(a, np.float64) - np.asarray(b, np.float64), axis=-1)
    return distance


def csim(case: CaseFeatures, recogniser: str) -> CaseScore:
    """Mean cosine similarity to the source's descriptor; `recogniser` is the extractor's id."""
    return _compare(case, recogniser, cosine_similarity)


def id_l2(case: CaseFeatures, recogniser: str) -> CaseScore:
    """Mean distance to the source's descriptor."""
    return _compare(case, recogniser, l2_distance)


def _compare(
    case: CaseFeatures, recogniser: str, function: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> CaseScore:
    compared = compare_with_source(case, recogniser, function)
    if isinstance(compared, CaseScore):
        return compared
    values, reasons = compared
    return mean_score(values, reasons)


def compare_with_source(
    case: CaseFeatures, recogniser: str, function: Callable[[np.ndarray, np.ndarray], np.ndarray] = cosine_similarity
) -> tuple[np.ndarray, list[str | None]] | CaseScore:
    """A comparison of each usable frame with the source, [K], and per frame of the driver why not, None where usable;
    or a score without a value."""
    expected = len(case.driver)
    source, output = case.source.array(recogniser), case.output.array(recogniser)
    if source is None or output is None:
        missing = "source" if source is None else "output"
        return unscored(f"{missing}: descriptors not computed", expected)
    if len(source) == 0 or not is_descriptor(source)[0]:
        why = (case.source.reasons[0] if len(source) else "no frames") or "no descriptor"
        return unscored(f"source: {why}", expected)
    if len(output) > expected:
        return unscored(f"output has more frames ({len(output)}) than driver ({expected})", expected)
    valid = is_descriptor(output)
    reasons = [None if ok else f"output: {why or 'no descriptor'}"
               for ok, why in zip(valid, case.output.reasons, strict=True)]  # fmt: skip
    reasons += ["output: frame missing"] * (expected - len(output))
    return function(output[valid], source[0]), reasons


def is_descriptor(
    rows: np.ndarray,  # [T, d]
) -> np.ndarray:
    """Whether each row is a descriptor: finite and not zero, bool [T]."""
    valid: np.ndarray = np.isfinite(rows).all(axis=1) & (np.linalg.norm(rows, axis=1) > 0)
    return valid


_STRONG_EXPRESSIONS = (
    "Strong expressions and large turns change the descriptor of the same person: a method that expresses less keeps"
    " identity better, and copy-source is best. Read it beside the two lines of csim_calibration of the same network."
)
_MESH_POINTS = (
    "The five points come from the face mesh, not from insightface's own detector: on photographs the 112 px chips"
    " differ by 1 to 3 px from those of MTCNN's points. The warp is insightface's to the pixel."
)


@dataclass(frozen=True)
class Recogniser:
    """What the cards say of one face recogniser."""

    id: str  # of the extractor
    title: str
    values: int
    network: str
    preprocessing: str
    pitfalls: tuple[str, ...]


RECOGNISERS = (
    Recogniser(
        "arcface",
        "CSIM",
        512,
        "ArcFace ResNet-50 trained on WebFace600K (insightface buffalo_l, w600k_r50), the field's usual one",
        "five points of the mesh (eyes, tip of the nose, corners of the mouth) brought to ArcFace's template by a"
        " least-squares similarity, 112 px, bilinear, RGB in [-1, 1]",
        (_MESH_POINTS, "Not the paper's network: compare with Table 3 by `csim[vggface2]`."),
    ),
    Recogniser(
        "vggface2",
        "CSIM VGGFace2",
        2048,
        "SE-ResNet-50 trained on MS-Celeb-1M and VGGFace2 (Cao et al. 2018), the paper's reference for CSIM",
        "upright square around the mesh's box (its top raised by 0.12 widths, where MTCNN's is), extended by 0.3,"
        " shorter side to 256 px, middle 224 px, not aligned, as the network was trained; channel means subtracted",
        (
            "The paper names the data set, not the network; this one is what the authors' code loads as its face"
            " network. Pose of the head changes it more than an aligned network.",
        ),
    ),
    Recogniser(
        "dlib",
        "CSIM dlib",
        128,
        "dlib's face recognition ResNet",
        "aligned by five points of the mesh as dlib aligns them, 150 px chip with padding 0.25",
        (
            "Not the paper's CSIM, which uses another network. dlib's cosines are compressed: about 0.98 for one"
            " person, 0.84 between people. Read it beside copy-source and copy-driver.",
        ),
    ),
)


def _answers(best: float) -> tuple[Expectation, ...]:
    """Who is shown: the source image itself is perfect, its person moving is near, another person is far."""
    return (Near(on.STILL, best, 1e-5), Worse(on.TRUTH, than=on.STILL), Worse(on.STRANGER), *NO_FACE)


def _csim_entry(one: Recogniser) -> CaseMetric:
    card = MetricCard(
        id=f"csim[{one.id}]",
        title=one.title,
        unit="",
        higher_is_better=True,
        level="case",
        needs=frozenset(),
        features=("mesh468", one.id),
        summary=f"Mean cosine similarity of each frame's face descriptor to the source's, by {one.network}."
        " copy-source wins it.",
        definition=f"Mean over frames of `e_out . e_src / (|e_out| |e_src|)`, `e` the {one.values}-d descriptor.",
        value_range=(-1.0, 1.0),
        preprocessing=one.preprocessing,
        pitfalls=(*one.pitfalls, _STRONG_EXPRESSIONS),
        source="EMOPortraits section 6.1",
        uses_source=True,
    )
    return CaseMetric(card, partial(csim, recogniser=one.id), _answers(best=1.0))


_ID_L2 = MetricCard(
    id="id_l2[dlib]",
    title="ID distance",
    unit="",
    higher_is_better=False,
    level="case",
    needs=frozenset(),
    features=("mesh468", "dlib"),
    summary="Mean distance of each frame's face descriptor to the source's; under 0.6 dlib calls it the same"
    " person. copy-source wins it.",
    definition="Mean over frames of `|e_out - e_src|`, `e` the 128-d descriptor.",
    value_range=(0.0, None),
    preprocessing=RECOGNISERS[-1].preprocessing,
    pitfalls=(_STRONG_EXPRESSIONS,),
    source="dlib face recognition ResNet",
    uses_source=True,
)

ENTRIES: tuple[CaseMetric, ...] = (
    *(_csim_entry(one) for one in RECOGNISERS),
    CaseMetric(_ID_L2, partial(id_l2, recogniser="dlib"), _answers(best=0.0)),
)
