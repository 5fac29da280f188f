"""What all pages have in common: who asks is checked, what is sent is bounded, what fails is told in words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from tornado.web import HTTPError, RequestHandler

from diffusion.errors import InputError
from diffusion.web.base.guard import COOKIE, KEY, POLICY, REPORT_POLICY
from diffusion.web.base.html import render
from diffusion.web.base.plain_paths import without_paths

T = TypeVar("T")
if TYPE_CHECKING:
    from diffusion.web.pages.house import House

#: why there is no page, by status
_REASONS = {
    400: "This request cannot be read.",
    403: "This page is for whoever started it.",
    404: "There is no such page.",
    405: "This page takes no such request.",
    413: "This is more than the page takes.",
    500: "Something went wrong that no page foresaw.",
    503: "This is not to be had just now.",
}


class Page(RequestHandler):
    """Base of all pages; ``self.house`` is what the server has: its root, jobs, questions and helpers."""

    #: whether it is also for those who have no session yet
    open_to_all = False

    @property
    def house(self) -> House:
        return self.settings["house"]  # type: ignore[no-any-return]

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    def prepare(self) -> None:
        guard = self.house.guard
        if why := guard.foreign(self.request):
            raise HTTPError(403, reason=None, log_message=why)
        if guard.knows_session(self.get_cookie(COOKIE) or "") or self.open_to_all:
            return
        if self.request.method == "GET" and guard.knows_key(self.get_query_argument(KEY, "")):
            self.set_cookie(COOKIE, guard.session(), httponly=True, samesite="Strict", path="/")
            # the key leaves the address bar, and with it the history and what is copied from there
            rest = [
                (name, value)
                for name in self.request.query_arguments
                if name != KEY
                for value in self.get_query_arguments(name)
            ]
            self.redirect(self.request.path + (f"?{urlencode(rest)}" if rest else ""))
            return
        raise HTTPError(403, log_message="no session")

    def check_xsrf_cookie(self) -> None:
        # told apart from a foreign request only in the log: a page left open over a restart has an old token
        super().check_xsrf_cookie()

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return self.request.headers.get("HX-Request") == "true" and self.request.headers.get("HX-Boosted") != "true"

    def show(self, template: str, **what: object) -> None:
        """Answer with a page; templates have ``xsrf``, the field that every form needs, and ``here``, the path."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(render(template, xsrf=self.xsrf_form_html(), here=self.request.path, **what))

    def files(self) -> list[tuple[str, bytes]]:
        """Return the files that a form sent as ``files``: the name of each, and its bytes."""
        return [(file.filename, file.body) for file in self.request.files.get("files", ())]

    def see_other(self, path: str) -> None:
        """Send the browser to ``path`` after a form."""
        self.redirect(path, status=303)

    def send_file(self, body: bytes, kind: str, name: str | None = None) -> None:
        """Answer with a file; with a ``name`` it is one to keep. Stored pages may run nothing."""
        self.set_header("Content-Type", kind)
        if kind.startswith(("text/html", "image/svg")):
            self.set_header("Content-Security-Policy", REPORT_POLICY)
        if name is not None:
            quoted = name.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "'")
            self.set_header("Content-Disposition", f'attachment; filename="{quoted}"')
        self.finish(body)

    async def off_loop(self, call: Callable[..., T], *given: object) -> T:
        """Do what takes some time, such as reading files, beside the loop that answers."""
        return await asyncio.get_running_loop().run_in_executor(None, call, *given)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        texts = [_REASONS.get(status_code, _REASONS[500 if status_code >= 500 else 400])]
        if isinstance(error, InputError):
            self.set_status(422)
            texts = [without_paths(line) for line in str(error).splitlines()]
        elif isinstance(error, HTTPError) and status_code == 403:
            texts.append("Open the address that 'diffusion app' printed when it was started, with the key at its end.")
            if error.log_message and "XSRF" not in error.log_message and error.log_message != "no session":
                texts.append(f"Here: {error.log_message}.")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(render("error.html.j2", texts=texts, status=self.get_status(), xsrf="", here=""))

    def finish_json(self, data: object) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(data))
