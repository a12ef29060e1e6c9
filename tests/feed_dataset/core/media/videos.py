"""Small awkward videos whose frames say which they are. Encoded by the FFmpeg inside PyAV."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from feed_dataset.core.media.encoders import add_video, open_output, to_frame

WIDTH, HEIGHT, FPS, COUNT = 128, 96, 25, 60
GOP = 12
_BITS, _CELL = 8, 16
_UPRIGHT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 1 << 30)
_SIDEWAYS = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 1 << 30)


def numbered(count: int = COUNT, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:  # uint8 [T, H, W, 3]
    """A drifting colourful pattern; the number of the frame is written in binary along the top."""
    y, x = np.mgrid[0:height, 0:width]
    frames = np.empty((count, height, width, 3), np.uint8)
    for number, frame in enumerate(frames):
        for channel, speed in enumerate((3.0, -2.0, 5.0)):
            wave = np.sin((x + speed * number) / (9 + 4 * channel) + y / (7 + 3 * channel))
            frame[..., channel] = 128 + 90 * wave
        for bit in range(_BITS):
            level = 235 if number >> bit & 1 else 20
            frame[:_CELL, bit * _CELL : (bit + 1) * _CELL] = level
    return frames


def number_of(picture: np.ndarray) -> int:
    """Which frame this is; the picture may be shrunk."""
    cell = picture.shape[1] / (WIDTH / _CELL)
    row = picture[round(cell * 0.5), :, :].mean(-1)
    return sum((row[int((bit + 0.5) * cell)] > 128) << bit for bit in range(_BITS))


def encode(
    path: Path,
    frames: np.ndarray,
    codec: str = "libx264",
    *,
    options: dict[str, str] | None = None,
    pix_fmt: str = "yuv420p",
    times: Sequence[int] | None = None,  # presentation times in frames; one after another by default
) -> Path:
    height, width = frames.shape[1:3]
    with open_output(path) as container:
        stream = add_video(
            container, codec, FPS, (width, height), pix_fmt, options=options or {"g": str(GOP), "bf": "3"}
        )
        stream.codec_context.time_base = Fraction(1, FPS)
        for place, picture in enumerate(frames):
            frame = to_frame(picture, pix_fmt)
            frame.pts, frame.time_base = (place if times is None else times[place]), Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def shifted(source: Path, target: Path, shift_s: float, first_s: float = 0.0) -> Path:
    """Copy the packets from the keyframe before `first_s` on, `shift_s` later: where that is before zero, hidden."""
    with av.open(str(source)) as old, open_output(target) as new:
        stream = old.streams.video[0]
        copy = new.add_stream_from_template(stream)
        if first_s:
            old.seek(round(first_s / stream.time_base), stream=stream)
        for packet in old.demux(stream):
            if packet.dts is None or packet.pts is None:
                continue
            packet.pts += round(shift_s / stream.time_base)
            packet.dts += round(shift_s / stream.time_base)
            packet.stream = copy
            new.mux(packet)
    return target


def turned(source: Path, target: Path) -> Path:
    """The same video with rotation metadata, as a phone held upright writes it."""
    data = bytearray(source.read_bytes())
    at = data.index(struct.pack(">9i", *_UPRIGHT), data.index(b"tkhd"))
    data[at : at + 36] = struct.pack(">9i", *_SIDEWAYS)
    target.write_bytes(bytes(data))
    return target


def _x265(**settings: object) -> dict[str, str]:
    pairs = {"log-level": "none", "pools": "1", "frame-threads": "1", "keyint": GOP, "bframes": 3, **settings}
    return {"x265-params": ":".join(f"{key}={value}" for key, value in pairs.items())}


def _h264(folder: Path, name: str = "h264.mp4", **keywords: object) -> Path:
    return encode(folder / name, numbered(), **keywords)  # type: ignore[arg-type]


def _hevc(folder: Path, pix_fmt: str = "yuv420p", **settings: object) -> Path:
    return encode(folder / "hevc.mp4", numbered(), "libx265", options=_x265(**settings), pix_fmt=pix_fmt)


VFR_TIMES = [place + place // 3 + 5 * (place // 20) for place in range(COUNT)]
_OPEN = {"g": str(GOP), "x264-params": "open-gop=1:bframes=3"}
MAKERS: dict[str, Callable[[Path], Path]] = {
    "h264, b-frames": _h264,
    "h264, open gop": lambda folder: _h264(folder, options=_OPEN),
    "h264, open gop, matroska": lambda folder: _h264(folder, "h264.mkv", options=_OPEN),
    "h264, open gop, transport stream": lambda folder: _h264(folder, "h264.ts", options=_OPEN),
    "h264, intra refresh": lambda folder: _h264(folder, options={"x264-params": f"intra-refresh=1:keyint={GOP}"}),
    "hevc, b-frames": lambda folder: _hevc(folder, **{"open-gop": 0}),
    "hevc, open gop": lambda folder: _hevc(folder, **{"open-gop": 1}),
    "hevc, temporal layers": lambda folder: _hevc(folder, **{"temporal-layers": 1}),
    "hevc, 10 bit": lambda folder: _hevc(folder, "yuv420p10le", **{"open-gop": 1}),
    "h264, edit list": lambda folder: shifted(_h264(folder), folder / "edit.mp4", -20 / FPS, 20 / FPS),
    "hevc, edit list, open gop": lambda folder: shifted(
        _hevc(folder, **{"open-gop": 1}), folder / "edit.mp4", -20 / FPS, 20 / FPS
    ),
    "variable frame rate": lambda folder: _h264(folder, times=VFR_TIMES),
    "start at 3.7 s": lambda folder: shifted(_h264(folder), folder / "late.mp4", 3.7),
    "rotated": lambda folder: turned(_h264(folder), folder / "turned.mp4"),
    "raw stream without times": lambda folder: _h264(folder, "raw.h264", options={"g": "12", "bf": "3"}),
}


def ffmpeg_frames(path: Path, shape: tuple[int, int]) -> np.ndarray:  # uint8 [T, H, W, 3]
    """Every frame as the ffmpeg program gives it; skips the test where there is no such program."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("the ffmpeg program is not installed; frames are compared with their numbers only")
    command = [program, "-v", "error", "-i", str(path), "-fps_mode", "passthrough", "-f", "rawvideo"]
    out = subprocess.run([*command, "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(out, np.uint8).reshape(-1, *shape, 3)


def ffmpeg_version() -> tuple[int, ...]:
    program = shutil.which("ffmpeg")
    if program is None:
        return (0,)
    words = subprocess.run([program, "-version"], capture_output=True, check=True, text=True).stdout.split()
    digits = words[2].lstrip("n").split("-")[0].split(".")
    return tuple(int(part) for part in digits if part.isdigit())
