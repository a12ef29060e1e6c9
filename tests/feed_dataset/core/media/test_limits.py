"""A small file can declare any size: what is too large for any camera is refused before it is decoded."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from feed_dataset.core.jobs.errors import ImageDecodeError, VideoDecodeError
from feed_dataset.core.media.encoders import add_video
from feed_dataset.core.media.images import read_image
from feed_dataset.core.media.limits import MAX_FRAME_PIXELS, size_problem
from feed_dataset.core.media.scan import scan_video
from feed_dataset.core.media.sniff import check_container
from feed_dataset.core.media.video import read_video
from feed_dataset.manifest.inspect import inspect_image, inspect_video

HUGE_PX = 16_000


def write_mjpeg(path: Path, jpegs: list[bytes]) -> Path:
    """An AVI that declares 64 x 64 pixels, whatever its pictures have."""
    with av.open(str(path), "w") as container:
        stream = add_video(container, "mjpeg", 25, (64, 64), "yuvj420p")
        for number, jpeg in enumerate(jpegs):
            packet = av.Packet(jpeg)
            packet.stream, packet.pts, packet.dts = stream, number, number
            packet.time_base, packet.is_keyframe = Fraction(1, 25), True
            container.mux(packet)
    return path


def jpeg(side_px: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (side_px, side_px)).save(buffer, "JPEG", quality=1)
    return buffer.getvalue()


@pytest.fixture
def declared(tmp_path: Path) -> Path:
    """Three pictures in a small file that declares huge ones; what FFV1 decodes has the size that the file declares."""
    path = tmp_path / "declared.avi"
    with av.open(str(path), "w") as container:
        stream = add_video(container, "ffv1", 25, (64, 64), "gray")
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64), np.uint8), format="gray")))
        container.mux(stream.encode(None))
    small, huge = struct.pack("<ii", 64, 64), struct.pack("<ii", HUGE_PX, HUGE_PX)
    path.write_bytes(path.read_bytes().replace(small, huge))
    return path


def test_the_limit_is_twice_8k() -> None:
    assert size_problem(8192, 8192) is None and size_problem(7680, 4320) is None
    assert "8192 x 8193 pixels" in str(size_problem(8192, 8193))


@pytest.mark.parametrize("reader", [scan_video, inspect_video, check_container, read_video])
def test_declared_sizes(declared: Path, reader: object) -> None:
    with pytest.raises(VideoDecodeError, match=f"more than {MAX_FRAME_PIXELS:,}"):
        reader(declared)  # type: ignore[operator]


def test_pictures_larger_than_their_header_says(tmp_path: Path) -> None:
    path = write_mjpeg(tmp_path / "grown.avi", [jpeg(64), jpeg(8200)])
    with pytest.raises(VideoDecodeError):
        read_video(path)
    assert len(read_video(write_mjpeg(tmp_path / "small.avi", [jpeg(64)] * 2)).frames) == 2


@pytest.mark.filterwarnings("ignore:Image size:PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("reader", [read_image, inspect_image])
def test_images(tmp_path: Path, reader: object) -> None:
    """Of 60 bytes; decoded it would take a gigabyte."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 12_000, 12_000, 8, 2, 0, 0, 0))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")))
    with pytest.raises(ImageDecodeError, match="12000 x 12000 pixels"):
        reader(tmp_path / "a.png")  # type: ignore[operator]
    assert np.array_equal(read_image(_tiny(tmp_path)), np.zeros((2, 2, 3), np.uint8))


def _tiny(folder: Path) -> Path:
    Image.new("RGB", (2, 2)).save(folder / "tiny.png")
    return folder / "tiny.png"
