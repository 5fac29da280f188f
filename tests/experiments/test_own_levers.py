"""Own levers in sweeps: own prices and payments give the same bytes on Dask; a blank is a failed row that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffusion.experiments.sweep import ThisProcess, read_runs, run_sweep
from diffusion.experiments.sweep.dask_executor import Dask
from diffusion.scenario.plugins import use_python_modules
from support.sweeps import files_of, new_sweep, study_file

pytestmark = pytest.mark.integration

EXAMPLES = Path(__file__).parents[2] / "examples"

BLANK = '''
from typing import ClassVar
import numpy as np
import diffusion as df


@df.register
class BlankLater(df.Lever):
    """Its table has a blank for the eighth month, where it is strong."""

    name: ClassVar[str] = "blank-later"

    def write(self, month, see, terms, own, draws):
        terms.burden.mul(np.nan if self.strength > 1 and month == df.Month("2016-02") else 0.9)
'''


def test_own_prices_and_payments_give_the_same_bytes_on_dask_and_here(tmp_path: Path) -> None:
    use_python_modules([str(EXAMPLES / "consortium.py")])
    (tmp_path / "boards.yaml").write_text(
        "extends: baseline\ntitle: boards\nlevers: {consortium: {start: 2015-07, least_users: 1}}\n"
    )
    study = study_file(
        tmp_path,
        scenarios={"plain": "baseline", "boards": "boards.yaml"},
        factors={"levers.consortium.discount": {"values": [0.0, 0.5]}},
        design="full grid",
        outcomes=["adopter_share_pct", "system_npv_gbp", "net_cost_trust_gbp"],
    )
    here = new_sweep(study, tmp_path / "here")
    run_sweep(here, ThisProcess(1))
    there = new_sweep(study, tmp_path / "there")
    assert run_sweep(there, Dask(2)).lost == {}
    assert files_of(there) == files_of(here)
    rows = read_runs(here.folder).df()
    assert (rows["status"] == "ok").all()
    boards = rows[rows["scenario"] == "boards"].groupby("levers.consortium.discount")["system_npv_gbp"].mean()
    plain = rows[rows["scenario"] == "plain"]["system_npv_gbp"].mean()
    assert boards[0.0] < plain < boards[0.5]  # the fee alone costs; a large discount saves more than the fee


def test_a_blank_is_a_failed_row_that_names_lever_term_and_month(tmp_path: Path) -> None:
    (tmp_path / "blank_lever.py").write_text(BLANK)
    use_python_modules([str(tmp_path / "blank_lever.py")])
    (tmp_path / "with-blank.yaml").write_text(
        "extends: baseline\ntitle: blank\nlevers: {blank-later: {start: 2015-07}}\n"
    )
    study = study_file(
        tmp_path,
        scenarios=["with-blank.yaml"],
        factors={"levers.blank-later.strength": {"values": [0.5, 1.5]}},
        design="full grid",
        replicates=2,
    )
    sweep = new_sweep(study, tmp_path / "sweep")
    run_sweep(sweep, ThisProcess(1))
    rows = read_runs(sweep.folder).order("run").df()
    assert rows["status"].tolist() == ["ok", "ok", "failed", "failed"]
    for error in rows["error"][2:]:
        assert "lever 'blank-later' in 2016-02: term 'burden' holds nan" in error
        assert str(tmp_path) not in error
