"""A study of 12 questions in real browsers: a desktop, a phone, and Firefox."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="needs playwright")
pytest.importorskip("uvicorn", reason="needs the extra server")

from playwright.sync_api import sync_playwright

from leaderboard.study.exclusions import Rules
from leaderboard.study.score import score
from leaderboard.study.store import pseudonym
from leaderboard.study.web.views import PROMPTS
from tests.browser import chromium, firefox
from tests.browser.browser import DEADLINE_S, program
from tests.browser.firefox import Firefox
from tests.browser.study_site import FRAMES, QUESTIONS, WATCH, Site, choice_for, running_study
from tests.leaderboard.study.run_made import COLOURS

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
KEYS = {"left": "ArrowLeft", "same": "ArrowDown", "right": "ArrowRight"}
SMALLEST_TARGET_PX = 44


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_study(tmp_path_factory.mktemp("site")) as one:
        yield one


@pytest.fixture(scope="module")
def chromium_here() -> Iterator[Any]:
    executable = program(*chromium.NAMES)
    if executable is None:
        pytest.skip(f"no chromium here (none of {', '.join(chromium.NAMES)} on the PATH)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--mute-audio"])
        yield browser
        browser.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, chromium_here: Any) -> Iterator[Any]:
    context = chromium_here.new_context(**request.param)
    context.set_default_timeout(1000 * DEADLINE_S)
    one = context.new_page()
    one.problems = []
    one.on("pageerror", lambda error: one.problems.append(str(error)))
    one.on("console", lambda message: one.problems.append(message.text) if message.type == "error" else None)
    yield one
    context.close()


on_both = pytest.mark.parametrize("page", [DESKTOP, PHONE], indirect=True, ids=["desktop", "phone"])
on_phone = pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])


def begin(page: Any, site: Site) -> str:
    """Start as a new rater; the address that is theirs."""
    page.goto(site.address)
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector("#play:enabled")
    return str(page.url)


@on_both
def test_a_rater_answers_twelve_questions(page: Any, site: Site) -> None:
    is_phone = page.viewport_size["width"] < 500
    rater = begin(page, site).rpartition("/")[2]
    for number in range(1, QUESTIONS + 1):
        page.wait_for_selector(f"text=Question {number} of {QUESTIONS}")
        page.wait_for_selector("#play:enabled")
        question = site.study.by_id[page.get_attribute("#question", "data-question")]
        assert page.get_by_role("heading", level=1).inner_text() == PROMPTS[question.kind][0]
        assert page.locator("[data-choice]:enabled").count() == 0
        page.evaluate(WATCH)
        if is_phone:
            page.tap("#play")
        else:
            page.keyboard.press("p")
        page.wait_for_selector("[data-choice]:enabled")
        check_seen(page.evaluate("window.seen"), site, question.id)
        choice = choice_for(question)
        if is_phone:
            page.tap(f'[data-choice="{choice}"]')
        else:
            page.keyboard.press(KEYS[choice])
    page.wait_for_selector("text=Thank you")
    check_answers(site, rater, "Chrome")
    assert page.problems == []


def check_seen(seen: list[Any], site: Site, question_id: str) -> None:
    """Both start with the same frame, are never more than one apart, reach the last one, and have their own colours."""
    numbers = [(left["number"], right["number"]) for left, right in seen]
    assert max(abs(left - right) for left, right in numbers) <= 1
    question = site.study.by_id[question_id]
    if question.check != "copy-source":  # which does not move
        started = [next(place for place, pair in enumerate(numbers) if pair[side] > 0) for side in (0, 1)]
        assert started[0] == started[1]
        assert numbers[-1] == (FRAMES - 1, FRAMES - 1) and len(set(numbers)) >= FRAMES // 2
    for side, method in ((0, question.left), (1, question.right)):
        if method in COLOURS and question.check is None:
            found = seen[-1][side]["colour"]
            assert max(abs(a - b) for a, b in zip(found, COLOURS[method], strict=True)) <= 2, (method, found)


def check_answers(site: Site, rater: str, browser: str) -> None:
    answers = [one for one in site.studies.answers(site.study_id) if one.rater == pseudonym(rater)]
    assert len(answers) == QUESTIONS
    for one in answers:
        assert one.choice == choice_for(site.study.by_id[one.question])
        assert (one.browser, one.plays, one.in_view) == (browser, 1, True)
        assert one.browser_version > 100 and 0 <= one.seconds < DEADLINE_S
        assert one.frames_dropped <= one.frames <= FRAMES + 1
    found = score(site.study, answers, Rules(fastest_s=0, most_dropped=1))  # a machine is fast, and this one is busy
    assert found.counted == QUESTIONS - 3 and all(right == asked == 1 for right, asked in found.checks.values())


@on_both
def test_everything_that_is_compared_fits_into_one_view(page: Any, site: Site) -> None:
    begin(page, site)
    height = page.viewport_size["height"]
    for canvas in page.locator("canvas").all():
        box = canvas.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in page.locator("button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= SMALLEST_TARGET_PX


@on_phone
def test_it_goes_on_where_the_rater_stopped(page: Any, site: Site) -> None:
    address = begin(page, site)
    first = page.get_attribute("#question", "data-question")
    page.tap("#play")
    page.wait_for_selector("[data-choice]:enabled")
    page.tap('[data-choice="left"]')
    page.wait_for_selector(f"text=Question 2 of {QUESTIONS}")
    second = page.get_attribute("#question", "data-question")
    page.goto("about:blank")
    page.goto(address)
    assert page.get_attribute("#question", "data-question") == second != first


@on_phone
def test_clips_out_of_view_do_not_count_as_seen(page: Any, site: Site) -> None:
    begin(page, site)
    page.evaluate("document.querySelector('.clips').style.marginTop = '3000px'; scrollTo(0, 0)")
    for _ in range(2):
        page.evaluate("document.getElementById('play').click(); scrollTo(0, 0)")
        page.wait_for_selector("text=Not everything was in view")
        assert page.locator("[data-choice]:enabled").count() == 0
    page.evaluate("document.querySelector('.clips').style.marginTop = ''; scrollTo(0, 0)")
    page.wait_for_timeout(200)
    page.evaluate("document.getElementById('play').click()")
    page.wait_for_selector("[data-choice]:enabled")


@on_phone
def test_an_answer_that_does_not_arrive_can_be_sent_again(page: Any, site: Site) -> None:
    begin(page, site)
    page.tap("#play")
    page.wait_for_selector("[data-choice]:enabled")
    page.context.set_offline(True)
    page.tap('[data-choice="same"]')
    page.wait_for_selector("text=could not be saved")
    page.context.set_offline(False)
    page.tap('[data-choice="same"]')
    page.wait_for_selector(f"text=Question 2 of {QUESTIONS}")


@on_both
def test_axe_finds_no_serious_fault(page: Any, site: Site) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    page.goto(site.address)
    pages = [axe.run(page)]
    begin(page, site)
    pages.append(axe.run(page))
    page.evaluate("document.getElementById('play').click()")
    page.wait_for_selector("[data-choice]:enabled")
    pages.append(axe.run(page))
    serious = [
        (one["id"], one["help"])
        for found in pages
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


@on_phone
def test_cases_of_one_frame_are_looked_at_as_pictures(page: Any, tmp_path: Path) -> None:
    with running_study(tmp_path, frames=1) as site:
        begin(page, site)
        question = site.study.by_id[page.get_attribute("#question", "data-question")]
        page.evaluate(WATCH)
        page.get_by_role("button", name="Look", exact=True).tap()
        page.wait_for_selector("[data-choice]:enabled")
        for side, method in ((0, question.left), (1, question.right)):
            assert page.evaluate("window.seen.at(-1)")[side]["colour"] == list(COLOURS[method])
        page.tap('[data-choice="left"]')
        page.wait_for_selector(f"text=Question 2 of {QUESTIONS}")
        (answer,) = site.studies.answers(site.study_id)
        assert (answer.choice, answer.plays, answer.in_view, answer.frames) == ("left", 1, True, 0)
    assert page.problems == []


def test_without_scripts_it_says_what_is_needed(chromium_here: Any, site: Site) -> None:
    context = chromium_here.new_context(java_script_enabled=False)
    one = context.new_page()
    one.goto(site.address)
    one.get_by_role("button", name="Start").click()
    assert "needs JavaScript" in one.inner_text("main")
    assert not one.locator("button").first.is_visible()
    context.close()


def test_firefox_answers_twelve_questions(site: Site, tmp_path: Path) -> None:
    if program(*firefox.NAMES) is None:
        pytest.skip(f"no firefox here (none of {', '.join(firefox.NAMES)} on the PATH)")
    with Firefox(tmp_path / "profile") as browser:
        browser.resize(1280, 1000)
        browser.call("WebDriver:Navigate", url=site.address)
        browser.ask("document.querySelector('form').requestSubmit();")
        for number in range(1, QUESTIONS + 1):
            wait(browser, f"document.body.innerText.includes('Question {number} of {QUESTIONS}')")
            wait(browser, "!document.getElementById('play').disabled")
            question_id = browser.ask("return document.getElementById('question').dataset.question;")
            browser.ask(WATCH)
            browser.ask("document.getElementById('play').click();")
            wait(browser, "window.watched === true")
            seen = json.loads(browser.ask("return JSON.stringify(window.seen);"))
            check_seen(seen, site, question_id)
            choice = choice_for(site.study.by_id[question_id])
            rater = browser.ask("return location.pathname;").rpartition("/")[2]
            browser.ask(f"document.querySelector('[data-choice=\"{choice}\"]').click();")
        wait(browser, "document.body.innerText.includes('Thank you')")
    check_answers(site, rater, "Firefox")


def wait(browser: Firefox, condition: str) -> None:
    """Until it is true, on whatever page is there by then."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        try:
            if browser.ask(f"return document.readyState === 'complete' && Boolean({condition});"):
                return
        except AssertionError:
            pass  # the page went away meanwhile
        time.sleep(0.05)
    raise AssertionError(f"expected {condition}")
