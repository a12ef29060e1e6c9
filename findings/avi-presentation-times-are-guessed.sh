#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg inside its wheel): AVI stores no presentation times, and for H.264 the demuxer makes them up.
# Without B-frames each packet's time is one frame late, with B-frames the times are those of decoding order, so the frames
# that come out of the decoder have times that go back and forth. Decoding time (the slot) is right in both.
# Fails when that is no longer so. Linux or macOS, Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.0
"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys

import av
import numpy as np

y, x = np.mgrid[0:96, 0:128]
frames = [np.repeat((128 + 90 * np.sin((x + 3 * t) / 9 + y / 7))[..., None], 3, 2).astype(np.uint8) for t in range(24)]


def times(b_frames: int) -> tuple[list[tuple[int, int]], list[int]]:
    """Of packets (presentation, decoding) and of decoded frames, in frames."""
    path = f"{sys.argv[1]}/{b_frames}.avi"
    with av.open(path, "w") as output:
        stream = output.add_stream("libx264", 25, options={"bf": str(b_frames), "g": "12"})
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for frame in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        output.mux(stream.encode(None))
    with av.open(path) as made:
        packets = [(packet.pts, packet.dts) for packet in made.demux(video=0) if packet.size]
    with av.open(path) as made:
        return packets, [frame.pts for frame in made.decode(video=0)]


plain, _ = times(0)
_, shown = times(3)
print("without B-frames, packets:", plain[:4])
print("with B-frames, decoded frames:", shown[:8])
assert [pts - dts for pts, dts in plain] == [1] * len(plain), "expected presentation times one frame late"
assert shown != sorted(shown), "expected presentation times that go back"
print("as stated")
PYTHON
