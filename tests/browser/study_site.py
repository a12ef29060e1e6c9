"""A study on a real server on this machine, for real browsers: its clips say in pixels which frame they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from leaderboard.server.app import create_app
from leaderboard.server.settings import Settings
from leaderboard.store import Store
from leaderboard.study.build import Wish, build
from leaderboard.study.document import Question, Study
from leaderboard.study.store import StudyStore
from leaderboard.study.votes import Choice
from tests.leaderboard.study.run_made import BITS, CASES, SIZE_PX, write_run

QUESTIONS = 12
FRAMES = 14
_START_S = 60.0

READ = f"""
const pixels = (canvas) => {{
  const data = canvas.getContext("2d").getImageData(0, 0, {SIZE_PX}, {SIZE_PX}).data;
  let number = 0;
  for (let bit = 0; bit < {BITS}; bit++) {{
    if (data[4 * ({SIZE_PX} * 32 + bit * {SIZE_PX // BITS} + {SIZE_PX // BITS // 2})] > 127) number += 2 ** bit;
  }}
  const middle = 4 * ({SIZE_PX} * 160 + {SIZE_PX // 2});
  return {{ number, colour: [...data.slice(middle, middle + 3)] }};
}};
"""
"""`pixels(canvas)`: the number of the frame that it shows, and its colour."""
WATCH = f"""
{READ}
window.seen = [];
const [left, right] = [document.querySelector(".left canvas"), document.querySelector(".right canvas")];
const look = () => {{
  window.seen.push([pixels(left), pixels(right)]);
  if (document.querySelector('[data-choice="left"]').disabled) requestAnimationFrame(look);
  else window.watched = true;
}};
look();
"""
"""Before the clips play: keeps what both outputs show, at every frame of the page, until an answer is allowed."""


@dataclass(frozen=True)
class Site:
    """A running study.

    Args:
        address: of its first page.
        folder: of the study.
    """

    address: str
    folder: Path
    studies: StudyStore
    study_id: str

    @property
    def study(self) -> Study:
        return Study.load(self.folder)


@contextmanager
def running_study(folder: Path, *, frames: int = FRAMES) -> Iterator[Site]:
    """Build a study of three methods, and serve it until the block ends."""
    run = write_run(folder / "run", frames=frames, cases=CASES)
    build([run], folder / "study", Wish("Faces in motion", raters=2, questions=QUESTIONS))
    database = folder / "board.sqlite3"
    studies = StudyStore(Store(database))
    study_id = studies.add(folder / "study")
    server = uvicorn.Server(uvicorn.Config(create_app(Settings(place=database)), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        end = time.monotonic() + _START_S
        while not server.started:
            assert time.monotonic() < end and thread.is_alive(), "expected the server to start but it did not"
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Site(f"http://127.0.0.1:{port}/study/{study_id}", folder / "study", studies, study_id)
    finally:
        server.should_exit = True
        thread.join(_START_S)


def choice_for(question: Question) -> Choice:
    """Checks right; the first method is preferred to all others."""
    if question.expected is not None:
        return question.expected
    return "left" if question.left == "first" else "right" if question.right == "first" else "same"
