"""Sensitivity: known functions, known variances, honest intervals, and the command on a finished sweep."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from rich.console import Console
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample
from SALib.test_functions import Ishigami

from diffusion.analysis.results.intervals import estimate_mean
from diffusion.analysis.uncertainty.grid import as_grid, grid_shares, level_codes
from diffusion.analysis.uncertainty.indices import (
    independent_draws,
    morris_effects,
    pair_product,
    rank_correlations,
    sobol_indices,
    split_variance,
)
from diffusion.cli.app import main
from diffusion.errors import InputError
from diffusion.experiments.searches.sensitivity import (
    Sensitivity,
    Subject,
    analyse,
    check_outcomes,
    read_cube,
    subjects_of,
)
from diffusion.experiments.study import load_study, make_design
from diffusion.experiments.sweep import open_sweep, read_runs
from diffusion.report.figures.grid import grid_figures
from diffusion.report.figures.sensitivity import sensitivity_figure
from diffusion.report.figures.style import GAIN, LOSS
from diffusion.report.terminal.sensitivity_table import print_sensitivity
from diffusion.report.words.sensitivity_words import split_text

NAMES = ("x1", "x2", "x3")
PROBLEM = {"num_vars": 3, "names": list(NAMES), "bounds": [[0.0, 1.0]] * 3}
#: Sobol indices of the Ishigami function with a = 7, b = .1 (Saltelli et al. 2008, equation 4.27 ff.)
FIRST = np.array([0.3139, 0.4424, 0.0])
TOTAL = np.array([0.5576, 0.4424, 0.2437])
VARIANCE = 13.845


def ishigami(shares: np.ndarray) -> np.ndarray:
    return np.asarray(Ishigami.evaluate(-np.pi + 2 * np.pi * shares))[:, None]


def crossed(n: int, r: int, sd: tuple[float, float, float], generator: np.random.Generator) -> np.ndarray:
    """Values f(x_d) + b_r + e[d, r] with these standard deviations."""
    return (
        sd[0] * generator.normal(size=(n, 1)) + sd[1] * generator.normal(size=r) + sd[2] * generator.normal(size=(n, r))
    )


# --- Sobol ------------------------------------------------------------------------------------------------------------


@pytest.mark.oracle
def test_sobol_indices_of_the_ishigami_function() -> None:
    shares = sobol_sample.sample(PROBLEM, 2048, seed=1)
    found = sobol_indices(ishigami(shares), NAMES, True)
    np.testing.assert_allclose(found.first.value, FIRST, atol=0.02)
    np.testing.assert_allclose(found.total.value, TOTAL, atol=0.02)
    assert found.second is not None
    assert found.second.value[0, 2] == pytest.approx(0.2437, abs=0.03)
    assert found.second.value[0, 1] == pytest.approx(0, abs=0.03)
    assert np.isnan(found.second.value[1, 0])
    assert found.variance == pytest.approx(VARIANCE, rel=0.02)
    for index, truth in ((found.first, FIRST), (found.total, TOTAL)):
        assert (index.low <= truth + 0.01).all()
        assert (index.high >= truth - 0.01).all()
    assert found.kept == found.base_samples == 2048


@pytest.mark.oracle
@pytest.mark.parametrize("second_order", [True, False])
def test_with_one_replicate_indices_are_those_of_salib(second_order: bool) -> None:
    shares = sobol_sample.sample(PROBLEM, 64, calc_second_order=second_order, seed=4)
    values = ishigami(shares)
    found = sobol_indices(values, NAMES, second_order)
    known = salib_sobol.analyze(PROBLEM, values[:, 0], calc_second_order=second_order, seed=1)
    np.testing.assert_allclose(found.first.value, known["S1"], rtol=1e-9)
    np.testing.assert_allclose(found.total.value, known["ST"], rtol=1e-9)
    half = (found.total.high - found.total.low) / 2
    np.testing.assert_allclose(half, known["ST_conf"], rtol=0.5)
    if second_order:
        assert found.second is not None
        upper = np.triu_indices(3, 1)
        np.testing.assert_allclose(found.second.value[upper], np.asarray(known["S2"])[upper], rtol=1e-9)


@pytest.mark.oracle
def test_chance_is_no_effect_where_there_are_replicates() -> None:
    """Noise of three times the variance: indices of the expected outcome stay, those of the means do not."""
    shares = sobol_sample.sample(PROBLEM, 1024, calc_second_order=False, seed=2)
    generator = np.random.default_rng(5)
    noise = generator.normal(size=(len(shares), 4)) * np.sqrt(3 * VARIANCE) + 10 * generator.normal(size=4)
    values = ishigami(shares) + noise
    found = sobol_indices(values, NAMES, False)
    np.testing.assert_allclose(found.total.value, TOTAL, atol=0.12)
    np.testing.assert_allclose(found.first.value, FIRST, atol=0.12)
    assert found.variance == pytest.approx(VARIANCE, rel=0.1)
    of_means = salib_sobol.analyze(PROBLEM, values.mean(axis=1), calc_second_order=False, seed=1)
    assert np.abs(np.asarray(of_means["ST"]) - TOTAL).max() > 0.15  # what the products of replicates avoid


@pytest.mark.unit
def test_base_samples_with_a_missing_run_are_left_out() -> None:
    shares = sobol_sample.sample(PROBLEM, 64, calc_second_order=False, seed=4)
    values = np.repeat(ishigami(shares), 2, axis=1)
    whole = sobol_indices(values[: 60 * 5], NAMES, False)
    values[[60 * 5, 61 * 5 + 2, 62 * 5 + 4, 63 * 5 + 1], [0, 1, 0, 1]] = np.nan
    found = sobol_indices(values, NAMES, False)
    assert (found.kept, found.base_samples) == (60, 64)
    np.testing.assert_array_equal(found.total.value, whole.total.value)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("values", "words"), [(np.ones((40, 2)), "same in every"), (np.full((40, 2), np.nan), "only 0")]
)
def test_what_has_no_sobol_index_is_refused(values: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sobol_indices(values, NAMES, True)


@given(st.lists(st.lists(st.floats(-100, 100), min_size=3, max_size=3), min_size=1, max_size=5))
@pytest.mark.unit
def test_a_product_of_different_replicates_is_the_mean_over_all_pairs(rows: list[list[float]]) -> None:
    y = np.array(rows)
    pairs = [y[:, a] * y[:, b] for a in range(3) for b in range(3) if a != b]
    np.testing.assert_allclose(pair_product(y), np.mean(pairs, axis=0), atol=1e-8)
    np.testing.assert_allclose(pair_product(y[:, :1]), y[:, 0] ** 2)


# --- Morris -----------------------------------------------------------------------------------------------------------


@pytest.mark.oracle
def test_morris_of_a_linear_function_is_its_slopes() -> None:
    shares = morris_sample.sample(PROBLEM, 10, num_levels=4, seed=3)
    values = (shares @ [3.0, -2.0, 0.0])[:, None] + np.zeros(2)
    found = morris_effects(shares, values, NAMES, 4)
    np.testing.assert_allclose(found.mu, [3, -2, 0], atol=1e-12)
    np.testing.assert_allclose(found.mu_star.value, [3, 2, 0], atol=1e-12)
    np.testing.assert_allclose(found.sigma, 0, atol=1e-12)
    np.testing.assert_allclose(found.mu_star.low, found.mu_star.high, atol=1e-12)


@pytest.mark.oracle
def test_morris_sees_interaction_as_spread_and_is_that_of_salib() -> None:
    shares = morris_sample.sample(PROBLEM, 50, num_levels=6, seed=3)
    y = 4 * shares[:, 0] * shares[:, 1] + shares[:, 2]
    found = morris_effects(shares, y[:, None], NAMES, 6, seed=9)
    known = salib_morris.analyze(PROBLEM, shares, y, num_levels=6, num_resamples=1000, seed=9)
    np.testing.assert_allclose(found.mu_star.value, known["mu_star"])
    np.testing.assert_allclose(found.mu_star.high - found.mu_star.value, known["mu_star_conf"], atol=1e-12)
    assert found.sigma[0] > 0.5
    assert found.sigma[2] == pytest.approx(0, abs=1e-12)
    assert found.mu_star.low[0] < found.mu_star.value[0] < found.mu_star.high[0]


@pytest.mark.unit
def test_trajectories_with_a_missing_run_are_left_out() -> None:
    shares = morris_sample.sample(PROBLEM, 6, num_levels=4, seed=3)
    values = ishigami(shares) + np.zeros(2)
    whole = morris_effects(shares[4:], values[4:], NAMES, 4)
    values[2, 1] = np.nan
    found = morris_effects(shares, values, NAMES, 4)
    assert (found.kept, found.trajectories) == (5, 6)
    np.testing.assert_array_equal(found.mu_star.value, whole.mu_star.value)
    with pytest.raises(ValueError, match="only 1 of 6"):
        morris_effects(shares, np.where(np.arange(24)[:, None] < 4, 0.0, np.nan), NAMES, 4)


# --- Parameters and chance --------------------------------------------------------------------------------------------


@pytest.mark.oracle
@pytest.mark.parametrize("replicates", [2, 3, 10])
def test_the_split_of_the_variance_is_unbiased_with_few_replicates(replicates: int) -> None:
    generator = np.random.default_rng(replicates)
    found = [split_variance(crossed(40, replicates, (2.0, 1.0, 3.0), generator)) for _ in range(200)]
    for name, truth in (("parameters", 4.0), ("chance", 10.0), ("chance_common", 1.0)):
        values = np.array([getattr(item, name) for item in found])
        error = values.std(ddof=1) / np.sqrt(len(values))
        assert abs(values.mean() - truth) < 4 * error, name


@pytest.mark.oracle
@pytest.mark.parametrize("replicates", [3, 8])
def test_the_interval_of_the_share_holds_the_truth_about_as_often_as_it_says(replicates: int) -> None:
    generator = np.random.default_rng(20 + replicates)
    held = []
    for _ in range(200):
        found = split_variance(crossed(60, replicates, (1.0, 0.5, 1.0), generator))
        held.append(found.low <= 1 / 2.25 <= found.high)
    assert 0.88 <= np.mean(held) <= 1.0


@pytest.mark.unit
def test_outcomes_without_chance_or_without_parameters_are_split_to_the_ends() -> None:
    generator = np.random.default_rng(1)
    only_parameters = split_variance(np.repeat(generator.normal(size=(50, 1)), 4, axis=1))
    assert only_parameters.share == pytest.approx(1)
    assert only_parameters.chance == pytest.approx(0, abs=1e-12)
    only_chance = split_variance(generator.normal(size=(200, 4)))
    assert abs(only_chance.share) < 0.1
    only_luck = split_variance(np.repeat(generator.normal(size=(1, 5)), 30, axis=0))
    assert only_luck.chance_common == pytest.approx(only_luck.chance)


@pytest.mark.unit
def test_with_one_replicate_nothing_is_claimed_of_chance() -> None:
    found = split_variance(np.arange(9.0)[:, None])
    assert np.isnan([found.share, found.chance, found.low]).all()


@pytest.mark.unit
def test_independent_draws_of_a_sobol_design_are_its_two_base_matrices() -> None:
    shares = sobol_sample.sample(PROBLEM, 16, calc_second_order=True, seed=1)
    rows = independent_draws("sobol", len(shares), 3, True)
    assert len(rows) == 32
    assert len(np.unique(shares[rows], axis=0)) == 32
    np.testing.assert_array_equal(independent_draws("latin hypercube", 5, 3), np.arange(5))


# --- Grids and ranks --------------------------------------------------------------------------------------------------


@pytest.mark.oracle
def test_shares_of_a_grid_are_exact_sums_of_squares() -> None:
    """y = 2 a + b + a b on {-1, 1} x {-1, 0, 1}: variances 4, 2/3, 2/3."""
    points = [(a, b) for a in (-1, 1) for b in (-1, 0, 1)]
    codes, levels = level_codes(list(zip(*points)))
    values = np.array([[2 * a + b + a * b] * 3 for a, b in points], dtype=float)
    found = grid_shares(codes, values, ("a", "b"))
    assert levels == [[-1, 1], [-1, 0, 1]]
    assert found.variance == pytest.approx(4 + 4 / 3)
    np.testing.assert_allclose(found.first.value, [0.75, 0.125])
    np.testing.assert_allclose(found.total.value, [0.875, 0.25])
    np.testing.assert_allclose(found.first.low, found.first.high)


@pytest.mark.oracle
def test_chance_is_no_share_of_a_grid() -> None:
    generator = np.random.default_rng(2)
    codes, _ = level_codes([[a for a in range(8) for _ in range(8)], [b for _ in range(8) for b in range(8)]])
    truth = codes[:, 0] - 3.5
    values = truth[:, None] + 4 * generator.normal(size=(64, 20)) + 5 * generator.normal(size=20)
    found = grid_shares(codes, values, ("a", "b"))
    assert found.first.value[0] == pytest.approx(1, abs=0.15)
    assert found.total.value[1] == pytest.approx(0, abs=0.2)
    assert found.first.low[0] < 1 < found.first.high[0] + 0.1
    assert found.first.low[1] < 0 < found.first.high[1]


@pytest.mark.unit
def test_draws_that_are_no_grid_are_refused() -> None:
    with pytest.raises(ValueError, match="not a full grid"):
        as_grid([[0, 0], [0, 1], [1, 0]], np.zeros((3, 1)))
    with pytest.raises(ValueError, match="not a full grid"):
        as_grid([[0, 0], [0, 1], [1, 0], [1, 0]], np.zeros((4, 1)))


@pytest.mark.oracle
@settings(deadline=None, max_examples=10)
@given(key=st.integers(0, 1000))
def test_partial_rank_correlations_see_through_other_factors(key: int) -> None:
    generator = np.random.default_rng(key)
    x = generator.random((200, 3))
    y = np.exp(3 * x[:, 0]) - 20 * x[:, 1] ** 3 + 0.1 * generator.normal(size=200)
    found = rank_correlations(x, y[:, None], NAMES)
    assert found.value[0] > 0.8
    assert found.value[1] < -0.8
    assert abs(found.value[2]) < 0.3
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()
    np.testing.assert_allclose(rank_correlations(x**3, y[:, None], NAMES).value, found.value)  # ranks alone count


# --- The command ------------------------------------------------------------------------------------------------------

SCENARIO = """\
title: small
months: 60
world: {synthetic: {england_like: true, n_trusts: 30, n_innovations: 4, kind: mix}}
levers: {ahsn-support: {start: 2015-07}}
parameters: {heterogeneity: {push_sd: 0, scale_up_sd: 0}, relevance: {limited: false}, early_use: {share: 0}}
"""
FASTER = "title: faster\nextends: scenario.yaml\nparameters: {pilot: {rate_factor: 2}}\n"
STUDY = """\
title: a study
scenarios: {plain: scenario.yaml, time-off: faster.yaml}
factors:
  parameters.awareness.push_per_month: {range: [0.01, 0.1], scale: log}
  parameters.capacity.wte_per_size: plausible
  parameters.exposure.hill_theta: plausible
design: %s
replicates: %d
outcomes: [adopter_share_pct, ever_adopted_share_pct]
"""


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that runs a small study by the command line and returns the folder of its sweep."""
    monkeypatch.chdir(tmp_path)

    def make(design: str, replicates: int = 2) -> Path:
        (tmp_path / "scenario.yaml").write_text(SCENARIO)
        (tmp_path / "faster.yaml").write_text(FASTER)
        (tmp_path / "study.yaml").write_text(STUDY % (design, replicates))
        with pytest.raises(SystemExit) as ended:
            main(["sweep", "run", "study.yaml", "--threads", "--out", "swept"])
        assert not ended.value.code
        return tmp_path / "swept"

    return make


def command(*arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sensitivity", *arguments])
    assert not ended.value.code


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "sensitivity" / "sensitivity.csv").open() as stream:
        return list(csv.DictReader(stream))


@pytest.mark.integration
@pytest.mark.parametrize(
    ("design", "index"),
    [
        ("{method: morris, trajectories: 4}", "mu_star"),
        ("{method: sobol, base_samples: 8}", "total"),
        ("{method: full grid, levels: 2}", "total"),
        ("{method: latin hypercube, draws: 12}", "partial_rank_correlation"),
    ],
)
def test_the_design_decides_the_method(
    swept: Callable[..., Path], design: str, index: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = swept(design, 24 if "grid" in design else 12)
    capsys.readouterr()
    command(str(folder), "--scenario", "plain")
    printed = capsys.readouterr().out
    rows = rows_of(folder)
    found = {row["factor"]: float(row["value"]) for row in rows if row["index"] == index}
    assert max(found, key=lambda name: abs(found[name])) == "parameters.awareness.push_per_month"
    if index != "partial_rank_correlation":
        assert found["parameters.exposure.hill_theta"] == pytest.approx(0, abs=1e-12)  # not read: no effect to the bit
    units = {row["unit"] for row in rows if row["index"] == "mu_star"}
    assert units == ({"pp"} if index == "mu_star" else set())
    assert {row["index"] for row in rows} >= {"parameters_share", "variance_chance"}
    assert "awareness: rate of becoming" in " ".join(printed.split())
    assert "to chance." in " ".join(printed.split())
    svg = (folder / "sensitivity" / "adopter_share_pct-plain.svg").read_text()
    assert "0.01\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}0.1" in svg
    assert (folder / "sensitivity" / "adopter_share_pct-plain.png").stat().st_size > 10_000


@pytest.mark.integration
def test_a_difference_is_of_pairs_and_the_folder_is_the_same_to_the_byte(swept: Callable[..., Path]) -> None:
    folder = swept("{method: full grid, levels: 2}", 3)
    command(str(folder), "--difference", "time-off-plain", "--outcome", "ever_adopted_share_pct")
    first = files_in(folder / "sensitivity")
    # the default: every other scenario minus the first
    command(str(folder), "--outcome", "ever_adopted_share_pct", "--force")
    assert first == files_in(folder / "sensitivity")
    assert "effects-ever_adopted_share_pct-time-off-minus-plain.svg" in first
    rows = rows_of(folder)
    assert {(row["scenario"], row["minus"]) for row in rows} == {("time-off", "plain")}
    design = open_sweep(folder).design
    runs = read_runs(folder)
    table = runs.order("run").df()
    cube = read_cube(design, runs, ["adopter_share_pct"])["adopter_share_pct"]
    assert cube.shape == (2, 8, 3)
    for row in table.itertuples():
        place = (design.scenarios.index(row.scenario), row.draw, row.replicate)
        assert cube[place] == row.adopter_share_pct
    wide = table.pivot(index=["draw", "replicate"], columns="scenario", values="adopter_share_pct")
    paired = (wide["time-off"] - wide["plain"]).to_numpy().reshape(8, 3)
    found = analyse(design, cube, "adopter_share_pct", Subject("time-off", "plain"))
    np.testing.assert_allclose(found.values, paired)
    expected = split_variance(paired)
    assert (found.split.share, found.split.low) == (expected.share, expected.low)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--outcome", "adopter_share"], "did you mean 'adopter_share_pct'?"),
        (["--scenario", "plane"], "did you mean 'plain'?"),
        (["--difference", "time-off-plane"], "for example --difference time-off-plain"),
        (["--difference", "plain-plain"], "does not name two scenarios"),
    ],
)
def test_a_wrong_option_ends_with_2_and_a_suggestion(
    swept: Callable[..., Path], arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = swept("{method: full grid, levels: 2}", 1)
    with pytest.raises(SystemExit) as ended:
        main(["sensitivity", str(folder), *arguments])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
    assert not (folder / "sensitivity").exists()


@pytest.mark.integration
def test_a_study_that_was_not_swept_and_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, words in (("people-or-tools", "diffusion sweep run people-or-tools"), ("people", "'people-or-tools'?")):
        with pytest.raises(SystemExit) as ended:
            main(["sensitivity", name])
        assert ended.value.code == 2
        assert words in capsys.readouterr().err


@pytest.fixture
def two_factors(tmp_path: Path) -> Callable[[str], Sensitivity]:
    """Return a function that analyses made-up values on a real design."""

    def make(values: str) -> Sensitivity:
        path = tmp_path / "study.yaml"
        path.write_text(
            "title: t\nscenarios: [baseline]\nreplicates: 2\nfactors: {months: [12, 24], "
            "parameters.capacity.wte_per_size: [1, 2]}"
        )
        design = make_design(load_study(path))
        shape = (1, 4, 2)
        cube = {"same": np.ones(shape), "gone": np.full(shape, np.nan), "half": np.arange(8.0).reshape(shape)}[values]
        cube[0, 0, 0] = cube[0, 0, 0] if values != "half" else np.nan
        return analyse(design, cube, "adopter_share_pct", Subject("baseline"))

    return make


@pytest.mark.unit
@pytest.mark.parametrize(
    ("values", "words"), [("same", "same in every draw"), ("gone", "some runs are missing"), ("half", "some runs are")]
)
def test_what_cannot_be_analysed_is_said(two_factors: Callable[[str], Sensitivity], values: str, words: str) -> None:
    found = two_factors(values)
    assert words in found.problem
    assert found.missing == {"same": 0, "gone": 8, "half": 1}[values]
    assert split_text(found)
    assert found.rows()


@pytest.mark.unit
def test_a_subject_is_found_in_names_with_hyphens_and_ambiguity_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("title: t\nscenarios: {a: baseline, a-b: baseline, b-c: tariff, c: tariff}\nreplicates: 1\n")
    design = make_design(load_study(path))
    assert subjects_of(design, ["a"], ["c-a-b"]) == [Subject("a"), Subject("c", "a-b")]
    with pytest.raises(InputError, match="two ways"):
        subjects_of(design, (), ["a-b-c"])
    assert subjects_of(design, (), ())[0] == Subject("a-b", "a")
    assert check_outcomes(design, ()) == [design.study.outcomes[0]]


@pytest.mark.unit
def test_a_figure_is_made_for_one_factor_too(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("title: t\nscenarios: [baseline]\nreplicates: 4\nfactors: {months: [12, 24]}")
    design = make_design(load_study(path))
    cube = np.array([[[1.0, 1.1, 0.9, 1.0], [2.0, 2.2, 2.1, 1.9]]])
    found = analyse(design, cube, "adopter_share_pct", Subject("baseline"))
    assert found.sobol is not None
    assert found.sobol.first.value[0] == pytest.approx(1, abs=0.05)
    assert sensitivity_figure(found).axes


# --- Figures over full grids ------------------------------------------------------------------------------------------


@pytest.fixture
def gridded(tmp_path: Path) -> Callable[..., Sensitivity]:
    """Return a function that analyses made-up values on a full grid of some of three factors."""

    def make(values: Callable[[np.ndarray], np.ndarray], factors: int, replicates: int = 12) -> Sensitivity:
        keys = ["parameters.capacity.wte_per_size", "parameters.awareness.push_per_month", "policy_start"]
        levels = ["[1, 2, 4]", "[0.01, 0.1]", "[2016-01, 2017-01]"]
        listed = ", ".join(f"{key}: {level}" for key, level in zip(keys[:factors], levels))
        path = tmp_path / "study.yaml"
        path.write_text(f"title: t\nscenarios: [baseline, tariff]\nreplicates: {replicates}\nfactors: {{{listed}}}")
        design = make_design(load_study(path))
        noise = np.random.default_rng(1).normal(size=(design.n_draws, replicates))
        cube = np.stack([np.zeros_like(noise), values(np.arange(design.n_draws))[:, None] + 0.1 * noise])
        return analyse(design, cube, "adopter_share_pct", Subject("tariff", "baseline"))

    return make


def texts(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


@pytest.mark.unit
def test_a_map_hatches_what_cannot_be_told_from_0_and_says_who_is_better(gridded: Callable[..., Sensitivity]) -> None:
    found = gridded(lambda draw: np.where(draw < 4, 0.0, np.where(draw % 2, 2.0, -1.0)), 3)
    figures = grid_figures([found])
    assert list(figures) == ["effects-adopter_share_pct-tariff-minus-baseline"]
    (figure,) = figures.values()
    cells = estimate_mean(found.values.T)
    hatched = [patch for patch in figure.findobj(Rectangle) if patch.get_hatch()]
    assert len(hatched) == int((~cells.clear).sum())
    assert 3 <= len(hatched) <= 4  # four cells hold chance alone
    written = texts(figure)
    assert sum(text == "+2.0" for text in written) == 4
    assert sum(text == "−1.0" for text in written) == 4
    assert any("Blue: tariff does better; orange: baseline does." in text.replace("\n", " ") for text in written)
    assert any("12 paired replicates" in text.replace("\n", " ") for text in written)
    assert "change time of a trust of median" in " ".join(written).replace("\n", " ")


@pytest.mark.unit
def test_curves_fill_points_whose_interval_excludes_0(gridded: Callable[..., Sensitivity]) -> None:
    found = gridded(lambda draw: np.array([0.0, 3.0, -3.0])[draw], 1)
    (figure,) = grid_figures([found]).values()
    filled = {to_hex(colour) for colour in figure.axes[0].collections[-1].get_facecolor()}
    assert filled == {"#ffffff", GAIN.lower(), LOSS.lower()}
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["1", "2", "4"]
    assert "WTE" in figure.axes[0].get_xlabel()


@pytest.mark.unit
def test_with_two_factors_there_is_a_line_per_level_of_the_second(gridded: Callable[..., Sensitivity]) -> None:
    found = gridded(lambda draw: draw.astype(float), 2)
    (figure,) = grid_figures([found]).values()
    means = found.values.mean(axis=1).reshape(3, 2)
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 3]
    np.testing.assert_allclose([line.get_ydata() for line in lines], means.T)
    assert {"0.01", "0.1"} <= set(texts(figure.legends[0]))


@pytest.mark.unit
def test_levels_of_one_factor_are_printed_with_intervals(
    gridded: Callable[..., Sensitivity], capsys: pytest.CaptureFixture[str]
) -> None:
    found = gridded(lambda draw: np.array([0.0, 3.0, -3.0])[draw], 1)
    print_sensitivity(found, Console(width=100), 10)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    expected = estimate_mean(found.values.T)
    assert [row[0] for row in rows if row and row[0] in ("1.0", "2.0", "4.0")] == ["1.0", "2.0", "4.0"]
    (middle,) = [row for row in rows if row and row[0] == "2.0"]
    assert [float(middle[i]) for i in (1, 2, 4)] == pytest.approx(
        [float(x[1]) for x in (expected.mean, expected.low95, expected.high95)], abs=0.01
    )


@pytest.mark.oracle
def test_shares_of_what_chance_explains_are_not_claimed(gridded: Callable[..., Sensitivity]) -> None:
    found = gridded(lambda draw: np.zeros(len(draw)), 2)
    assert "chance explains what is seen" in found.problem
    assert found.sobol is None
    shares = sobol_sample.sample(PROBLEM, 64, calc_second_order=False, seed=4)
    with pytest.raises(ValueError, match="chance explains"):
        sobol_indices(np.random.default_rng(3).normal(size=(len(shares), 3)), NAMES, False)
