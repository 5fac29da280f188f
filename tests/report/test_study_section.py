"""What the page says of a study: from a made-up study with known answers, and from a small sweep."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from diffusion.analysis.uncertainty.draws import Study
from diffusion.cli.app import app
from diffusion.deliver.study_of_result import renamed
from diffusion.errors import InputError
from diffusion.experiments.searches.study_findings import Findings, findings, read_findings
from diffusion.experiments.study import load_study, make_design
from diffusion.experiments.sweep.folder import prepare
from diffusion.report.page.study_section import section_of
from support.command_line import refused
from support.page_reading import Page, numbers

pytestmark = pytest.mark.integration

DRAWS = 400
X = (np.random.default_rng(1).permutation(DRAWS) + 0.5) / DRAWS


def made_up(replicates: int = 2) -> Study:
    """Option 'late' overtakes 'early' in the adopter share at x = .6, and in money at x = .75; 'idle' does nothing."""
    noise = np.random.default_rng(2)
    share, money, patients = (np.zeros((3, DRAWS, replicates)) for _ in range(3))
    share[1], share[2] = 0.6, X[:, None]
    money[1], money[2] = 30e6, 40e6 * X[:, None]
    patients[1:] = 1_000
    for values, sd in ((share, 0.05), (money, 1e6), (patients, 1.0)):
        values += noise.normal(0, sd, values.shape)
    share[0] -= 5
    return Study(
        ("none", "early", "late"),
        {"x": X, "idle": noise.uniform(size=DRAWS), "fixed": np.ones(DRAWS)},
        {"adopter_share_pct": share, "system_npv_gbp": money, "patients_benefiting_total": patients},
    )


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings(made_up(), {"x": "the one that matters", "idle": "idle"}, {"x": 0.3, "idle": 0.5})


def test_value_of_information_of_a_known_study(found: Findings) -> None:
    # late - early in money is 40 (x - .75) million with x uniform: E[max(0, .)] = 40 * .25^2 / 2
    truth = 40e6 * 0.25**2 / 2
    assert float(found.evpi.lower.mean) == pytest.approx(truth, rel=0.1)
    assert float(found.evpi.upper.mean) == pytest.approx(truth, rel=0.1)
    assert list(found.evppi) == ["x", "idle"]
    assert float(found.evppi["x"].low95) <= truth <= float(found.evppi["x"].high95)
    assert found.clear("x")
    assert not found.clear("idle")


def test_the_switch_is_found_where_it_is(found: Findings) -> None:
    [(option, other, name, switch)] = found.switches
    assert ({option, other}, name) == ({"early", "late"}, "x")
    assert switch.at == pytest.approx(0.6, abs=0.02)
    assert switch.low <= 0.6 <= switch.high


def test_acceptability_is_the_share_of_draws(found: Findings) -> None:
    money = made_up().outcomes["system_npv_gbp"].mean(axis=2)
    assert found.curves.probability[0].tolist() == [(money.argmax(axis=0) == i).mean() for i in range(3)]


def test_sentences_and_tables_of_a_study_agree(found: Findings) -> None:
    section = section_of(found)
    shown = [
        number
        for table in section.tables
        for _, cells in table.rows
        for cell in cells
        for text in (cell.text, cell.small)
        for number in numbers(text)
    ]
    stated = [number for text in section.sentences for number in numbers(text.replace("95 %", ""))]
    assert len(stated) >= 5
    for number, half in stated:
        assert any(abs(number - other) <= half + size for other, size in shown), number
    assert "the one that matters" in section.sentences[2]
    assert len(section.pictures) == 5


def test_a_study_without_an_effect_claims_no_parameter() -> None:
    study = made_up()
    still = study.outcomes["system_npv_gbp"].copy()
    still[2] = still[1] - 1e6
    idle = Study(study.scenarios, study.factors, dict(study.outcomes) | {"system_npv_gbp": still})
    said = " ".join(section_of(findings(idle, {}, {"x": 0.3, "idle": 0.5})).sentences)
    assert "No single parameter is clearly worth knowing" in said
    assert re.search(r"£[\d.]+ million at most", said)


STUDY = """title: a small study
scenarios: [baseline, local-first]
set: {months: 30}
factors:
  parameters.capacity.wte_per_size: {range: [1, 8]}
  parameters.awareness.push_per_month: plausible
design: {method: latin hypercube, draws: 40}
replicates: 2
outcomes: [adopter_share_pct, patients_benefiting_total, system_npv_gbp]
"""


def test_a_sweep_goes_into_the_page(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(STUDY)
    run = CliRunner()
    asked = ["sweep", "run", str(tmp_path / "small.yaml"), "--out", str(tmp_path / "sweep"), "--threads", "--yes"]
    done = run.invoke(app, asked)
    assert done.exit_code == 0, done.output
    result = tmp_path / "result"
    done = run.invoke(app, ["compare", "baseline", "local-first", "-n", "10", "--set", "months=30", "-o", str(result)])
    assert done.exit_code == 0, done.output
    done = run.invoke(app, ["report", str(result), "--study", str(tmp_path / "sweep"), "--out", str(tmp_path / "page")])
    assert done.exit_code == 0, done.output
    text = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    page = Page(text)
    table = page.table("The options over the draws of the parameters")
    runs = _runs(tmp_path / "sweep")
    wide = runs.groupby(["draw", "scenario"])["adopter_share_pct"].mean().unstack()
    change = wide["local-first"] - wide["baseline"]
    cell = table.rows["Local first"][0]
    assert numbers(cell[0])[0][0] == pytest.approx(change.mean(), abs=0.00501)
    low, high = (number for number, _ in numbers(cell[1]))
    assert (low, high) == pytest.approx(tuple(np.quantile(change, [0.025, 0.975])), abs=0.00501)
    money = runs.groupby(["draw", "scenario"])["system_npv_gbp"].mean().unstack()
    loss = 1e-6 * (money.max(axis=1) - money[money.mean().idxmax()])
    value = page.table("What it would be worth to know").rows["All parameters, upper estimate"][0]
    assert numbers(value[0])[0][0] == pytest.approx(loss.mean(), abs=0.0501)
    reach = stats.t.ppf(0.975, len(loss) - 1) * stats.sem(loss)
    assert numbers(value[1])[1][0] == pytest.approx(loss.mean() + reach, abs=0.0501)
    assert text.count('id="study') == len(set(re.findall(r'id="(study[^"]*)"', text)))


def _runs(folder: Path):
    import pandas as pd

    return pd.concat(pd.read_parquet(path) for path in sorted((folder / "runs").glob("*.parquet")))


def test_what_is_no_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sweep"):
        read_findings(tmp_path)


def test_a_study_of_other_scenarios_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where only a setting differs: it is what a scenario is that counts, not what it is called."""
    (tmp_path / "small.yaml").write_text(STUDY.replace("draws: 40", "draws: 2"))
    (tmp_path / "other.yaml").write_text(
        STUDY.replace("draws: 40", "draws: 2").replace("[baseline, local-first]", "[baseline, tariff]")
    )
    run = CliRunner()
    (tmp_path / "larger.yaml").write_text(
        STUDY.replace("draws: 40", "draws: 2").replace("[baseline, local-first]", "[baseline, local-first, tariff]")
    )
    for name in ("small", "other", "larger"):
        design = make_design(load_study(tmp_path / f"{name}.yaml"))
        prepare(design, tmp_path / name)
    result = tmp_path / "result"
    asked = ["--set", "months=30", "--set", "levers.local-first.strength=0.9", "-n", "2", "-o", str(result)]
    assert run.invoke(app, ["compare", "baseline", "local-first", *asked]).exit_code == 0
    out = str(tmp_path / "page")
    err = refused(capsys, "report", str(result), "--study", str(tmp_path / "small"), "--out", out)
    assert "'local-first' is not in it" in err
    assert "levers.local-first.strength 0.9 against 1.0" in err
    err = refused(capsys, "report", str(result), "--study", str(tmp_path / "other"), "--out", out)
    assert "'local-first' is not in it" in err
    same = ["--set", "months=30", "-n", "2", "-o", str(tmp_path / "same")]
    assert run.invoke(app, ["compare", "baseline", "local-first", *same]).exit_code == 0
    err = refused(capsys, "report", str(tmp_path / "same"), "--study", str(tmp_path / "larger"), "--out", out)
    assert "the study also has tariff" in err
    assert not (tmp_path / "page").exists()


def test_scenarios_are_matched_by_what_they_are(found: Findings) -> None:
    names = {name: f"{name} here" for name in found.study.scenarios[:2]}
    again = renamed(found, names)
    assert again.study.scenarios == (*names.values(), *found.study.scenarios[2:])
    np.testing.assert_array_equal(again.study.outcomes["adopter_share_pct"], found.study.outcomes["adopter_share_pct"])
    assert {switch[0] for switch in again.switches} <= set(again.study.scenarios)
