"""compare --precision: runs are added until the differences are as precise as asked, and are those of one long run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from diffusion.cli.app import app, main

pytestmark = pytest.mark.integration

PAIR = ["compare", "baseline", "local-first", "--set", "months=36"]


def compared(folder: Path, *options: str) -> tuple[pd.DataFrame, str]:
    done = CliRunner().invoke(app, [*PAIR, *options, "--out", str(folder)])
    assert done.exit_code == 0, done.output
    return pd.read_parquet(folder / "tables" / "outcomes.parquet"), " ".join(done.output.split())


def width(outcomes: pd.DataFrame) -> float:
    wide = outcomes.pivot(index="replicate", columns="scenario", values="adopter_share_pct")
    change = wide["local-first"] - wide["baseline"]
    return stats.t.ppf(0.975, len(change) - 1) * stats.sem(change)


def test_runs_are_added_until_it_is_reached_and_are_those_of_one_run(tmp_path: Path) -> None:
    first, _ = compared(tmp_path / "first", "--replicates", "30")
    wanted = 0.8 * width(first)
    found, said = compared(tmp_path / "found", "--replicates", "12", "--precision", str(wanted))
    total = found["replicate"].nunique()
    assert total > 30
    assert width(found) <= wanted
    assert f"with {total:,} runs" in said
    whole, _ = compared(tmp_path / "whole", "--replicates", str(total))
    pd.testing.assert_frame_equal(found, whole, check_exact=True)
    manifest = json.loads((tmp_path / "found" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["replicates"] == total
    for name in ("monthly", "end_by_group", "money_by_replicate", "by_trust"):
        one, other = (pd.read_parquet(tmp_path / part / "tables" / f"{name}.parquet") for part in ("found", "whole"))
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_the_limit_ends_it_and_is_said(tmp_path: Path) -> None:
    found, said = compared(tmp_path / "x", "-n", "10", "--precision", "0.0001", "--most-replicates", "35", "--events")
    assert found["replicate"].nunique() == 35
    assert "is not reached" in said
    events = pd.read_parquet(tmp_path / "x" / "tables" / "events_baseline.parquet")
    assert np.array_equal(events["replicate"].unique(), np.arange(35))


def test_a_limit_below_the_first_runs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*PAIR, "-n", "50", "--precision", "0.1", "--most-replicates", "20", "--out", str(tmp_path / "x")])
    assert stopped.value.code == 2
    assert "--most-replicates" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
