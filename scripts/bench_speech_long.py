"""A portrait that speaks for half an hour: frames as the sound lasts, flat memory, no drift, minute by minute.

    python -m scripts.bench_speech_long                                 # speech-mini, 30 minutes, a picture every 5 s
    python -m scripts.bench_speech_long --speech-model DIR --minutes 5 --every 1
    python -m scripts.bench_speech_long --film                          # a whole video, its pictures all the same

The sound repeats a minute of rendered speech, so that what changes from minute to minute is drift, and the chance of
the head's motion. z and head poses are made of every frame, pictures of some. Identity is the distance of dlib's
descriptor from the photo's (under about 0.6: the same person); it needs the face networks and dlib's. The photo is one
that matplotlib ships. `--film` writes the video with its sound, but draws nothing: what pictures cost is known.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from feed_dataset.core.faces.crop import apply_crop
from feed_dataset.core.media.audio import write_wave
from feed_dataset.core.media.video import probe
from model.avatar import Avatar, animate
from model.avatar.canvas import Recipe
from model.avatar.motion import Motion
from model.speech import SpeechDriver, load_speech
from model.speech.mel import SAMPLE_RATE_HZ
from model.speech.samples import end_s, sound_in
from scripts.bench_speech import now_mb, rendered

MOST_MB = 16.0
MOST_LEVELS = 2.0
MOST_IDENTITY = 0.05
MOST_Z = 0.02
"""By how much the last minutes may differ from the first ones: memory, brightness, identity, and z relatively."""
_ENDS = 3  # minutes at both ends that are compared


@dataclass(frozen=True)
class Minute:
    """What one minute was like; means over its frames, or over the pictures of it."""

    frames: int
    z_away: float  # distance of z from the photo's
    turned_deg: float  # angle of the head from the photo's
    brightness: float  # mean level, 0 to 255
    identity: float  # distance of the descriptor from the photo's
    memory_mb: float  # the most at any time


def minutes(
    speech: SpeechDriver,
    avatar: Avatar,
    identity: Callable[[np.ndarray], float],  # of a picture uint8 [S, S, 3]
    every_s: float,
) -> Iterator[Minute]:
    """Every minute of a sound, the last one as long as it is."""
    per_minute, every = round(60 * speech.fps), max(round(every_s * speech.fps), 1)
    rows: list[tuple[float, float]] = []
    seen: list[tuple[float, float]] = []
    most_mb, frame = now_mb(), 0
    for piece in speech.motions(speech.times_s(), avatar.motion):
        for place in range(len(piece)):
            one = piece[slice(place, place + 1)]
            rows.append(_away(one, avatar.motion))
            if frame % every == 0:
                picture = avatar.render(one)[0]
                seen.append((float(picture.mean()), identity(picture)))
            most_mb, frame = max(most_mb, now_mb()), frame + 1
            if frame % per_minute == 0:
                yield _minute(rows, seen, most_mb)
                rows, seen, most_mb = [], [], now_mb()
    if rows:
        yield _minute(rows, seen, most_mb)


def _minute(rows: Sequence[tuple[float, float]], seen: Sequence[tuple[float, float]], most_mb: float) -> Minute:
    z_away, turned_deg = np.mean(rows, axis=0)
    brightness, identity = np.mean(seen, axis=0) if seen else (np.nan, np.nan)
    return Minute(len(rows), float(z_away), float(turned_deg), float(brightness), float(identity), most_mb)


def _away(motion: Motion, rest: Motion) -> tuple[float, float]:
    apart = (motion.pose.rotation - rest.pose.rotation).norm() / 8**0.5  # |A - B| = sqrt(8) sin(angle / 2)
    return float((motion.z - rest.z).norm()), float(torch.rad2deg(2 * apart.clamp(max=1).asin()))


def drifts(found: Sequence[Minute]) -> dict[str, tuple[float, float]]:
    """(how much the last minutes differ from the first ones, how much they may), by what."""
    whole = [minute for minute in found if minute.frames == found[0].frames]
    ends = min(_ENDS, len(whole) // 2)
    first, last = whole[:ends], whole[len(whole) - ends :]

    def change(name: str) -> float:
        return float(np.mean([getattr(m, name) for m in last]) - np.mean([getattr(m, name) for m in first]))

    return {
        "memory, MB": (change("memory_mb"), MOST_MB),
        "brightness, levels": (change("brightness"), MOST_LEVELS),
        "identity": (change("identity"), MOST_IDENTITY),
        "z, relative": (change("z_away") / max(first[0].z_away, 1e-9), MOST_Z),
    }


class Undrawn(Avatar):
    """Shows the photo's square whatever the motion."""

    def render(self, motion: Motion) -> np.ndarray:
        square = apply_crop(self.photo[None], self.box, self.side_px)
        return np.repeat(square, len(motion), axis=0)


def film(speech: SpeechDriver, avatar: Avatar, out: Path) -> dict[str, tuple[float, float, float]]:
    """Write all of it; (found, wanted, how far off it may be) of frames, seconds of sound and memory."""
    per_minute = round(60 * speech.fps)
    most = [0.0]

    def watch(done: int, total: int) -> None:
        if done // per_minute >= len(most):
            most.append(0.0)
        most[-1] = max(most[-1], now_mb())

    animate(avatar, [], out, speech=speech, sound=speech.path, recipe=Recipe(layout="crop"), progress=watch)
    wanted = round(speech.duration_s * speech.fps)
    return {
        "frames": (probe(out).frame_count, wanted, 0),
        "seconds of sound": (end_s(sound_in(out)), float(wanted / speech.fps), 0.1),
        "MB of memory in all, against the first two minutes": (max(most), max(most[:2]), MOST_MB),
    }


def dlib_distance(photo: np.ndarray, avatar: Avatar) -> Callable[[np.ndarray], float]:
    """Distance of a picture's descriptor from the photo's. Raises WeightsUnavailable."""
    from feed_dataset.core.faces.embed import FaceEmbedder

    embed = FaceEmbedder.load()

    def descriptor(picture: np.ndarray) -> np.ndarray:
        return embed(picture[None], avatar.finder.choose(picture).landmarks_px[None])[0]

    own = descriptor(photo)
    return lambda picture: float(np.linalg.norm(descriptor(picture) - own))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech-model", default="speech-mini", metavar="NAME|DIR")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--every", type=float, default=5.0, metavar="S", help="a picture every so often (default: 5 s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--film", action="store_true", help="write a video instead, without drawing pictures")
    args = parser.parse_args()
    from matplotlib.cbook import get_sample_data

    torch.set_num_threads(1)
    avatar = Avatar(str(get_sample_data("grace_hopper.jpg", asfileobj=False)))
    samples = np.resize(rendered(60.0, 0).samples, round(60 * args.minutes * SAMPLE_RATE_HZ))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        write_wave(path, samples, SAMPLE_RATE_HZ)
        del samples
        speech = SpeechDriver(load_speech(args.speech_model), path, seed=args.seed)
        if args.film:
            checks = film(speech, Undrawn(avatar.photo, avatar.model), Path(folder) / "long.mp4")
            for what, (got, wanted, off) in checks.items():
                print(f"{what}: {got:.6g}, {wanted:.6g}: {'met' if abs(got - wanted) <= off else 'MISSED'}")
            return 0 if all(abs(got - wanted) <= off for got, wanted, off in checks.values()) else 1
        found = []
        print(
            f"{'minute':>6} {'frames':>7} {'z away':>8} {'turned deg':>11} {'brightness':>11} {'identity':>9} {'MB':>6}"
        )
        for number, one in enumerate(minutes(speech, avatar, dlib_distance(avatar.photo, avatar), args.every), 1):
            print(
                f"{number:6} {one.frames:7} {one.z_away:8.4f} {one.turned_deg:11.3f} {one.brightness:11.2f}"
                f" {one.identity:9.4f} {one.memory_mb:6.0f}",
                flush=True,
            )
            found.append(one)
        due = round(speech.duration_s * speech.fps)
    frames = sum(one.frames for one in found)
    print(f"{frames} frames for {due}")
    is_good = frames == due
    for what, (change, most) in drifts(found).items():
        is_good &= abs(change) <= most
        print(f"{what}: changes by {change:+.4f} (at most {most:g}): {'met' if abs(change) <= most else 'MISSED'}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
