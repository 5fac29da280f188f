"""The server: listens on this machine alone, hands what is asked to its helpers, and takes up what was left."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPServerRequest,
    ParseBodyConfig,
    ParseMultipartConfig,
    ParseUrlEncodedConfig,
    set_parse_body_config,
)
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler, _HandlerDelegate

from diffusion.errors import InputError
from diffusion.web.ask.store import Questions
from diffusion.web.base.guard import COOKIE, KEY, LOOPBACK, POLICY, Guard
from diffusion.web.base.html import render
from diffusion.web.base.plain_paths import never_tell
from diffusion.web.helpers.helper import Helper, HelperEnded
from diffusion.web.jobs.queue import AT_ONCE, Queue
from diffusion.web.jobs.store import Jobs
from diffusion.web.pages.house import OWN, House
from diffusion.web.routes import ROUTES, Missing, TooLarge

PORT = 8790
#: bytes of a request's body: a scenario file is never as large
MOST_BODY_BYTES = 1_000_000
#: bytes that are read and let go, so that whoever sends too much is told so: a browser shows no answer before it has
#: sent everything
MOST_LET_GO_BYTES = 500_000_000
#: fields of a form
MOST_FIELDS = 5_000
#: seconds in which a request's body must have come, and its head, or the next request of the same connection
BODY_SECONDS, IDLE_SECONDS = 20.0, 30.0
#: connections at once; one more ends the oldest, so that whoever opens very many keeps nobody else out
MOST_CONNECTIONS = 200
#: replicates of the yardstick that are kept ready
WARM_REPLICATES = 20


@dataclass
class Served:
    """A server that listens: its address, with the key, and what it has."""

    address: str
    house: House
    server: HTTPServer

    def close(self) -> None:
        """Stop listening and end the helpers; jobs that run are taken up by the next server of this root."""
        self.server.stop()
        self.house.queue.close()
        self.house.runner.close()
        self.house.drawer.close()


class OwnFiles(StaticFileHandler):
    """Style and script of the pages; they hold nothing of the user's."""

    def prepare(self) -> None:
        if why := self.settings["house"].guard.foreign(self.request):
            raise HTTPError(403, log_message=why)

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Content-Security-Policy", POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", "max-age=31536000, immutable")

    def get_content_type(self) -> str:
        # not as the system has it: a registry that calls scripts plain text would keep browsers from running them
        ending = str(self.absolute_path).rpartition(".")[2]
        return {"css": "text/css", "js": "text/javascript"}.get(ending, "text/plain")

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    def log_exception(self, *given: object) -> None:
        """Write nothing: what others ask for is not put on the terminal."""


class Pages(Application):
    """The pages, and for a request that holds too much the one that says so."""

    def get_handler_delegate(
        self,
        request: HTTPServerRequest,
        target_class: type[RequestHandler],
        target_kwargs: dict[str, object] | None = None,
        path_args: list[bytes] | None = None,
        path_kwargs: dict[str, bytes] | None = None,
    ) -> _HandlerDelegate:
        told = request.headers.get("Content-Length", "")
        if len(told) < 12 and told.isascii() and told.isdigit() and MOST_BODY_BYTES < int(told) <= MOST_LET_GO_BYTES:
            request.connection.set_max_body_size(MOST_LET_GO_BYTES)  # type: ignore[union-attr]
            return super().get_handler_delegate(request, TooLarge)
        return super().get_handler_delegate(request, target_class, target_kwargs, path_args, path_kwargs)


class OneOfMany(HTTPServer):
    """A server with so many connections at once, and no more."""

    def initialize(self, *given: object, **named: object) -> None:
        super().initialize(*given, **named)  # type: ignore[arg-type]
        self._open: dict[IOStream, None] = {}

    def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        if len(self._open) >= MOST_CONNECTIONS:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.close()
        self._open[stream] = None
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        self._open.pop(server_conn.stream, None)  # type: ignore[attr-defined]
        super().on_close(server_conn)


def begin(
    root: Path,
    port: int | None = None,
    python: Sequence[str] = (),
    scenarios: Mapping[str, Path] | None = None,
    plain: bool = False,
) -> Served:
    """Listen, on ``port`` or on the first free one from :data:`PORT` on; call it where an event loop runs.

    Pages have a name of their own, or with ``plain`` that of the address.

    Raises
    ------
    InputError
        The root cannot be written, or the port is taken.
    """
    own = own_folder(root)
    for folder in {root.absolute(), root.resolve(), *(path.parent for path in (scenarios or {}).values())}:
        never_tell(folder)
    sockets = _listen(port)
    taken = sockets[0].getsockname()[1]
    guard = Guard(taken, name=LOOPBACK) if plain else Guard(taken)
    jobs, runner, drawer = Jobs(own / "jobs"), Helper(python, AT_ONCE + 2), Helper(python, 1)
    house = House(
        root.resolve(),
        guard,
        runner,
        drawer,
        jobs,
        Queue(jobs, runner, {"root": str(root.resolve())}),
        Questions(own / "questions"),
        dict(scenarios or {}),
        tuple(python),
    )
    server = OneOfMany(
        application(house),
        max_body_size=MOST_BODY_BYTES,
        body_timeout=BODY_SECONDS,
        idle_connection_timeout=IDLE_SECONDS,
    )
    server.add_sockets(sockets)
    house.queue.take_up()
    return Served(f"http://{guard.host}/?{KEY}={guard.key}", house, server)


def application(house: House) -> Application:
    """Return the pages, for tests also without a server."""
    # as many as fit into a body: a question has a field for every setting that is shown, of every option
    set_parse_body_config(
        ParseBodyConfig(ParseMultipartConfig(max_parts=MOST_FIELDS), ParseUrlEncodedConfig(max_arguments=MOST_FIELDS))
    )
    static = str(Path(__file__).parent / "static")
    return Pages(
        [*ROUTES, (r"/static/([a-z.]{1,40})", OwnFiles, {"path": static})],
        house=house,
        xsrf_cookies=True,
        xsrf_cookie_name=f"{COOKIE}-form-{house.guard.port}",
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Strict"},
        default_handler_class=Missing,
        log_function=lambda handler: None,
        websocket_ping_interval=None,
        static_path=None,
    )


def warm(house: House, scenario: str = "baseline") -> None:
    """Let the runner compile and run the first replicates of the yardstick that most questions have.

    The drawer reads in what it reads and draws results with.
    """
    given = {
        "scenarios": [scenario],
        "files": str(house.own),
        "parameters": "posterior",
        "seed": 1,
        "replicates": WARM_REPLICATES,
    }
    try:
        house.runner.ask("warm", given)
        house.drawer.ask("see_ready", {})
    except HelperEnded:
        return


async def serve(
    root: Path,
    port: int | None,
    python: Sequence[str],
    scenarios: Mapping[str, Path],
    open_it: bool,
    tell: Callable[[str], object],
    plain: bool = False,
) -> None:
    """Serve until the process is interrupted; ``tell`` is told the address."""
    from filelock import FileLock, Timeout

    lock = FileLock(own_folder(root) / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(
            "another 'diffusion app' serves this folder",
            file=root,
            key="--root",
            expected="one server for a folder of results",
            suggestion="use its page, end it, or name another folder, for example --root results-2",
        ) from None
    served = begin(root, port, python, scenarios, plain)
    try:
        tell(served.address)
        warm(served.house)
        if open_it:
            # a thread of its own: a browser that runs in the terminal would hold up the server's end
            threading.Thread(target=webbrowser.open, args=(to_open(served),), daemon=True).start()
        await asyncio.Event().wait()
    finally:
        served.close()
        lock.release()


def own_folder(root: Path) -> Path:
    """Return the folder of the server's own inside ``root``, made if need be; InputError where it cannot be."""
    own = root / OWN
    try:
        own.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=own):
            return own
    except OSError as error:
        raise InputError(
            f"the folder cannot be written: {error.strerror}",
            file=root,
            key="--root",
            expected="a folder of your own",
            suggestion="for example --root results",
        ) from None


def to_open(served: Served) -> str:
    """Return what the browser is told to open: a file that leads to the address, for this user's eyes alone.

    Other users of a machine see the command lines of its programs, and with them an address that is opened. On Windows
    they do not, and the address itself is opened.
    """
    if sys.platform == "win32":
        return served.address
    path = served.house.own.resolve() / "open.html"
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="\n") as file:
        file.write(render("opening.html.j2", path=served.address))
    return path.as_uri()


def _listen(port: int | None) -> list[socket.socket]:
    """Listen on both loopback addresses: whatever listened on one of them alone would get what is meant for us."""
    for candidate in (PORT, 0, 0, 0) if port is None else (port,):
        sockets = []
        try:
            sockets += bind_sockets(candidate, LOOPBACK, family=socket.AF_INET)
            sockets += _second(sockets[0].getsockname()[1])
            return sockets
        except OSError as error:
            fault = error
            for each in sockets:
                each.close()
    raise InputError(
        f"the port cannot be listened on: {fault.strerror}",
        key="--port",
        expected="a free port from 1024 to 65535",
        suggestion="leave --port out, and a free one is taken",
    )


def _second(port: int) -> list[socket.socket]:
    """Listen on ``::1`` where there is such an address; OSError where somebody else has the port there."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:  # nobody can listen there
        return []
    return bind_sockets(port, "::1", family=socket.AF_INET6)
