"""The six ways through the house are as documents say: every file is passed when the way is run, none wanders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import update_docs  # noqa: E402
import ways  # noqa: E402

#: kernels run as plain Python, so that they are seen, too
PROGRAM = """
import sys, threading
from pathlib import Path
seen = set()

def note(frame, event, argument):
    if event == "call" and frame.f_code.co_name != "<module>":
        seen.add(frame.f_code.co_filename)

import diffusion.cli.app as app
from diffusion.paths import PACKAGE

def call(*words):
    try:
        app.main(words)
    except SystemExit as leaving:
        assert not leaving.code, words

threading.setprofile(note)
sys.setprofile(note)
call("compare", "tiny.yaml", "tiny.yaml+best-practice-tariff", "--replicates", "2", "--out", "out", "--jobs", "1")
call("sweep", "run", "study.yaml", "--threads", "--jobs", "1", "--yes", "--out", "sweep")
call("run", "agents.yaml", "--replicates", "1", "--python", "own.py", "--out", "own")
import diffusion as df
df.load("baseline", ["months=1"]).build_world()
sys.setprofile(None)
for path in sorted(seen):
    if Path(path).is_relative_to(PACKAGE):
        print(Path(path).relative_to(PACKAGE).as_posix())
"""
#: long enough for the tariff of July 2017
TINY = """title: tiny
extends: baseline
months: 26
world: {synthetic: {england_like: true, n_trusts: 10}}
"""
AGENTS = """title: own
extends: tiny.yaml
months: 2
agents: {trust: 'own:Careful'}
"""
OWN = """import diffusion as df


class Careful(df.Trust):
    def awareness_rate(self):
        return 0.5 * super().awareness_rate()
"""
STUDY = """title: two values
scenarios: {plain: tiny.yaml}
factors:
  parameters.awareness.push_per_month: {values: [0.01, 0.05], unit: 1/month}
design: full grid
replicates: 2
seed: 1
set: {months: 2}
outcomes: [adopter_share_pct]
"""


def test_no_way_climbs_back_more_than_twice_and_every_file_is_there() -> None:
    assert len(ways.WAYS) == 6
    for title, way in ways.WAYS.items():
        assert [file for file in way if not ways.place(file).is_file()] == [], title
        assert ways.climbs_back(way) <= 2, title


def test_a_way_that_wanders_is_counted() -> None:
    down = ("cli/compare.py", "scenario/load.py", "levers/base.py", "engine/terms.py")
    assert ways.climbs_back(down) == 0
    assert ways.climbs_back((*down, "scenario/load.py", "engine/terms.py", "levers/base.py", "cli/run.py")) == 3


def test_the_table_of_ways_is_up_to_date() -> None:
    """If not: python scripts/update_docs.py."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert update_docs.between(text, "ways").strip() == ways.table()


def test_every_file_of_a_way_is_passed_when_it_is_run(tmp_path: Path) -> None:
    for name, text in {"tiny.yaml": TINY, "agents.yaml": AGENTS, "own.py": OWN, "study.yaml": STUDY}.items():
        (tmp_path / name).write_text(text)
    there = {**os.environ, "DIFFUSION_NO_JIT": "1", "COLUMNS": "100"}
    line = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(line, cwd=tmp_path, env=there, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    passed = set(done.stdout.split())
    wanted = {file for way in ways.WAYS.values() for file in way if file.endswith(".py")}
    assert wanted - passed == set()
