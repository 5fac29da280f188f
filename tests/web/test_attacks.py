"""What somebody else on this machine, or a page of another site in the same browser, tries."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from diffusion.web.base.guard import Guard
from support.app_server import App, Visitor, asked_on_disk, command, launch, over, received, started

pytestmark = pytest.mark.integration

#: a server whose patience is shorter, so that a test need not wait for it
IMPATIENT = (
    "import diffusion.web.server as s; s.BODY_SECONDS = s.IDLE_SECONDS = 1.5; "
    "from diffusion.cli.app import main; main()"
)
JOB = "0123456789abcdef"
PAGES = ("/", f"/jobs/{JOB}", f"/jobs/{JOB}/live", "/results", "/studies", "/nothing-here")


def request(app: App, method: str = "GET", path: str = "/", **headers: str) -> tuple[int, bytes]:
    """Ask with exactly these headers, beside the session's cookies; return status and answer."""
    said = {"Host": app.host, "Cookie": "; ".join(f"{a}={b}" for a, b in app.cookies.items())}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{a}: {b}" for a, b in said.items() if b), "Connection: close", "", ""]
    found = app.raw("\r\n".join(lines).encode())
    return int(found.split(b" ", 2)[1]) if found else 0, found


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1.evil.example:{port}",
        "127.0.0.1:1",
        "[::1]:{port}",
        "localhost.:{port}",
        "",
    ],
)
def test_a_foreign_host_gets_nothing(app: App, host: str) -> None:
    """A name of another site that leads to this machine (DNS rebinding) is not answered, session or none."""
    status, found = request(app, Host=host.format(port=app.port))
    assert status in (400, 403)
    assert b"What would you like" not in found
    assert request(app, path="/static/app.css", Host=host.format(port=app.port))[0] in (400, 403)
    status, _ = request(app, path=f"/?key={app.key}", Host=host.format(port=app.port), Cookie="")
    assert status in (400, 403)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_other_names_of_the_machine_are_sent_on_to_the_one_name(app: App, name: str) -> None:
    """No session is begun under them, and nobody without the key learns what the one name is."""
    other = f"{name}:{app.port}"
    status, found = request(app, path=f"/?key={app.key}", Host=other, Cookie="")
    assert status == 302
    assert f"Location: {app.origin}/?key=".encode() in found
    assert b"Set-Cookie" not in found
    for path in ("/", "/?key=", f"/?key={'0' * len(app.key)}", "/?key=%ff", "/static/app.css"):
        status, found = request(app, path=path, Host=other)
        assert status == 403
        assert app.host.partition(":")[0].encode() not in found
    assert request(app, "POST", f"/jobs/{JOB}/stop", Host=other)[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost:{port}"},
        {"Origin": "https://{host}"},
        {"Origin": "http://127.0.0.1:{port}"},
        {"Origin": "http://{host}", "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "none"},
        {"Referer": "http://evil.example/{host}/"},
        {"Referer": "http://{host}@evil.example/"},
        {},
    ],
)
def test_a_form_of_another_page_changes_nothing(app: App, headers: dict[str, str]) -> None:
    """Not even with the session's cookies and a good token, which another page could never have."""
    job = asked_on_disk(app.root, "a", {"scenarios": ["small"]}, {}, "a")
    token = app.token_of_session()
    body = f"_xsrf={token}"
    said = {name: value.format(port=app.port, host=app.host) for name, value in headers.items()}
    said |= {"Content_Type": "application/x-www-form-urlencoded", "Content_Length": str(len(body))}
    lines_status, _ = post_raw(app, f"/jobs/{job.id}/stop", body, said)
    assert lines_status == 403
    own = {"Origin": app.origin, **{k: v for k, v in said.items() if k.startswith("Content")}}
    assert post_raw(app, f"/jobs/{job.id}/stop", body, own)[0] == 303


def post_raw(app: App, path: str, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
    said = {"Host": app.host, "Cookie": "; ".join(f"{a}={b}" for a, b in app.cookies.items())}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"POST {path} HTTP/1.1", *(f"{a}: {b}" for a, b in said.items()), "Connection: close", "", body]
    found = app.raw("\r\n".join(lines).encode())
    return int(found.split(b" ", 2)[1]), found


def test_a_request_that_says_nothing_of_its_page_needs_the_token_in_a_header(app: App) -> None:
    token = app.token_of_session()
    job = asked_on_disk(app.root, "b", {"scenarios": ["small"]}, {}, "b")
    path = f"/jobs/{job.id}/stop"
    assert post_raw(app, path, "", {"X-Xsrftoken": token, "Content-Length": "0"})[0] == 303
    assert post_raw(app, path, "", {"X-Xsrftoken": token[:-1] + "x", "Content-Length": "0"})[0] == 403


def test_what_another_page_would_show_in_itself_is_not_given_out(app: App) -> None:
    """Other ports of this machine are the same site to a browser: its cookies go along with what they ask for."""
    for site in ("cross-site", "same-site"):
        for mode, dest in (("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe"), ("no-cors", "script")):
            told = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}
            assert request(app, **told)[0] == 403
            assert request(app, path="/static/htmx.min.js", **told)[0] == 403
        assert request(app, Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")[0] == 200


@pytest.mark.parametrize("token", ["", "x", "2|00000000|00000000000000000000000000000000|1", "é"])
def test_without_its_token_a_form_is_refused(app: App, token: str) -> None:
    assert app.post(f"/jobs/{JOB}/stop", token=token).status == 403


def test_without_a_session_nothing_is_shown(app: App) -> None:
    stranger = Visitor(app.port, app.host)
    for path in PAGES:
        answer = stranger.get(path)
        assert answer.status == 403
        assert "diffusion app" in answer.text
    for key in ("", "0" * 64, app.key[:-1], app.key + "0", "%ff%fe", "key", "%00"):
        assert stranger.get(f"/?key={key}").status in (400, 403)
    assert not stranger.cookies.keys() & app.cookies.keys() - {f"diffusion-session-form-{app.port}"}


def test_another_servers_cookie_is_nobodys(app: App) -> None:
    """Another user's server, or this one before it was started again, gave cookies that look the same."""
    name = f"diffusion-session-{app.port}"
    other = Guard(app.port).session()
    own = app.cookies[name]
    for cookie in (other, own[:-1], f"key.{app.key}", f".{own.partition('.')[2]}", own.partition(".")[0], "é.é", "."):
        stranger = Visitor(app.port, app.host, {name: cookie})
        assert stranger.get("/").status == 403, cookie
    assert Visitor(app.port, app.host, {"diffusion-session-1": own}).get("/").status == 403
    assert Visitor(app.port, app.host, {name: own}).get("/").status == 200


def test_the_key_leaves_the_address_and_leads_nowhere_else(app: App) -> None:
    for visitor in (Visitor(app.port, app.host), app):
        answer = visitor.get(f"/nowhere?a=1%262&key={app.key}&b=2")
        assert answer.status == 302
        assert answer.headers["Location"] == "/nowhere?a=1%262&b=2"
    for path in ("//evil.example/", "///evil.example/", "/\\evil.example/", "//evil.example/%2e%2e"):
        status, found = request(app, path=f"{path}?key={app.key}")
        assert status in (302, 400, 404)
        assert b"Location: //" not in found
        assert b"Location: /\\" not in found
        assert b"Location: http" not in found


def test_two_servers_on_one_machine_keep_their_sessions(app: App, tmp_path: Path) -> None:
    """Browsers have one jar of cookies for all ports of a machine."""
    with started(tmp_path / "results") as other:
        jar = {**app.cookies, **other.cookies}
        assert len(jar) == len(app.cookies) + len(other.cookies)
        assert Visitor(app.port, app.host, dict(jar)).get("/").status == 200
        assert Visitor(other.port, other.host, dict(jar)).get("/").status == 200
        assert Visitor(other.port, other.host, dict(app.cookies)).get("/").status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/results/../../etc/passwd",
        "/results/..%2f..%2fetc%2fpasswd",
        "/results/%2e%2e/%2e%2e/etc/passwd",
        "/results/.app",
        "/results/.app/files/lock",
        "/results/x/files/../../../secret.txt",
        "/results/x/files/..%2f..%2f..%2fsecret.txt",
        "/results/x/files/..%5c..%5csecret.txt",
        "/results/x/files//etc/passwd",
        "/results/x/files/%2fetc%2fpasswd",
        "/results/x/files/C:%5cWindows%5cwin.ini",
        "/results/x/files/link.txt",
        "/results/x/figures/..%2fmanifest.json",
        "/results/x/figures/%00.svg",
        "/results/linked/files/secret.txt",
        "/results/x%00/report",
        "/results/..%252f..%252fsecret.txt/report",
        "/static/../server.py",
        "/static/..%2fserver.py",
        "/static/%2e%2e/server.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/jobs/../../secret.txt",
        "/jobs/..%2f..%2fsecret",
        f"/jobs/{JOB}%00",
        "/ask/..%2f..%2fsecret.txt",
        f"/ask/{JOB}/..%2f..%2f..%2fsecret.txt.yaml",
        f"/ask/{JOB}/..%2f..%2f..%2fsmall.yaml",
    ],
)
def test_no_path_leads_out_of_the_root(app: App, path: str) -> None:
    """Whatever the page, and whether or not it exists: nothing outside results is ever sent."""
    secret = app.root.parent / "secret.txt"
    secret.write_text("root: very-secret", encoding="utf-8")
    inside = app.root / "x"
    inside.mkdir(exist_ok=True)
    (inside / "manifest.json").write_text('{"format": 1}', encoding="utf-8")
    for link, target in ((inside / "link.txt", secret), (app.root / "linked", secret.parent)):
        if not os.path.lexists(link):
            link.symlink_to(target)
    status, found = request(app, path=path)
    assert status in (400, 403, 404), found[:400]
    for text in (b"very-secret", b"root:x:0", b"def begin(", str(app.root).encode()):
        assert text not in found


@pytest.mark.parametrize("id", [JOB, "0" * 15, "0" * 17, "A" * 16, "..", "%2e%2e", "0" * 16 + "%0a", "é" * 16])
def test_a_forged_id_is_no_job_and_no_question(app: App, id: str) -> None:
    for path in (f"/jobs/{id}", f"/jobs/{id}/live", f"/ask/{id}"):
        assert request(app, path=path)[0] in (400, 404)
    if id.isascii():
        assert app.post(f"/jobs/{id}/stop").status in (400, 404)


def test_a_title_with_a_script_is_text(app: App) -> None:
    title = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e"
    job = asked_on_disk(app.root, title, {"scenarios": ["small"]}, {}, "script")
    for path in (f"/jobs/{job.id}", f"/jobs/{job.id}/live", "/"):
        text = app.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)" in app.get(f"/jobs/{job.id}").text


def test_a_hundred_megabytes_are_refused_and_never_held(app: App) -> None:
    token = app.token_of_session()
    before = app.family()[0].memory_info().rss
    head = (
        f"POST /ask HTTP/1.1\r\nHost: {app.host}\r\nOrigin: {app.origin}\r\nX-Xsrftoken: {token}\r\n"
        f"Cookie: {'; '.join(f'{a}={b}' for a, b in app.cookies.items())}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n"
    )
    told = f"{head}Content-Length: 100000000\r\n\r\n".encode()
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode()
    piece = b"x" * 1_000_000
    for begin, one in ((told, piece), (chunked, b"f4240\r\n" + piece + b"\r\n")):
        sent, is_told = 0, begin is told
        with socket.create_connection(("127.0.0.1", app.port), 10) as connection:
            connection.sendall(begin)
            try:
                for _ in range(100):
                    connection.sendall(one)
                    sent += 1
            except (ConnectionError, TimeoutError):
                pass
            found = received(connection)
        if is_told:  # a browser shows no answer before all is sent: what is too much is let go, and told
            assert int(found.split(b" ", 2)[1]) == 413
            assert b"at most 1 MB" in found
        else:
            assert sent < 100
            assert not found or int(found.split(b" ", 2)[1]) in (400, 413)
        assert app.get("/").status == 200
    grown = app.family()[0].memory_info().rss - before
    print(f"memory after 2 x 100 MB: {grown / 1e6:+.1f} MB")
    assert grown < 20_000_000


def test_a_slow_client_is_closed_and_holds_nobody_up(tmp_path: Path) -> None:
    begin = [sys.executable, "-P", "-c", IMPATIENT, "app"]
    with started(tmp_path / "results", begin=begin) as app, ThreadPoolExecutor(20) as pool:
        head = f"POST /jobs/{JOB}/stop HTTP/1.1\r\nHost: {app.host}\r\nContent-Length: 50\r\n\r\n".encode()

        def drip(text: bytes, quickly: int) -> float:
            """Send ``text``, the first ``quickly`` bytes at once, the rest byte by byte; return when it was closed."""
            began = time.monotonic()
            with socket.create_connection(("127.0.0.1", app.port), 10) as connection:
                try:
                    connection.sendall(text[:quickly])
                    for place in range(quickly, len(text)):
                        connection.sendall(text[place : place + 1])
                        connection.settimeout(0.1)
                        try:
                            if not connection.recv(1000):
                                break
                        except TimeoutError:
                            continue
                except ConnectionError:
                    pass
            return time.monotonic() - began

        slow = [pool.submit(drip, text, quickly) for text, quickly in [(head, 0), (head + b"x" * 49, len(head))] * 8]
        time.sleep(0.2)
        answers = [app.get("/").seconds for _ in range(20)]
        closed = [each.result() for each in slow]
    print(
        f"slow clients closed after {min(closed):.1f} to {max(closed):.1f} s; others answered in {max(answers):.3f} s"
    )
    assert max(closed) < 5.0
    assert max(answers) < 1.0


def test_many_connections_keep_nobody_out(app: App) -> None:
    held = [socket.create_connection(("127.0.0.1", app.port), 5) for _ in range(500)]
    try:
        assert app.get("/").status == 200
        open_now = len(app.family()[0].net_connections(kind="tcp4"))
        print(f"500 connections: {open_now} held")
        assert open_now < 250
    finally:
        for connection in held:
            connection.close()


@pytest.mark.parametrize(
    "text",
    [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"".join([b"GET / HTTP/1.1\r\n", *(b"X%d: 1\r\n" % i for i in range(20_000)), b"\r\n"]),
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_request_is_dropped(app: App, text: bytes) -> None:
    try:
        found = app.raw(text, 3)
    except ConnectionError:
        found = b""
    assert not found or int(found.split(b" ", 2)[1]) in (400, 403, 405, 431)
    assert app.get("/").status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO", "HEAD"])
def test_other_verbs_do_nothing(app: App, method: str) -> None:
    job = asked_on_disk(app.root, "verb", {"scenarios": ["small"]}, {}, "verb")
    for path in ("/", f"/jobs/{job.id}/stop"):
        assert request(app, method, path, Origin=app.origin)[0] in (400, 403, 405)
    said = {"Origin": app.origin, "X_HTTP_Method_Override": "POST"}
    status, found = request(app, "GET", f"/jobs/{job.id}/stop", **said)
    assert status == 303
    assert f"Location: /jobs/{job.id}\r".encode() in found
    assert not app.jobs.progress(job.id).over
    assert not app.jobs.progress(job.id).over


def test_every_answer_says_what_a_browser_may_do(app: App) -> None:
    stranger = Visitor(app.port, app.host)
    for visitor in (app, stranger):
        for path in (*PAGES, f"/?key={app.key}", "/?key=x"):
            headers = visitor.get(path).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert headers["Referrer-Policy"] == "same-origin"
            assert "Server" not in headers
            assert "Access-Control-Allow-Origin" not in headers
    for name, kind in (("app.css", "text/css"), ("htmx.min.js", "text/javascript")):
        headers = app.get(f"/static/{name}").headers
        assert headers["Content-Type"] == kind
        assert headers["X-Content-Type-Options"] == "nosniff"
    for cookie in (f"/?key={app.key}", "/"):
        answer = Visitor(app.port, app.host).get(cookie)
        for name, value in answer.headers.items():
            if name == "Set-Cookie":
                assert "HttpOnly" in value
                assert "SameSite=Strict" in value


def test_others_cannot_read_the_address_that_is_opened(tmp_path: Path) -> None:
    """A browser is started with a file that leads to the address: command lines are for all users to see."""
    if sys.platform == "win32":
        pytest.skip("there only the user sees the command lines of programs")
    code = (
        "import webbrowser; webbrowser.open = lambda text: print('opened', text, flush=True); "
        "from diffusion.cli.app import main; main()"
    )
    command = [sys.executable, "-u", "-P", "-c", code, "app", "--root", str(tmp_path / "results")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("opened"):
            lines.append(process.stdout.readline())
            assert lines[-1]
        process.kill()
    key = next(line for line in lines if "key=" in line).partition("key=")[2].strip()
    assert key not in lines[-1]
    path = tmp_path / "results" / ".app" / "open.html"
    assert lines[-1].split()[1] == path.as_uri()
    assert key in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_loopback_addresses_alone_are_listened_on(app: App) -> None:
    """Both of them, where there are two: a browser that is told a name may try either first."""
    listening = [each for each in app.family()[0].net_connections(kind="inet") if each.status == "LISTEN"]
    assert {each.laddr.port for each in listening} == {app.port}
    assert sorted(each.laddr.ip for each in listening) == ["127.0.0.1", *(["::1"] if has_second() else [])]
    for helper in app.family()[1:]:
        assert not [each for each in helper.net_connections(kind="inet") if each.status == "LISTEN"]


def has_second() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_second(), reason="this machine has no ::1")
def test_who_listens_on_the_second_loopback_address_gets_nothing_of_ours(tmp_path: Path) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        done = subprocess.run(command(tmp_path, "--port", str(port)), capture_output=True, check=False, timeout=60)
        assert done.returncode == 2
        assert b"the port cannot be listened on" in done.stderr
    with started(tmp_path, "--port", str(port)) as app:
        assert app.get("/").status == 200


def test_a_browser_that_finds_no_such_names_can_stay_at_the_address(tmp_path: Path) -> None:
    with started(tmp_path, "--plain-address") as app:
        assert app.host == f"127.0.0.1:{app.port}"
        assert app.get("/").status == 200
        status, found = request(app, Host=f"localhost:{app.port}", Cookie="")
        assert status == 302
        assert f"Location: {app.origin}/".encode() in found


def test_no_page_has_a_path_of_this_machine(tmp_path: Path) -> None:
    root = tmp_path / "my folder" / "root 2"
    job = asked_on_disk(root, "wrong", {"scenarios": ["a.yaml"]}, {"a.yaml": "months: none\n"}, "wrong")
    with started(root) as app:
        assert over(root, job.id).state == "failed"
        text = app.get(f"/jobs/{job.id}").text
    assert "months" in text
    assert str(tmp_path) not in text
    assert "/tmp/" not in text


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e6", "0x10", "\u0661"])
def test_lengths_that_are_none_leave_no_trace_on_the_terminal(tmp_path: Path, length: str) -> None:
    with TemporaryFile() as said:
        app = launch(tmp_path, said=said)
        try:
            app.raw(f"POST /ask HTTP/1.1\r\nHost: {app.host}\r\nContent-Length: {length}\r\n\r\n".encode(), 3)
            assert app.get("/").status == 200
        finally:
            app.kill()
        said.seek(0)
        assert b"Traceback" not in said.read()


@pytest.mark.parametrize(("megabytes", "cookie", "statuses"), [(100, False, (403,)), (600, True, (400, 413))])
def test_who_is_not_known_or_sends_without_end_is_not_listened_to(
    app: App, megabytes: int, cookie: bool, statuses: tuple[int, ...]
) -> None:
    app.token_of_session()
    said = f"Cookie: {'; '.join(f'{a}={b}' for a, b in app.cookies.items())}\r\n" if cookie else ""
    sent, piece = 0, b"x" * 1_000_000
    with socket.create_connection(("127.0.0.1", app.port), 10) as connection:
        connection.sendall(
            f"POST /ask HTTP/1.1\r\nHost: {app.host}\r\nOrigin: {app.origin}\r\n{said}"
            f"Content-Length: {megabytes}000000\r\n\r\n".encode()
        )
        with suppress(ConnectionError, TimeoutError):
            for _ in range(megabytes):
                connection.sendall(piece)
                sent += 1
        found = received(connection)
    assert sent < megabytes
    assert not found or int(found.split(b" ", 2)[1]) in statuses
