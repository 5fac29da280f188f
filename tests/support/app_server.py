"""``diffusion app`` as a process of its own: started, asked, killed."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

import psutil

from diffusion.web.jobs.store import Job, Jobs, Progress

#: seconds in which a server must say where it is, on a machine that does other things as well
START_SECONDS = 60.0


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


@dataclass
class Visitor:
    """Somebody who asks without a browser: keeps cookies, says where forms come from."""

    port: int
    host: str
    cookies: dict[str, str] = field(default_factory=dict)
    seconds: float = 30.0

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        said = {"Host": self.host}
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.seconds)
        began = time.monotonic()
        try:
            connection.request(method, path, body, {**said, **(headers or {})})
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        for name, value in response.getheaders():
            if name == "Set-Cookie":
                first = value.partition(";")[0]
                self.cookies[first.partition("=")[0]] = first.partition("=")[2]
        return Answer(response.status, dict(response.getheaders()), text, time.monotonic() - began)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def token_of_session(self) -> str:
        """Return a good token of this visitor's session, whatever page there is with a form."""
        name = f"diffusion-session-form-{self.port}"
        if name not in self.cookies:
            self.get("/")
        return self.cookies[name]

    def post(self, path: str, fields: Mapping[str, str] | None = None, token: str | None = None) -> Answer:
        body = urlencode({"_xsrf": self.token_of_session() if token is None else token, **(fields or {})}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        return self.ask("POST", path, body, kind)


@dataclass
class App(Visitor):
    """A server that runs, and whoever opened its address."""

    root: Path = Path()
    address: str = ""
    process: Any = None

    @property
    def key(self) -> str:
        return urlsplit(self.address).query.removeprefix("key=")

    @property
    def jobs(self) -> Jobs:
        """Return the jobs as they are on disk."""
        return Jobs(self.root / ".app" / "jobs")

    def visitor(self) -> Visitor:
        """Return somebody else who opened the address."""
        other = Visitor(self.port, self.host)
        assert other.get(f"/?key={self.key}").status == 302
        return other

    def family(self) -> list[psutil.Process]:
        """Return the server's process and all that it started."""
        server = psutil.Process(self.process.pid)
        return [server, *server.children(recursive=True)]

    def raw(self, text: bytes, seconds: float = 10.0) -> bytes:
        """Send bytes as they are, and return what comes until the connection is closed, or is silent for long."""
        with socket.create_connection(("127.0.0.1", self.port), seconds) as connection:
            connection.sendall(text)
            return received(connection)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def received(connection: socket.socket) -> bytes:
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except (TimeoutError, ConnectionError):
        pass
    return found


def command(root: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "diffusion", "app", *arguments, "--root", str(root), "--no-browser"]


def launch(root: Path, *arguments: str, begin: Sequence[str] = (), said: IO[bytes] | None = None) -> App:
    """Start a server and wait until it says where it is; ``begin`` is another command in the place of ours."""
    process = subprocess.Popen(
        [*begin, "--root", str(root), "--no-browser", *arguments] if begin else command(root, *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=said or subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "400"},
    )
    assert process.stdout is not None
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and (line := process.stdout.readline().decode()):
        if found := re.search(r"http://([\w.-]+:(\d+))/\?key=\w+", line):
            app = App(int(found[2]), found[1], root=root, address=found[0], process=process)
            app.get(f"/?key={app.key}")
            return app
    process.kill()
    raise AssertionError(f"no address came: {process.wait()}")


@contextmanager
def started(root: Path, *arguments: str, begin: Sequence[str] = ()) -> Iterator[App]:
    """Serve while the block runs; whatever the server complained of is shown where a test fails."""
    with TemporaryFile() as said:
        app = launch(root, *arguments, begin=begin, said=said)
        try:
            yield app
        finally:
            family = app.family() if app.process.poll() is None else []
            app.process.kill()
            app.process.wait()
            psutil.wait_procs(family, timeout=5)
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))


def asked_on_disk(root: Path, title: str, given: Mapping[str, object], files: Mapping[str, str], out: str) -> Job:
    """Write a job down as a page does; a server of this root that starts afterwards takes it up."""
    defaults = {
        "settings": [],
        "parameters": "defaults",
        "replicates": 10,
        "seed": 1,
        "target": "",
        "regions": [],
        "wanted": [],
        "command": ["diffusion", "compare"],
    }
    root.mkdir(parents=True, exist_ok=True)
    return Jobs(root / ".app" / "jobs").new("compare", title, {**defaults, **given}, files, out=out)


def until(what: Callable[[], Any], seconds: float = 60.0, every: float = 0.05) -> Any:
    """Wait until ``what`` returns something true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s")


def over(root: Path, id: str, seconds: float = 60.0) -> Progress:
    """Wait until a job is over, as its files say."""
    path = root / ".app" / "jobs" / id / "state.json"

    def look() -> Progress | None:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        progress = Progress(**{**data, "problems": tuple(data["problems"])})
        return progress if progress.over else None

    found: Progress = until(look, seconds)
    return found
