"""How good frames look by themselves, to networks that were trained on people's ratings of photographs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmark.features.extractors.quality import CLIP_IQA, MUSIQ, TOPIQ, TOPIQ_FACE
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.types.extractor import FACE_NETWORKS, Extractor
from benchmark.metrics import conditions as on
from benchmark.metrics.card import MetricCard
from benchmark.metrics.known_answers import NO_FACE, Expectation, Worse
from benchmark.metrics.metric import CaseMetric
from benchmark.metrics.scores import CaseScore, mean_score, unscored


def quality(case: CaseFeatures, extractor_id: str) -> CaseScore:
    """Mean of the output's frames; one that the driver has and the output lacks has failed."""
    expected = len(case.driver)
    rows = case.output.array(extractor_id)
    if rows is None:
        return unscored(f"output: {extractor_id} not computed", expected)
    if len(rows) > expected:
        return unscored(f"output has more frames ({len(rows)}) than driver ({expected})", expected)
    values, reasons = rows[:, 0], without_value(case.output, rows[:, 0])
    return mean_score(values[np.isfinite(values)], [*reasons, *["output: frame missing"] * (expected - len(rows))])


def without_value(
    video: FaceFeatures,
    values: np.ndarray,  # [T], NaN where there is nothing to look at
) -> list[str | None]:
    """Per frame why it has no value; None where it has."""
    return [
        None if np.isfinite(value) else f"output: {why or 'no value'}"
        for value, why in zip(values, video.reasons, strict=True)
    ]


@dataclass(frozen=True)
class _Judge:
    """What the card says of one network."""

    id: str
    title: str
    extractor: Extractor
    what: str
    value_range: tuple[float | None, float | None]
    preprocessing: str
    pitfalls: tuple[str, ...]
    source: str


_PYIQA = "equals the package pyiqa 0.1.16 on the same weights"
_JUDGES = (
    _Judge(
        "topiq_nr[koniq]",
        "TOPIQ-NR",
        TOPIQ,
        "TOPIQ-NR (ResNet-50) trained on KonIQ-10k: photographs of all kinds, rated 0 to 1",
        (None, None),
        "RGB in [0, 1], ImageNet's mean and scale, native size",
        ("pyiqa calls it topiq_nr. The one that was trained on faces is another metric, `topiq_nr[face]`.",),
        f"Chen et al. 2024; {_PYIQA}",
    ),
    _Judge(
        "topiq_nr[face]",
        "TOPIQ-NR face",
        TOPIQ_FACE,
        "TOPIQ-NR (ResNet-50) trained on faces (CGFIQA-40k), rated 0 to 1",
        (None, None),
        "five points of the mesh brought to FFHQ's places at 512 px by a least-squares similarity, bilinear, grey"
        " outside; RGB in [0, 1], ImageNet's mean and scale",
        (
            "pyiqa's topiq_nr-face finds the face by facexlib's RetinaFace; here it is the followed one, and its points"
            " are the mesh's. On one aligned face the values are equal, on one frame they are not quite.",
        ),
        "Chen et al. 2024; equals the package pyiqa 0.1.16 on the same aligned face and weights",
    ),
    _Judge(
        "musiq[koniq]",
        "MUSIQ",
        MUSIQ,
        "MUSIQ (multi-scale transformer) trained on KonIQ-10k, rated 0 to 100",
        (None, None),
        "RGB in [-1, 1]; native size and longer sides of 384 and 224 px",
        ("Papers seldom say which weights: those of AVA, SPAQ and PaQ-2-PiQ give other numbers on other scales.",),
        f"Ke et al. 2021; {_PYIQA}, which converted the authors' weights",
    ),
    _Judge(
        "clip_iqa[rn50]",
        "CLIP-IQA",
        CLIP_IQA,
        'CLIP (ResNet-50), asked between five pairs of prompts ("Good image" or "bad image", "Sharp image" or "blurry'
        ' image", edges, resolution, noise)',
        (0.0, 1.0),
        "RGB in [0, 1], CLIP's mean and scale, native size without CLIP's places of patches",
        (
            "pyiqa's clipiqa has five pairs of prompts, the paper one: values differ from the paper's code. CLIP-IQA+,"
            " with learned prompts, is another metric and not offered.",
            "No human rated anything for it: it is what CLIP learned of captions.",
        ),
        f"Wang et al. 2023; {_PYIQA}",
    ),
)
_PITFALLS = (
    "It does not know the person, the driver or time: a sharp picture of somebody else, or a frozen one, is good."
    " Read it with identity and expression.",
    "Trained on photographs. Background, lighting and the size of the frames count as much as the face: compare only"
    " at one crop and size, and with the same number of the reference or the source.",
    "Compression and resizing after generation change it: score what the method gave.",
    "Not validated against people by us, and not on head avatars by anybody that we know of.",
)


def _entry(one: _Judge) -> CaseMetric:
    is_face = FACE_NETWORKS[-1] in one.extractor.networks
    card = MetricCard(
        id=one.id,
        title=one.title,
        unit="",
        higher_is_better=True,
        level="case",
        needs=frozenset(),
        features=(one.extractor.id,),
        summary=f"How good the {'face' if is_face else 'picture'} looks by itself: {one.what}.",
        definition=f"Mean over frames of what the network says of {'the face' if is_face else 'the frame'}: {one.what}."
        " Of every n-th frame where the protocol thins slow features.",
        value_range=one.value_range,
        preprocessing=one.preprocessing,
        pitfalls=(*one.pitfalls, *_PITFALLS),
        source=one.source,
    )
    # What such a network says of black, mirrored or shuffled frames is not known beforehand.
    answers: tuple[Expectation, ...] = (Worse(on.BLURRED), *(NO_FACE if is_face else ()))
    return CaseMetric(card, partial(quality, extractor_id=one.extractor.id), answers)


ENTRIES: tuple[CaseMetric, ...] = tuple(_entry(one) for one in _JUDGES)
