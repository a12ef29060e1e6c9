#!/usr/bin/env bash
# transformers 5.24.0: WhisperFeatureExtractor takes int16 samples as they are. Their features are those of the same
# sound in [-1, 1] plus 2.26 everywhere, without a word. An array [2, N], which is a stereo clip elsewhere, is read as
# two clips. So samples are float32 in [-1, 1] and mono before they come here. Fails when either changes. Python 3.11.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet transformers==5.24.0 numpy==2.4.0
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
from transformers import WhisperFeatureExtractor

extract = WhisperFeatureExtractor()
seconds = np.arange(16_000) / 16_000
sound = 0.5 * np.sin(2 * np.pi * 220 * seconds) + 0.01 * np.random.default_rng(0).normal(size=16_000)


def features(samples):
    return extract(samples, sampling_rate=16_000, return_tensors="np").input_features


right = features(sound.astype(np.float32))
shift = (features((sound * 32_767).astype(np.int16)) - right)[..., :100]
stereo = features(np.stack([sound, sound]).astype(np.float32))
print(f"int16: {shift.min():.2f} to {shift.max():.2f} more; [2, N]: {stereo.shape}")
assert 2.2 < shift.min() and shift.max() < 2.3, "expected int16 samples to shift every feature by 2.26"
assert stereo.shape == (2, *right.shape[1:]), "expected two clips"
print("as stated")
PYTHON
