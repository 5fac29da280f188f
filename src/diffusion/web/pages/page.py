"""What all pages have in common: who asks is checked, what is sent is bounded, what fails is told in words."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from tornado.web import HTTPError, RequestHandler

from diffusion.errors import InputError
from diffusion.web.base.guard import KEY, POLICY, REPORT_POLICY
from diffusion.web.base.html import render
from diffusion.web.base.plain_paths import without_paths
from diffusion.web.keep.library import Library

T = TypeVar("T")
if TYPE_CHECKING:
    from types import TracebackType

    from diffusion.web.pages.house import House

#: a full disk or one's share of it, a folder that is for reading alone
_NOT_WRITABLE = {
    getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM") if hasattr(errno, name)
}
#: why there is no page, by status
_REASONS = {
    400: "This request cannot be read.",
    403: "This page is for whoever started it.",
    404: "There is no such page.",
    405: "This page takes no such request.",
    413: "This is more than the page takes: what is sent holds at most 1 MB.",
    500: "Something went wrong that no page foresaw.",
    503: "This is not to be had just now.",
}


class Page(RequestHandler):
    """Base of all pages; ``self.house`` is what the server has: its root, jobs, questions and helpers."""

    @property
    def house(self) -> House:
        return self.settings["house"]  # type: ignore[no-any-return]

    @property
    def library(self) -> Library:
        return self.application.settings.setdefault("library", Library(self.house.root))  # type: ignore[no-any-return]

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
        if guard.by_other_name(self.request):
            self.redirect(f"http://{guard.host}/{self.request.uri.lstrip('/') if self.request.uri else ''}")
            return
        if why := guard.foreign(self.request):
            raise HTTPError(403, reason=None, log_message=why)
        known = guard.knows_session(self.get_cookie(guard.cookie) or "")
        key = self.get_query_argument(KEY, None) if self.request.method == "GET" else None
        if key is not None and (known or guard.knows_key(key)):
            if not known:
                self.set_cookie(guard.cookie, guard.session(), httponly=True, samesite="Strict", path="/")
            self._without_key()
        elif not known:
            raise HTTPError(403, log_message="no session")

    def _without_key(self) -> None:
        """Send the browser on, so that the key leaves the address bar, the history and what is copied from there."""
        rest = [
            (name, value)
            for name in self.request.query_arguments
            if name != KEY
            for value in self.get_query_arguments(name)
        ]
        # one slash: two would lead to another host
        path = "/" + self.request.path.lstrip("/\\") + (f"?{urlencode(rest)}" if rest else "")
        if self.request.headers.get("Sec-Fetch-Site") in (None, "none", "same-origin"):
            self.redirect(path)
        else:  # from a link elsewhere the cookie does not go along with a redirect, only with what this page asks for
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish(render("opening.html.j2", path=path))

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
            quoted = "".join(letter if " " <= letter <= "~" and letter not in '"\\' else "_" for letter in name)
            self.set_header("Content-Disposition", f'attachment; filename="{quoted}"')
        self.finish(body)

    async def off_loop(self, call: Callable[..., T], *given: object) -> T:
        """Do what takes some time, such as reading files, beside the loop that answers."""
        return await asyncio.get_running_loop().run_in_executor(None, call, *given)

    def log_exception(
        self, typ: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Put what no page foresaw on the terminal, without the address: what others ask for is not written there."""
        if not isinstance(value, HTTPError | InputError):
            logging.getLogger(__name__).error("a page failed", exc_info=value)

    def write_error(self, status_code: int, **kwargs: object) -> None:
        if status_code == 405 and self.request.method == "GET":
            # an address that takes forms alone, loaded again after a fault: back to the page of the form
            self.see_other(self.request.path.rpartition("/")[0])
            return
        info = kwargs.get("exc_info")
        error = info[1] if isinstance(info, tuple) else None
        texts = [_REASONS.get(status_code, _REASONS[500 if status_code >= 500 else 400])]
        if isinstance(error, InputError):
            self.set_status(422)
            texts = [without_paths(line) for line in str(error).splitlines()]
        elif isinstance(error, HTTPError) and status_code == 403:
            texts.append("Open the address that 'diffusion app' printed when it was started, with the key at its end.")
            if error.log_message and "XSRF" not in error.log_message and error.log_message != "no session":
                texts.append(f"Here: {error.log_message}.")
        elif isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
            self.set_status(503)
            texts = [_REASONS[503], f"The folder of results cannot be written: {(error.strerror or '').casefold()}."]
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(render("error.html.j2", texts=texts, status=self.get_status(), xsrf="", here=""))
