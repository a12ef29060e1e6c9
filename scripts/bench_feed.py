"""Speed, exactness and memory of reading FEED, as ratios to the raw decoder in one run.

    python scripts/bench_feed.py            # 3-minute 4K take: about 10 minutes and 0.6 GB of temporary files
    python scripts/bench_feed.py --quick    # 20 s of 4K

Exits 1 when a floor is missed. Raw decoding is PyAV with its own choice of threads, three files one after another,
to the decoder's YUV pictures: nothing is converted or kept. Pairs are timed alternately and the best of each counts,
because other programs slow both.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from feed_dataset.cameras.take_reader import TakeReader
from feed_dataset.core.media.encoders import add_video, open_output
from feed_dataset.core.media.frame_index import FrameIndex
from feed_dataset.core.media.header_only import open_lean
from feed_dataset.core.media.reader import open_reader
from feed_dataset.core.media.scan import build_frame_index
from feed_dataset.core.media.threads import available_cores
from feed_dataset.core.media.video import write_video
from feed_dataset.hub.torchcodec_check import torchcodec_decodes

FPS, GOP = 30, 60
SIZE_PX = 512
# Low rates for 4K: the less decoding costs, the more everything else counts.
CODECS = (("libx264", 26_000_000), ("libx265", 15_000_000))
RANDOM_TIMESTAMPS = 100
MEMORY_FLOOR_MB = 1500
BEFORE = "5e02435"  # the commit that indexing is compared with
TESTS = Path(__file__).resolve().parent.parent / "tests" / "feed_dataset" / "core" / "media" / "test_frame_exact.py"


@dataclass(frozen=True)
class Row:
    """One figure and what it must be."""

    what: str
    value: float
    floor: str = ""  # such as ">= 0.9"; empty for a figure that is only shown
    detail: str = ""

    @property
    def is_met(self) -> bool:
        if not self.floor:
            return True
        sign, limit = self.floor.split()
        return self.value >= float(limit) if sign == ">=" else self.value <= float(limit)

    def __str__(self) -> str:
        verdict = ("PASS" if self.is_met else "FAIL") if self.floor else "-"
        return f"{self.what:62} {self.value:9.2f}  {self.floor:8} {verdict:5} {self.detail}"


def make_clip(path: Path, codec: str, seconds: float, size: tuple[int, int], bits_per_second: int) -> Path:
    """A clip of one encoded group of pictures, repeated: a long 4K file costs seconds, not hours."""
    width, height = size
    options = {"bf": "2", "g": str(GOP), "preset": "veryfast"}
    if codec == "libx265":
        options = {"preset": "ultrafast", "x265-params": f"log-level=none:keyint={GOP}:bframes=2:open-gop=0"}
    packets: list[tuple[int, int, bool, bytes]] = []
    with open_output(path.with_suffix(".short.mp4")) as container:
        stream = add_video(container, codec, FPS, size, "yuv420p", options=options)
        stream.bit_rate = bits_per_second
        for picture in _pictures(GOP, width, height):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode(None))
    with av.open(str(path.with_suffix(".short.mp4"))) as source, open_output(path) as container:
        old = source.streams.video[0]
        base = Fraction(old.time_base or 1)
        new = container.add_stream_from_template(old)
        packets = [(p.pts or 0, p.dts or 0, p.is_keyframe, bytes(p)) for p in source.demux(old) if p.size]
        period = round(GOP / FPS / base)
        for turn in range(max(round(seconds * FPS / GOP), 1)):
            for pts, dts, is_keyframe, data in packets:
                packet = av.Packet(data)
                packet.pts, packet.dts, packet.time_base = pts + turn * period, dts + turn * period, base
                packet.is_keyframe, packet.stream = is_keyframe, new
                container.mux(packet)
    path.with_suffix(".short.mp4").unlink()
    return path


def _pictures(count: int, width: int, height: int) -> Iterator[np.ndarray]:  # uint8 [H * 3 / 2, W], planes of yuv420p
    """A drifting texture with the noise of a camera."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0 : height * 3 // 2, 0:width].astype(np.float32)
    still = (120 + 60 * np.sin(x / 37 + y / 53) + 30 * np.sin(x / 5) * np.sin(y / 7)).astype(np.int16)
    noise = rng.normal(0, 3, still.shape).astype(np.int16)
    for number in range(count):
        moved = np.roll(still, 4 * number, axis=1) + np.roll(noise, int(rng.integers(0, 4000)))
        yield np.clip(moved, 16, 235).astype(np.uint8)


def raw_frames(path: Path, count: int) -> Iterator[av.VideoFrame]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        yield from itertools.islice(container.decode(stream), count)


def seconds_of(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def best_of(rounds: int, *actions: Callable[[], object]) -> list[float]:
    """Least seconds of each, taken in turns."""
    rounds_s = [[seconds_of(action) for action in actions] for _ in range(rounds)]
    return [min(times) for times in zip(*rounds_s, strict=True)]


def sequential_rows(name: str, clip: Path, count: int, rounds: int) -> list[Row]:
    """Three views, and one, against raw decoding."""
    index = build_frame_index(clip)
    views = {view: clip for view in "CLR"}

    def raw(files: int) -> None:
        for _ in range(files):
            for _ in raw_frames(clip, count):
                pass

    def take(size_px: int | None) -> None:
        with TakeReader(views, indices=dict.fromkeys(views, index), offsets_s={}) as reader:
            for _ in reader.stream(0.0, count / FPS, size_px, FPS, chunk=16 if size_px else 2):
                pass

    def one() -> None:
        with open_reader(clip, index=index) as reader:
            for _ in reader.stream(0, count, SIZE_PX):
                pass

    def raw_rgb() -> None:
        for frame in raw_frames(clip, count):
            frame.to_ndarray(format="rgb24")

    three, ours = best_of(rounds, lambda: raw(3), lambda: take(SIZE_PX))
    alone, alone_rgb, shrunk = best_of(rounds, lambda: raw(1), raw_rgb, one)
    fps = f"{3 * count / ours:.0f} against {3 * count / three:.0f} frames/s"
    return [
        Row(f"{name}: three views to {SIZE_PX}, speed / raw decoding", three / ours, ">= 0.9", fps),
        Row(f"{name}: one view to {SIZE_PX}, time / raw decoding", shrunk / alone, "<= 1.1", "decoder's YUV"),
        Row(f"{name}: one view to {SIZE_PX}, time / raw decoding to RGB", shrunk / alone_rgb, "<= 1.1", "full size"),
        Row(f"{name}: index of the file, time / raw decoding", seconds_of(lambda: build_frame_index(clip)) / alone),
    ]


def random_row(name: str, clip: Path, reopened: int) -> Row:
    """`at` against opening, seeking and decoding anew for each timestamp; the latter for so many of the timestamps."""
    rng = np.random.default_rng(1)
    index: FrameIndex = build_frame_index(clip)
    asked = rng.integers(0, index.frame_count, RANDOM_TIMESTAMPS)

    def together() -> None:
        with open_reader(clip) as reader:  # its index is built in this time too
            reader.at(reader.index.nearest(index.times_s[asked]), SIZE_PX)

    def anew() -> None:
        for number in asked[:reopened]:
            with av.open(str(clip)) as container:
                stream = container.streams.video[0]
                stream.thread_type = "AUTO"
                container.seek(int(index.pts[number]), stream=stream)
                frame = next(f for f in container.decode(stream) if f.pts is not None and f.pts >= index.pts[number])
                height = min(SIZE_PX, frame.height)
                frame.to_ndarray(format="rgb24", height=height, width=round(frame.width * height / frame.height))

    ours, theirs = seconds_of(together), seconds_of(anew) * RANDOM_TIMESTAMPS / reopened
    detail = f"{1000 * ours / RANDOM_TIMESTAMPS:.0f} against {1000 * theirs / RANDOM_TIMESTAMPS:.0f} ms each"
    what = f"{name}: {RANDOM_TIMESTAMPS} timestamps in {index.frame_count} frames, speed / reopening"
    return Row(what, theirs / ours, ">= 5" if index.frame_count <= 300 else "", detail)


def small_rows(folder: Path) -> list[Row]:
    """40 random frames at 512 px against torchcodec's approximate mode, opening included, in processor time.

    Twice where torch takes more than one thread: with as many as it takes itself, and with one, as in workers of a
    DataLoader. Of groups of two frames both readers decode the same ones and little else, so with one thread the floor
    is what decoding them takes.
    """
    if not torchcodec_decodes():
        return []
    import torch
    from torchcodec.decoders import VideoDecoder  # type: ignore[attr-defined]

    asked = np.random.default_rng(1).integers(0, 100, 40)
    rows = []
    threads = torch.get_num_threads()
    for gop in (100, 12, 2):
        clip = make_small(folder / f"gop{gop}.mp4", gop)

        def ours(clip: Path = clip) -> None:
            with open_reader(clip) as reader:
                reader.at(asked)

        def theirs(clip: Path = clip) -> None:
            VideoDecoder(str(clip), seek_mode="approximate").get_frames_at(asked.tolist())

        def bare(clip: Path = clip, gop: int = gop) -> None:
            decode_only(clip, {number for one in asked for number in range(one - one % gop, one + 1)})

        for count in sorted({threads, 1}, reverse=True):
            torch.set_num_threads(count)
            mine_s, other_s, bare_s = best_cpu_of(6, ours, theirs, bare)
            what = f"512 px, {gop} frames a group: 40 random, speed / torchcodec, {count} thread{'s' * (count > 1)}"
            is_bound = gop == 2 and count == 1
            rows.append(
                Row(what, other_s / mine_s, "" if is_bound else ">= 1.2", f"{1e3 * mine_s:.0f}, {1e3 * other_s:.0f} ms")
            )
            if is_bound:
                most = f"decoding takes {1e3 * bare_s:.0f} ms: at most {other_s / bare_s:.2f} x torchcodec"
                rows.append(
                    Row("  the same, time / decoding its frames and nothing else", mine_s / bare_s, "<= 1.2", most)
                )
        torch.set_num_threads(threads)
    return rows


def decode_only(clip: Path, numbers: set[int]) -> None:
    """Decode these packets, without looking for them, and drop the frames: no reader can do less."""
    with open_lean(clip) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for number, packet in enumerate(container.demux(stream)):
            if number in numbers and packet.size:
                packet.decode()


def make_small(path: Path, gop: int) -> Path:
    """100 frames of 512 px with the noise of a camera."""
    options = {"g": str(gop), "bf": "3" if gop > 2 else "0", "crf": "18", "preset": "veryfast"}
    with open_output(path) as container:
        stream = add_video(container, "libx264", 25, (SIZE_PX, SIZE_PX), "yuv420p", options=options)
        for picture in _pictures(100, SIZE_PX, SIZE_PX):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="yuv420p")))
        container.mux(stream.encode(None))
    return path


def best_cpu_of(rounds: int, *actions: Callable[[], object]) -> list[float]:
    """Least seconds of the processor for each, taken in turns, after one round that does not count."""
    rounds_s = [[_cpu_s(action) for action in actions] for _ in range(rounds + 1)][1:]
    return [min(times) for times in zip(*rounds_s, strict=True)]


def _cpu_s(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


def index_row(folder: Path) -> Row | None:
    """Processor time of examining 300 small clips against that of an earlier commit; None outside of a repository."""
    before = folder / "before"
    before.mkdir()
    root = Path(__file__).resolve().parent.parent
    archive = subprocess.run(["git", "archive", BEFORE, "feed_dataset"], cwd=root, capture_output=True, check=False)
    if archive.returncode:
        return None
    subprocess.run(["tar", "-x", "-C", str(before)], input=archive.stdout, check=True)
    clip = folder / "tiny.mp4"
    write_video(clip, np.random.default_rng(0).integers(0, 255, (12, 128, 128, 3), np.uint8), 25)
    code = (
        "import sys, time; from pathlib import Path; from feed_dataset.manifest.examine import Task, examine; "
        "task = Task('a', Path(sys.argv[1]), 'video'); examine(task); start = time.process_time(); "
        "[examine(task) for _ in range(300)]; print(time.process_time() - start)"
    )

    def seconds(place: Path) -> float:
        command = [sys.executable, "-c", code, str(clip)]
        return float(subprocess.run(command, cwd=place, capture_output=True, text=True, check=True).stdout)

    pairs = [(seconds(root), seconds(before)) for _ in range(3)]
    now_s, then_s = (min(column) for column in zip(*pairs, strict=True))
    detail = f"{1e3 * now_s / 300:.2f} against {1e3 * then_s / 300:.2f} ms a file"
    return Row(f"index of small clips, speed / {BEFORE}", then_s / now_s, ">= 3", detail)


def memory_row(clip: Path) -> Row:
    """Peak memory of a process of its own that reads three views from end to end."""
    count = build_frame_index(clip).frame_count
    command = [sys.executable, __file__, "--read", str(clip)]
    started = time.perf_counter()
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    detail = f"{out[1]} frames in {time.perf_counter() - started:.0f} s; {count / FPS:.0f} s of 3 views"
    return Row("peak memory of a whole 4K take, MB", float(out[0]), f"<= {MEMORY_FLOOR_MB}", detail)


def read_whole(clip: Path) -> None:
    with TakeReader({view: clip for view in "CLR"}, indices={}, offsets_s={}) as reader:
        frames = sum(int(batch.valid.sum()) for batch in reader.stream(size=SIZE_PX, fps=Fraction(FPS)))
    print(peak_memory_mb(), frames)


def peak_memory_mb() -> float:
    """Of this process alone: what getrusage says on Linux includes the parent's memory at the time of the fork."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def exact_row() -> Row | None:
    """Share of the frame-exactness tests that pass; None where the tests are not there."""
    if not TESTS.is_file() or shutil.which("ffmpeg") is None:
        print("frame exactness: not measured (needs the tests of the repository and the ffmpeg program)")
        return None
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=TESTS.parents[4], check=False)
    summary = done.stdout.strip().splitlines()[-1]
    return Row("frames equal to ffmpeg's, sequential and random", float(done.returncode == 0), ">= 1", summary)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="shorter clips and fewer repeats")
    parser.add_argument("--folder", type=Path, help="where to put the clips (default: a temporary folder)")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        read_whole(arguments.read)
        return 0
    quick = arguments.quick
    print(f"pyav {av.__version__}, {available_cores()} cores")
    rows: list[Row] = []

    def show(row: Row | None) -> None:
        if row is not None:
            rows.append(row)
            print(row, flush=True)

    with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary:
        folder = Path(temporary)
        show(exact_row())
        for row in small_rows(folder):
            show(row)
        show(index_row(folder))
        small = folder / "small.mp4"
        noise = np.random.default_rng(0).integers(0, 255, (300, 64, 64, 3), np.uint8)
        write_video(small, noise.repeat(8, 1).repeat(8, 2), FPS)
        show(random_row("512 px, one group of pictures in 250", small, RANDOM_TIMESTAMPS))
        for codec, bits in CODECS:
            name = f"4K {'H.264' if codec == 'libx264' else 'HEVC'} {bits // 1_000_000} Mb/s"
            clip = make_clip(folder / f"{codec}.mp4", codec, 10, (3840, 2160), bits)
            for row in sequential_rows(name, clip, 60 if quick else 120, 3 if quick else 5):
                show(row)
            show(random_row(name, clip, 20 if quick else RANDOM_TIMESTAMPS))
        whole = make_clip(folder / "take.mp4", "libx264", 20 if quick else 180, (3840, 2160), CODECS[0][1])
        show(memory_row(whole))
        if not quick:
            show(random_row("4K H.264, 3 minutes", whole, RANDOM_TIMESTAMPS // 4))
    missed = [row.what for row in rows if not row.is_met]
    print(f"{len(missed)} floors missed" + "".join(f"\n  {what}" for what in missed))
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
