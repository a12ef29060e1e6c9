#!/usr/bin/env bash
# PyAV 18.1.0 (SVT-AV1 inside its wheel), run by root, as in most containers: encoding with libsvtav1 puts the caller
# under SCHED_FIFO with priority 99 and leaves it there after the encoder is closed; processes that it starts later inherit
# it, and ordinary ones wait for them. LeRobot writes its datasets with this encoder. libx264, libx265 and libvpx-vp9
# leave the policy as it was. Fails when that is no longer so. Linux, Python 3.11, root (others may not ask for it).
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "expected root: others may not ask for real-time scheduling" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.0
"$work/venv/bin/python" - "$work" <<'PYTHON'
import os
import subprocess
import sys

import av
import numpy as np


def policy_after(codec):
    with av.open(f"{sys.argv[1]}/{codec}.mkv", "w") as output:
        stream = output.add_stream(codec, 25)
        stream.width = stream.height = 128
        stream.pix_fmt = "yuv420p"
        for level in (0, 40, 80):
            picture = av.VideoFrame.from_ndarray(np.full((128, 128, 3), level, np.uint8), "rgb24")
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    child = subprocess.run([sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"], stdout=subprocess.PIPE)
    found = os.sched_getscheduler(0), os.sched_getparam(0).sched_priority, int(child.stdout)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return found


others = [policy_after(codec) for codec in ("libx264", "libx265", "libvpx-vp9")]
svt = policy_after("libsvtav1")
print(f"policy, priority, policy of a child: after libsvtav1 {svt} (SCHED_FIFO is {os.SCHED_FIFO}), after others {others}")
assert set(others) == {(os.SCHED_OTHER, 0, os.SCHED_OTHER)}, others
assert svt == (os.SCHED_FIFO, 99, os.SCHED_FIFO), svt
PYTHON
