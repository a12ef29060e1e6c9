"""THEval's three measures of quality (Newbyl/THEval cfe23fe), by the networks of the extra `quality`."""

from __future__ import annotations

import numpy as np

from benchmark.features.extractors.quality import MUSIQ_MOUTH, TOPIQ_AESTHETIC, TOPIQ_FACE
from benchmark.features.types.case import CaseFeatures, FaceFeatures
from benchmark.features.types.extractor import Extractor
from benchmark.metrics import conditions as on
from benchmark.metrics.known_answers import EXACT, NO_FACE, Expectation, Near
from benchmark.metrics.metric import SetMetric
from benchmark.metrics.theval_score import Measure, theval_entry


def mean_quality(extractor_id: str) -> Measure:
    """The measure that is the mean of what a network says of frames, as far as it says something."""

    def measure(case: CaseFeatures, video: FaceFeatures) -> float | None:
        rows = video.array(extractor_id)
        if rows is None:
            return None
        values = rows[:, 0][np.isfinite(rows[:, 0])].astype(np.float64)
        return float(values.mean()) if len(values) else None

    return measure


def _entry(
    metric_id: str,
    title: str,
    extractor: Extractor,
    what: str,
    preprocessing: str,
    pitfall: str,
    answers: tuple[Expectation, ...] = (),
) -> SetMetric:
    return theval_entry(
        metric_id,
        title,
        mean_quality(extractor.id),
        summary=f"Whether {what} is as in the true videos, after THEval: 1 is as good, better counts as much as worse.",
        formula=f"mean over frames of {_NETWORKS[metric_id]}",
        features=(extractor.id,),
        preprocessing=preprocessing,
        pitfalls=(pitfall, "A picture that is better than the true one loses as much as one that is worse."),
        answers=(Near(on.TRUTH, 1.0, EXACT), *answers),
    )


_NETWORKS = {
    "theval_aesthetic": "TOPIQ-IAA (Swin-B, trained on AVA), 1 to 10",
    "theval_mouth": "MUSIQ (KonIQ-10k) on the box of the lips and 10 px on each side",
    "theval_face": "TOPIQ-NR on the face (ResNet-50, CGFIQA-40k)",
}
ENTRIES = (
    _entry(
        "theval_aesthetic",
        "THEval aesthetic",
        TOPIQ_AESTHETIC,
        "the frame's aesthetics by TOPIQ-IAA",
        "the whole frame resized to 384 x 384, RGB in [0, 1], ImageNet's mean and scale: as THEval, nothing to correct",
        "Frames that are not square are squeezed.",
    ),
    _entry(
        "theval_mouth",
        "THEval mouth corrected",
        MUSIQ_MOUTH,
        "the mouth's quality by MUSIQ",
        "the box of 40 lip points and 10 px, inside the frame, at its native size; RGB in [-1, 1]",
        "Corrected: THEval fills up all crops of 64 frames with black to the largest of them, so that its value depends"
        " on who stands beside a frame; and 10 px are another margin at another size of frames, here too.",
        NO_FACE,
    ),
    _entry(
        "theval_face",
        "THEval face",
        TOPIQ_FACE,
        "the face's quality by TOPIQ-NR",
        "five points of the mesh brought to FFHQ's places at 512 px; RGB in [0, 1], ImageNet's mean and scale",
        "THEval finds the face by facexlib's RetinaFace, and a clip in which one frame has none is lost as a whole;"
        " here it is the followed face, and such a frame is left out.",
        NO_FACE,
    ),
)
