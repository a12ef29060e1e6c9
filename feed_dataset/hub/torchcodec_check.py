"""Whether torchcodec decodes here.

It can be installed and still not load: it needs FFmpeg's shared libraries.
"""

from __future__ import annotations

import functools

from feed_dataset.layout.mini import MINI_ROOT


@functools.cache
def torchcodec_decodes() -> bool:
    """Decode one frame of feed-mini with torchcodec; True when that works."""
    sample = next(iter(sorted(MINI_ROOT.glob("*/*.mp4"))), None)
    if sample is None:
        return False
    try:
        from torchcodec.decoders import VideoDecoder  # type: ignore[attr-defined]

        return int(VideoDecoder(str(sample)).get_frame_at(0).data.ndim) == 3
    except (ImportError, OSError, RuntimeError, ValueError):  # ValueError: a build for another torch
        return False
