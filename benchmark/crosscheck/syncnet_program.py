"""Run as a program: syncnet-python on files, its numbers of every face track as JSON.

Arguments: the file to write, weights of S3FD and of SyncNet, the frames that a track must have more of, then videos.
It imports nothing of this project, so that it runs by its path wherever the package is.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile


def main(answers: str, s3fd: str, syncnet: str, longer_than: str, *videos: str) -> None:
    """Write [[[offset in frames, LSE-C, LSE-D] for each track] for each video]."""
    from syncnet_python.syncnet_pipeline import SyncNetPipeline

    settings = {"min_track": int(longer_than), "s3fd_weights": s3fd, "syncnet_weights": syncnet}
    pipeline = SyncNetPipeline(settings, device="cpu")
    found = []
    for video in videos:
        with tempfile.TemporaryDirectory(prefix="feed-crosscheck-") as work:
            offsets, confidences, distances, *_ = pipeline.inference(video, cache_dir=work)
        found.append([[float(one) for one in track] for track in zip(offsets, confidences, distances, strict=True)])
    with open(f"{answers}.part", "w") as file:
        json.dump(found, file)
    os.replace(f"{answers}.part", answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
