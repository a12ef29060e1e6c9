"""Preview clips that say in their own pixels which frame they are: a store with two methods that have them."""

from __future__ import annotations

from pathlib import Path

from feed_dataset.core.media.writer import VideoWriter
from leaderboard.store import Store
from leaderboard.store.submissions import Attachments
from leaderboard.validate import read_submission
from tests.browser.coded_run import BITS, CLIP_PX, FPS, coded
from tests.leaderboard.honest import honest

FRAMES = 50
COLOURS = {"first": (200, 50, 50), "second": (60, 180, 75)}
METHODS = tuple(COLOURS)

READ = f"""
const videos = METHODS_OF_PAGE;
const contexts = videos.map(() => {{
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = {CLIP_PX};
  return canvas.getContext("2d", {{ willReadFrequently: true }});
}});
const pixels = () => {{
  videos.forEach((video, index) => contexts[index].drawImage(video, 0, 0)); // at one moment; reading takes longer
  return contexts.map((context) => context.getImageData(0, 0, {CLIP_PX}, {CLIP_PX}).data);
}};
const numberIn = (data) => {{
  let found = 0;
  for (let bit = 0; bit < {BITS}; bit++) {{
    const middle = {CLIP_PX} * 20 + bit * {CLIP_PX // BITS} + {CLIP_PX // BITS // 2};
    if (data[4 * middle] > 127) found += 2 ** bit;
  }}
  return found;
}};
const numbers = () => pixels().map(numberIn);
const middle = 4 * ({CLIP_PX} * 110 + 80);
const colours = () => pixels().map((data) => [...data.slice(middle, middle + 3)]);
const wait = (ms) => new Promise((then) => setTimeout(then, ms));
const until = async (holds) => {{
  for (let i = 0; i < 600 && !holds(); i++) await wait(50);
  if (!holds()) throw new Error("expected " + holds + " to hold within 30 s");
}};
"""
"""What a page is asked with: numbers and colours of the frames that its videos show."""


def write_clip(path: Path, colour: tuple[int, int, int], frames: int = FRAMES) -> None:
    """A clip of one colour, tagged by the matrix that browsers turn into RGB without an error."""
    with VideoWriter(path, CLIP_PX, CLIP_PX, FPS, crf=12, matrix="bt601") as writer:
        for frame in coded(frames, colour):
            writer.add(frame)


def store_with_clips(folder: Path) -> Store:
    """A store with one submission of two methods; the first two cases have clips."""
    store = Store(folder / "board.sqlite3")
    results = honest((*METHODS, "copy-source"), limit=None)
    results.save(folder / "results.json")
    clips = {}
    for method, colour in COLOURS.items():
        for number, case in enumerate(results.protocol.case_ids[:2]):
            path = folder / f"{method}-{number}.mp4"
            write_clip(path, colour)
            clips[f"clips/{method}/{case}.mp4"] = path
    store.add(read_submission(folder / "results.json"), attachments=Attachments(clips=clips))
    return store
