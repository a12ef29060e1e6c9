"""All metrics in one pass against the reference packages one after the other, on the same videos and threads.

Counted is what both sides compute: FID three ways, KID, precision and recall, LPIPS, PSNR, SSIM, and SyncNet of output
and ground truth. Ours also makes the intervals of its set metrics, which costs little here. Identity and FVD are left
out: their usual pipelines need detectors and files for which random weights are no stand-in.

The packages run at their defaults, workers included. They get their frames as PNG files, written once for all of them,
and files as the videos are. Both sides have torch's number of threads: set OMP_NUM_THREADS, and the cores to as many
(taskset), so that neither side's processes find more. Trained networks that are not on this machine are replaced on
both sides by the same random weights. The more frames, the less the packages' two matrix roots weigh (20 s each).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from scripts.bench_metrics_parts import _material, _ours, _peers
from scripts.bench_metrics_parts._material import Clips
from scripts.bench_metrics_parts._peers import Run
from scripts.bench_metrics_parts.figure import Figure

WANTED = 3.0
NETWORKS = ("fid-inception", "alexnet", "lpips-alex-heads", "syncnet-v2", "s3fd")
# Relative; PSNR and SSIM are of the same pixels. SyncNet's procedures differ on purpose: see the part syncnet.
TOLERANCE = {"precision[torch-fidelity]": 1e-9, "recall[torch-fidelity]": 1e-9}


def run(quick: bool) -> list[Figure]:
    """The ratio, what each side's time went into, and that both sides say the same."""
    import torch

    clips_count, frames = (1 if quick else 4), 50  # the package needs 50 to say anything of lips
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clips = _material.make_clips(folder / "videos", clips_count, frames)
        with _material.networks(folder / "networks", NETWORKS, clips) as files:
            subset_size = clips_count * frames // 2
            ours = _ours.one_pass(clips, subset_size, torch.get_num_threads())
            peers = _one_after_the_other(clips, files, folder, subset_size)
    note = f"{clips_count} pairs of videos, {frames} frames of 512 px each, {torch.get_num_threads()} threads each side"
    return [*_speed(ours, peers, note), *_equality(ours, peers)]


def _one_after_the_other(clips: Clips, files: Mapping[str, Path], folder: Path, subset_size: int) -> dict[str, Run]:
    if shutil.which("ffmpeg") is None:
        raise ModuleNotFoundError("syncnet-python needs the program ffmpeg", name="ffmpeg")
    boxes = _face_boxes(clips)
    dump = Run()
    made, truth = (
        dump.time("frames to PNG", partial(_material.dump_frames, paths, folder / name))
        for name, paths in (("made", clips.generated), ("truth", clips.references))
    )
    return {
        "frames to PNG": dump,
        "pytorch-fid": _peers.pytorch_fid(made, truth, files),
        "clean-fid": _peers.clean_fid(made, truth, files),
        "torch-fidelity": _peers.fidelity(made, truth, files, subset_size),
        "lpips": _peers.lpips_alex(made, truth, files),
        "scikit-image": _peers.scikit_image(made, truth),
        "syncnet-python": _peers.syncnet(clips.generated, clips.references, files, boxes),
    }


def _speed(ours: Run, peers: Mapping[str, Run], note: str) -> list[Figure]:
    theirs_s = sum(run.total_s for run in peers.values())
    without_sync_s = theirs_s - peers["syncnet-python"].total_s
    figures = [
        Figure("all metrics: packages one by one / one pass", theirs_s / ours.total_s, "x", WANTED, note=note),
        Figure(
            "  the same in CPU seconds, which other programs do not lengthen",
            sum(run.cpu_s for run in peers.values()) / ours.cpu_s,
            "x",
            note=f"{sum(run.cpu_s for run in peers.values()):.0f} against {ours.cpu_s:.0f} s",
        ),
        # Ours counts its SyncNet here too.
        Figure("the packages without SyncNet / one pass with it", without_sync_s / ours.total_s, "x"),
    ]
    figures += [Figure(f"  ours: {part}", seconds, "s") for part, seconds in ours.seconds.items()]
    for name, run in peers.items():
        figures += [Figure(f"  {name}: {part}", seconds, "s") for part, seconds in run.seconds.items()]
    return figures


def _equality(ours: Run, peers: Mapping[str, Run]) -> list[Figure]:
    figures = []
    for name, run in peers.items():
        for metric, theirs in run.values.items():
            mine = ours.values[metric]
            difference = abs(mine - theirs) / max(abs(theirs), 1e-12)
            floor = None if metric in (_ours.SYNC, _ours.SYNC_REFERENCES) else TOLERANCE.get(metric, 1e-4)
            note = f"{mine:.8g} and {theirs:.8g}"
            figures.append(Figure(f"{metric} against {name}", difference, "rel", floor, at_least=False, note=note))
    return figures


def _face_boxes(clips: Clips) -> dict[Path, np.ndarray]:
    """Left, top, right, bottom in px: the extent of the landmarks in a video's first frame."""
    from benchmark.features.types.sequence import FrameSequence
    from feed_dataset.core.faces import FaceNetworks, find_face

    networks = FaceNetworks.load()
    boxes = {}
    for video in (*clips.generated, *clips.references):
        face, reason = find_face(next(FrameSequence.from_file(video).read()), networks)
        if face is None:
            raise ValueError(f"expected a face in {video} but: {reason}")
        points = face.points_px[:, :2]
        boxes[video] = np.concatenate([points.min(axis=0), points.max(axis=0)])
    return boxes
