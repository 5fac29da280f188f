"""``diffusion app`` as a command: what it refuses, what its advice is worth, and that no file of the folder is run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.test_safe_path import shadowed
from support.app_server import asked_on_disk, launch, over, started
from support.app_world import WORLD

pytestmark = pytest.mark.integration


def refused(*arguments: str) -> str:
    """Call the command, which must refuse; return what it says."""
    command = [sys.executable, "-P", "-m", "diffusion", "app", "--no-browser", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "COLUMNS": "400"}
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_root_that_is_no_folder_is_refused_and_another_is_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    said = refused("--root", str(tmp_path / "file"))
    assert "for example --root results" in said
    with started(tmp_path / "results") as app:
        assert app.get("/").status == 200


def test_a_second_server_of_a_folder_is_refused_and_gets_another(tmp_path: Path) -> None:
    with started(tmp_path / "results") as first:
        said = refused("--root", str(tmp_path / "results"))
        assert "another 'diffusion app' serves this folder" in said
        assert "for example --root results-2" in said
        with started(tmp_path / "results-2") as second:
            assert second.port != first.port
            assert second.get("/").status == first.get("/").status == 200


def test_a_port_that_is_taken_is_refused_and_a_free_one_found(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = refused("--root", str(tmp_path / "results"), "--port", str(taken.getsockname()[1]))
        assert "leave --port out, and a free one is taken" in said
        with started(tmp_path / "results") as app:
            assert app.get("/").status == 200
    for wrong in ("80", "0", "65536", "abc"):
        assert "--port" in refused("--root", str(tmp_path / "other"), "--port", wrong)
    assert not (tmp_path / "other").exists()


def test_a_scenario_that_is_wrong_is_refused_before_anything(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("title: a\nmonths: none\n", encoding="utf-8")
    assert "months" in refused(str(tmp_path / "a.yaml"), "--root", str(tmp_path / "results"))
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_no_file_of_the_current_folder_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the server nor by the processes that it starts."""
    folder = tmp_path / "other"
    folder.mkdir()
    marker = shadowed(folder)
    monkeypatch.chdir(folder)
    root = tmp_path / "results"
    files = {"a.yaml": f"title: Small\n{WORLD}", "b.yaml": f"title: Other\n{WORLD}levers: {{expo: {{}}}}\n"}
    job = asked_on_disk(root, "a", {"scenarios": list(files), "replicates": 3}, files, "a")
    app = launch(root)
    try:
        assert over(root, job.id, 240).state == "done"
        assert app.get("/results/a").status == 200
    finally:
        app.kill()
    assert not marker.exists(), marker.read_text()


def test_the_server_imports_nothing_that_is_slow(tmp_path: Path) -> None:
    """Pages answer while runs go on, and the first within seconds: what computes and draws is in helpers."""
    code = (
        "import sys, asyncio, urllib.request\n"
        "from pathlib import Path\n"
        "from http.cookiejar import CookieJar\n"
        "from diffusion.web.server import begin\n"
        "async def main():\n"
        "    served = begin(Path(sys.argv[1]), 0, plain=True)\n"
        "    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))\n"
        "    def look():\n"
        "        opener.open(served.address).read()\n"
        "        for path in ('/results', '/studies'):\n"
        "            opener.open(served.address.partition('/?')[0] + path).read()\n"
        "    await asyncio.get_running_loop().run_in_executor(None, look)\n"
        "    served.close()\n"
        "asyncio.run(main())\n"
        "slow = ('numba', 'matplotlib', 'pandas', 'pyarrow', 'scipy', 'duckdb')\n"
        "print([name for name in slow if name in sys.modules])\n"
    )
    command = [sys.executable, "-P", "-c", code, str(tmp_path / "results")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
