#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8 inside its wheel): of AAC in MPEG-TS the encoder's 1024 samples of priming are decoded and stamped
# before the pictures' zero, so samples that are concatenated and counted from 0 are 21.3 ms late; of the same stream in MP4
# and Matroska they are dropped. Whoever reads `frame.time` is right in all three.
# Fails when that is no longer so. Linux or macOS, Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.0
"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys
from fractions import Fraction

import av
import numpy as np

RATE, CLICK = 48_000, 38_400  # 0.8 s
burst = np.random.default_rng(0).uniform(-0.5, 0.5, 960)
burst = np.convolve(burst, np.hanning(9) / 4, "same") * np.hanning(960)
sound = np.zeros(64 * 1024, np.float32)
sound[CLICK : CLICK + 960] = burst

seen = {}
for suffix in ("mp4", "mkv", "ts"):
    path = f"{sys.argv[1]}/made.{suffix}"
    with av.open(path, "w") as output:
        video = output.add_stream("libx264", 25, options={"tune": "zerolatency"})
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        audio = output.add_stream("aac", rate=RATE, layout="mono")
        packets = []
        for number in range(30):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            packets += video.encode(picture)
        packets += video.encode(None)
        for start in range(0, len(sound), 1024):
            frame = av.AudioFrame.from_ndarray(sound[None, start : start + 1024], "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
            packets += audio.encode(frame)
        packets += audio.encode(None)
        for packet in sorted(packets, key=lambda packet: float(packet.dts * packet.time_base)):
            output.mux(packet)
    with av.open(path) as made:
        zero_s = next(made.decode(video=0)).time  # MPEG-TS begins a little after 0
    with av.open(path) as made:
        frames = list(made.decode(audio=0))
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    at = int(np.argmax(np.correlate(samples, burst, "valid")))
    by_count_ms = 1000 * (at - CLICK) / RATE
    by_stamps_ms = by_count_ms + 1000 * (frames[0].time - zero_s)
    seen[suffix] = (by_count_ms, by_stamps_ms)
    print(f"{suffix}: counted {by_count_ms:+.1f} ms, by time stamps {by_stamps_ms:+.1f} ms")

assert abs(seen["mp4"][0]) < 0.1 and abs(seen["mkv"][0]) < 0.1, seen
assert abs(seen["ts"][0] - 1024 / 48) < 0.1, seen
assert all(abs(by_stamps) < 1.0 for _, by_stamps in seen.values()), seen
PYTHON
