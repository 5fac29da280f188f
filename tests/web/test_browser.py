"""The pages in a real browser: a newcomer's way, by keys alone, without scripts, without a network, for all eyes."""

from __future__ import annotations

import http.server
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from support.app_browser import WIDTHS, browser, faults_of, focused, is_here, press, visiting
from support.app_server import App, asked_on_disk, over, started
from support.app_world import WORLD, small_scenario

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.integration

MOST_KEYS, MOST_SECONDS = 12, 180.0  # printed; 60 s are what it takes at most on a machine that does nothing else
RESULT = "a-result"
FILES = {
    "small.yaml": f"title: Small world\n{WORLD}",
    "pushed.yaml": f"title: Pushed\n{WORLD}levers: {{accelerator: {{strength: 0.7}}}}\n",
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A server that has a result, a job that was stopped, one that failed, and a small world to ask about."""
    folder = tmp_path_factory.mktemp("app")
    root = folder / "results"
    done = asked_on_disk(root, "A result", {"scenarios": list(FILES), "replicates": 12}, FILES, RESULT)
    failed = asked_on_disk(root, "Wrong", {"scenarios": ["a.yaml"]}, {"a.yaml": "months: none\n"}, "wrong")
    with started(root, str(small_scenario(folder))) as app:
        assert over(root, done.id, 240).state == "done"
        assert over(root, failed.id, 60).state == "failed"
        yield app


def ask_a_small_question(app: App) -> str:
    """Make a question about the small world, without running it; return its address."""
    text = app.post("/ask", {"scenario": "small"}).headers["Location"]
    return urlsplit(text).path


@pytest.mark.slow
def test_a_newcomer_takes_a_report_away(chromium: Browser, tmp_path: Path) -> None:
    """From the start of the server to a report on disk, by keys alone: under twelve of them, under a minute."""
    began = time.monotonic()
    with (
        started(tmp_path / "results") as app,
        visiting(chromium, accept_downloads=True) as (page, log),
    ):
        page.goto(app.address)
        press(page, log, "Tab", "Enter", "Tab", "Tab")
        assert "tariff, test beds or local-first" in focused(page)
        press(page, log, "Enter")
        page.wait_for_url("**/ask/*")
        assert focused(page) == "Run"
        press(page, log, "Enter")
        page.wait_for_url("**/jobs/*")
        page.wait_for_selector("table", timeout=30_000)
        first = time.monotonic() - began
        page.wait_for_url("**/results/*", timeout=120_000)
        press(page, log, "Tab", "Enter", "Tab")
        assert focused(page) == "Take the report away"
        with page.expect_download() as taken:
            press(page, log, "Enter")
        taken.value.save_as(tmp_path / "report.html")
        seconds = time.monotonic() - began
        assert not log.said, log.said
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    print(
        f"{log.pressed} keys; first numbers after {first:.1f} s, report after {seconds:.1f} s, {len(report):,} letters"
    )
    assert report.startswith("<!DOCTYPE html>")
    assert "percentage points" in report
    assert log.pressed < MOST_KEYS
    assert seconds < MOST_SECONDS


def test_without_scripts_a_question_is_asked_and_seen(chromium: Browser, app: App) -> None:
    """Forms and links alone; the page of a job loads itself again."""
    with visiting(chromium, java_script_enabled=False) as (page, _):
        page.goto(app.address)
        page.click("button[value=demo]")
        page.wait_for_url("**/ask/*")
        page.locator("input[name=replicates]").fill("4")
        page.locator("#run").click()
        page.wait_for_url("**/jobs/*")
        assert page.locator("[role=status]").count() == 1
        page.wait_for_selector("text=See the results", timeout=60_000)
        page.click("text=See the results")
        page.wait_for_url("**/results/*")
        page.locator("h1").wait_for()  # the whole page may follow the answer
        assert page.locator("h1").count() == 1


def test_the_address_that_was_opened_is_not_kept(chromium: Browser, app: App) -> None:
    """Neither in the address bar nor in the history, whether typed or followed from somewhere else."""
    with visiting(chromium) as (page, _):
        page.goto(app.address)
        assert "key=" not in page.url
        page.click("text=Results")
        page.go_back()
        assert "key=" not in page.url
        assert page.evaluate("history.length") <= 3
    with visiting(chromium) as (page, log):
        page.goto("about:blank")
        page.set_content(f'<a href="{app.address}">open</a>')
        page.click("a")
        page.wait_for_url(f"{app.origin}/")
        page.wait_for_selector("h1:has-text('like to know')")
        assert not [text for text in log.said if "key=" in text]


def test_a_page_of_another_site_reaches_nothing(chromium: Browser, app: App) -> None:
    """Nor does one on another port of this machine, where another of its users may listen: no cookie goes there."""
    job = asked_on_disk(app.root, "theirs", {"scenarios": ["small"]}, {}, "theirs")
    evil = f"""<!DOCTYPE html><title>x</title><iframe id=f src="{app.origin}/"></iframe>
    <img id=i src="{app.origin}/results/{RESULT}/figures/x.svg"><script>
    window.got = [];
    fetch("{app.origin}/", {{credentials: "include"}}).then(r => r.text()).then(t => got.push(t), () => 0);
    fetch("{app.origin}/jobs/{job.id}/stop", {{method: "POST", credentials: "include", mode: "no-cors",
        body: new URLSearchParams({{_xsrf: "x"}})}});
    </script><form method=post action="{app.origin}/jobs/{job.id}/stop"><button>go</button></form>"""

    cookies: list[str | None] = []

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            cookies.append(self.headers["Cookie"])
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(evil.encode())

        def log_message(self, *given: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with visiting(chromium) as (page, _):
            page.goto(app.address)
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            page.wait_for_timeout(500)
            assert cookies
            assert not any(cookies)
            assert page.evaluate("window.got") == []
            frame = page.frame(url=f"{app.origin}/") or page.frames[1]
            assert "like to know" not in (frame.content() if frame else "")
            page.click("button")
            page.wait_for_load_state()
            assert "This page is for whoever started it" in page.content()
        assert not app.jobs.progress(job.id).over
    finally:
        server.shutdown()


def test_pages_that_are_open_say_that_the_server_is_gone(chromium: Browser, tmp_path: Path) -> None:
    """A page of a job, and one of a question, where the server ends, and where another begins at its port."""
    root = tmp_path / "results"
    job = asked_on_disk(root, "long", {"scenarios": ["small.yaml"], "replicates": 2000}, {"small.yaml": WORLD}, "long")
    with visiting(chromium) as (page, _), started(root) as app:
        page.goto(app.address)
        page.click("button[name=ready]")
        page.fill("#f-title", "Mine")
        question = page.url
        other = page.context.new_page()
        other.goto(f"{app.origin}/jobs/{job.id}")
        other.wait_for_selector("#live")
        app.kill()
        for each in (page, other):
            if each is page:
                each.click("#save")
            each.wait_for_selector("#lost:has-text('does not answer')", timeout=20_000)
        assert page.input_value("#f-title") == "Mine"
        with started(root, "--port", str(app.port)) as again:
            other.wait_for_selector("#lost:has-text('does not know this page')", timeout=20_000)
            page.click("#save")
            page.wait_for_selector("#lost:has-text('does not know this page')", timeout=20_000)
            assert page.url == question
            assert again.port == app.port


def test_a_script_in_a_title_does_not_run(chromium: Browser, app: App) -> None:
    title = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"
    job = asked_on_disk(app.root, title, {"scenarios": ["small"]}, {}, "scripted")
    question = ask_a_small_question(app)
    app.post(question, {"title": title, "do": "save"})
    with visiting(chromium) as (page, log):
        page.goto(app.address)
        for path in (f"/jobs/{job.id}", "/", question):
            page.goto(app.origin + path)
            page.wait_for_timeout(100)
            assert page.evaluate("window.ran") is None
            assert "<script>window.ran" in page.inner_text("body") or path == question
        assert not [text for text in log.said if "Content Security Policy" in text], log.said


def test_the_policy_of_the_pages_breaks_none_of_them(chromium: Browser, app: App) -> None:
    """No page has a style or a script that its own policy forbids, and none throws."""
    with visiting(chromium) as (page, log):
        page.goto(app.address)
        for path in paths_of(app):
            page.goto(app.origin + path)
            page.wait_for_load_state("networkidle")
        assert not log.said, log.said


def paths_of(app: App) -> list[str]:
    """Return a page of every kind."""
    job = next(job.id for job, progress in app.jobs.all() if progress.state == "failed")
    result = f"/results/{RESULT}"
    region = next(iter(links(app, f"{result}/regions", "/regions/")), "")
    innovation = next(iter(links(app, f"{result}/innovations", "/innovations/")), "")
    question = ask_a_small_question(app)
    found = ["/", question, f"/jobs/{job}", "/results", result, f"{result}/regions", region, f"{result}/innovations"]
    found += [
        innovation,
        f"{result}/files",
        f"{result}/change",
        f"{result}/why",
        "/studies",
        "/studies/people-or-tools",
    ]
    return [path for path in found if path]


def links(app: App, path: str, inside: str) -> list[str]:
    return [each for each in re.findall(r'href="([^"?#]+)', app.get(path).text) if inside in each]


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_for_all_eyes(chromium: Browser, app: App, width: int) -> None:
    """Axe finds nothing at the width of a desk, of a phone, and of a desk at 400 %; no page scrolls sideways."""
    faults: dict[str, list[str]] = {}
    with visiting(chromium, width) as (page, _):
        page.goto(app.address)
        for path in [*paths_of(app), "/nothing-here"]:
            page.goto(app.origin + path)
            if found := faults_of(page):
                faults[path] = found
        page.goto(app.origin + "/results/" + RESULT)
        page.emulate_media(media="print")
        if not page.locator("h1").is_visible():
            faults["print"] = ["no heading"]
    assert not faults, "\n".join(f"{path}: {text}" for path, found in faults.items() for text in found)


def test_the_start_and_a_question_are_for_all_eyes(chromium: Browser, app: App) -> None:
    """The short form of the test above."""
    with visiting(chromium, 390) as (page, _):
        page.goto(app.address)
        for path in ("/", ask_a_small_question(app), f"/results/{RESULT}", "/studies"):
            page.goto(app.origin + path)
            assert not faults_of(page), path


def test_keys_reach_everything_and_the_focus_is_seen(chromium: Browser, app: App) -> None:
    for path in ("/", ask_a_small_question(app), f"/results/{RESULT}", "/results"):
        with visiting(chromium) as (page, _):
            page.goto(app.address)
            page.goto(app.origin + path)
            page.evaluate("document.activeElement.blur()")
            wanted = page.evaluate(REACHABLE)
            reached = set()
            for _ in range(wanted["count"] + 30):
                page.keyboard.press("Tab")
                seen = page.evaluate(SEEN)
                if seen is None or seen["place"] in reached:
                    if seen is not None:
                        break
                    continue
                reached.add(seen["place"])
                assert seen["shown"], f"{path}: {seen['html']} shows no focus"
            missed = set(wanted["places"]) - reached
            assert not missed, f"{path}: {[wanted['html'][str(place)] for place in missed][:5]}"


#: numbers all that keys must reach: links, buttons, fields and what folds, where they can be seen
REACHABLE = """() => {
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(e => !e.disabled && e.checkVisibility({visibilityProperty: true}) && !(e.type == 'radio' && !e.checked));
  all.forEach((e, i) => e.dataset.place = i);
  return {count: all.length, places: all.map((e, i) => i),
          html: Object.fromEntries(all.map((e, i) => [i, e.outerHTML.slice(0, 120)]))};
}"""
SEEN = """() => {
  const e = document.activeElement;
  if (!e || e == document.body || !e.dataset.place) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  return {place: +e.dataset.place, html: e.outerHTML.slice(0, 120),
          shown: style.outlineStyle != 'none' && parseFloat(style.outlineWidth) > 0 && box.width > 0};
}"""


def test_with_the_network_cut_everything_is_there(chromium: Browser, app: App) -> None:
    """Every name but this machine leads nowhere; nothing was asked of anything else either."""
    with visiting(chromium) as (page, log):
        page.route(lambda address: not is_here(address), lambda route: route.abort())
        page.goto(app.address)
        for path in paths_of(app):
            page.goto(app.origin + path)
        pages: Page = page
        pages.wait_for_load_state("networkidle")
        assert len(log.asked) > 20
        assert not log.elsewhere()
