"""A method that keeps every rule, and one for each way to break one."""

from __future__ import annotations

GOOD = '''\
import numpy as np

from baselines import Capabilities, Chunk, Method


def seen(frame):
    """In place of a face network: no rendered face is as loud as the cloth, seen from afar."""
    block = len(frame) // 16
    coarse = frame.reshape(16, block, 16, block, 3).mean(axis=(1, 3))
    return float(np.abs(np.diff(coarse, axis=1)).mean()) < 25


class Mine(Method):
    name = "mine"
    capabilities = Capabilities(drives={"image"}, licence="MIT")

    def prepare(self, source):
        if not seen(source):
            raise ValueError("no face in the source")
        return source.copy()

    def drive(self, prepared, driver):
        for number, frame in enumerate(driver.frames):
            if not seen(frame):
                raise ValueError(f"no face in frame {number}")
            yield self.made(prepared, frame, number, driver)

    def made(self, prepared, frame, number, driver):
        return prepared // 2 + frame // 2
'''

FAULTS = {
    "count": '''\
    def drive(self, prepared, driver):
        yield from list(super().drive(prepared, driver))[:-1]
''',
    "size": '''\
    def made(self, prepared, frame, number, driver):
        return super().made(prepared, frame, number, driver)[::2, ::2]
''',
    "frame rate": '''\
    def drive(self, prepared, driver):
        step = max(1, round(driver.fps / 25))  # "we work at 25 fps"
        yield from list(super().drive(prepared, driver))[::step]
''',
    "channel order": '''\
    def made(self, prepared, frame, number, driver):
        return super().made(prepared, frame, number, driver)[..., ::-1]  # left from cv2
''',
    "order": '''\
    def drive(self, prepared, driver):
        yield from reversed(list(super().drive(prepared, driver)))
''',
    "motion": '''\
    def made(self, prepared, frame, number, driver):
        return prepared
''',
    "person": '''\
    def made(self, prepared, frame, number, driver):
        return frame if len(frame) == 128 else super().made(prepared, frame, number, driver)
''',
    "own size": '''\
    def made(self, prepared, frame, number, driver):
        import cv2
        whole = super().made(prepared, frame, number, driver)
        return cv2.resize(cv2.resize(whole, (64, 64), interpolation=cv2.INTER_AREA), whole.shape[:2])
''',
    "inputs": '''\
    def prepare(self, source):
        prepared = super().prepare(source)
        source //= 2
        return prepared
''',
    "seed": '''\
    def made(self, prepared, frame, number, driver):
        noise = np.random.default_rng().integers(0, 4, frame.shape, dtype=np.uint8)
        return super().made(prepared, frame, number, driver) + noise
''',
    "two at once": '''\
    def made(self, prepared, frame, number, driver):
        import os, pathlib, tempfile, time
        place = pathlib.Path(tempfile.gettempdir()) / "result.npy"
        np.save(place, super().made(prepared, frame, number, driver))
        time.sleep(0.02)  # what ffmpeg does meanwhile
        made = np.load(place)
        place.unlink(missing_ok=True)
        return made
''',
    "missing face": '''\
    def drive(self, prepared, driver):
        try:
            yield from super().drive(prepared, driver)
        except ValueError:
            yield np.repeat(prepared[None], driver.frame_count, axis=0)
''',
    "processes": '''\
    def load(self, device="cpu"):
        import subprocess, sys
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
''',
    "files": '''\
    def prepare(self, source):
        import tempfile, pathlib
        pathlib.Path(tempfile.mkdtemp()).joinpath("crop.png").write_bytes(b"")
        return super().prepare(source)
''',
}  # fmt: skip
"""By the rule that each breaks, and by no other."""


def source_of(fault: str | None) -> str:
    """A file with the good method under the name Good, or with one that has a fault."""
    if fault is None:
        return GOOD
    return GOOD.replace("class Mine(Method)", "class Good(Method)") + f"\n\nclass Mine(Good):\n{FAULTS[fault]}"
