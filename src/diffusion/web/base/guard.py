"""Who may ask: this machine only, with the key of the address that was opened, from this page itself.

A page of another site must neither read nor change anything here, though it runs in a browser on the same machine:

- the server listens on the loopback addresses alone;
- its name is new at every start, ``diffusion-....localhost``, and nobody else is told: browsers send the cookies of a
  name to every port of it, and on ``127.0.0.1`` another user of the machine may have one;
- ``Host`` must be that name, so that a foreign one that points here (DNS rebinding) gets nothing; whoever comes to
  ``127.0.0.1`` or ``localhost`` is sent on where they bring the key;
- ``Origin`` and ``Sec-Fetch-Site`` of whatever changes something must be this page's own, and what a page of elsewhere
  would show or use in itself is not given out: other ports of this machine count as the same site, and get its cookies;
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
#: the address that the server listens on
LOOPBACK = "127.0.0.1"
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
    """Says whether a request may be answered; ``port`` is the server's, ``secret`` is new at every start.

    ``name`` is under which pages are: :data:`LOOPBACK` is for browsers that find no other.
    """

    port: int
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    name: str = field(default_factory=lambda: f"diffusion-{secrets.token_hex(8)}.localhost")

    @property
    def key(self) -> str:
        """What the address is opened with; it is no mark of a session, whose own part has no such letters."""
        return self._mark("key")

    def session(self) -> str:
        """Return the cookie of a new session."""
        own = secrets.token_hex(_SESSION_LETTERS // 2)
        return f"{own}.{self._mark(own)}"

    def knows_key(self, key: str) -> bool:
        return hmac.compare_digest(key.encode(), self.key.encode())

    def knows_session(self, cookie: str) -> bool:
        """Whether this server gave the cookie, since it was started."""
        own, _, mark = cookie.partition(".")
        return len(own) == _SESSION_LETTERS and hmac.compare_digest(mark.encode(), self._mark(own).encode())

    @property
    def host(self) -> str:
        """The one name under which pages are, with the port."""
        return f"{self.name}:{self.port}"

    @property
    def cookie(self) -> str:
        """The session's cookie; browsers keep those of all ports of a machine together."""
        return f"{COOKIE}-{self.port}"

    def by_other_name(self, request: HTTPServerRequest) -> bool:
        """Whether this server is asked for a page as ``localhost`` or ``127.0.0.1``, where pages are elsewhere.

        Where pages have a name of their own, only who has the key is told of it.
        """
        said = (request.headers.get("Host") or "").lower()
        if request.method != "GET" or said == self.host:
            return False
        if said not in (f"localhost:{self.port}", f"{LOOPBACK}:{self.port}"):
            return False
        if self.name == LOOPBACK:
            return True
        keys = request.query_arguments.get(KEY) or [b""]
        return hmac.compare_digest(keys[-1], self.key.encode())

    def foreign(self, request: HTTPServerRequest) -> str:
        """Return why a request does not come from this page; empty where it does."""
        said = request.headers
        if (said.get("Host") or "").lower() != self.host:
            return "this address is not that of the page"
        site, origin, referer = said.get("Sec-Fetch-Site"), said.get("Origin"), said.get("Referer")
        elsewhere = site is not None and site not in ("same-origin", "none")
        if request.method in ("GET", "HEAD"):
            # a link from elsewhere may be followed; nothing is shown, or used, inside a page of elsewhere
            followed = said.get("Sec-Fetch-Mode") == "navigate" and said.get("Sec-Fetch-Dest") == "document"
            return "a page of another site asks for it" if elsewhere and not followed else ""
        if origin is None and site is None and referer is None:
            # browsers say where a form comes from; what does not must bring the token in a header, as no form can
            return "" if said.get("X-Xsrftoken") else "the request does not say which page it comes from"
        if site not in (None, "same-origin") or origin not in (None, f"http://{self.host}"):
            return "the request comes from a page of another site"
        if origin is None and referer is not None and urlsplit(referer)[:2] != ("http", self.host):
            return "the request comes from a page of another site"
        return ""

    def _mark(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()
