"""Known values of the historical lip sync script: its padding with zeros, its tracks and the ends of its search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmark.doctor.known_values.heads import video
from benchmark.doctor.known_values.sync import REACH, heard, path_of, value_of
from benchmark.doctor.known_values.value import CLOSED_FORM, EXACTLY, KnownValue, of_case, of_function
from benchmark.features.types.case import CaseFeatures


def known_values() -> tuple[KnownValue, ...]:
    """Two tracks of which the second fits better; zeros stand where there is no sound, which may end before a track."""
    path = path_of(3, 120, width=9)
    tracks = [(0, path_of(4, 30, width=9)), (40, path[44:84])]  # the second four frames later than the sound
    found = []
    for name, sound in (
        ("two face tracks of which one fits", path[8:92]),
        ("a face track that ends after the sound", path[8:72]),
    ):
        confidence, distance, offset, count = max(_script(lip, sound[first:]) for first, lip in tracks)
        expected = {
            "syncnet_confidence[legacy]": confidence,
            "syncnet_distance[legacy]": distance,
            "syncnet_offset[legacy]": offset + 1.0,  # the script's own first step makes pictures a frame late
            "syncnet_offset[legacy-corrected]": float(offset),
        }
        where = _of_tracks(tracks, sound)
        found += [value_of(metric, name, where, value, scored=count, due=86) for metric, value in expected.items()]
    return (*found, *_ends(path), _nearly_alike(path), _rates())


def _ends(path: np.ndarray) -> list[KnownValue]:
    """The search reaches 15 frames, of which the last says nothing; the script makes pictures a frame or two late."""
    found = []
    for early, fps, printed in ((14, 25, 15.0), (14, 30, None), (13, 30, 15.0), (15, 25, None), (-15, 25, None)):
        where = _of_tracks([(0, path[max(0, -early) :][:60])], path[max(0, early) :][:70])
        output = replace(where.output, times_s=0.4 + np.arange(90) / fps)
        where, name = replace(where, output=output), f"sound {early} frames early at {fps} frames/s"
        truth = float(early) if abs(early) < REACH else None
        found.append(of_case("syncnet_offset[legacy]", name, EXACTLY, where, printed))
        found.append(of_case("syncnet_offset[legacy-corrected]", name, EXACTLY, where, truth))
    return found


def _nearly_alike(path: np.ndarray) -> KnownValue:
    """Lips are everywhere 1/1024 more than the sound, and torch adds a millionth to differences."""
    sound = np.round(path * 1024) / 1024
    where = _of_tracks([(0, sound[:60] + 1 / 1024)], sound[:70])
    distance = 3 * (1 / 1024 + 1e-6)  # nine features
    name = "features that are nearly alike"
    return of_case("syncnet_distance[legacy]", name, CLOSED_FORM, where, distance, tolerance=1e-8)


def _rates() -> KnownValue:
    """The script's pictures are one or two frames late at rates that were measured, and unknown a hair beside them."""

    def ask() -> float:
        from benchmark.features.lip_sync.legacy_shift import late_frames

        late = [late_frames(7.0 + np.arange(110) / rate) for rate in (25, 30, 24.995, 25.005)]
        return float(late[:2] == [1, 2] and all(isinstance(one, str) for one in late[2:]))

    return of_function("syncnet_offset[legacy]", "how late pictures are at four rates", EXACTLY, ask, 1.0)


def _of_tracks(tracks: Sequence[tuple[int, np.ndarray]], sound: np.ndarray) -> CaseFeatures:
    """Face tracks by their first frames, in a video of 90."""
    rows = np.concatenate(
        [
            np.column_stack([np.full(len(lip), number), first + np.arange(len(lip)), lip])
            for number, (first, lip) in enumerate(tracks)
        ]
    )
    return heard(video(None, arrays={"syncnet-legacy": rows}, frames=90), 90, "syncnet-sound", sound)


def _script(lip: np.ndarray, sound: np.ndarray) -> tuple[float, float, int, int]:
    """Confidence, distance, offset and windows: all windows but the last, as the script counts them."""
    count = min(len(lip) - 1, len(sound))
    mean = []
    for shift in range(-REACH, REACH + 1):
        total = 0.0
        for i in range(count):
            other = np.float32(sound[i + shift]).astype(float) if 0 <= i + shift < count else np.zeros(lip.shape[1])
            total += float(np.linalg.norm(np.float32(lip[i]).astype(float) - other + 1e-6))
        mean.append(total / count)
    return float(np.median(mean)) - min(mean), min(mean), REACH - int(np.argmin(mean)), count
