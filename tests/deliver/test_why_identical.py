"""Where nothing differs in any run the answer says why, as far as it was known; a page made again says the same."""

from __future__ import annotations

import json
import re

import pytest

from diffusion.analysis.results.compare import compare_outcomes, unchanged, with_reasons
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.experiments.running.runner import compare
from diffusion.experiments.running.why_identical import UNKNOWN, why_identical
from diffusion.report.words.sentences import change_sentence
from diffusion.scenario.load import load_scenario
from support.felt import ENGLAND, OFF, written

pytestmark = pytest.mark.integration


@pytest.fixture
def base(tmp_path):
    return written(tmp_path, "base", extends="baseline", months=36, policy_start="2015-07", world=ENGLAND, levers=OFF)


def sentence_of(*stacks):
    results = compare([load_scenario(stack) for stack in stacks], replicates=12, seed=1, jobs=1)
    comparison = compare_outcomes(results)
    comparison = with_reasons(comparison, why_identical(results, comparison))
    difference = comparison.difference(MAIN_OUTCOME, 1)
    return change_sentence("B", "A", difference), unchanged(difference)


REASONS = {
    "over": ({"expo": {"start": "2010-01", "end": "2015-01"}}, "levers.expo: the lever is over by 2015-01"),
    "nobody": (
        {"expo": {"cost_gbp": 0, "start": "2015-07", "targets": {"sectors": ["ambulance"], "teaching": True}}},
        "levers.expo: the lever does nothing: no trust is all that its targets ask for",
    ),
    "only its cost": (
        {"expo": {"start": "2015-07", "targets": {"sectors": ["ambulance"], "teaching": True}}},
        "only what it pays, or does for whole trusts, is felt",
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_identical_runs_have_the_reason_that_was_known_before(tmp_path, base, name):
    levers, why = REASONS[name]
    said, same = sentence_of(base, written(tmp_path, "other", extends="base.yaml", levers=levers))
    assert same
    assert said.startswith("Under B, adoption is as in A in every run: ")
    assert why in said


def test_a_setting_has_its_own_reason(tmp_path, base):
    own = written(tmp_path, "own", extends="base.yaml", parameters={"exposure": {"hill_theta": 0.4}})
    said, same = sentence_of(base, own)
    assert same
    assert "parameters.exposure.hill_theta: the response is linear, not hill" in said


def test_where_no_reason_was_known_that_is_said(tmp_path, base):
    """A recall needs evidence that nothing has after a year: no run feels it, and no rule can say so."""
    own = written(tmp_path, "own", extends="base.yaml", parameters={"abandonment": {"recall_per_month": 0.06}})
    said, same = sentence_of(base, own)
    assert same
    assert said.endswith(f"in every run: {UNKNOWN}.")


def test_runs_that_differ_have_no_reason(tmp_path, base):
    own = written(tmp_path, "own", extends="base.yaml", parameters={"awareness": {"push_per_month": 0.09}})
    results = compare([load_scenario(path) for path in (base, own)], replicates=4, seed=1, jobs=1)
    assert why_identical(results, compare_outcomes(results)) == {}


def test_compare_warns_before_and_says_why_after_and_so_does_the_page_made_again(tmp_path, base, command_line):
    late = written(tmp_path, "late", extends="base.yaml", levers={"expo": {"start": "2030-01"}})
    arguments = ("compare", str(base), str(late), "--replicates", "2", "--jobs", "1", "--out", "out")
    code, out, err = command_line(*arguments)
    assert code == 0
    why = "levers.expo: the lever starts in 2030-01, after the run has ended"
    before, after = " ".join(err.split()), " ".join(out.split())
    assert "warning: late: levers.expo starts in 2030-01, after the run has ended: it does nothing" in before
    assert "late can only give the results of base, to the bit" in before
    assert f"in every run: {why}." in after
    page = (tmp_path / "out" / "index.html").read_text()
    assert why in page
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["why_identical"] == {"1": why}
    assert command_line("report", "out")[0] == 0
    assert (tmp_path / "out" / "index.html").read_text() == page


def test_an_ablation_says_which_lever_did_nothing_and_why(tmp_path, base, command_line):
    levers = {"expo": {"start": "2030-01"}, "ahsn-support": {"enabled": True}}
    two = written(tmp_path, "two", extends="base.yaml", levers=levers)
    code, out, err = command_line("ablate", str(two), "--replicates", "8", "--jobs", "1", "--out", "out")
    assert code == 0
    assert "levers.expo starts in 2030-01" in " ".join(err.split())
    said = " ".join(out.split())
    assert "expo changes this outcome in no run: it starts in 2030-01, after the run has ended." in said
    assert not re.search("ahsn-support changes this outcome", out)
