"""Pages of results: the report's own sections and figures, in the layout of the app."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest

from diffusion.deliver.for_readers import page_of
from diffusion.deliver.rebuild import read_result, view_of
from diffusion.web.base.guard import REPORT_POLICY
from support.app_results import SCRIPT, AppCase

pytestmark = pytest.mark.integration
_TAGS = re.compile(r"<[^>]*>")


def sections(page: str) -> dict[str, str]:
    """Return heading -> the words of every section, figures and their files left out."""
    page = re.sub(r"<svg.*?</svg>|<img[^>]*>|<div class=\"ways\">.*?</details></div>", "", page, flags=re.DOTALL)
    found = re.findall(r"<section[^>]*>(.*?)</section>", page, re.DOTALL)
    return {re.findall(r"<h2[^>]*>(.*?)</h2>", part)[0]: " ".join(_TAGS.sub("", part).split()) for part in found}


@pytest.mark.usefixtures("app_root")
class TestResultPage(AppCase):
    def test_sections_are_those_of_the_report(self) -> None:
        folder = self.root / "first"
        report = sections(page_of(view_of(folder, read_result(folder))[0]))
        seen = sections(self.text("/results/first?whole=1"))
        command = "How to reproduce"
        made = re.findall(r"--out (\S+)", report[command])[0]
        assert "/" in made
        assert str(Path(made).parent) not in seen[command]
        report[command] = report[command].replace(made, "first")
        assert {name: seen[name] for name in report} == report
        assert len(report) > 8

    def test_the_answer_comes_at_once_and_the_rest_after_it(self) -> None:
        first = self.text("/results/second")
        assert 'hx-get="/results/second/rest"' in first
        assert 'hx-trigger="load"' in first
        assert "<img" not in first
        assert '<meta http-equiv="refresh" content="0; url=/results/second?whole=1">' in first
        stored = sections((self.root / "second" / "index.html").read_text(encoding="utf-8"))["The answer"]
        assert sections(first)["The answer"] == stored
        rest = self.text("/results/second/rest", HX_Request="true")
        assert sections(rest)["The answer"] == stored
        assert "<html" not in rest
        assert len(self.text("/results/second").encode()) < 100_000

    def test_parts_that_come_when_they_are_unfolded_are_those_of_the_page(self) -> None:
        whole = sections(self.text("/results/first?whole=1"))
        short = self.text("/results/first")
        places = re.findall(r'hx-get="(/results/first/parts/\d+)"', short)
        assert places
        for place in places:
            words = " ".join(
                _TAGS.sub(
                    "", re.sub(r"<div class=\"ways\">.*?</details></div>", "", self.text(place), flags=re.DOTALL)
                ).split()
            )
            assert any(words in section for section in whole.values()), place
        assert self.ask(f"/results/first/parts/{len(places)}").code == 404

    def test_figures_are_those_of_the_report_to_the_byte(self) -> None:
        stored = (self.root / "first" / "index.html").read_text(encoding="utf-8")
        page = self.text("/results/first?whole=1")
        images = re.findall(r'<img src="(/results/first/figures/(\w+)\.svg)"[^>]*alt="([^"]+)"', page)
        inline = re.findall(r"<svg.*?</svg>", stored, re.DOTALL)
        assert len(images) == len(inline) > 10
        for (path, _, text), svg in list(zip(images, inline))[::3]:
            answer = self.ask(path)
            assert answer.headers["Content-Type"] == "image/svg+xml"
            assert answer.headers["Content-Security-Policy"] == REPORT_POLICY
            assert answer.body.decode().partition("\n")[2] == svg
            title, what = (
                html.unescape(re.findall(rf"<{tag} id[^>]*>(.*?)</{tag}>", svg)[0]) for tag in ("title", "desc")
            )
            assert html.unescape(text) == f"{title}. {what}"

    def test_files_and_table_of_a_figure(self) -> None:
        at = "/results/first/figures/figure2"
        assert self.ask(f"{at}.png").body.startswith(b"\x89PNG\r\n\x1a\n")
        answer = self.ask(f"{at}.csv")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="figure2.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
        table = self.text(at, HX_Request="true")
        assert table.count("<tr>") == len(rows) + 1 == 20
        assert "<html" not in table
        assert "<h1>" in self.text(at)
        for wrong in (
            "figures/figure99.svg",
            "figures/figure2.exe",
            "figures/other.figure1.svg",
            "figures/region-7.figure1.svg",
            "figures/innovation-99.figure1.csv",
            "figures/..%2fpage",
        ):
            assert self.ask(f"/results/first/{wrong}").code == 404, wrong

    def test_regions(self) -> None:
        page = self.text("/results/first/regions")
        codes = re.findall(r'<th scope="row"><a href="/results/first/regions/([^"]+)"', page)
        assert "EAST" in codes
        assert len(codes) > 3
        assert re.findall(r'<a href="/results/first/regions/([^"]+)" aria-label', page) == codes  # the map's
        kept = self.text("/results/first/regions/EAST")
        stored = sections((self.root / "first" / "region-EAST.html").read_text(encoding="utf-8"))
        seen = sections(kept)
        stored.pop("How to reproduce"), seen.pop("How to reproduce")
        assert seen == stored
        image = re.findall(r'<img src="([^"]+)"', kept)[0]
        assert self.ask(image).code == 200
        other = next(code for code in codes if code != "EAST")
        assert 'name="region"' in self.text(f"/results/first/regions/{other}")
        assert self.ask("/results/first/regions/NONE").code == 404
        assert "ICS" in self.text("/results/first/regions?of=ics&option=1")

    def test_an_innovation(self) -> None:
        import pandas as pd

        page = self.text("/results/first/innovations")
        path = re.findall(r'<th scope="row"><a href="(/results/first/innovations/[^"]+)"', page)[2]
        seen = self.text(path)
        image = re.findall(r'<img src="([^"]+)\.svg"', seen)[0]
        rows = list(csv.DictReader(io.StringIO(self.ask(f"{image}.csv").body.decode())))
        frame = pd.read_parquet(self.root / "first" / "tables" / "by_innovation.parquet")
        frame = frame[frame["code"] == urllib.parse.unquote(path.rpartition("/")[2])]
        for name, column in (("y", "mean"), ("low", "q025"), ("high", "q975"), ("low_inner", "q10")):
            assert [float(row[name]) for row in rows] == frame[f"adopters_{column}"].tolist()
        last = frame[frame["month"] == 18].iloc[0]
        assert "Trusts by stage at the end" in seen
        assert f">{last['unaware_mean']:.1f}<" in seen
        assert self.ask("/results/first/innovations/none").code == 404

    def test_names_with_scripts_are_text(self) -> None:
        for path in (
            "/results",
            "/results/first",
            "/results/first?whole=1",
            "/results/first/regions",
            "/results/own?whole=1",
            "/results/own/innovations",
            "/results/own/innovations/own-app",
            "/results/own/regions",
            "/results/first/files",
            "/results/first/figures/figure1",
        ):
            page = self.text(path)
            assert SCRIPT not in page, path
            assert not re.search(r"<script(?! src=\"/static/(?:htmx|told))", page), path
            assert str(self.root) not in page, path
        assert html.escape(SCRIPT, quote=False) in self.text("/results/own/innovations/own-app")

    def test_an_altered_result_says_so_and_is_shown(self) -> None:
        table = self.root / "second" / "tables" / "equity.csv"
        table.write_bytes(table.read_bytes() + b"1")
        assert "tables/equity.csv is damaged or was altered" in self.text("/results")
        assert "These are not the results as they were written" in self.text("/results/second?whole=1")

    def test_an_unreadable_result_says_so(self) -> None:
        (self.root / "second" / "tables" / "monthly.parquet").write_bytes(b"no table")
        page = self.text("/results/second?whole=1")
        assert "This result cannot be shown" in page
        assert "The rest cannot be shown" in self.text("/results/second/rest")
        assert str(self.root) not in page
        (self.root / "first" / "manifest.json").write_text("{")
        assert "manifest cannot be read" in self.text("/results")
        assert "cannot be read" in self.text("/results/first")
        assert "equity.csv" in self.text("/results/first/files")


def test_the_server_reads_no_tables_and_draws_nothing(made_results: Path) -> None:
    """In a process of its own, asked for all kinds of pages."""
    code = f"""
import asyncio, sys, threading, urllib.request, http.cookiejar
from pathlib import Path
from diffusion.web.server import begin
paths = ["/results", "/results/first", "/results/first/rest", "/results/first/figures/figure1.svg",
    "/results/first/figures/figure1.png", "/results/first/figures/figure1", "/results/first/regions",
    "/results/first/regions/EAST", "/results/first/innovations/innovation-0001", "/results/first/files",
    "/results/first/why", "/results/compare?a=first&b=second"]
def ask(address, loop, done):
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    try:
        opener.open(address).read()
        for path in paths:
            opener.open(address.partition("/?")[0] + path).read()
    finally:
        loop.call_soon_threadsafe(done.set)
async def main():
    served, done = begin(Path({str(made_results)!r}), plain=True), asyncio.Event()
    threading.Thread(target=ask, args=(served.address, asyncio.get_running_loop(), done)).start()
    await done.wait()
    served.close()
asyncio.run(main())
import json
print(json.dumps([name for name in ("pandas", "matplotlib", "pyarrow", "numba", "scipy") if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
