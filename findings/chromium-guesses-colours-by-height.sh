#!/usr/bin/env bash
# Chromium 156 shows H.264 in MP4 without colour tags as BT.601 under 720 lines and as BT.709 from 720 lines on; PyAV 18.1.0
# (FFmpeg) takes BT.601 at every size. A flat (200, 50, 50) made with BT.601 is 213, 64, 50 in the browser at 720 lines.
# With all four tags (matrix, primaries, transfer, range) both agree within two levels at any size. So a method's videos
# have other colours in a browser than in a metric, depending on their size. Fails when either half is no longer so.
# Needs `chromium` (Debian's package) on the PATH. Python 3.11.
set -euo pipefail

command -v chromium >/dev/null || { echo "expected chromium on the PATH; install Debian's package" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.0
"$work/venv/bin/python" - "$work" <<'PYTHON'
import base64
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np

work = Path(sys.argv[1])
BT709, LIMITED = 1, 1
CLIPS = {
    "plain-256": (256, 256, False),
    "plain-720": (1280, 720, False),
    "tagged-256": (256, 256, True),
    "tagged-720": (1280, 720, True),
}
PAGE = """<body><pre id=out></pre><script>
function show(name, data) {
  const video = document.createElement('video');
  video.muted = true; video.width = 64; document.body.append(video);
  video.src = 'data:video/mp4;base64,' + data;
  video.requestVideoFrameCallback(() => {
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0);
    const pixel = context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
    document.getElementById('out').textContent += name + ' ' + pixel.slice(0, 3).join(' ') + '\\n';
  });
  video.play();
}
"""


def make(path, width, height, tagged):
    flat = av.VideoFrame.from_ndarray(np.full((height, width, 3), (200, 50, 50), np.uint8), "rgb24")
    with av.open(path, "w", options={"movflags": "faststart"}) as output:
        stream = output.add_stream("libx264", 25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if tagged:
            codec = stream.codec_context
            codec.colorspace = codec.color_primaries = codec.color_trc = BT709
            codec.color_range = LIMITED
        for number in range(25):
            space = "ITU709" if tagged else "ITU601"
            frame = flat.reformat(format="yuv420p", dst_colorspace=space, dst_color_range=LIMITED)
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


page, decoded = PAGE, {}
for name, (width, height, tagged) in CLIPS.items():
    path = work / f"{name}.mp4"
    make(path, width, height, tagged)
    with av.open(path) as clip:
        decoded[name] = next(clip.decode(video=0)).to_ndarray(format="rgb24")[height // 2, width // 2].tolist()
    page += f"show('{name}', '{base64.b64encode(path.read_bytes()).decode()}');\n"
(work / "page.html").write_text(page + "</script>")
flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync"
flags += " --disable-component-update --autoplay-policy=no-user-gesture-required --timeout=8000 --dump-dom"
command = ["chromium", *flags.split(), f"--user-data-dir={work / 'user'}", f"file://{work / 'page.html'}"]
printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.split("</pre>")[0]
shown = {name: list(map(int, rgb)) for name, *rgb in re.findall(r"(\w+-\d+) (\d+) (\d+) (\d+)", printed)}
for name in CLIPS:
    print(f"{name:10} PyAV {decoded[name]} Chromium {shown[name]}")


def apart(name):
    return max(abs(a - b) for a, b in zip(decoded[name], shown[name], strict=True))


assert apart("plain-256") <= 2 and apart("plain-720") > 10, "expected untagged clips to change from 720 lines on"
assert apart("tagged-256") <= 2 and apart("tagged-720") <= 2, "expected tagged clips to agree"
print("as stated")
PYTHON
