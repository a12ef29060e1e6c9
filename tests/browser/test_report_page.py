"""The report in real browsers: it opens from disk, sorts, and what it plays are the frames that it should play."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmark.report.comparison_page import write_comparison
from benchmark.results.joining import renamed
from benchmark.results.schema import Results
from benchmark.runs.opened import open_runs
from benchmark.runs.together import put_together
from tests.benchmark import harness
from tests.browser import chromium, firefox
from tests.browser.browser import Browser, program
from tests.browser.chromium import Chromium
from tests.browser.coded_run import BITS, COLOURS, FRAMES, STEADY, UNEVEN, write_coded_run
from tests.browser.firefox import Firefox

BROWSERS: dict[str, tuple[tuple[str, ...], Callable[[Path], Browser]]] = {
    "chromium": (chromium.NAMES, Chromium),
    "firefox": (firefox.NAMES, Firefox),
}
LOOPS = 10
METHODS = ("copy-source", "copy-driver")
PHONE_PX = 390

READ = f"""
const rows = Object.fromEntries([...document.querySelectorAll(".row")].map(
  (row) => [row.querySelector("h3").textContent.includes("{STEADY}") ? "{STEADY}" : "{UNEVEN}", row]));
const pixels = (picture) => {{
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 160;
  const context = canvas.getContext("2d", {{ willReadFrequently: true }});
  context.drawImage(picture, 0, 0);
  return context.getImageData(0, 0, 160, 160).data;
}};
const numberOf = (picture) => {{
  const data = pixels(picture);
  let found = 0;
  for (let bit = 0; bit < {BITS}; bit++) {{
    const middle = 160 * 20 + bit * {160 // BITS} + {80 // BITS};
    if (data[4 * middle] > 127) found += 2 ** bit;
  }}
  return found;
}};
const colourOf = (picture) => [...pixels(picture).slice(4 * (160 * 110 + 80), 4 * (160 * 110 + 80) + 3)];
const screens = (row) => [...row.querySelectorAll("canvas")];
const wait = (ms) => new Promise((then) => setTimeout(then, ms));
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    out = tmp_path_factory.mktemp("out")
    data = harness.write_data(tmp_path_factory.mktemp("data"))
    protocol = harness.tiny_protocol().model_copy(update={"metrics": ("csim[dlib]", "pose_error_deg[mesh468]")})
    harness.run_plan(harness.make_plan(data, out, protocol=protocol, methods=METHODS))
    return Results.load(out / "results.json")


@pytest.fixture(scope="module")
def page(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_coded_run(results, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def comparison(results: Results, page: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of two methods each; the second run's are called otherwise, and each leads in one of two cases."""
    others = renamed(results, {name: f"{name}-again" for name in METHODS})
    shifts = dict(zip(results.protocol.case_ids, (-0.2, 0.1), strict=False))
    rows = [
        row.model_copy(update={"value": (row.value or 0) + shifts.get(row.case_id, 0)})
        if row.metric == "csim[dlib]"
        else row
        for row in others.rows
    ]
    others = others.model_copy(update={"rows": rows})
    other = write_coded_run(others, tmp_path_factory.mktemp("other"))
    path = tmp_path_factory.mktemp("page") / "comparison.html"
    runs = open_runs([page.parent, other.parent])
    write_comparison(put_together(runs), runs, path, against=METHODS[0])
    return path


@pytest.fixture(scope="module", params=BROWSERS)
def browser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    names, start = BROWSERS[request.param]
    if program(*names) is None:
        pytest.skip(f"no {request.param} here (none of {', '.join(names)} on the PATH)")
    with start(tmp_path_factory.mktemp("profile") / request.param) as one:
        yield one


@pytest.fixture
def opened(browser: Browser, page: Path) -> Browser:
    browser.resize(1290, 900)
    browser.open(page)
    return browser


def test_it_opens_from_disk_without_an_error_and_asks_for_nothing(opened: Browser, page: Path) -> None:
    pictures = opened.ask("return [...document.images].map((one) => one.complete && one.naturalWidth > 0)")
    assert pictures and all(pictures)
    assert (
        opened.ask("return performance.getEntriesByType('resource').filter((e) => !e.name.startsWith('data:')).length")
        == 0
    )
    assert opened.errors() == []
    if isinstance(opened, Chromium):
        outside = [url for url in opened.requests() if not url.startswith(("data:", "about:", page.as_uri()))]
        assert outside == []


@pytest.mark.parametrize(
    "fault",
    [
        "<script>document.title = missing</script>",
        '<img src="http://127.0.0.1:9/a.png">',
        "<script src='a.js'></script>",
    ],
)
def test_an_error_would_be_seen(browser: Browser, page: Path, tmp_path: Path, fault: str) -> None:
    """Of scripts, and of what the page's own policy refuses."""
    broken = tmp_path / "broken.html"
    text = page.read_text(encoding="utf-8")
    if "missing" in fault:
        text = text.replace("Content-Security-Policy", "X-Nothing")
    broken.write_text(text.replace("</body>", f"{fault}</body>"), encoding="utf-8")
    browser.open(broken)
    assert browser.errors() != []


def test_a_click_on_a_heading_sorts(opened: Browser) -> None:
    column = """
      const table = document.querySelector("table.cases");
      const at = [...table.tHead.rows[0].cells].findIndex((one) => one.textContent.includes("CSIM"));
      const button = table.tHead.rows[0].cells[at].querySelector("button");
      const values = () => [...table.tBodies[0].rows].map((row) => row.cells[at].dataset.sort);
      table.tBodies[0].rows[1].cells[at].dataset.sort = "";
    """
    falling = opened.ask(f"{column} button.click(); return values();")
    rising = opened.ask(f"{column} button.click(); return values();")
    for found, turned in ((falling, True), (rising, False)):
        numbers = [float(value) for value in found if value]
        assert len(numbers) >= 4 and numbers == sorted(numbers, reverse=turned)
        assert "" not in found[: len(numbers)], "cells without a value stay at the end"
    sign = "return [...document.querySelectorAll('table.cases th[aria-sort]')].map((one) => one.ariaSort)"
    assert opened.ask(sign) == ["ascending"]


def test_a_row_plays_in_step_for_ten_turns(opened: Browser) -> None:
    """Numbers are read from the pixels of every picture of the row, at every refresh of the screen."""
    found = opened.ask(f"""
      {READ}
      const row = rows["{STEADY}"], button = row.querySelector("button"), seen = [];
      button.click();
      let turns = 0, before = 0;
      const end = performance.now() + 40000;
      while (turns < {LOOPS} && performance.now() < end) {{
        await new Promise((then) => requestAnimationFrame(then));
        if (!row.classList.contains("live")) continue;
        const numbers = screens(row).map(numberOf);
        seen.push([...numbers, Number(row.dataset.frame)]);
        if (numbers[0] < before) turns += 1;
        before = numbers[0];
      }}
      button.click();
      return {{ turns, seen, paused: row.querySelector("video").paused }};
    """)
    assert found["turns"] == LOOPS and found["paused"]
    assert all(len(numbers) == len(COLOURS) + 1 for numbers in found["seen"])
    apart = max(max(numbers) - min(numbers) for numbers in found["seen"])
    assert apart == 0, f"pictures of a row are up to {apart} frames apart"
    shown = {numbers[0] for numbers in found["seen"]}
    assert shown <= set(range(FRAMES[STEADY])) and len(shown) >= 0.8 * FRAMES[STEADY], (
        "it plays, not only begin and end"
    )


@pytest.mark.parametrize("kind", [STEADY, UNEVEN])
def test_the_slider_shows_the_very_frame(opened: Browser, kind: str) -> None:
    order = [(7 * k) % FRAMES[kind] for k in range(FRAMES[kind])] if kind == STEADY else [3, 0, 5, 1, 4, 2]
    found = opened.ask(f"""
      {READ}
      const row = rows["{kind}"], slider = row.querySelector("input"), found = [];
      for (const wanted of {json.dumps(order)}) {{
        slider.value = wanted;
        slider.dispatchEvent(new Event("input"));
        for (let i = 0; i < 200 && row.dataset.frame !== String(wanted); i++) await wait(10);
        await wait(30);
        found.push([...screens(row).map(numberOf), Number(row.dataset.frame)]);
      }}
      return found;
    """)
    assert found == [[k] * (len(COLOURS) + 1) for k in order]


def test_a_page_of_several_runs_opens_and_shows_the_very_frames(browser: Browser, comparison: Path) -> None:
    browser.open(comparison)
    assert browser.errors() == []
    found = browser.ask(f"""
      {READ}
      const row = rows["{STEADY}"], slider = row.querySelector("input"), found = [];
      for (const wanted of [17, 3]) {{
        slider.value = wanted;
        slider.dispatchEvent(new Event("input"));
        for (let i = 0; i < 200 && row.dataset.frame !== String(wanted); i++) await wait(10);
        found.push([...screens(row).map(numberOf), Number(row.dataset.frame)]);
      }}
      return found;
    """)
    assert found == [[k] * (1 + 2 * len(METHODS) + 1) for k in (17, 3)], "driver, two methods of two runs, the page"


def test_a_flat_colour_stays_within_two_levels(opened: Browser) -> None:
    found: Any = opened.ask(f"""
      {READ}
      const row = rows["{STEADY}"], slider = row.querySelector("input");
      slider.value = 9;
      slider.dispatchEvent(new Event("input"));
      for (let i = 0; i < 200 && row.dataset.frame !== "9"; i++) await wait(10);
      return screens(row).map(colourOf);
    """)
    for shown, meant in zip(found, COLOURS.values(), strict=True):
        assert max(abs(a - b) for a, b in zip(shown, meant, strict=True)) <= 2, f"{shown} for {meant}"


def test_stills_are_exact_frames_and_say_which(opened: Browser) -> None:
    found = opened.ask(f"""
      {READ}
      await Promise.all([...document.images].map((one) => one.decode()));
      return Object.values(rows).map((row) => [...row.querySelectorAll("img")].slice(1).map(
        (one) => [numberOf(one), colourOf(one), one.alt]));
    """)
    for stills in found:
        for (number, colour, words), meant in zip(stills, COLOURS.values(), strict=True):
            assert colour == list(meant)
            assert words.endswith(f"frame {number}")


def test_nothing_is_wider_than_a_phone(opened: Browser) -> None:
    if isinstance(opened, Chromium):
        opened.resize(PHONE_PX, 800)
    else:
        opened.ask("document.body.style.width = '390px'; return 0")  # its window has a least width
    assert opened.ask("return document.body.scrollWidth") <= PHONE_PX


def test_on_paper_and_without_scripts_there_are_stills(opened: Browser, page: Path) -> None:
    if not isinstance(opened, Chromium):
        pytest.skip("only Chromium's protocol can turn scripts off and show a page as printed")
    state = """
      const row = document.querySelector(".row");
      const styleOf = (name) => getComputedStyle(row.querySelector(name));
      const width = row.querySelector("img").getBoundingClientRect().width;
      return [styleOf("canvas").visibility, styleOf(".controls").display, width > 50];
    """
    play = f"""{READ}
      const slider = rows["{STEADY}"].querySelector("input");
      slider.value = 9; slider.dispatchEvent(new Event("input"));
      for (let i = 0; i < 200 && !rows["{STEADY}"].classList.contains("live"); i++) await wait(10);
    """
    assert opened.ask(play + state) == ["visible", "flex", True]
    opened.call("Emulation.setEmulatedMedia", media="print")
    assert opened.ask(state) == ["hidden", "none", True]
    opened.call("Emulation.setEmulatedMedia", media="")
    opened.call("Emulation.setScriptExecutionDisabled", value=True)
    opened.open(page)
    opened.call("Emulation.setScriptExecutionDisabled", value=False)
    assert opened.ask(state) == ["hidden", "none", True]
