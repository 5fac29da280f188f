"""Who may ask: this machine only, with the key of the address that was opened, from this page itself.

A page of another site must neither read nor change anything here, though it runs in a browser on the same machine:

- the server listens on the loopback address alone;
- ``Host`` must be that address, so that a foreign name that points to it (DNS rebinding) gets nothing;
- ``Origin`` and ``Sec-Fetch-Site`` of whatever changes something must be this page's own;
- a form brings the token that goes with its session (Tornado's XSRF token);
- whoever has not opened the address with its key, such as another user of this machine, is turned away.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest

#: the part of the address that carries the key, and the cookie that takes its place
KEY, COOKIE = "key", "diffusion-session"
#: letters of a session's own part
_SESSION_LETTERS = 32
#: what browsers are told with every answer: nothing from elsewhere, no scripts but our own, in nobody's frame
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: a stored report has its style and figures inside; it may run nothing and send nothing. It keeps its origin, which
#: without scripts gives it nothing, because links between stored pages would come without the session otherwise
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-same-origin"
)


@dataclass(frozen=True)
class Guard:
    """Says whether a request may be answered; ``port`` is the server's, ``secret`` is new at every start."""

    port: int
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def key(self) -> str:
        """What the address is opened with."""
        return self._mark("key")

    def session(self) -> str:
        """Return the cookie of a new session."""
        own = secrets.token_hex(_SESSION_LETTERS // 2)
        return f"{own}.{self._mark(own)}"

    def knows_key(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(), self.key.encode())

    def knows_session(self, cookie: str) -> bool:
        """Whether this server gave the cookie, since it was started."""
        own, dot, mark = cookie.partition(".")
        return bool(dot) and hmac.compare_digest(mark.encode(), self._mark(own).encode())

    def foreign(self, request: HTTPServerRequest) -> str:
        """Return why a request does not come from this page; empty where it does."""
        if (request.headers.get("Host") or "").lower() not in self._hosts():
            return "this address is not that of the page"
        site = request.headers.get("Sec-Fetch-Site")
        if request.method in ("GET", "HEAD"):
            return ""
        origin = request.headers.get("Origin")
        if origin is not None and (urlsplit(origin).scheme != "http" or urlsplit(origin).netloc not in self._hosts()):
            return "the request comes from a page of another site"
        if site is not None and site not in ("same-origin", "none"):
            return "the request comes from a page of another site"
        if origin is None and site is None and request.headers.get("Referer") is None:
            return "" if request.headers.get("Cookie") is None else self._unsaid(request)
        referer = request.headers.get("Referer")
        if origin is None and referer is not None and urlsplit(referer).netloc not in self._hosts():
            return "the request comes from a page of another site"
        return ""

    @staticmethod
    def _unsaid(request: HTTPServerRequest) -> str:
        """Browsers say where a form comes from; what does not must bring the token in a header, as no form can."""
        return "" if request.headers.get("X-Xsrftoken") else "the request does not say which page it comes from"

    def _hosts(self) -> tuple[str, ...]:
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    def _mark(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()
