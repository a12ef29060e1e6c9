"""Clips of videos: frames and features at the same times, and faces that are lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from model.avatar.drivers import DriverFrame
from model.networks.emoportraits import EMOPortraits
from model.speech.clips import Origin
from model.speech.head_motion.rotation import identity_pose
from model.speech.sources.videos import clips_of_video
from model.speech.teacher import read_crops

ORIGIN = Origin("w", "ab", True)


def hear(path: Path, times_s: np.ndarray) -> Tensor:
    """The times themselves."""
    return torch.from_numpy(times_s).float()[:, None].repeat(1, 3)


class Video:
    """30 frames a second from 2 s of its clock on; frame n is of one grey, and frames 20 to 22 show no face."""

    times_s, start_s = np.arange(60) / 30, 2.0

    def __init__(self, path: Path, side_px: int, **_: Any) -> None:
        self.side_px = side_px

    def __enter__(self) -> Video:
        return self

    def __exit__(self, *_: object) -> None: ...

    def nearest(self, times_s: np.ndarray) -> Iterator[DriverFrame]:
        for time_s in times_s:
            index = int(np.abs(self.times_s - time_s).argmin())
            crop = np.full((self.side_px, self.side_px, 3), index, np.uint8)
            yield DriverFrame(index, crop, not 20 <= index <= 22)


def test_a_video_is_cut_where_the_face_is_lost(tiny_model: EMOPortraits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.speech.sources.videos.DriverVideo", Video)
    options: dict[str, Any] = {"person": "a", "fps": 25, "keep_frames": True}
    cut = clips_of_video(Path("a.mp4"), tiny_model, hear, ORIGIN, **options, least_frames=5)
    assert cut.frames == 50 and cut.lost == 2 and cut.left_out == 0
    first, second = cut.clips
    assert (len(first), len(second)) == (17, 31) and first.origin == ORIGIN and first.fps == 25
    torch.testing.assert_close(first.features[:, 0], 2 + torch.arange(17) / 25)
    torch.testing.assert_close(second.features[:, 0], 2 + torch.arange(19, 50) / 25)
    assert second.frames is not None and second.z is not None
    assert second.frames[:, 0, 0, 0].tolist() == [round(n / 25 * 30) for n in range(19, 50)]
    torch.testing.assert_close(second.z, read_crops(tiny_model, second.frames).z, atol=1e-5, rtol=1e-4)
    assert second.pose is not None and second.pose.shape == (31, 9)
    torch.testing.assert_close(second.pose[0], identity_pose(), atol=1e-5, rtol=0)
    short = clips_of_video(Path("a.mp4"), tiny_model, hear, ORIGIN, **options, least_frames=20)
    assert len(short.clips) == 1 and short.left_out == 17
