"""A server of the pages in a thread, and a browser without scripts that asks it."""

from __future__ import annotations

import asyncio
import html
import re
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode

from diffusion.web.server import Served, begin

Fields = list[tuple[str, str]]


class Answer(NamedTuple):
    """What came back: its status, the address that it is at, and its text."""

    status: int
    url: str
    text: str
    body: bytes

    @property
    def words(self) -> str:
        """The text of the page without marks."""
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", self.text)).split())


class _Form(HTMLParser):
    """Collects what a browser would send of the form whose action is ``action``."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self._action, self._inside = action, False
        self.fields: Fields = []
        self._select: str | None = None
        self._chosen: str | None = None
        self._several = False
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = have.get("action") == self._action
        if not self._inside:
            return
        if tag == "input" and have.get("type") not in ("file", "submit") and "name" in have:
            if have.get("type") != "checkbox" or "checked" in have:
                self.fields.append((have["name"], have.get("value", "")))
        elif tag == "select":
            self._select, self._chosen, self._several = have["name"], None, "multiple" in have
        elif tag == "option" and self._select is not None:
            if self._several and "selected" in have:
                self.fields.append((self._select, have["value"]))
            elif not self._several and (self._chosen is None or "selected" in have):
                self._chosen = have["value"]
        elif tag == "textarea":
            self._area = (have["name"], [])

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "select" and self._select is not None:
            if not self._several:
                self.fields.append((self._select, self._chosen or ""))
            self._select = None
        if tag == "textarea" and self._area is not None:
            name, parts = self._area
            # browsers leave out the first line end, and send line ends as CR LF
            self.fields.append((name, "".join(parts).removeprefix("\n").replace("\n", "\r\n")))
            self._area = None


def fields_of(page: str, action: str) -> Fields:
    """Return what a browser would send of a form as it is, without a button."""
    form = _Form(action)
    form.feed(page)
    return form.fields


class Session:
    """A browser: keeps cookies, follows answers, sends forms as they stand with what was changed."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.base = served.address.split("/?")[0]
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open
        self.get("/?" + served.address.split("?")[1])

    def get(self, path: str) -> Answer:
        return self._answer(urllib.request.Request(self.base + path))

    def post(self, path: str, fields: Fields, files: list[tuple[str, bytes]] = [], at: str = "/") -> Answer:  # noqa: B006
        """Send fields, and files under the name ``files``, as a browser does from the page at ``at``."""
        if not any(name == "_xsrf" for name, _ in fields):
            token = dict(fields_of(self.get("/").text, "/ask"))["_xsrf"]
            fields = [("_xsrf", token), *fields]
        headers = {"Origin": self.base, "Referer": self.base + at}
        if files:
            body, kind = _multipart(fields, files)
            headers["Content-Type"] = kind
        else:
            body = urlencode(fields).encode()
        return self._answer(urllib.request.Request(self.base + path, body, headers))

    def send(
        self,
        page: Answer,
        action: str,
        changes: dict[str, str | list[str]] | None = None,
        button: str = "save",
        to: str = "",
        files: list[tuple[str, bytes]] = [],  # noqa: B006
    ) -> Answer:
        """Send the form of a page with some fields changed, by a button."""
        fields = fields_of(page.text, action)
        for name, value in (changes or {}).items():
            assert any(each == name for each, _ in fields), (name, sorted({each for each, _ in fields}))
            place = next(number for number, each in enumerate(fields) if each[0] == name)
            values = [value] if isinstance(value, str) else value
            fields = [each for each in fields if each[0] != name]
            fields[place:place] = [(name, each) for each in values]
        # as browsers do, a part for every field, and one for a file that was not picked
        return self.post(to or action, [*fields, ("do", button)], files or [("", b"")])

    def ask(self, **fields: str) -> tuple[str, Answer]:
        """Make a question as the first page does; return its address and its page."""
        page = self.post("/ask", list(fields.items()))
        return page.url.removeprefix(self.base).split("?")[0], page

    def _answer(self, request: urllib.request.Request) -> Answer:
        try:
            with self._open(request, timeout=60) as answer:
                body = answer.read()
                return Answer(answer.status, answer.url, body.decode(errors="replace"), body)
        except HTTPError as error:
            body = error.read()
            return Answer(error.code, error.url or "", body.decode(errors="replace"), body)


def _multipart(fields: Fields, files: list[tuple[str, bytes]]) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    parts += [
        f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'.encode()
        + b"Content-Type: application/octet-stream\r\n\r\n"
        + body
        + b"\r\n"
        for name, body in files
    ]
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


@contextmanager
def serving(root: Path, scenarios: dict[str, Path] | None = None) -> Iterator[Served]:
    """Serve a folder from a thread."""
    ready = threading.Event()
    held: dict[str, Served] = {}
    loop = asyncio.new_event_loop()

    def run() -> None:
        async def start() -> None:
            held["served"] = begin(root, None, (), scenarios, plain=True)  # no name server
            ready.set()

        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield held["served"]
    finally:
        loop.call_soon_threadsafe(held["served"].close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
