#!/usr/bin/env bash
# PyAV 18.1.0 (x264 inside its wheel): libx264 with rate control, given the same frames, writes other frames with its
# vectorised code than with its plain C code, on one processor. `cpu-independent=1` makes both equal.
# So an .mp4 that serves as ground truth is a function of the processor that made it, unless that is set.
# Fails when either half is no longer so. x86 only. Linux or macOS, Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.0
"$work/venv/bin/python" - "$work" <<'PYTHON'
import hashlib
import sys

import av
import numpy as np

SIDE = 128
y, x = np.mgrid[0:SIDE, 0:SIDE]
grain = np.random.default_rng(0).normal(0, 6, (24, SIDE, SIDE, 3))
waves = [np.sin((x + 3 * t) / 9 + y / 7)[..., None] for t in range(24)]
frames = (128 + 90 * np.stack(waves) + grain).clip(0, 255).astype(np.uint8)


def digest(params: str) -> str:
    """Of the decoded frames."""
    path = f"{sys.argv[1]}/made.mp4"
    with av.open(path, "w") as output:
        stream = output.add_stream("libx264", 25)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        stream.options = {"x264-params": params, "crf": "20"}
        for frame in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        output.mux(stream.encode(None))
    with av.open(path) as made:
        return hashlib.sha256(b"".join(f.to_ndarray().tobytes() for f in made.decode(video=0))).hexdigest()[:12]


found = {params: digest(params) for params in ("log=-1", "asm=0", "cpu-independent=1", "cpu-independent=1:asm=0")}
print(found)
assert found["log=-1"] != found["asm=0"], "expected other frames without vector instructions"
assert found["cpu-independent=1"] == found["cpu-independent=1:asm=0"], "expected equal frames with cpu-independent"
print("as stated")
PYTHON
