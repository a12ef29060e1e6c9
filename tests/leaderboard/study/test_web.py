"""Raters' pages over HTTP: what they say, what they never say, and answers that are kept once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="needs the extra server")
pytest.importorskip("httpx", reason="needs httpx for FastAPI's test client")
from fastapi import FastAPI
from fastapi.testclient import TestClient

from leaderboard.errors import SubmissionError
from leaderboard.store import Store
from leaderboard.study.build import Wish, build
from leaderboard.study.document import Study
from leaderboard.study.score import score
from leaderboard.study.store import StudyStore, pseudonym
from leaderboard.study.web.routes import router
from tests.leaderboard.study.run_made import METHODS, write_run

SENT: dict[str, Any] = {
    "choice": "left",
    "seconds": 1.25,
    "plays": 1,
    "in_view": True,
    "frames": 6,
    "frames_dropped": 0,
    "browser": "Firefox",
    "browser_version": 153,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("study")
    build([write_run(base / "run", frames=3)], base / "study", Wish("A study", raters=3, questions=6))
    return base / "study"


@pytest.fixture
def studies(board: Store) -> StudyStore:
    return StudyStore(board)


@pytest.fixture
def study_id(studies: StudyStore, folder: Path) -> str:
    return studies.add(folder)


@pytest.fixture
def client(studies: StudyStore) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(router(studies))
    with TestClient(app) as one:
        yield one


def begin(client: TestClient, study_id: str) -> str:
    answer = client.post(f"/study/{study_id}/raters", follow_redirects=False)
    assert answer.status_code == 303
    assert re.fullmatch(f"/study/{study_id}/r/[0-9a-f]{{32}}", answer.headers["location"])
    return answer.headers["location"]


def question_of(page: str) -> str:
    return re.findall(r'data-question="(q\d+)"', page)[0]


def test_a_rater_goes_through_all_questions_and_ends(
    client: TestClient, studies: StudyStore, study_id: str, folder: Path
) -> None:
    address, seen = begin(client, study_id), []
    for left in range(5, -1, -1):
        page = client.get(address).text
        seen.append(question_of(page))
        answer = client.post(f"{address}/answers", json={**SENT, "question": seen[-1]})
        assert answer.json() == {"left": left}
    assert "Thank you" in client.get(address).text
    assert seen == Study.load(folder).forms[0]
    answers = studies.answers(study_id)
    assert sorted(one.question for one in answers) == sorted(seen)
    assert score(Study.load(folder), answers).answers == 6


def test_it_goes_on_at_the_first_question_without_an_answer(client: TestClient, study_id: str) -> None:
    address = begin(client, study_id)
    first = question_of(client.get(address).text)
    client.post(f"{address}/answers", json={**SENT, "question": first})
    page = client.get(address).text
    assert question_of(page) != first and "Question 2 of 6" in page
    assert question_of(client.get(address).text) == question_of(page)


def test_raters_take_forms_in_turn(client: TestClient, study_id: str, folder: Path) -> None:
    firsts = [question_of(client.get(begin(client, study_id)).text) for _ in range(4)]
    forms = Study.load(folder).forms
    assert firsts == [forms[0][0], forms[1][0], forms[2][0], forms[0][0]]


def test_an_answer_that_is_sent_twice_is_kept_once(client: TestClient, studies: StudyStore, study_id: str) -> None:
    address = begin(client, study_id)
    sent = {**SENT, "question": question_of(client.get(address).text)}
    assert [client.post(f"{address}/answers", json=sent).status_code for _ in range(2)] == [200, 200]
    other = client.post(f"{address}/answers", json={**sent, "choice": "right"})
    assert other.status_code == 409 and "the first answer counts" in other.json()["problem"]
    (answer,) = studies.answers(study_id)
    assert answer.choice == "left"


def test_no_page_names_a_method_a_case_or_a_check(client: TestClient, study_id: str, folder: Path) -> None:
    study, address = Study.load(folder), begin(client, study_id)
    pages = [client.get(f"/study/{study_id}").text]
    for _ in range(6):
        pages.append(client.get(address).text)
        client.post(f"{address}/answers", json={**SENT, "question": question_of(pages[-1])})
    text = " ".join(pages).lower()
    for word in (*METHODS, "swapped", "identical", "wrong-driver", "copy-source", "expected"):
        assert not re.search(rf"\b{word}\b", text), word
    assert not any(question.case_id.lower() in text for question in study.questions)


def test_only_a_day_and_a_random_number_are_kept(client: TestClient, studies: StudyStore, study_id: str) -> None:
    address = begin(client, study_id)
    client.post(f"{address}/answers", json={**SENT, "question": question_of(client.get(address).text)})
    (answer,) = studies.answers(study_id)
    secret = address.rpartition("/")[2]
    assert answer.rater == pseudonym(secret) != secret and re.fullmatch(r"\d{4}-\d\d-\d\d", answer.day)


@pytest.mark.parametrize(
    "change",
    [
        {"choice": "both"},
        {"seconds": -1},
        {"seconds": 1e9},
        {"browser": "<script>"},
        {"frames": 2**40},
        {"in_view": "yes please"},
        {"question": "q999"},
        {"rater": "x"},
        {"question": None},
    ],
)
def test_what_no_page_sends_is_refused(
    client: TestClient, studies: StudyStore, study_id: str, change: dict[str, Any]
) -> None:
    address = begin(client, study_id)
    sent = {**SENT, "question": question_of(client.get(address).text), **change}
    assert client.post(f"{address}/answers", json=sent).status_code in (404, 422)
    assert studies.answers(study_id) == []


@pytest.mark.parametrize(
    "path",
    [
        "/study/x",
        "/study/%00",
        "/study/{id}/r/cut-off",
        "/study/" + "0" * 16,
        "/study/{id}/r/" + "0" * 32,
        "/study/{id}/media/" + "0" * 64,
        "/study/static/x.js",
    ],
)
def test_what_is_not_there_is_said(client: TestClient, study_id: str, path: str) -> None:
    assert client.get(path.format(id=study_id)).status_code == 404


def test_clips_come_in_parts_so_that_browsers_can_seek(client: TestClient, study_id: str, folder: Path) -> None:
    study = Study.load(folder)
    sha256, media = next((name, one) for name, one in study.media.items() if one.kind == "mp4")
    answer = client.get(f"/study/{study_id}/media/{sha256}", headers={"Range": "bytes=0-99"})
    assert (answer.status_code, len(answer.content)) == (206, 100)
    assert answer.headers["content-type"] == "video/mp4" and "immutable" in answer.headers["cache-control"]
    assert len(client.get(f"/study/{study_id}/media/{sha256}").content) == media.bytes


def test_pages_allow_nothing_but_their_own_files(client: TestClient, study_id: str) -> None:
    answer = client.get(begin(client, study_id))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer" and answer.headers["cache-control"] == "no-store"


def test_without_scripts_it_says_what_is_needed(client: TestClient, study_id: str) -> None:
    page = client.get(begin(client, study_id)).text
    assert "<noscript>" in page and "needs JavaScript" in page


def test_the_same_study_is_one(studies: StudyStore, study_id: str, folder: Path) -> None:
    assert studies.add(folder) == study_id
    assert studies.ids() == [(study_id, "A study", 0, 0)]


def test_a_damaged_study_is_not_taken_in(studies: StudyStore, folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = shutil.copytree(folder, tmp_path / "copy")
    victim = next((copy / "media").glob("*.mp4"))
    victim.write_bytes(b"no film")
    with pytest.raises(SubmissionError, match="sha256 of its name"):
        studies.add(copy)
    victim.unlink()
    with pytest.raises(SubmissionError, match="not there"):
        studies.add(copy)
