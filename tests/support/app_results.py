"""Results of a small made world, and the app's pages of them, asked as a browser asks."""

from __future__ import annotations

import os
import re
import sys
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tornado.httpclient import HTTPResponse
from tornado.testing import AsyncHTTPTestCase
from tornado.web import Application

from diffusion.cli.app import main
from diffusion.web.ask.store import Questions
from diffusion.web.base.guard import Guard
from diffusion.web.helpers.helper import Helper
from diffusion.web.jobs.queue import Queue
from diffusion.web.jobs.store import Jobs
from diffusion.web.pages.house import OWN, House
from diffusion.web.server import application

SCRIPT = "<script>x</script>"
FILES = {
    "ours.yaml": f"title: 'Ours {SCRIPT}'\nextends: baseline\nmonths: 18\npolicy_start: 2015-09\n"
    "world: {synthetic: {england_like: true, n_trusts: 40, n_innovations: 6, kind: mix}}\n",
    "own.yaml": "title: One alone\nextends: baseline\nmonths: 18\n"
    "world: {innovations: mine.yaml, synthetic: {england_like: true, n_trusts: 20}}\n",
    "mine.yaml": f"innovations:\n  - {{id: own-app, name: 'App {SCRIPT}', kind: digital}}\n"
    "  - {id: own-drug, name: Own drug, kind: drug}\n",
    "more.yaml": "title: 'More & more'\nextends: ours.yaml\nlevers: {people-and-skills: {strength: 0.5}, expo: {}}\n",
}

os.environ.setdefault("ASYNC_TEST_TIMEOUT", "120")  # of a fetch; 5 seconds are few on a busy machine


def make_results(root: Path) -> None:
    """Write results: ``first`` (with a region) and ``second`` of one question, and ``own``, of one scenario."""
    work = root.parent / "work"
    work.mkdir()
    for name, text in FILES.items():
        (work / name).write_text(text, encoding="utf-8")
    both = ("compare", "ours.yaml", "more.yaml")
    commands = {
        "first": (*both, "--replicates", "6", "--region", "EAST"),
        "second": (*both, "--replicates", "5", "--parameters", "defaults"),
        "own": ("run", "own.yaml", "--replicates", "4"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        for name, command in commands.items():
            asked = [*command, "--seed", "3", "--jobs", "1", "--out", str(root / name)]
            patch.setattr(sys, "argv", ["diffusion", *asked])
            with pytest.raises(SystemExit) as leaving:
                main(asked)
            assert not leaving.value.code


@contextmanager
def helpers() -> Iterator[tuple[Helper, Helper]]:
    """Give a runner and a drawer that several tests share."""
    runner, drawer = Helper(), Helper(threads=1)
    try:
        yield runner, drawer
    finally:
        runner.close()
        drawer.close()


class AppCase(AsyncHTTPTestCase):
    """Asks the pages of a root as a browser with a session does; a test class sets ``root``, ``runner``, ``drawer``."""

    root: Path
    runner: Helper
    drawer: Helper

    def get_app(self) -> Application:
        own = self.root / OWN
        jobs = Jobs(own / "jobs")
        self.house = House(
            self.root,
            Guard(self.get_http_port()),
            self.runner,
            self.drawer,
            jobs,
            Queue(jobs, self.runner, {"root": str(self.root)}),
            Questions(own / "questions"),
            {},
        )
        return application(self.house)

    def ask(self, path: str, data: dict[str, str] | None = None, **headers: str) -> HTTPResponse:
        """Ask a page; with ``data`` as its form does."""
        cookies = f"{self.house.guard.cookie}={self.house.guard.session()}"
        sent = {"Host": self.house.guard.host, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if data is None:
            return self.fetch(path, headers={**sent, "Cookie": cookies}, follow_redirects=False, request_timeout=120)
        more, token = self.with_session()
        sent |= more
        body = urllib.parse.urlencode({**data, "_xsrf": token})
        return self.fetch(path, method="POST", body=body, headers=sent, follow_redirects=False, request_timeout=120)

    def with_session(self) -> tuple[dict[str, str], str]:
        """Return the headers of forms of one session, and their token."""
        cookies = f"{self.house.guard.cookie}={self.house.guard.session()}"
        host = self.house.guard.host
        form, token = _token(self, cookies, {"Host": host})
        return {"Host": host, "Cookie": f"{cookies}; {form}={token}", "Origin": f"http://{host}"}, token

    def text(self, path: str, **headers: str) -> str:
        """Return a page that is there."""
        answer = self.ask(path, **headers)
        assert answer.code == 200, (path, answer.code, answer.body[:2000])
        return answer.body.decode()

    def get_http_timeout(self) -> float:
        return 120.0


def _token(case: AppCase, cookies: str, sent: dict[str, str]) -> tuple[str, str]:
    """Return the name of the cookie that goes with forms, and what is in it."""
    answer = case.fetch("/results", headers={**sent, "Cookie": cookies}, follow_redirects=False)
    for line in answer.headers.get_list("Set-Cookie"):
        if found := re.match(r"([\w-]+-form-\d+)=([^;]+)", line):
            return found[1], found[2]
    raise AssertionError("no token was given")
