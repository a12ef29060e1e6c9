"""Small videos whose frames say which they are, in many containers, codecs and kinds of time stamps."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from feed_dataset.core.media.encoders import add_audio, add_video, open_output, to_frame

FPS, COUNT, GOP = 25, 40, 12
SECOND_CUT = 17  # packets before this one are left out by "cut": it is no key frame
LATE_S = 3.7
AUDIO_HZ = 48_000
_BITS = 6


@dataclass(frozen=True)
class Codec:
    """How pictures are encoded."""

    name: str  # as the table shows it
    encoder: str
    options: Mapping[str, str] = field(default_factory=dict)
    pix_fmt: str = "yuv420p"
    size_px: tuple[int, int] = (128, 96)  # H.263 has a few sizes only
    odd_size: bool = True


@dataclass(frozen=True)
class Kind:
    """One file to make."""

    suffix: str
    codec: Codec
    times: str = "constant"  # key of TIMES
    sound: str = ""  # an audio encoder; "" for none
    odd: bool = False

    @property
    def name(self) -> str:
        extra = [self.times] if self.times != "constant" else []
        extra += [f"with {self.sound}"] if self.sound else []
        extra += ["odd size"] if self.odd else []
        return f"{self.codec.name} in {self.suffix}{', ' if extra else ''}{', '.join(extra)}"

    @property
    def size_px(self) -> tuple[int, int]:
        width, height = self.codec.size_px
        return (width + 1, height + 1) if self.odd else (width, height)


def _x265(**settings: object) -> dict[str, str]:
    pairs = {"log-level": "none", "pools": 1, "frame-threads": 1, "keyint": GOP, "bframes": 3, **settings}
    return {"x265-params": ":".join(f"{key}={value}" for key, value in pairs.items())}


_GOP = {"g": str(GOP)}
CODECS = (
    Codec("H.264 with B-frames", "libx264", {**_GOP, "bf": "3"}),
    Codec("H.264 without B-frames", "libx264", {**_GOP, "bf": "0"}),
    Codec("H.264, open groups", "libx264", {**_GOP, "x264-params": "open-gop=1:bframes=3"}),
    Codec("H.264, intra refresh", "libx264", {"x264-params": f"intra-refresh=1:keyint={GOP}"}),
    Codec("H.264, key frames only", "libx264", {"g": "1"}),
    Codec("H.264, one key frame", "libx264", {"g": "250", "bf": "3", "sc_threshold": "0"}),
    Codec("H.264 4:4:4", "libx264", {**_GOP, "bf": "2"}, "yuv444p"),
    Codec("H.264 10 bit", "libx264", {**_GOP, "bf": "2"}, "yuv420p10le"),
    Codec("H.264, full range", "libx264", {**_GOP, "bf": "2"}, "yuvj420p"),
    Codec("HEVC with B-frames", "libx265", _x265(**{"open-gop": 0})),
    Codec("HEVC, open groups", "libx265", _x265(**{"open-gop": 1})),
    Codec("HEVC 10 bit", "libx265", _x265(**{"open-gop": 1}), "yuv420p10le"),
    Codec("MPEG-4 with B-frames", "mpeg4", {**_GOP, "bf": "2", "q": "2"}),
    Codec("MPEG-4", "mpeg4", {**_GOP, "bf": "0"}),
    Codec("MPEG-2 with B-frames", "mpeg2video", {**_GOP, "bf": "2"}),
    Codec("MPEG-2", "mpeg2video", {**_GOP, "bf": "0"}),
    Codec("MPEG-2 4:2:2", "mpeg2video", {**_GOP, "bf": "2"}, "yuv422p"),
    Codec("MPEG-1 with B-frames", "mpeg1video", {**_GOP, "bf": "2"}),
    Codec("MJPEG", "mjpeg", {}, "yuvj420p"),
    Codec("MJPEG 4:2:2", "mjpeg", {}, "yuvj422p"),
    Codec("VP8", "libvpx", {**_GOP, "deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "0"}),
    Codec("VP8, hidden references", "libvpx", {**_GOP, "auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good"}),
    Codec("VP9", "libvpx-vp9", {**_GOP, "auto-alt-ref": "1", "lag-in-frames": "16", "cpu-used": "5"}),
    Codec("AV1", "libsvtav1", {**_GOP, "preset": "12", "svtav1-params": "lp=1"}),
    Codec("FFV1", "ffv1"),
    Codec("FFV1 RGB", "ffv1", {}, "bgr0"),
    Codec("HuffYUV", "huffyuv", {}, "yuv422p"),
    Codec("Ut Video", "utvideo"),
    Codec("ProRes", "prores_ks", {}, "yuv422p10le"),
    Codec("DNxHR", "dnxhd", {"profile": "dnxhr_sq"}, "yuv422p", (256, 128)),
    Codec("WMV2", "wmv2", _GOP),
    Codec("MS-MPEG4 v3", "msmpeg4", _GOP),
    Codec("Sorenson H.263 (FLV)", "flv", _GOP),
    Codec("H.263", "h263", _GOP, odd_size=False),
    Codec("raw video", "rawvideo"),
    Codec("raw RGB", "rawvideo", {}, "bgr24"),
    Codec("PNG", "png", {}, "rgb24"),
    Codec("QuickTime Animation", "qtrle", {}, "rgb24"),
    Codec("Cinepak", "cinepak", {}, "rgb24", odd_size=False),
    Codec("Snow", "snow"),
    Codec("DV", "dvvideo", {}, "yuv420p", (720, 576), odd_size=False),
)
BY_NAME = {codec.name: codec for codec in CODECS}
SUFFIXES = (
    ".mp4",
    ".mov",
    ".mkv",
    ".webm",
    ".avi",
    ".ts",
    ".m2ts",
    ".mpg",
    ".vob",
    ".flv",
    ".wmv",
    ".ogv",
    ".3gp",
    ".m4v",
)
UNREAD = (".gif", ".mxf", ".nut", ".h264", ".hevc", ".m2v", ".m1v", ".mjpeg", ".ivf", ".y4m", ".dv", ".apng", ".rm")
VARIABLE = [place + place // 3 + 5 * (place // 20) for place in range(COUNT)]
GAP = [place + (20 if place >= COUNT // 2 else 0) for place in range(COUNT)]
TIMES = ("constant", "variable", "gap of 0.8 s", "late", "from before zero", "cut", "cut, times kept",
         "cut without its key", "copied", "two files in a row", "after the clock wraps")  # fmt: skip
JOINED = (".ts", ".m2ts", ".mpg", ".vob", ".flv", ".ogv", ".mkv")  # containers that people join with `cat`
SOUNDS = ("libmp3lame", "aac", "pcm_s16le", "ac3", "mp2", "libopus")


def numbered(size_px: tuple[int, int], count: int = COUNT) -> Iterator[np.ndarray]:  # uint8 [H, W, 3]
    """A drifting colourful pattern; the number of the frame is written in binary along the top."""
    width, height = size_px
    y, x = np.mgrid[0:height, 0:width]
    cell = width / _BITS
    for number in range(count):
        frame = np.empty((height, width, 3), np.uint8)
        for channel, speed in enumerate((3.0, -2.0, 5.0)):
            frame[..., channel] = 128 + 90 * np.sin((x + speed * number) / (9 + 4 * channel) + y / (7 + 3 * channel))
        for bit in range(_BITS):
            frame[: height // 4, round(bit * cell) : round((bit + 1) * cell)] = 225 if number >> bit & 1 else 25
        yield frame


def number_of(picture: np.ndarray) -> int:  # uint8 [H, W, 3]
    """Which frame this is."""
    row = picture[picture.shape[0] // 8].mean(-1)
    return sum(int(row[int((bit + 0.5) * len(row) / _BITS)] > 125) << bit for bit in range(_BITS))


def make(kind: Kind, folder: Path) -> Path | None:
    """The file, or None where FFmpeg writes no such file."""
    path = folder / f"clip{kind.suffix}"
    try:
        _MAKERS.get(kind.times, _plain)(kind, path)
    except (av.error.FFmpegError, ValueError, OverflowError, IndexError):
        return None
    finally:
        _leave_real_time()
    return path if path.is_file() and path.stat().st_size else None


def _leave_real_time() -> None:
    """SVT-AV1 puts a process of root under SCHED_FIFO and leaves it there; all others would wait."""
    if hasattr(os, "sched_setscheduler") and os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def expected_numbers(kind: Kind) -> list[int] | None:
    """The frames that such a file shows; None where containers differ and the ffmpeg program has to say."""
    if kind.times.startswith("cut") or kind.times in ("from before zero", "two files in a row"):
        return None
    return list(range(COUNT))


def _plain(kind: Kind, path: Path) -> None:
    places = {"variable": VARIABLE, "gap of 0.8 s": GAP}.get(kind.times, list(range(COUNT)))
    codec = kind.codec
    with open_output(path) as output:
        stream = add_video(output, codec.encoder, FPS, kind.size_px, codec.pix_fmt, options=codec.options)
        if kind.times != "constant":
            stream.codec_context.time_base = Fraction(1, FPS)
        sound = add_audio(output, kind.sound, AUDIO_HZ, "stereo") if kind.sound else None
        if sound is not None:  # first, as players expect it
            _tone(output, sound)
        for place, picture in zip(places, numbered(kind.size_px), strict=True):
            frame = to_frame(picture, codec.pix_fmt)
            frame.pts, frame.time_base = place, Fraction(1, FPS)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def _tone(output: av.container.OutputContainer, sound: av.audio.stream.AudioStream) -> None:
    resampler = av.AudioResampler(sound.format, "stereo", AUDIO_HZ, sound.codec_context.frame_size or 1024)
    samples = np.round(8000 * np.sin(np.arange(AUDIO_HZ * COUNT // FPS) / 20)).astype(np.int16)
    whole = av.AudioFrame.from_ndarray(np.repeat(samples, 2)[None], "s16", "stereo")
    whole.sample_rate, whole.pts = AUDIO_HZ, 0
    for frame in (*resampler.resample(whole), *resampler.resample(None)):
        output.mux(sound.encode(frame))
    output.mux(sound.encode(None))


def _copied(kind: Kind, path: Path, *, shift_s: float = 0.0, first: int = 0, keep_key: bool = True) -> None:
    """Packets of a plain file in a new one, `shift_s` later; of a cut, from the key frame before `first` on."""
    source = path.with_name(f"source{kind.suffix}")
    _plain(replace(kind, times="constant"), source)
    with av.open(str(source)) as old, open_output(path) as new:
        streams = {stream.index: new.add_stream_from_template(stream) for stream in old.streams}
        video = old.streams.video[0]
        packets = [packet for packet in old.demux() if packet.size]
        pictures = [packet for packet in packets if packet.stream is video]
        keys = [place for place, packet in enumerate(pictures[: first + 1]) if packet.is_keyframe]
        left_out = set(map(id, pictures[: (keys[-1] if keep_key else keys[-1] + 1) if first else 0]))
        for packet in packets:
            if id(packet) in left_out:
                continue
            shift = round(Fraction(shift_s).limit_denominator(90_000) / Fraction(packet.time_base))
            packet.pts = None if packet.pts is None else packet.pts + shift
            packet.dts = None if packet.dts is None else packet.dts + shift
            packet.stream = streams[packet.stream.index]
            new.mux(packet)
    source.unlink()


def _cut(kind: Kind, path: Path) -> None:
    """As `ffmpeg -ss T -c copy` cuts: from the key frame on, and times below zero ask players to hide frames."""
    _copied(kind, path, shift_s=-SECOND_CUT / FPS, first=SECOND_CUT)


def _cut_late(kind: Kind, path: Path) -> None:
    _copied(kind, path, first=SECOND_CUT)


def _cut_blind(kind: Kind, path: Path) -> None:
    """The key frame itself is missing, as in recordings that begin anywhere."""
    _copied(kind, path, first=SECOND_CUT, keep_key=False)


def _twice(kind: Kind, path: Path) -> None:
    """As `cat a.ts b.ts` makes it: the clock starts again."""
    _plain(Kind(kind.suffix, kind.codec, odd=kind.odd), path)
    path.write_bytes(path.read_bytes() * 2)


_MAKERS: Mapping[str, Callable[[Kind, Path], None]] = {
    "late": lambda kind, path: _copied(kind, path, shift_s=LATE_S),
    "from before zero": lambda kind, path: _copied(kind, path, shift_s=-7 / FPS),
    "cut": _cut,
    "cut, times kept": _cut_late,
    "cut without its key": _cut_blind,
    "copied": _copied,
    "two files in a row": _twice,
    "after the clock wraps": lambda kind, path: _copied(kind, path, shift_s=(1 << 33) / 90_000 - 0.5),
}


def all_kinds() -> Iterator[Kind]:
    """The whole matrix."""
    for suffix in SUFFIXES:
        for codec in CODECS:
            yield Kind(suffix, codec)
            if codec.odd_size:
                yield Kind(suffix, codec, odd=True)
    timed = [BY_NAME[name] for name in ("H.264 with B-frames", "H.264, open groups", "MPEG-4 with B-frames",
             "MPEG-2 with B-frames", "HEVC, open groups", "VP9", "MJPEG", "WMV2")]  # fmt: skip
    for suffix in SUFFIXES:
        for codec in timed:
            for times in TIMES[1:]:
                if times == "two files in a row" and suffix not in JOINED:
                    continue
                yield Kind(suffix, codec, times)
        for sound in SOUNDS:
            yield Kind(suffix, timed[0], sound=sound)
            yield Kind(suffix, timed[2], sound=sound)
            yield Kind(suffix, timed[0], "gap of 0.8 s", sound=sound)
    for suffix in UNREAD:
        for codec in CODECS:
            yield Kind(suffix, codec)
