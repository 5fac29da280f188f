"""Local Dask workers take work from nobody but who started them; an unguarded script is told what it lacks."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from distributed import Client, LocalCluster
from distributed.core import connect
from distributed.security import Security

from diffusion.errors import InputError
from diffusion.experiments.sweep import dask_executor
from diffusion.experiments.sweep.unguarded import MissingGuard, guarded

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with dask_executor._local_cluster(1) as cluster, Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(1)
        yield cluster


def listening() -> list[tuple[str, int]]:
    """Everything that this process and its children listen on."""
    this = psutil.Process()
    return [
        (connection.laddr.ip, connection.laddr.port)
        for process in (this, *this.children(recursive=True))
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]


async def ask(address: str, security: Security) -> dict[str, object]:
    """Connect as Dask's own clients and workers do, and ask who is there; after that, code could be sent."""
    comm = await connect(address, timeout=5, **security.get_connection_args("client"))
    try:
        await comm.write({"op": "identity", "reply": True})
        return await comm.read()
    finally:
        await comm.close()


def strangers(place: str) -> Iterator[tuple[str, Security]]:
    yield f"tcp://{place}", Security()
    yield f"tls://{place}", Security.temporary()  # a certificate of one's own
    yield f"tls://{place}", Security(require_encryption=True)  # none


def test_only_this_machine_is_listened_to_and_a_stranger_is_not_let_in(cluster: LocalCluster) -> None:
    places = listening()
    assert len(places) >= 3  # the scheduler, a worker and who looks after it
    assert {host for host, _ in places} == {"127.0.0.1"}
    for host, port in places:
        place = f"{host}:{port}"
        assert asyncio.run(ask(f"tls://{place}", cluster.security))["type"]  # whoever started it is let in
        for address, security in strangers(place):
            with pytest.raises((OSError, TypeError)):
                asyncio.run(ask(address, security))


def test_what_a_stranger_sends_is_not_answered(cluster: LocalCluster) -> None:
    for host, port in listening():
        for words in (b"GET / HTTP/1.0\r\n\r\n", b"\x00" * 64):
            with socket.create_connection((host, port), timeout=5) as stream:
                stream.sendall(words)
                stream.settimeout(5)
                try:
                    answer = stream.recv(4096)
                except OSError:
                    answer = b""
            assert b"HTTP" not in answer
            assert len(answer) < 64  # an alert of TLS at most


def test_workers_are_of_another_process_and_have_no_pages(cluster: LocalCluster) -> None:
    assert cluster.scheduler.http_server._stopped
    with Client(cluster, set_as_default=False) as client:
        assert client.run(lambda dask_worker: dask_worker.http_server._stopped) == dict.fromkeys(
            client.scheduler_info()["workers"], True
        )


def test_without_the_package_for_certificates_threads_are_advised(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("Using `Security.temporary` requires `cryptography`")

    monkeypatch.setattr(dask_executor.Security, "temporary", missing)
    with pytest.raises(InputError, match="--threads"):
        dask_executor._local_cluster(1)


# --- Scripts --------------------------------------------------------------------------------------------------------

_STUDY = "title: Small\nscenarios: [limits/external-only]\nreplicates: 4\noutcomes: [adopter_share_pct]\n"
_SCRIPT = """
from pathlib import Path

from diffusion.experiments.study import load_study, make_design
from diffusion.experiments.sweep import Dask, prepare, run_sweep

def work():
    return run_sweep(prepare(make_design(load_study("study.yaml")), Path("s")), Dask(workers=2))

"""


@pytest.mark.parametrize("way", ["script", "module", "called"])
def test_a_script_without_a_guard_is_told_so_in_one_line(tmp_path: Path, way: str) -> None:
    (tmp_path / "study.yaml").write_text(_STUDY)
    (tmp_path / "work.py").write_text(_SCRIPT + ("work()\n" if way != "called" else ""))
    (tmp_path / "run.py").write_text("import work\nwork.work()\n")
    arguments = {"script": ["work.py"], "module": ["-m", "work"], "called": ["run.py"]}[way]
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert 'if __name__ == "__main__":' in line
    assert ("run.py" if way == "called" else "work.py") in line


def test_with_the_guard_it_runs(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(_STUDY)
    (tmp_path / "work.py").write_text(_SCRIPT + 'if __name__ == "__main__":\n    print(work().runs)\n')
    done = subprocess.run(
        [sys.executable, "work.py"], cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "4", "")


def test_another_error_stays_what_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="something else"), guarded():
        raise ValueError("something else")
    assert capsys.readouterr().err == ""
    with pytest.raises(SystemExit), pytest.raises(ValueError, match="never"):
        raise MissingGuard  # it is both an InputError and a reason to leave with 2
    assert MissingGuard.code == 2
