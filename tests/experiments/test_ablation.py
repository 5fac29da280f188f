"""Attribution: Shapley values against their definition, honest sampling, and the command from scenario to folder."""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from diffusion.analysis.results.attribution import (
    all_subsets,
    antithetic_orders,
    attribute,
    crossed_estimate,
    edge_subsets,
    exact_shapley,
    marginals,
    subsets_of_orders,
)
from diffusion.errors import InputError
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.experiments.searches.ablation import ablate, check_orders, check_outcome
from diffusion.experiments.searches.subsets import SubsetRuns, with_levers
from diffusion.report.terminal.ablation_table import notes
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support.worlds import SMALL

Game = dict[frozenset[str], np.ndarray]


def players(n: int) -> tuple[str, ...]:
    return tuple("abcdefgh"[:n])


def random_game(n: int, replicates: int = 5, key: int = 1) -> Game:
    """A value per subset and replicate, with interactions of every order."""
    generator = np.random.default_rng([key, n])
    return {subset: generator.normal(size=replicates) for subset in all_subsets(players(n))}


def by_definition(n: int, game: Game) -> np.ndarray:
    """Mean marginal contribution over all n! orders, one order at a time."""
    names = players(n)
    found = np.zeros((n, len(game[frozenset()])))
    for order in itertools.permutations(range(n)):
        before: frozenset[str] = frozenset()
        for i in order:
            found[i] += game[before | {names[i]}] - game[before]
            before |= {names[i]}
    return found / math.factorial(n)


# --- The mathematics --------------------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize("n", [1, 2, 3, 5, 6])
def test_exact_parts_are_those_of_the_definition_and_sum_to_the_whole(n: int) -> None:
    game = random_game(n)
    parts = exact_shapley(players(n), game)
    np.testing.assert_allclose(parts, by_definition(n, game), rtol=0, atol=1e-12)
    whole = game[frozenset(players(n))] - game[frozenset()]
    assert np.abs(parts.sum(axis=0) - whole).max() < 1e-9


@pytest.mark.unit
def test_players_that_add_the_same_get_the_same_and_one_that_adds_nothing_gets_nothing() -> None:
    """a and b are interchangeable, d is a dummy, e adds its own value whatever the others do."""
    generator = np.random.default_rng(3)
    by_kind = {key: generator.normal(size=4) for key in itertools.product((0, 1, 2), (0, 1))}
    own = generator.normal(size=4)
    names = players(5)
    game = {s: by_kind[len(s & {"a", "b"}), "c" in s] + own * ("e" in s) for s in all_subsets(names)}
    a, b, _, d, e = exact_shapley(names, game)
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)
    np.testing.assert_allclose(d, 0, atol=1e-12)
    np.testing.assert_allclose(e, own, rtol=0, atol=1e-12)


@pytest.mark.unit
def test_orders_come_with_their_reverses_and_depend_on_the_seed_alone() -> None:
    orders = antithetic_orders(7, 5, seed=4)
    assert orders.shape == (10, 7)
    assert (np.sort(orders, axis=1) == np.arange(7)).all()
    np.testing.assert_array_equal(orders[::2], orders[1::2, ::-1])
    np.testing.assert_array_equal(orders, antithetic_orders(7, 5, seed=4))
    assert not np.array_equal(orders, antithetic_orders(7, 5, seed=5))
    # every player comes first about equally often
    first = np.bincount(antithetic_orders(7, 700, seed=1)[:, 0], minlength=7)
    assert first.min() > 150
    assert first.max() < 250


@pytest.mark.unit
def test_every_order_sums_to_the_whole_and_all_orders_give_the_exact_parts() -> None:
    game = random_game(4)
    orders = np.array(list(itertools.permutations(range(4))))
    found = marginals(players(4), game, orders)
    whole = game[frozenset(players(4))] - game[frozenset()]
    assert np.abs(found.sum(axis=1) - whole).max() < 1e-9
    np.testing.assert_allclose(found.mean(axis=0), exact_shapley(players(4), game), rtol=0, atol=1e-12)


@pytest.mark.unit
def test_subsets_are_listed_once() -> None:
    names = players(6)
    orders = antithetic_orders(6, 40, seed=1)
    for subsets in (all_subsets(names), edge_subsets(names), edge_subsets(names[:1]), subsets_of_orders(names, orders)):
        assert len(set(subsets)) == len(subsets)
    assert len(all_subsets(names)) == 64
    assert len(edge_subsets(names)) == 14
    assert len(edge_subsets(names[:1])) == 2
    assert len(subsets_of_orders(names, orders)) <= 64


@pytest.mark.unit
def test_sampled_parts_lie_within_their_own_intervals_around_the_truth() -> None:
    """In 300 studies, each with new replicates and new orders, 95 % intervals hold the true parts about that often.

    A player's true part is that of the mean game. Both sources of error matter: leaving out either would lose coverage.
    """
    names = players(6)
    generator = np.random.default_rng(8)
    mean = {s: generator.normal() for s in all_subsets(names)}
    truth = exact_shapley(names, {s: np.array([v]) for s, v in mean.items()})[:, 0]
    inside80, inside95, errors = [], [], []
    for study in range(300):
        noise = {s: generator.normal(scale=0.4, size=6) for s in mean}
        game = {s: mean[s] + noise[s] for s in mean}
        orders = antithetic_orders(6, 6, seed=study)
        found = attribute(names, game, orders)
        assert np.abs(found.parts.sum(axis=0) - found.whole).max() < 1e-9
        part = found.part
        inside95.append((part.low95 <= truth) & (truth <= part.high95))
        inside80.append((part.low80 <= truth) & (truth <= part.high80))
        errors.append(part.mean - truth)
    standard = np.std(errors, axis=0, ddof=1) / np.sqrt(len(errors))
    assert (np.abs(np.mean(errors, axis=0)) < 4 * standard).all(), "biased"
    assert 0.92 < np.mean(inside95) < 0.985
    assert 0.74 < np.mean(inside80) < 0.87


@pytest.mark.unit
def test_errors_of_orders_and_of_replicates_are_told_apart() -> None:
    generator = np.random.default_rng(5)
    pairs, replicates = generator.normal(size=(400, 1, 1)), generator.normal(scale=3, size=(1, 1, 900))
    both = crossed_estimate(pairs + replicates)
    assert both.order_error == pytest.approx(1 / 20, rel=0.15)
    assert both.replicate_error == pytest.approx(3 / 30, rel=0.1)
    assert both.estimate.standard_error == pytest.approx(math.hypot(1 / 20, 3 / 30), rel=0.1)
    # pure noise is counted once, not once as orders and once as replicates
    noise = crossed_estimate(generator.normal(size=(200, 1, 200)))
    assert noise.estimate.standard_error == pytest.approx(1 / 200, rel=0.2)
    assert crossed_estimate(np.zeros((1, 2, 4))).estimate.standard_error.shape == (2,)


@pytest.mark.unit
def test_attribution_of_a_game() -> None:
    game = random_game(3, replicates=12)
    found = attribute(players(3), game)
    every, none = game[frozenset("abc")], game[frozenset()]
    np.testing.assert_array_equal(found.whole, every - none)
    np.testing.assert_array_equal(found.alone[1], game[frozenset("b")] - none)
    np.testing.assert_array_equal(found.last[1], every - game[frozenset("ac")])
    np.testing.assert_allclose(
        found.left_over, every - none - sum(game[frozenset(x)] - none for x in "abc"), rtol=0, atol=1e-12
    )
    assert found.exact
    np.testing.assert_array_equal(found.order_error, 0)
    sure = attribute(players(3), {s: v + 100 * len(s) for s, v in game.items()})
    assert sure.shares.sum() == pytest.approx(1, abs=1e-9)
    flat = attribute(players(3), {s: np.where(np.arange(12) % 2, 1.1, -1.0) * len(s) for s in game})
    assert np.isnan(flat.shares).all(), "no share of an effect that may be 0"


@pytest.mark.unit
def test_replicates_without_the_outcome_are_left_out_throughout() -> None:
    game = random_game(3, replicates=6)
    game[frozenset("b")][2] = np.nan
    found = attribute(players(3), game)
    np.testing.assert_array_equal(found.kept, [0, 1, 3, 4, 5])
    assert found.parts.shape == (3, 5)
    assert np.isfinite(found.part.mean).all()
    game[frozenset()][:] = np.nan
    with pytest.raises(ValueError, match="not defined"):
        attribute(players(3), game)


# --- Running ----------------------------------------------------------------------------------------------------------

LEVERS: dict[str, Any] = {
    "ahsn-support": {"start": "2013-05"},
    "local-first": {"start": "2016-01", "lead_centres": 1},
    "test-beds": {"start": "2015-09"},
}


@pytest.mark.integration
@pytest.mark.parametrize("lever", LEVERS)
def test_a_lever_taken_away_is_a_lever_of_strength_0(
    small: Callable[..., Scenario], digest: Callable[[Results], str], lever: str
) -> None:
    whole = small(levers=LEVERS)
    silent = small(levers={**LEVERS, lever: {**LEVERS[lever], "strength": 0.0}})
    gone = with_levers(whole, set(LEVERS) - {lever})
    assert lever not in gone.levers
    assert digest(run(gone, 3, 2, events=True)) == digest(run(silent, 3, 2, events=True))
    assert digest(run(gone, 3, 2, events=True)) != digest(run(whole, 3, 2, events=True))


@pytest.mark.integration
def test_without_a_lever_all_else_stays_dates_and_folder_too(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("title: mine\nextends: [baseline, levers/local-first, levers/test-beds]\n")
    scenario = load_scenario(tmp_path / "mine.yaml")
    less = with_levers(scenario, ["local-first"])
    assert list(less.levers) == ["local-first"]
    assert less.levers["local-first"] == scenario.levers["local-first"]
    assert less.folder == scenario.folder
    # what is set on it later starts from what it is, not from the files
    assert list(less.changed({"months": 12}).levers) == ["local-first"]
    assert with_levers(scenario, scenario.levers).content_hash == scenario.content_hash


@pytest.mark.integration
def test_each_subset_is_run_once(small: Callable[..., Scenario], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diffusion.experiments.searches.subsets.SUBSETS_AT_ONCE", 3)
    seen: list[frozenset[str]] = []

    def measure(results: Results) -> np.ndarray:
        seen.append(frozenset(results.scenario.levers))
        return results.adopter_share()[:, -1]

    runs = SubsetRuns(small(levers=LEVERS, months=6), measure, always=["ahsn-support"], replicates=2)
    counted: list[int] = []
    some = all_subsets(["local-first", "test-beds"])
    runs.run([*some[:2], *some], counted.append)
    runs.run(some, counted.append)
    assert len(seen) == len(set(seen)) == 4
    assert all("ahsn-support" in subset for subset in seen)
    assert counted == sorted(counted)
    assert counted[-1] == 8


@pytest.mark.integration
def test_python_entry_exact_and_sampled_agree(small: Callable[..., Scenario]) -> None:
    import diffusion as df

    scenario = small(levers=LEVERS, months=24)
    exact = df.ablate(scenario, 12, outcome="organisations_using")
    assert exact.runs == 8
    full = run(scenario, 12)
    none = run(small(months=24), 12)
    gain = full.monthly["organisations_using"][:, -1] - none.monthly["organisations_using"][:, -1]
    np.testing.assert_allclose(exact.attribution.parts.sum(axis=0), gain, rtol=0, atol=1e-9)
    sampled = ablate(scenario, 12, outcome="organisations_using", permutations=6)
    np.testing.assert_allclose(sampled.attribution.parts.sum(axis=0), gain, rtol=0, atol=1e-9)
    assert sampled.attribution.orders is not None
    assert len(sampled.attribution.orders) == 6
    assert "Sampled: 6 orders" in " ".join(notes(sampled))
    assert "Exact: all 8 subsets" in " ".join(notes(exact))
    assert set(exact.frame()["lever"]) == set(LEVERS)
    kept = ablate(scenario, 4, keep=["ahsn-support"])
    assert kept.attribution.players == ("local-first", "test-beds")
    share = run(small(levers={"ahsn-support": LEVERS["ahsn-support"]}, months=24), 4).adopter_share()[:, -1]
    np.testing.assert_allclose(kept.attribution.none, 100 * share, rtol=1e-12)


# --- The command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def call(command_line: Callable[..., tuple[int, str, str]], tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Return ``command_line`` in a folder with ``mine.yaml``."""
    given = {"title": "tiny", "months": 18, "levers": LEVERS, "world": SMALL}
    (tmp_path / "mine.yaml").write_text(json.dumps(given))
    return command_line


@pytest.mark.integration
def test_the_command_prints_and_writes_and_never_overwrites(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    arguments = ("ablate", "mine.yaml", "-n", "4", "--out", "out")
    code, out, err = call(*arguments)
    assert code == 0
    assert "error" not in err
    assert max(map(len, out.splitlines())) <= 80
    for text in ("local-first", "interaction left over", "95 % interval", "Exact: all 8 subsets", "Cost: 8 runs"):
        assert text in out
    folder = tmp_path / "out"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    tables = {
        f"tables/{name}.{kind}" for name in ("levers", "whole", "replicates", "subsets") for kind in ("csv", "parquet")
    }
    assert names == tables | {"figures/attribution.png", "figures/attribution.svg", "manifest.json"}
    # parts sum to all minus none in every replicate, as written
    rows = pq.read_table(folder / "tables" / "replicates.parquet").to_pandas()
    sums = rows.groupby("replicate")["shapley"].sum()
    values = (
        pq.read_table(folder / "tables" / "subsets.parquet").to_pandas().set_index(["levers", "replicate"])["value"]
    )
    whole = values["+".join(sorted(LEVERS))] - values[""]
    assert np.abs(sums - whole).max() < 1e-9
    assert len(values) == 8 * 4
    with (folder / "tables" / "levers.csv").open() as file:
        levers = list(csv.DictReader(file))
    assert {row["lever"] for row in levers} == set(LEVERS)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["files"]) == names - {"manifest.json"}
    assert manifest["ablation"]["method"] == "exact"
    assert manifest["ablation"]["subsets_run"] == 8
    assert manifest["scenarios"][0]["sha256"] == load_scenario("mine.yaml").drawing_from("posterior").content_hash
    before = (folder / "manifest.json").read_bytes()
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert "--force" in err
    assert (folder / "manifest.json").read_bytes() == before
    code, out, _ = call(*arguments, "--force", "--permutations", "4", "--keep", "ahsn-support", "--seed", "3")
    assert code == 0
    assert "Sampled: 4 orders (2 and their reverses)" in out
    assert "In force throughout, also in 'none': ahsn-support." in " ".join(out.split())
    assert (folder / "tables" / "orders.csv").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("mine.yaml", "--outcome", "organisation_using"), "did you mean 'organisations_using'?"),
        (("mine.yaml", "--keep", "local-frist"), "did you mean 'local-first'?"),
        (("baselin",), "did you mean 'baseline'?"),
        (("no-programmes",), "has no lever to take away"),
        (("mine.yaml", "--permutations", "7"), "try 8"),
        (("mine.yaml", "--permutations", "2"), "--permutations 4"),
        (("mine.yaml", "--keep", "ahsn-support", "--keep", "local-first", "--keep", "test-beds"), "all levers of"),
        (("mine.yaml", "--set", "levers.test-bed.strength=1"), "did you mean 'test-beds'?"),
        (("mine.yaml", "--replicates", "0"), "replicates"),
        (("mine.yaml", "--out", "mine.yaml/below"), "is a file, not a folder"),
        (
            (
                "mine.yaml",
                "-n",
                "2",
                "--outcome",
                "gini_trusts",
                "--set",
                "months=1",
                "--set",
                "parameters.early_use.share=0",
            ),
            "not defined",
        ),
    ],
)
def test_bad_input_ends_with_2_and_writes_nothing(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    code, _, err = call("ablate", *arguments)
    assert code == 2
    assert expected in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


@pytest.mark.unit
def test_checks_accept_what_is_good() -> None:
    assert check_outcome("system_npv_gbp").factor == 1e-6
    check_orders(None)
    check_orders(4)
    with pytest.raises(InputError, match="did you mean 'adopter_share_pct'"):
        check_outcome("adopter_share")
