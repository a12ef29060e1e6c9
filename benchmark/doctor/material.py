"""What the doctor looks at: seconds of bundled clips, cropped to the face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.doctor.altered import Altered
from benchmark.engine.inputs import Crop, Input
from benchmark.engine.networks import REQUIRED, NetworkStatus
from benchmark.engine.plan import Plan, PlannedCase, PlannedData, PlannedMethod, PlannedProtocol
from benchmark.features.types.extractor import Compute
from benchmark.metrics import MetricCard

SIZE_PX = 256
STRIDE = 5  # of slow descriptors, as in the protocols
_CROP_SCALE = 1.0  # as in the protocols
_ALL_FRAMES = 1 << 20


@dataclass(frozen=True)
class TakeChoice:
    """One bundled clip, and the same kind of clip of somebody else.

    Args:
        every: every n-th frame: the clip's motion at less cost.
    """

    clip: str
    stranger: str
    every: int


CHOICES = (
    TakeChoice("S03/speech_C", "S07/speech_C", 1),  # all frames: audio has to stay with the images
    TakeChoice("S02/FF_NR_C", "S04/FF_NR_C", 2),  # a wink, uneven expressions
    TakeChoice("S07/rotations_C", "S05/rotations_C", 3),
    TakeChoice("S08/tongue_em_C", "S06/tongue_em_C", 2),
)


def doctor_plan(
    condition: str, metrics: Sequence[MetricCard], networks: NetworkStatus, out: Path, compute: Compute
) -> Plan:
    """The engine's plan for one condition: every take against itself, altered."""
    from feed_dataset.catalog.catalog import open_catalog

    catalog = open_catalog()
    hashes = tuple((name, networks.present[name]) for name in REQUIRED)
    crop = Crop(out / "inputs", SIZE_PX, _CROP_SCALE, _ALL_FRAMES, hashes)
    cases, strangers = [], []
    for choice in CHOICES:
        clip, stranger = catalog.clip(choice.clip), catalog.clip(choice.stranger)
        driver = Input(clip.id, clip.path, "clip", crop, every=choice.every)
        case_id = clip.id.replace("/", "-")
        cases.append(
            PlannedCase(
                id=case_id,
                cluster=clip.subject,
                source_cluster=clip.subject,
                source=None,
                source_label=clip.id,
                driver=driver,
                driver_label=clip.id,
                audio=clip.path if clip.has_audio and choice.every == 1 else "no sound stream",
                has_reference=True,
            )
        )
        strangers.append((case_id, Input(stranger.id, stranger.path, "clip", crop, every=choice.every)))
    return Plan(
        protocol=PlannedProtocol("doctor", "1", seed=0, embed_every=STRIDE, size_px=SIZE_PX),
        data=PlannedData(catalog.name, catalog.digest, synthetic=True),
        cases=tuple(cases),
        methods=(PlannedMethod(condition, Altered(condition, tuple(strangers), out / "audio"), has_latents=True),),
        metrics=tuple(metrics),
        networks=networks,
        out=out,
        command="doctor",
        compute=compute,
    )
