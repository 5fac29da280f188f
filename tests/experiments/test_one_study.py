"""An own outcome, own prices and an own response in one study: the same bytes on Dask as in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffusion.experiments.sweep import Dask, ThisProcess, read_runs, run_sweep
from diffusion.scenario.plugins import use_python_modules
from support.sweeps import files_of, new_sweep, study_file

pytestmark = pytest.mark.integration

EXAMPLES = Path(__file__).parents[2] / "examples"
OUTCOME = '''"""An outcome that sees what the own lever does."""

import diffusion as df
from diffusion.engine.ledger import FLOWS


@df.outcome(unit="GBP", label="Fees of the consortium", needs=["money_gbp"])
def fees_gbp(run):
    return run.money_gbp[:, len(FLOWS) :].sum()  # own kinds of payment stand behind those of the ledger
'''


def test_own_outcome_price_and_response_in_one_study_are_the_same_on_dask_and_here(tmp_path: Path) -> None:
    (tmp_path / "fees_of_consortium.py").write_text(OUTCOME)
    modules = [EXAMPLES / "consortium.py", EXAMPLES / "own_response.py", tmp_path / "fees_of_consortium.py"]
    use_python_modules([str(path) for path in modules])
    (tmp_path / "boards.yaml").write_text(
        "extends: baseline\ntitle: boards\nlevers: {consortium: {start: 2015-07, least_users: 1}}\n"
    )
    study = study_file(
        tmp_path,
        scenarios={"plain": "baseline", "boards": "boards.yaml"},
        factors={
            "parameters.exposure.response": {"values": ["hill", "s-curve"]},
            "levers.consortium.discount": {"values": [0.0, 0.5]},
        },
        design="full grid",
        outcomes=["adopter_share_pct", "system_npv_gbp", "fees_gbp"],
    )
    here = new_sweep(study, tmp_path / "here")
    run_sweep(here, ThisProcess(1))
    there = new_sweep(study, tmp_path / "there")
    assert run_sweep(there, Dask(2)).lost == {}
    assert files_of(there) == files_of(here)
    rows = read_runs(here.folder).df()
    assert (rows["status"] == "ok").all()
    assert (rows.loc[rows["scenario"] == "plain", "fees_gbp"] == 0.0).all()
    assert (rows.loc[rows["scenario"] == "boards", "fees_gbp"] > 0.0).all()
    means = rows.groupby(["parameters.exposure.response", "levers.consortium.discount", "scenario"])
    # what is plain knows no discount; all else that differs is felt
    assert (len(means), means["system_npv_gbp"].mean().nunique()) == (8, 6)
