"""Each attack at about a fiftieth of its size, so that the attacks themselves stay in order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ATTACKS = ("malformed", "mutations", "kills", "damaged_folders", "hostile_names")


@pytest.mark.skipif(sys.platform != "linux", reason="forked children, process groups and /proc")
def test_nothing_gets_through() -> None:
    script = Path(__file__).with_name("all.py")
    done = subprocess.run(
        [sys.executable, str(script), "--share", "0.02", "--jobs", "2"], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ATTACKS:
        assert f"\n{name}: " in done.stdout, done.stdout
    assert "nothing got through" in done.stdout.splitlines()[-1]


def test_a_failure_is_told_and_leaves_with_1(tmp_path: Path) -> None:
    """A judge that never fails would let everything through."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from attack.harness import Outcome, ended, refused

    def outcome(code: int, err: str, changed: bool = False) -> Outcome:
        after = {"new": ("file", 0, "")} if changed else {}
        return Outcome(code, None, False, "", err, {}, after, tmp_path)

    good = "error: a.yaml:3: months: out of range"
    assert ended(outcome(2, good)) == []
    assert refused(outcome(2, good), ["a.yaml"]) == []
    assert refused(outcome(2, good), ["b.yaml"])
    assert refused(outcome(2, good, changed=True), ["a.yaml"])
    assert refused(outcome(2, "something is wrong"))
    assert ended(outcome(1, "Traceback (most recent call last):"))
    assert ended(outcome(0, "\x1b[31mred"))
    assert ended(outcome(70, "error: a fault of the program"))
