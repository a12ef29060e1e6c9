"""200 damaged inputs, the same ones for the same seed: what cloud drives, archives and strangers deliver."""

from __future__ import annotations

import io
import os
import struct
import time
import wave
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from feed_dataset.core.media.encoders import add_video, open_output, to_frame
from feed_dataset.core.media.video import write_video
from tests.feed_dataset.clips import FPS, moving_frames, tone

COUNT = 200
_CONTAINERS = {
    ".mov": ("mov", "libx264"),
    ".mkv": ("matroska", "libx264"),
    ".webm": ("webm", "libvpx"),
    ".avi": ("avi", "mpeg4"),
}


@dataclass(frozen=True)
class Damaged:
    """One bad file."""

    kind: str
    name: str  # file name with its suffix
    make: Callable[[Path], object]
    index_sees: bool = True  # False: the damage is inside frames, or harms none of them
    reader_sees: bool = True  # False: what can be decoded is whole, or decoders conceal the damage


def damaged_inputs(folder: Path, seed: int, server: str) -> Iterator[Damaged]:
    """200 bad files for a directory.

    Args:
        folder: for what they are made of; a place outside of the data directory.
        server: "http://host:port" of a server that notes who calls.
    """
    rng = np.random.default_rng(seed)
    sound = {suffix: _clip(folder / f"good{suffix}") for suffix in (".mp4", ".mov", ".mkv", ".avi", ".webm")}
    late = _late_header(sound[".mp4"])
    yield from _truncated(late, ".mp4", 20, rng)
    yield from _truncated(sound[".mp4"], ".mp4", 20, rng)
    yield from _truncated(sound[".mov"], ".mov", 15, rng)
    yield from _truncated(sound[".mkv"], ".mkv", 15, rng)
    yield from _truncated(sound[".avi"], ".avi", 10, rng)
    for suffix in (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi"):
        yield Damaged("empty", f"x{suffix}", lambda path: path.touch())
    yield from _written("zeros", {f"{size}.mp4": bytes(size) for size in (1, 7, 100, 4096, 1 << 20)})
    yield from _written("text", _texts())
    yield from _written("other format", _other_formats(folder))
    yield from _written("playlist", _playlists(folder, server))
    yield from _links(folder)
    yield from _written("huge size", _huge(sound[".mp4"], folder))
    for name, data in _harmless_lies(sound[".mp4"], sound[".avi"]).items():
        is_seen = name == "box_moov.mp4"  # it claims more than the file holds
        yield Damaged("harmless lie", name, _writer(data), index_sees=is_seen, reader_sees=False)
    yield from _written("header rot", _header_rot(sound[".mp4"], 22, rng))
    for index, data in enumerate(_frame_rot(sound[".mp4"], 26, rng)):
        yield Damaged("frame rot", f"{index}.mp4", _writer(data), index_sees=False, reader_sees=False)


def _clip(path: Path) -> bytes:
    """A valid clip in the container that the suffix names; the MP4 has sound."""
    first = path.with_name("first.mp4")
    if not first.exists():
        write_video(first, moving_frames(40), FPS, audio=tone(1.6))
    if path.suffix == ".mp4":
        return first.read_bytes()
    return _encoded(path, *_CONTAINERS[path.suffix], "yuv420p")


def _encoded(path: Path, container: str, codec: str, pix_fmt: str) -> bytes:
    with open_output(path, container) as target:
        stream = add_video(target, codec, FPS, (64, 48), pix_fmt)
        for picture in moving_frames(40):
            target.mux(stream.encode(to_frame(picture, pix_fmt)))
        target.mux(stream.encode(None))
    return path.read_bytes()


def _boxes(data: bytes) -> dict[str, tuple[int, int]]:
    """Start and end of each top-level box of an MP4."""
    found, place = {}, 0
    while place + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, place)
        found[name.decode("latin1")] = (place, place + size)
        place += size
    return found


def _late_header(data: bytes) -> bytes:
    """The header behind the frames, as cameras write it. Its offsets are wrong: it is only ever cut off."""
    boxes = _boxes(data)
    header, frames = (data[slice(*boxes[name])] for name in ("moov", "mdat"))
    return data[: boxes["moov"][0]] + frames + header


def _truncated(data: bytes, suffix: str, count: int, rng: np.random.Generator) -> Iterator[Damaged]:
    # The last twentieth is left out: the end of a file may be padding or an index that nothing needs.
    cuts = np.linspace(0.01, 0.94, count) + rng.uniform(0, 0.01, count)
    for number, cut in enumerate(cuts):
        is_seen = suffix in (".mp4", ".mov") or bool(cut < 0.75)  # else half a second or an AVI's index is lost
        made = _writer(data[: round(len(data) * cut)])
        yield Damaged("truncated", f"{number}{suffix}", made, reader_sees=is_seen)


def _texts() -> dict[str, bytes]:
    page = "<!DOCTYPE html><html><head><title>Quota exceeded</title></head><body>Too many users</body></html>"
    return {
        "page.mp4": page.encode(),
        "note.mov": b"this is not a video\n" * 100,
        "json.mp4": b'{"error": {"code": 403, "message": "rate limit"}}',
        "pointer.mp4": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1234567\n",
        "utf16.mkv": "\ufeffnot a video".encode("utf-16"),
        "newline.webm": b"\n",
        "script.avi": b"#!/bin/sh\nexit 1\n",
        "ftyp.mp4": b"\x00\x00\x00\x18ftypisom" + b"text " * 200,
    }


def _other_formats(folder: Path) -> dict[str, bytes]:
    from PIL import Image

    found: dict[str, bytes] = {}
    for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PDF"):
        buffer = io.BytesIO()
        dates = {"creationDate": time.gmtime(0), "modDate": time.gmtime(0)} if kind == "PDF" else {}
        Image.new("RGB", (64, 48), (120, 60, 30)).save(buffer, kind, **dates)
        found[f"{kind.lower()}.mp4"] = buffer.getvalue()
    archive, sound = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr(zipfile.ZipInfo("random_C.mp4"), (folder / "first.mp4").read_bytes())
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000))
    found |= {"zip.mp4": archive.getvalue(), "wav.mp4": sound.getvalue(), "elf.mkv": b"\x7fELF" + bytes(500)}
    return found


def _playlists(folder: Path, server: str) -> dict[str, bytes]:
    """Scripts that name other files and hosts; FFmpeg would follow each of them if it were let."""
    secret = folder / "first.mp4"
    targets = (f"{server}/segment.ts", f"file://{secret}", str(secret), os.path.relpath(secret, folder / "a/b"))
    found: dict[str, bytes] = {}
    for number, target in enumerate((*targets, f"concat:{secret}|{secret}", f"data:{server}")):
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", "#EXTINF:2.0,", target, "#EXT-X-ENDLIST"]
        found[f"hls{number}.mp4"] = "\n".join(lines).encode()
        found[f"concat{number}.mkv"] = f"ffconcat version 1.0\nfile '{target}'\n".encode()
        found[f"dash{number}.mov"] = (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>'
            f'<Representation id="1"><BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>'
        ).encode()
    found["sdp.mp4"] = b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"
    found["asx.avi"] = f'<asx version="3.0"><entry><ref href="{server}/a.asf"/></entry></asx>'.encode()
    found["key.mp4"] = f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{server}/key"\n#EXTINF:2,\n{secret}\n'.encode()
    return found


def _links(folder: Path) -> Iterator[Damaged]:
    secret = folder / "first.mp4"
    for number, target in enumerate((secret, Path("/etc/passwd"), folder, Path("/dev/zero"), folder / "gone.mp4")):
        yield Damaged("link", f"{number}.mp4", _linker(target))
    yield Damaged("link", "self.mp4", lambda path: path.symlink_to(path.name))
    yield Damaged("no file", "pipe.mp4", lambda path: os.mkfifo(path))


def _huge(mp4: bytes, folder: Path) -> dict[str, bytes]:
    """Sizes, counts and dimensions that nobody could allocate."""
    found: dict[str, bytes] = {}
    for name, offset in (("stsz", 8), ("stsc", 4), ("stts", 4)):
        found[f"count_{name}.mp4"] = _patched(mp4, name.encode(), offset, b"\xff\xff\xff\xf0")
    found["box_64bit.mp4"] = b"\x00\x00\x00\x01moov" + struct.pack(">Q", 1 << 62) + mp4[8:]
    found["ebml.mkv"] = b"\x1a\x45\xdf\xa3\x01" + b"\xff" * 7 + bytes(200)
    found["riff.avi"] = b"RIFF\xff\xff\xff\xffAVI LIST\xff\xff\xff\xffhdrlavih" + bytes(64)
    raw = _encoded(folder / "raw.avi", "avi", "rawvideo", "rgb24")
    found["raw.avi"] = _patched(raw, b"strf", 8, struct.pack("<ii", 0x7FFF, 0x7FFF))
    jpeg = _encoded(folder / "jpeg.avi", "avi", "mjpeg", "yuvj420p")
    found["jpeg.avi"] = _patched(jpeg, b"\xff\xc0", 3, b"\xff\xf0\xff\xf0")
    return found


def _harmless_lies(mp4: bytes, avi: bytes) -> dict[str, bytes]:
    """Declared sizes that are wrong and that a reader can do without: every frame is there."""
    boxes = ("moov", "trak", "mdia", "minf", "stbl")
    found = {f"box_{name}.mp4": _patched(mp4, name.encode(), -8, b"\x7f\xff\xff\xff") for name in boxes}
    found["count_stco.mp4"] = _patched(mp4, b"stco", 4, b"\xff\xff\xff\xf0")
    return found | {"frame.avi": _patched(avi, b"strf", 8, struct.pack("<ii", 0x7FFF, 0x7FFF))}


def _header_rot(data: bytes, count: int, rng: np.random.Generator) -> dict[str, bytes]:
    """The header overwritten with noise from some place on."""
    start, end = _boxes(data)["moov"]
    found = {}
    for number, place in enumerate(np.linspace(start + 4, start + (end - start) * 0.5, count).astype(int)):
        found[f"{number}.mp4"] = data[:place] + rng.bytes(end - place) + data[end:]
    return found


def _frame_rot(data: bytes, count: int, rng: np.random.Generator) -> Iterator[bytes]:
    """Noise in the frames: 1 byte, 2 bytes, ... up to all of them."""
    start, end = _boxes(data)["mdat"]
    for number in range(count):
        size = round((end - start - 8) ** (number / (count - 1)))
        place = int(rng.integers(start + 8, end - size + 1))
        yield data[:place] + rng.bytes(size) + data[place + size :]


def _patched(data: bytes, mark: bytes, offset: int, value: bytes) -> bytes:
    """`value` written `offset` bytes after the end of the first `mark`."""
    place = data.index(mark) + len(mark) + offset
    return data[:place] + value + data[place + len(value) :]


def _written(kind: str, files: dict[str, bytes]) -> Iterator[Damaged]:
    for name, data in files.items():
        yield Damaged(kind, name, _writer(data))


def _writer(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def _linker(target: Path) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)
