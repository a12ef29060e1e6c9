#!/usr/bin/env bash
# PyAV 18.1.0 (swresample inside its wheel): mono of a stereo tone of 0.8 in both channels is 0.8 in 16 bit and 1.13 in
# floats, 3 dB louder and beyond full scale: the mix is normalised for integers only. (L + R) / 2 is 0.8 in both.
# Fails when that is no longer so. Linux or macOS, Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.0
"$work/venv/bin/python" <<'PYTHON'
import av
import numpy as np

tone = 0.8 * np.sin(2 * np.pi * 1000 * np.arange(4800) / 48_000)
stereo = av.AudioFrame.from_ndarray(np.stack([tone, tone]).astype(np.float32), "fltp", "stereo")
stereo.sample_rate = 48_000
peaks = {}
for kind, full in (("s16", 32_768), ("flt", 1), ("fltp", 1)):
    mono = av.AudioResampler(format=kind, layout="mono", rate=48_000).resample(stereo)
    peaks[kind] = float(np.abs(np.concatenate([part.to_ndarray().ravel() for part in mono])).max()) / full
    print(f"{kind}: peak {peaks[kind]:.3f}")
assert abs(peaks["s16"] - 0.8) < 0.01, peaks
assert abs(peaks["flt"] - 0.8 * 2**0.5) < 0.01 and abs(peaks["fltp"] - 0.8 * 2**0.5) < 0.01, peaks
PYTHON
