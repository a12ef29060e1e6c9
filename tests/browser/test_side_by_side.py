"""Two methods' clips on one case, in Chromium and Firefox: they start together and show what the files have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from leaderboard.store import Store
from leaderboard.web.site import write_site
from leaderboard.web.source import SiteSource
from tests.browser import chromium, firefox
from tests.browser.browser import Browser, program
from tests.browser.chromium import Chromium
from tests.browser.coded_clips import COLOURS, FRAMES, READ, store_with_clips
from tests.browser.firefox import Firefox
from tests.browser.serving import served

pytest.importorskip("fastapi", reason="the extra 'server' is not installed")
pytest.importorskip("uvicorn", reason="the extra 'server' is not installed")

BROWSERS: dict[str, tuple[tuple[str, ...], Callable[[Path], Browser]]] = {
    "chromium": (chromium.NAMES, Chromium),
    "firefox": (firefox.NAMES, Firefox),
}
LEVELS = 2
VIDEOS = '[..."ab"].map((role) => document.querySelector(`[data-role=${role}] canvas`))'
STATE = f"""{READ.replace("METHODS_OF_PAGE", VIDEOS)}
const player = document.querySelector(".player");
const loaded = () => player.dataset.loaded === "2";
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return store_with_clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def address(store: Store) -> Iterator[str]:
    from leaderboard.server.app import create_app
    from leaderboard.server.settings import Settings

    with served(create_app(Settings(place=store.database.place.name))) as found:
        yield f"{found}/compare/feed-mini-cross-v4.html"


@pytest.fixture(scope="module", params=BROWSERS)
def window(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    names, start = BROWSERS[request.param]
    if program(*names) is None:
        pytest.skip(f"{request.param} is not installed")
    with start(tmp_path_factory.mktemp("profile") / "p") as found:
        yield found


@pytest.fixture
def shown(window: Browser, address: str) -> Browser:
    window.open_address(address)
    ask(window, "await until(loaded);")
    return window


def ask(window: Browser, script: str) -> Any:
    return window.ask(STATE + script)


def test_both_clips_are_there_at_their_first_frame(shown: Browser) -> None:
    assert ask(shown, "return numbers()") == [0, 0]
    ask(shown, "await wait(500);")
    assert ask(shown, "return numbers()") == [0, 0]  # nothing moves unasked


def test_colours_are_those_of_the_files(shown: Browser) -> None:
    for found, wanted in zip(ask(shown, "return colours()"), COLOURS.values(), strict=True):
        assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) <= LEVELS, (found, wanted)


def test_they_start_together_and_stay_on_the_same_frame(shown: Browser) -> None:
    script = """
    const samples = [];
    document.querySelector(".again").checked = true;
    document.querySelector(".play").click();
    const end = performance.now() + 3500;
    while (performance.now() < end) {
      await new Promise(requestAnimationFrame);
      samples.push(numbers());
    }
    document.querySelector(".play").click();
    return samples;
    """
    samples = ask(shown, script)
    moving = [pair for pair in samples if pair != samples[0]]
    assert len(moving) > 20
    assert len({pair[0] for pair in moving}) > FRAMES // 4
    assert max(abs(a - b) for a, b in samples) == 0
    turns = [b[0] - a[0] for a, b in pairwise(samples) if b[0] < a[0]]
    assert turns  # again and again, from the last frame to the first one


def test_the_slider_shows_each_frame_of_both(shown: Browser) -> None:
    script = f"""
    const slider = document.querySelector(".controls input[type=range]");
    const found = [];
    for (let k = 0; k < {FRAMES}; k++) {{
      slider.value = k;
      slider.dispatchEvent(new Event("input", {{ bubbles: true }}));
      found.push([document.querySelector("output").textContent, ...numbers()]);
    }}
    return found;
    """
    assert ask(shown, script) == [[f"frame {k + 1} of {FRAMES}", k, k] for k in range(FRAMES)]


def test_keys_go_by_one_frame(shown: Browser) -> None:
    script = """
    const press = (key) => player.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    const at = (k) => until(() => numbers().every((one) => one === k));
    for (const [key, k] of [["ArrowRight", 1], ["ArrowRight", 2], ["ArrowLeft", 1], ["End", 49], ["Home", 0]]) {
      press(key);
      await at(k);
    }
    return "done";
    """
    assert ask(shown, script) == "done"


def test_another_case_and_another_method_are_shown(shown: Browser) -> None:
    script = """
    const form = document.getElementById("ask");
        const others = [...form.querySelectorAll("optgroup option")].map((one) => one.value);
    form.elements.case.value = others.find((one) => one !== form.elements.case.value);
    delete player.dataset.loaded;
    form.elements.case.dispatchEvent(new Event("change", { bubbles: true }));
    await until(loaded);
    return [location.search.includes(encodeURIComponent(form.elements.case.value).slice(0, 8)), numbers()];
    """
    assert ask(shown, script) == [True, [0, 0]]


def test_a_case_without_clips_says_so(shown: Browser) -> None:
    script = """
    const form = document.getElementById("ask");
    form.elements.case.selectedIndex = form.elements.case.options.length - 1;
    form.elements.case.dispatchEvent(new Event("change", { bubbles: true }));
    await until(() => document.querySelector("[data-role=a] .absent").hidden === false);
    return document.querySelector("[data-role=a] .absent").textContent;
    """
    assert ask(shown, script) == "No clip of this case was submitted."


def test_static_files_sort_and_play_from_disk(window: Browser, store: Store, tmp_path: Path) -> None:
    source = SiteSource(store)
    documents = {one.number: store.document(one.number) for one in store.submissions()}
    write_site(tmp_path, source.site(is_static=True), documents, source.clip_files)
    window.open(tmp_path / "boards" / "feed-mini-cross-v4.html")
    script = """
    const names = () => [...document.querySelectorAll("tbody.methods .name")].map((one) => one.textContent);
    const before = names();
    document.querySelector("th[aria-sort] button").click();
    return [before, names(), location.search, document.getElementById("ask").hidden];
    """
    before, after, address, is_hidden = window.ask(script)
    assert (after, address, is_hidden) == (before[::-1], "?order=worst", False)
    window.open(tmp_path / "compare" / "feed-mini-cross-v4.html")
    script = """
    await until(loaded);
    document.querySelector(".on").click();
    return document.querySelector("output").textContent;
    """
    assert ask(window, script) == f"frame 2 of {FRAMES}"  # a page from disk cannot read pixels back
    assert window.errors() == []
