"""Scenario files that are sent: checked as any file, and nothing more than that."""

from __future__ import annotations

import io
import socket
import zipfile
from pathlib import Path

import pytest

from support.web_session import Answer, Session

pytestmark = pytest.mark.integration
SOUND = b"title: Mine\nextends: [baseline, levers/expo]\n"
BOMB = b"title: x\na: &a [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n".encode() for old, new in zip("abcdefgh", "bcdefghi")
)


def _upload(session: Session, *files: tuple[str, bytes]) -> tuple[str, Answer]:
    page = session.post("/ask", [], list(files))
    return page.url.removeprefix(session.base).split("?")[0], page


def test_files_that_extend_one_another_become_options(session: Session) -> None:
    two = b"title: Two\nextends: [one, levers/nice]\n"
    path, page = _upload(session, ("one.yaml", SOUND), ("C:\\dir\\two.yml", two))
    assert page.status == 200
    assert "roughly" in page.words
    assert session.get(f"{path}/one.yaml").body == SOUND
    assert session.get(f"{path}/two.yaml").body == two
    archive = zipfile.ZipFile(io.BytesIO(session.get(f"{path}/question.zip").body))
    assert sorted(archive.namelist()) == ["command.txt", "one.yaml", "two.yaml"]
    assert archive.read("command.txt").decode().startswith("diffusion compare one.yaml two.yaml --replicates 100")
    page = session.send(page, path, button="upload", files=[("one.yaml", SOUND)])
    assert page.status == 200
    assert session.get(f"{path}/my-one.yaml").body == SOUND


def test_a_file_says_what_it_is_compared_with(session: Session) -> None:
    _, page = _upload(session, ("mine.yaml", SOUND + b"baseline: baseline\n"))
    assert page.status == 200
    assert "diffusion compare baseline mine.yaml" in page.words
    _path, page = _upload(session, ("mine.yaml", SOUND))
    assert "diffusion run mine.yaml" in page.words
    assert "One scenario" in page.words


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.yaml", b"title: \xff\xfe", "is not UTF-8"),
        ("a.yaml", "title: schöne".encode("latin-1"), "is not UTF-8"),
        ("a.yaml", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not UTF-8"),
        ("a.yaml", b"title: a\x00b", "0x00"),
        ("a.yaml", b"", "the file is empty"),
        ("a.yaml", b"just text", "the file holds no keys"),
        ("a.yaml", b"title: !!python/object/apply:os.system ['id']\n", "is not allowed"),
        ("a.yaml", b"title: !secret x\n", "is not allowed"),
        ("a.yaml", BOMB, "nested too deeply, or too large"),
        ("a.yaml", b"[" * 50_000, "nested too deeply"),
        ("a.yaml", b"title: a\ntitle: b\n", "given twice"),
        ("a.yaml", b"title: [a\n", "not valid YAML"),
    ],
)
def test_what_is_no_scenario_file_is_refused(session: Session, name: str, body: bytes, words: str) -> None:
    before = session.served.house.questions.all()
    _, page = _upload(session, (name, body))
    assert page.status == 422, page.words
    assert words in page.words, page.words
    assert session.served.house.questions.all() == before


@pytest.mark.parametrize(
    "text",
    [
        "title: x\nextends: ../../../../../../etc/passwd.yaml\n",
        "title: x\nextends: /etc/passwd.yaml\n",
        "title: x\nextends: [baseline, ../../jobs/x.yaml]\n",
        "title: x\nextends: ~/secret.yaml\n",
        "title: x\nextends: baseline\nworld: {trusts: ../../../../../../../etc/passwd}\n",
        "title: x\nextends: baseline\nworld: {name: /etc}\n",
        "title: x\nextends: baseline\nworld: {innovations: ../question.json}\n",
        "title: x\nextends: baseline\nworld: {layers: {own: {file: /etc/passwd}}}\n",
        "title: x\nextends: baseline\nagents: {trust: 'os:system'}\n",
    ],
)
def test_no_file_of_the_machine_and_no_code_is_reached(session: Session, text: str) -> None:
    path, page = _upload(session, ("mine.yaml", text.encode()))
    words: str = page.words
    assert "To mend" in words
    assert "root:" not in words
    # no path of the machine in the page, but for what the file says itself
    house = session.served.house
    assert str(house.root) not in page.text
    assert str(Path(__file__).parents[2]) not in page.text
    again = session.send(page, path, to=f"{path}/run")
    assert again.status == 422
    assert not house.jobs.all()


def test_a_title_is_text_wherever_it_stands(session: Session) -> None:
    script = "</option></select></textarea><script>alert(1)</script><img src=x onerror=alert(2)>\u202e"
    reasoned = f"levers: {{expo: {{cost_gbp: {{value: 1, because: '{script}'}}}}}}"
    text = f"title: '{script}'\nextends: [baseline, levers/expo]\n{reasoned}\n"
    path, page = _upload(session, (f"{script}.yaml", text.encode()), ("b.yaml", SOUND))
    for each in (page, session.get("/"), session.send(page, path, {"title": script})):
        assert "<script>alert" not in each.text
        assert "<img" not in each.text
        assert "\u202e" not in each.text
    names = [option.name for option in session.served.house.questions.get(path.removeprefix("/ask/")).options]
    assert all("/" not in name and "<" not in name for name in names)


@pytest.mark.parametrize("size", [1_100_000, 100_000_000])
def test_what_is_too_large_is_not_read(session: Session, size: int) -> None:
    """The server hangs up before it has read it."""
    host, port = session.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        head = f"POST /ask HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {session.base}\r\nContent-Length: {size}\r\n\r\n"
        line.sendall(head.encode())
        sent = 0
        try:
            while sent < size:
                sent += line.send(b"x" * 65_536)
        except OSError:
            pass
        assert sent < size or size < 2_000_000
    assert session.get("/").status == 200
