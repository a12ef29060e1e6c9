"""All metrics in one pass against the reference packages one after the other, on the same videos and threads.

Counted is what both sides compute: FID three ways, KID, precision and recall, LPIPS, PSNR, SSIM, and SyncNet of output
and ground truth. Ours also makes the intervals of its set metrics, which costs little here. Identity and FVD are left
out: their usual pipelines need detectors and files for which random weights are no stand-in.

The packages run at their defaults, workers included. They get their frames as PNG files, written once for all of them,
and files as the videos are. Both sides have torch's number of threads: set OMP_NUM_THREADS, and the cores to as many
(taskset), so that neither side's processes find more. Trained networks that are not on this machine are replaced on
both sides by the same random weights. The more frames, the less the packages' two matrix roots weigh (20 s each).

Ours runs in float32, which the packages' values are held against, and once more in bfloat16 where the CPU has
instructions for it: another setting, recorded in the results, with values of its own. What no float32 pass can go
below is printed, too (`_bound`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from scripts.bench_metrics_parts import _bound, _material, _ours, _peers
from scripts.bench_metrics_parts._material import Clips
from scripts.bench_metrics_parts._peers import Run
from scripts.bench_metrics_parts.figure import Figure

WANTED = 6.0
SIDE_PX = 512
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
            threads = torch.get_num_threads()
            ours = _ours.one_pass(clips, subset_size, threads)
            peers = _one_after_the_other(clips, files, folder, subset_size)
            has_bfloat16 = torch.cpu._is_avx512_bf16_supported()
            rough = _ours.one_pass(clips, subset_size, threads, "bfloat16") if has_bfloat16 else None
    note = f"{clips_count} pairs of videos, {frames} frames of {SIDE_PX} px each, {threads} threads each side"
    figures = [*_speed(ours, peers, note), *_limit(peers, 2 * clips_count * frames, threads), *_equality(ours, peers)]
    return figures if rough is None else [*figures, *_in_bfloat16(ours, rough, peers)]


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
    theirs_s, theirs_cpu_s = _totals(peers)
    without_sync_s = theirs_s - peers["syncnet-python"].total_s
    figures = [
        Figure("all metrics: packages one by one / one pass", theirs_s / ours.total_s, "x", WANTED, note=note),
        Figure(
            "  the same in CPU seconds, which other programs do not lengthen",
            theirs_cpu_s / ours.cpu_s,
            "x",
            note=f"{theirs_cpu_s:.0f} against {ours.cpu_s:.0f} s",
        ),
        # Ours counts its SyncNet here too.
        Figure("the packages without SyncNet / one pass with it", without_sync_s / ours.total_s, "x"),
    ]
    figures += [Figure(f"  ours: {part}", seconds, "s") for part, seconds in ours.seconds.items()]
    for name, run in peers.items():
        figures += [Figure(f"  {name}: {part}", seconds, "s") for part, seconds in run.seconds.items()]
    return figures


def _totals(runs: Mapping[str, Run]) -> tuple[float, float]:
    """Seconds by the clock and of all cores."""
    return sum(run.total_s for run in runs.values()), sum(run.cpu_s for run in runs.values())


def _limit(peers: Mapping[str, Run], frames: int, threads: int) -> list[Figure]:
    """What the networks' products allow."""
    bound = _bound.bound(SIDE_PX)
    seconds = bound.seconds(frames, threads)
    _, cpu_s = _totals(peers)
    note = f"{frames * bound.flop / 1e12:.1f} TFLOP at {bound.flop_per_s / 1e9:.0f} GFLOP/s a core"
    return [
        Figure("float32 bound: products of Inception and AlexNet alone", seconds, "s", note=note),
        Figure("  the packages in CPU seconds / the bound", cpu_s / (seconds * threads), "x"),
    ]


def _in_bfloat16(ours: Run, rough: Run, peers: Mapping[str, Run]) -> list[Figure]:
    """Speed in the other precision, and how far it moves each value."""
    theirs_s, theirs_cpu_s = _totals(peers)
    note = f"{rough.total_s:.1f} s"
    figures = [
        Figure("in bfloat16: packages one by one / one pass", theirs_s / rough.total_s, "x", note=note),
        Figure("  the same in CPU seconds", theirs_cpu_s / rough.cpu_s, "x"),
        Figure("  ours: float32 / bfloat16 in CPU seconds", ours.cpu_s / rough.cpu_s, "x"),
    ]
    for metric, exact in ours.values.items():
        drift = abs(rough.values[metric] - exact) / max(abs(exact), 1e-12)
        note = f"{rough.values[metric]:.8g} and {exact:.8g}"
        figures.append(Figure(f"  {metric}: bfloat16 against float32", drift, "rel", note=note))
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
