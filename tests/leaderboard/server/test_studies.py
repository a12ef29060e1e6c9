"""Studies in the whole server: pages for everybody who has a link, answers for whoever has a token."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.study.answers import load_answers
from leaderboard.study.build import Wish, build
from leaderboard.study.store import StudyStore
from tests.leaderboard.study.run_made import write_run

SENT: dict[str, Any] = {
    "choice": "right",
    "seconds": 1.5,
    "plays": 1,
    "in_view": True,
    "frames": 0,
    "frames_dropped": 0,
    "browser": "Chrome",
    "browser_version": 156,
}
TITLE = "<script>alert(1)</script> & more"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("study")
    run = write_run(base / "run", ("first", "second"), frames=1, cases=5)
    build([run], base / "study", Wish(TITLE, raters=2, questions=5))
    return base / "study"


def test_a_title_is_text(serve: Callable[..., Any], folder: Path) -> None:
    service = serve()
    study = StudyStore(service.store).add(folder)
    page = service.client.get(f"/study/{study}").text
    assert "<script>" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page


def test_answers_need_a_token_of_that_scope(serve: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    service = serve()
    study = StudyStore(service.store).add(folder)
    start = service.client.post(f"/study/{study}/raters", follow_redirects=False)
    address = start.headers["location"]
    (question,) = re.findall(r'data-question="(q\d+)"', service.client.get(address).text)
    assert service.client.post(f"{address}/answers", json={**SENT, "question": question}).json() == {"left": 4}
    place = f"studies/{study}/answers"
    assert service.get(place).status_code == 401
    assert service.get(place, Authorization=f"Bearer {service.token('lab', 'submit')}").status_code == 403
    allowed = {"Authorization": f"Bearer {service.token('lab', 'study')}"}
    assert service.get("studies", **allowed).json()["studies"][0] | {"title": ""} == {
        "id": study,
        "title": "",
        "raters": 1,
        "answers": 1,
    }
    for kind in ("csv", "parquet"):
        answer = service.client.get(f"/api/v1/{place}?format={kind}", headers=allowed)
        path = tmp_path / f"answers.{kind}"
        path.write_bytes(answer.content)
        (one,) = load_answers(path)
        assert one.question == question and one.rater not in address
        assert answer.headers["cache-control"] == "no-store"
    assert service.get("studies/nothing/answers", **allowed).status_code == 404
