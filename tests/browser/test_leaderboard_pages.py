"""The leaderboard's pages in Chromium: sorted, filtered, read by keyboard, on a phone and without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from leaderboard.seeds import seeds
from leaderboard.store import Store
from leaderboard.store.submissions import Attachments
from leaderboard.verdicts import SENTENCES
from leaderboard.web.downloads import csv_of, tex_of
from leaderboard.web.pages import Site
from leaderboard.web.source import SiteSource
from leaderboard.web.view import view_of
from tests.browser import chromium
from tests.browser.browser import program
from tests.browser.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("fastapi", reason="the extra 'server' is not installed")
pytest.importorskip("uvicorn", reason="the extra 'server' is not installed")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(program(*chromium.NAMES) is None, reason="Chromium is not installed")

BOARD = "boards/feed-mini-cross-v4.html"
DESKTOP, PHONE = (1280, 900), (390, 844)
TRANSFER = "expression_transfer[mesh478]"
COMPARE = "compare/feed-mini-cross-v4.html"
PAGES = ("index.html", BOARD, "paper.html", "submissions/1.html", COMPARE, "submit.html")
ERRORS = ("serious", "critical")
TIMEOUT_MS = 15_000


@dataclass(frozen=True)
class Sent:
    """Something to submit: a bundle of a run, the protocol that the server must know, a token."""

    bundle: Path
    secret: str


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    found = Store(tmp_path_factory.mktemp("board") / "board.sqlite3")
    for seed in seeds():
        found.add(seed.submission, attachments=Attachments(clips=seed.clips))
    return found


@pytest.fixture(scope="module")
def site(store: Store) -> Site:
    return SiteSource(store).site()


@pytest.fixture(scope="module")
def address(store: Store) -> Iterator[str]:
    from leaderboard.server.app import create_app
    from leaderboard.server.settings import Settings

    with served(create_app(Settings(place=store.database.place.name))) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program(*chromium.NAMES), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    yield from opened(browser)


def opened(browser: Browser, **settings: Any) -> Iterator[Page]:
    """A window that fails the test when the page complains."""
    context = browser.new_context(**{"viewport": {"width": DESKTOP[0], "height": DESKTOP[1]}, **settings})
    context.set_default_timeout(TIMEOUT_MS)
    found = context.new_page()
    complaints: list[str] = []
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield found
    context.close()
    assert complaints == []


def methods(page: Page) -> list[str]:
    """Names of the shown methods, from the top."""
    return page.locator("tbody.methods tr:not([hidden]) .name").all_inner_texts()


def wanted(site: Site, **asked: str) -> list[str]:
    """The same by the product's own order."""
    from leaderboard.web.view import shown_rows

    board = site.board("feed-mini-cross-v4")
    assert board is not None
    return [row.label for row in shown_rows(board, board.methods, view_of(board, asked))]


def test_sorting_filtering_and_columns_are_in_the_address(page: Page, address: str, site: Site) -> None:
    page.goto(f"{address}/{BOARD}")
    assert methods(page) == wanted(site)
    head = page.locator(f"th[data-id='{TRANSFER}']")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert methods(page) == wanted(site, sort=TRANSFER)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert methods(page) == wanted(site, sort=TRANSFER, order="worst")

    page.get_by_label("Find").fill("warp")
    assert methods(page) == wanted(site, sort=TRANSFER, order="worst", filter="warp")
    assert page.get_by_role("status").inner_text() == "3 of 4 methods"
    page.reload()
    assert methods(page) == wanted(site, sort=TRANSFER, order="worst", filter="warp")
    assert page.get_by_label("Find").input_value() == "warp"

    page.locator("summary", has_text="Columns:").click()
    page.locator("input[name=metrics][value='csim[dlib]']").uncheck()
    assert page.locator("th[data-id='csim[dlib]']").is_hidden()
    page.locator("input[name=metrics][value='asymmetry[mesh478]']").check()  # not in the page: the server renders it
    page.wait_for_url(re.compile("asymmetry"))
    assert page.locator("th[data-id='asymmetry[mesh478]']").is_visible()
    assert methods(page) == wanted(site, sort=TRANSFER, order="worst", filter="warp")


def test_tiers_follow_the_order(page: Page, address: str, site: Site) -> None:
    board = site.board("feed-mini-cross-v4")
    assert board is not None
    page.goto(f"{address}/{BOARD}")
    page.locator(f"th[data-id='{TRANSFER}']").get_by_role("button").click()
    tiers = site.tiers(board, TRANSFER)
    places = {method: str(place) for place, group in enumerate(tiers.groups, start=1) for _, method in group}
    shown = page.locator("tbody.methods tr").all()
    assert {row.locator(".name").inner_text(): row.locator("td.tier").inner_text() for row in shown} == places
    assert f"Holm-corrected for {tiers.n_tested} comparisons" in page.locator("#tiers").inner_text()


@pytest.mark.parametrize(("kind", "make"), [("csv", csv_of), ("tex", tex_of)])
def test_files_have_what_is_shown(page: Page, address: str, site: Site, kind: str, make: Any) -> None:
    asked = {"sort": TRANSFER, "order": "worst", "filter": "warp", "metrics": f"csim[dlib],{TRANSFER},auc_z"}
    board = site.board("feed-mini-cross-v4")
    assert board is not None
    expected = make(board, view_of(board, asked))
    query = "&".join(f"{name}={value.replace('[', '%5B').replace(']', '%5D')}" for name, value in asked.items())
    page.goto(f"{address}/{BOARD}?{query}")
    with page.expect_download() as download:
        page.locator(f"#get-{kind}").click()
    assert Path(download.value.path()).read_text(encoding="utf-8") == expected
    answer = page.request.get(f"{address}/boards/feed-mini-cross-v4.{kind}?{query}")
    assert answer.text() == expected


def test_everything_is_done_by_keyboard(page: Page, address: str, site: Site) -> None:
    page.goto(f"{address}/{BOARD}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.closest('th')?.dataset.id === '{TRANSFER}'"):
            break
    page.keyboard.press("Enter")
    assert methods(page) == wanted(site, sort=TRANSFER)
    assert page.evaluate("document.activeElement.closest('th').ariaSort") == "descending"


def test_without_a_script_the_server_does_the_same(browser: Browser, address: str, site: Site) -> None:
    for page in opened(browser, java_script_enabled=False):
        page.goto(f"{address}/{BOARD}")
        page.locator(f"th[data-id='{TRANSFER}'] a").click()
        assert methods(page) == wanted(site, sort=TRANSFER)
        page.locator(f"th[data-id='{TRANSFER}'] a").click()
        assert methods(page) == wanted(site, sort=TRANSFER, order="worst")
        page.locator("summary", has_text="Columns:").click()
        page.locator("input[name=metrics][value='asymmetry[mesh478]']").check()
        page.get_by_label("Find").fill("mesh")
        page.get_by_role("button", name="Show").click()
        assert methods(page) == wanted(site, sort=TRANSFER, order="worst", filter="mesh")
        assert page.locator("th[data-id='asymmetry[mesh478]']").is_visible()


@pytest.mark.parametrize(
    ("path", "size", "scheme"),
    [
        *((path, DESKTOP, "light") for path in PAGES),
        *((path, PHONE, "dark") for path in (BOARD, COMPARE, "index.html")),
    ],
)
def test_no_serious_fault_of_accessibility(
    browser: Browser, address: str, path: str, size: tuple[int, int], scheme: Any
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    for page in opened(browser, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme):
        page.goto(f"{address}/{path}")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found = axe.Axe().run(page).response["violations"]
        faults = {one["id"]: [n["html"][:200] for n in one["nodes"][:3]] for one in found if one["impact"] in ERRORS}
        assert faults == {}
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]  # only tables scroll sideways


def test_static_files_sort_from_disk(browser: Browser, store: Store, site: Site, tmp_path: Path) -> None:
    from leaderboard.web.site import write_site

    source = SiteSource(store)
    documents = {one.number: store.document(one.number) for one in store.submissions()}
    write_site(tmp_path / "a b", source.site(is_static=True), documents, source.clip_files)
    for page in opened(browser):
        page.goto((tmp_path / "a b" / "index.html").as_uri())
        page.get_by_role("link", name="feed-mini-cross v4").click()
        page.locator(f"th[data-id='{TRANSFER}']").get_by_role("button").click()
        assert methods(page) == wanted(site, sort=TRANSFER)
        page.locator("summary", has_text="Columns:").click()
        page.locator("input[name=metrics][value='asymmetry[mesh478]']").check()
        assert page.locator("th[data-id='asymmetry[mesh478]']").is_visible()
        page.reload()
        assert methods(page) == wanted(site, sort=TRANSFER)
        page.get_by_role("link", name="Two methods side by side").click()
        page.get_by_label("Right").select_option(label="keypoint-warp (#1)")
        assert page.locator("#lines .right").inner_text() == "keypoint-warp (#1)"


@pytest.fixture(scope="module")
def sending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Sent]]:
    """A server of its own, which knows a small protocol, and a run of it as a bundle."""
    import yaml

    from leaderboard.bundle.pack import pack
    from leaderboard.server.app import create_app
    from leaderboard.server.settings import Settings
    from leaderboard.store.tokens import create_token
    from tests.benchmark import harness
    from tests.leaderboard.test_engine import NETWORKS

    folder = tmp_path_factory.mktemp("sending")
    protocol = harness.tiny_protocol("cross").model_copy(update={"name": "tiny-cross"})
    (folder / "tiny.yaml").write_text(yaml.safe_dump(protocol.model_dump(mode="json")))
    data = harness.write_data(folder / "data")
    names = ("keypoint-warp", "copy-source", "copy-driver")
    plan = harness.make_plan(data, folder / "run", protocol=protocol, methods=names, networks=NETWORKS, limit=3)
    harness.run_plan(plan)
    bundle = pack(folder / "run", folder / "bundle").path
    settings = Settings(place=folder / "board.sqlite3", protocol_file=folder / "tiny.yaml")
    app = create_app(settings)
    _, secret = create_token(Store(settings.place).database, "somebody", ["submit"])
    with served(app) as found:
        yield found, Sent(bundle, secret)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    yield from opened(browser, viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True)


def test_a_bundle_is_submitted_seen_checked_and_in_the_table(phone: Page, sending: tuple[str, Sent]) -> None:
    page = phone
    address, sent = sending
    page.goto(f"{address}/index.html")
    assert "No submission yet" in page.locator("main").inner_text()
    page.get_by_role("link", name="Submit").click()
    page.get_by_label("Token").fill(sent.secret)
    page.get_by_label("Bundle").set_input_files(sent.bundle)
    page.get_by_role("button", name="Check and submit").click()
    page.get_by_role("heading", name="Accepted").wait_for(timeout=60_000)
    assert page.locator("#outcome .badge").inner_text() == "recomputed"
    page.locator("#outcome a").click()
    assert SENTENCES["recomputed"] in page.locator("main").inner_text()
    page.get_by_role("link", name="tiny-cross").click()
    assert methods(page) == ["keypoint-warp"]
    assert page.locator("tbody.methods .badge").inner_text() == "recomputed"
    page.get_by_label("Order by").select_option("pose_transfer[mesh468]")
    page.get_by_label("Find").fill("nobody")
    assert methods(page) == []
    page.get_by_label("Find").fill("WARP")
    assert methods(page) == ["keypoint-warp"]
    assert "sort=pose_transfer" in page.url and "filter=WARP" in page.url
    page.get_by_role("link", name="Two methods side by side").click()
    assert page.locator("#lines tbody tr").count() > 3


def test_what_is_refused_is_said_word_by_word(browser: Browser, sending: tuple[str, Sent], tmp_path: Path) -> None:
    address, sent = sending
    bad = tmp_path / "bad.zip"
    bad.write_bytes(sent.bundle.read_bytes()[:-400])
    for secret, file, wanted in [(sent.secret, bad, "archive: expected"), ("nonsense", sent.bundle, "token")]:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/submit.html")
        page.get_by_label("Token").fill(secret)
        page.get_by_label("Bundle").set_input_files(file)
        page.get_by_role("button", name="Check and submit").click()
        page.get_by_role("heading", name="Not accepted").wait_for(timeout=60_000)
        assert wanted in page.locator("#outcome").inner_text()
        context.close()


def test_script_in_names_is_harmless(browser: Browser, tmp_path: Path) -> None:
    from leaderboard.server.app import create_app
    from leaderboard.server.settings import Settings
    from leaderboard.validate import Submission
    from tests.leaderboard.honest import honest

    hostile = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
    results = honest((hostile, "copy-source"), limit=None)
    results = results.model_copy(
        update={"methods": [one.model_copy(update={"licence": hostile}) for one in results.methods]}
    )
    board = Store(tmp_path / "board.sqlite3")
    board.add(Submission(results, tuple(results.aggregates)))  # unchecked: no such name passes a check
    with served(create_app(Settings(place=tmp_path / "board.sqlite3"))) as address:
        for page in opened(browser):
            for path in PAGES:
                page.goto(f"{address}/{path}")
                assert "owned" not in page.title()
                assert page.locator("main img").count() == 0
            page.goto(f"{address}/{BOARD}")
            page.get_by_label("Find").fill(hostile)
            assert methods(page) == [hostile]
