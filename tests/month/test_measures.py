"""One definition of every measure: results, months, outcomes and collectors agree, also where innovations are born."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import diffusion as df
from diffusion.experiments.running.results import Results
from diffusion.month.measures import AT, DERIVED, MEASURES, RECORDED
from diffusion.month.simulation import Simulation
from diffusion.world.slots import is_born

pytestmark = pytest.mark.unit

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

WORLD = "world={synthetic: {england_like: true, n_trusts: 20, n_innovations: 6, kind: mix}}"


@pytest.fixture(scope="module")
def results() -> Results:
    """Two replicates of a small world with people and companies, so that there are slots for what is born."""
    return df.run(df.load("baseline+people-and-companies", ["months=40", "initial.stage=pilot", WORLD]), 2, seed=4)


def test_the_adopter_share_is_that_of_the_portfolio_everywhere(results: Results) -> None:
    born = is_born(results.world.innovations)
    assert born.any()
    share = results.adopter_share()
    assert share[:, -1].min() > 0
    np.testing.assert_array_equal(share, results.monthly["adopter_share"])
    np.testing.assert_array_equal(100 * share[:, -1], df.outcome_values(results)["adopter_share_pct"])
    np.testing.assert_array_equal(share, results.adopter_share(~born))
    everything = results.adopter_share(np.ones(len(born), dtype=bool))
    assert (everything[:, -1] < share[:, -1]).all()  # slots count as eligible there


def test_shares_of_ever_adopted_and_of_use_are_of_the_portfolio() -> None:
    """What is born in a run is in no denominator of a share, and so in no numerator."""
    longer = df.load("england-2025", ["months=72"])
    simulation = Simulation(longer)
    results = df.run(longer, 2, seed=4)
    block = simulation.open(results.replicates, results.seed)
    record = simulation.start_record(block)
    simulation.run(block, record)
    own = ~is_born(results.world.innovations)
    ever, use = block.pairs.ever.sum(axis=1), block.pairs.use.sum(axis=1)
    assert (ever[:, ~own].sum(axis=1) > 0).all()
    pairs = results.world.eligible[:, own].sum()
    values = df.outcome_values(results)
    np.testing.assert_allclose(values["ever_adopted_share_pct"], 100 * ever[:, own].sum(axis=1) / pairs)
    np.testing.assert_allclose(values["use_weighted_share_pct"], 100 * use[:, own].sum(axis=1) / pairs, atol=1e-3)
    np.testing.assert_array_equal(record.monthly["ever_adopters_born"][:, -1], ever[:, ~own].sum(axis=1))


def test_collectors_report_what_results_hold(results: Results) -> None:
    model = df.DiffusionModel(results.scenario, seed=4, replicate=1).run()
    for measure in MEASURES:
        assert model.measure(measure.name) == results.monthly[measure.name][1, -1], measure.name


def test_the_digest_of_results_is_of_series_that_are_recorded() -> None:
    """A measure that is added later may stand beside them: it moves no result."""
    import results_digest

    assert set(results_digest.SERIES) <= {measure.name for measure in MEASURES}
    assert {"adopter_share", "fund_gbp", "companies_in_uk", "people_in_nhs"} <= set(results_digest.SERIES)


def test_the_table_of_measures_is_whole() -> None:
    assert len({measure.name for measure in MEASURES}) == len(RECORDED) + len(DERIVED)
    assert all(all(measure) for measure in MEASURES)
    assert [getattr(AT, measure.name) for measure in RECORDED] == list(range(len(RECORDED)))
