#!/usr/bin/env bash
# Chromium 156 without a GPU shows H.264 that is tagged BT.709 in all four tags with up to 12 levels too little blue: a flat
# (0, 0, 255) is 1, 0, 243. With the matrix of BT.601 in the tag and in the file, and primaries and transfer of BT.709 as
# before, every colour tried is within 2 levels. Firefox 153 has the same values. Probable cause: both turn YUV into RGB by
# libyuv, whose x86 code holds the factor of blue, 2.112 * 64 for BT.709, in a signed byte. Fails when either half is no
# longer so.
# Needs `chromium` (Debian's package) on the PATH. Python 3.11.
set -euo pipefail

command -v chromium >/dev/null || { echo "expected chromium on the PATH; install Debian's package" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet av==18.1.0 numpy==2.4.0
"$work/venv/bin/python" - "$work" <<'PYTHON'
import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np

work = Path(sys.argv[1])
BT709, BT601, LIMITED, SIDE = 1, 6, 1, 160
COLOURS = [(200, 50, 50), (40, 120, 200), (60, 180, 75), (0, 0, 255), (255, 0, 0), (0, 255, 0), (20, 20, 160)]
CLIPS = {"bt709": ("ITU709", BT709), "bt601": ("ITU601", BT601)}
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
    const found = [];
    for (let x = SIDE / 2; x < canvas.width; x += SIDE) {
      found.push([...context.getImageData(x, SIDE / 2, 1, 1).data.slice(0, 3)]);
    }
    document.getElementById('out').textContent += name + ' ' + JSON.stringify(found) + '\\n';
  });
  video.play();
}
""".replace("SIDE", str(SIDE))


def make(path, space, matrix):
    picture = np.repeat(np.array(COLOURS, np.uint8)[None], SIDE, axis=1).reshape(1, -1, 3).repeat(SIDE, axis=0)
    flat = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
    with av.open(path, "w", options={"movflags": "faststart"}) as output:
        stream = output.add_stream("libx264", 25)
        stream.width, stream.height, stream.pix_fmt = picture.shape[1], SIDE, "yuv420p"
        codec = stream.codec_context
        codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range = matrix, BT709, BT709, LIMITED
        for number in range(25):
            frame = flat.reformat(format="yuv420p", dst_colorspace=space, dst_color_range=LIMITED)
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


page = PAGE
for name, (space, matrix) in CLIPS.items():
    path = work / f"{name}.mp4"
    make(path, space, matrix)
    page += f"show('{name}', '{base64.b64encode(path.read_bytes()).decode()}');\n"
(work / "page.html").write_text(page + "</script>")
flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync"
flags += " --disable-component-update --autoplay-policy=no-user-gesture-required --timeout=8000 --dump-dom"
command = ["chromium", *flags.split(), f"--user-data-dir={work / 'user'}", f"file://{work / 'page.html'}"]
printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.split("</pre>")[0]
shown = {name: json.loads(found) for name, found in re.findall(r"(bt\d+) (\[\[.*\]\])", printed)}
apart = {}
for name in CLIPS:
    apart[name] = [max(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in zip(COLOURS, shown[name], strict=True)]
    print(f"{name}: {dict(zip(map(str, COLOURS), shown[name], strict=True))}, levels apart {apart[name]}")
assert max(apart["bt709"]) >= 10, "expected blue to be lost with BT.709"
assert max(apart["bt601"]) <= 2, "expected the matrix of BT.601 to be right"
print("as stated")
PYTHON
