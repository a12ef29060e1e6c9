"""A finished run whose clips say in their own pixels which frame they are, with one flat colour for each video."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmark.engine.clips import CLIP_PX
from benchmark.engine.showcase import Reason, Showcase, ShownCase, curve_from, save_showcase
from benchmark.report.page import write_report
from benchmark.results.schema import Results
from feed_dataset.core.media.lossless import LosslessWriter

BITS = 8
FPS = 25
STEADY, UNEVEN = "steady", "uneven"
TIMES_S = (0.0, 0.24, 0.48, 0.68, 0.92, 1.16)
COLOURS = {"driver": (200, 50, 50), "first": (0, 0, 255), "second": (60, 180, 75)}
"""Blue is what browsers lose of BT.709 without a GPU: 12 levels."""
FRAMES = {STEADY: 25, UNEVEN: len(TIMES_S)}


def coded(count: int, colour: tuple[int, int, int]) -> np.ndarray:
    """uint8 [T, S, S, 3]: above the number of each frame in black and white bars, the rest of one colour."""
    frames = np.empty((count, CLIP_PX, CLIP_PX, 3), np.uint8)
    frames[:] = colour
    width = CLIP_PX // BITS
    for bit in range(BITS):
        levels = ((np.arange(count) >> bit) & 1) * 255
        frames[:, : CLIP_PX // 4, bit * width : (bit + 1) * width] = levels[:, None, None, None]
    return frames


def write_coded_run(results: Results, folder: Path) -> Path:
    """Write clips, showcase and page of two methods on the first two cases; the page's path.

    Args:
        results: of at least two methods and cases; they are called "first" and "second" here.
    """
    clips = folder / "clips"
    clips.mkdir(parents=True)
    names = [method.name for method in results.methods][:2]
    cases = []
    for case_id, kind in zip(results.protocol.case_ids, (STEADY, UNEVEN), strict=False):
        places = {}
        for name, colour in COLOURS.items():
            place = f"clips/{kind}-{name}.mkv"
            with LosslessWriter(folder / place, Fraction(FPS)) as writer:
                writer.write(coded(FRAMES[kind], colour))
            places[name] = place
        cases.append(
            ShownCase(
                case_id=case_id,
                driver_id=f"driver of {kind}",
                source_id="somebody",
                reasons=(Reason(metric="csim[dlib]", end="worst", value=0.5),),
                first_frame=0,
                frames=FRAMES[kind],
                fps=FPS if kind == STEADY else (len(TIMES_S) - 1) / TIMES_S[-1],
                times_s=None if kind == STEADY else TIMES_S,
                has_reference=False,
                source=places["driver"],
                driver=places["driver"],
                outputs=dict(zip(names, (places["first"], places["second"]), strict=True)),
                curves=(curve_from(names[0], "csim[dlib]", np.linspace(1, 0, FRAMES[kind]), 1),),
            )
        )
    results.save(folder / "results.json")
    save_showcase(folder, Showcase(method=names[0], cases=tuple(cases)))
    return write_report(results, folder, ours=names[0])
