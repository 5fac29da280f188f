"""Study files: short forms, factors and their distributions, warnings, schema, and the studies that come along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import scipy.stats
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.cli.app import main
from diffusion.errors import InputError
from diffusion.experiments.study import load_study
from diffusion.experiments.study.axis import TAIL, Axis, quantile
from diffusion.experiments.study.bound_factors import axes_of, study_warnings
from diffusion.experiments.study.design import LARGE_RUNS, check_size, make_design
from diffusion.experiments.study.files import study_names
from diffusion.experiments.study.json_schema import study_json_schema
from diffusion.experiments.study.scenario_keys import key_info
from diffusion.experiments.study.scenarios import scenarios_of
from diffusion.experiments.study.schema import DETAILS, Factor, Study
from diffusion.mechanisms.parameters import all_parameters
from diffusion.paths import studies_folder
from diffusion.reading.yaml_lines import load_yaml
from diffusion.scenario.load import load_scenario

READY = sorted(studies_folder().glob("*.yaml"))


def study(tmp_path: Path, factors: str = "{}", more: str = "", scenarios: str = "baseline") -> Study:
    path = tmp_path / "study.yaml"
    path.write_text(f"title: t\nscenarios: {scenarios}\nreplicates: 1\nfactors: {factors}\n{more}")
    return load_study(path)


def axis(spec: dict[str, Any], key: str = "parameters.capacity.wte_per_size") -> Axis:
    info = key_info(load_scenario("baseline+test-beds"), key)
    return Axis(key, (key,), Factor.model_validate(spec), info)


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.mark.unit
def test_what_a_study_does_not_say_has_a_default(tmp_path: Path) -> None:
    found = study(tmp_path)
    assert found.name == "study"
    assert found.scenarios == {"baseline": "baseline"}
    assert found.design.method == "full grid"
    assert (found.seed, found.detail) == (1, "summary")
    assert found.outcomes == tuple(OUTCOME_BY_NAME)


@pytest.mark.unit
def test_short_forms_say_the_same_as_long_ones(tmp_path: Path) -> None:
    short = study(
        tmp_path,
        "{months: [12, 24], parameters.awareness.push_per_month: plausible}",
        "design: full grid\noutcomes: adopter_share_pct",
        "[baseline, tariff]",
    )
    long = study(
        tmp_path,
        "{months: {values: [12, 24]}, parameters.awareness.push_per_month: {plausible: true}}",
        "design: {method: full grid}\noutcomes: [adopter_share_pct]",
        "{baseline: baseline, tariff: tariff}",
    )
    assert short.model_dump() == long.model_dump()
    assert make_design(short).hash == make_design(long).hash


@pytest.mark.unit
def test_a_scenario_may_stand_beside_the_study_and_be_stacked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text("title: mine\nextends: baseline\nmonths: 24\n")
    monkeypatch.chdir("/")
    found = scenarios_of(study(tmp_path, scenarios="{a: mine.yaml, b: mine.yaml+local-first}"))
    assert [scenario.months for scenario in found] == [24, 24]
    assert [scenario.name for scenario in found] == ["a", "b"]
    assert "local-first" in found[1].levers


@pytest.mark.unit
def test_set_concerns_the_scenarios_that_have_the_key(tmp_path: Path) -> None:
    found = study(
        tmp_path, more="set: {months: 24, levers.local-first.strength: 0.5}", scenarios="[baseline, local-first]"
    )
    base, first = scenarios_of(found)
    assert (base.months, first.months) == (24, 24)
    assert first.levers["local-first"].strength == 0.5


@pytest.mark.unit
def test_each_level_of_detail_keeps_the_ones_before_it(tmp_path: Path) -> None:
    found = study(tmp_path, more="detail: by innovation")
    assert [found.keeps(level) for level in DETAILS] == [True, True, True, False]


@pytest.mark.unit
def test_own_studies_hide_packaged_ones_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    packaged = set(study_names())
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "ahsn-budget.yaml").write_text("title: own\nscenarios: baseline\nreplicates: 1\n")
    (tmp_path / "experiments" / "mine.yaml").write_text("title: mine\nscenarios: baseline\nreplicates: 1\n")
    (tmp_path / "experiments" / "_part.yaml").write_text("title: part\n")
    assert set(study_names()) == packaged | {"mine"}
    assert load_study("ahsn-budget").title == "own"


# --- Factors ----------------------------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    ("spec", "known"),
    [
        ({"distribution": "uniform", "low": 1, "high": 3}, scipy.stats.uniform(1, 2)),
        ({"distribution": "triangular", "low": 1, "mode": 1.5, "high": 4}, scipy.stats.triang(0.5 / 3, 1, 3)),
        ({"distribution": "triangular", "low": 1, "mode": 4, "high": 4}, scipy.stats.triang(1, 1, 3)),
        ({"distribution": "normal", "mean": 2, "sd": 0.5}, scipy.stats.norm(2, 0.5)),
        ({"distribution": "normal", "mean": 2, "sd": 1, "low": 1}, scipy.stats.truncnorm(-1, np.inf, 2, 1)),
        ({"distribution": "normal", "mean": 2, "sd": 1, "low": 1, "high": 5}, scipy.stats.truncnorm(-1, 3, 2, 1)),
        ({"distribution": "lognormal", "median": 2, "sigma": 0.5}, scipy.stats.lognorm(0.5, scale=2)),
        ({"distribution": "beta", "alpha": 2, "beta": 5}, scipy.stats.beta(2, 5)),
        ({"distribution": "beta", "alpha": 2, "beta": 5, "low": 1, "high": 4}, scipy.stats.beta(2, 5, 1, 3)),
    ],
)
def test_quantiles_are_those_of_the_distribution(spec: dict[str, Any], known: Any) -> None:
    u = np.linspace(0.01, 0.99, 50)
    np.testing.assert_allclose(quantile(Factor.model_validate(spec), u), known.ppf(u), rtol=1e-9)


@pytest.mark.unit
def test_a_lognormal_that_is_cut_off_keeps_its_shape_between_the_cuts() -> None:
    spec = Factor.model_validate({"distribution": "lognormal", "median": 2, "sigma": 0.7, "low": 0.5, "high": 16})
    shape = scipy.stats.lognorm(0.7, scale=2)
    u = np.linspace(0, 1, 21)
    below, above = shape.cdf(0.5), shape.cdf(16)
    np.testing.assert_allclose(quantile(spec, u), shape.ppf(below + u * (above - below)), rtol=1e-9)


@pytest.mark.unit
@settings(deadline=None)  # the first case loads the scenario
@given(
    low=st.floats(0.01, 5),
    width=st.floats(0.01, 10),
    scale=st.sampled_from(["linear", "log"]),
    u=st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_values_of_a_range_rise_with_the_share_and_stay_inside(
    low: float, width: float, scale: str, u: list[float]
) -> None:
    high = low + width
    assume(high > low)
    values = axis({"range": [low, high], "scale": scale}).at(np.sort(u))
    assert all(low <= value <= high for value in values)
    assert values == sorted(values)
    ends = axis({"range": [low, high], "scale": scale}).at(np.array([0.0, 1.0]))
    np.testing.assert_allclose(ends, [low, high])


@pytest.mark.unit
def test_whole_numbers_of_a_range_are_equally_likely() -> None:
    values = axis({"range": [3, 7]}, "levers.test-beds.sites_per_wave").at((np.arange(1000) + 0.5) / 1000)
    assert all(isinstance(value, int) for value in values)
    assert [values.count(n) for n in range(3, 8)] == [200] * 5


@pytest.mark.unit
def test_months_of_a_range_are_months_of_the_calendar() -> None:
    found = axis({"range": ["2016-11", "2017-02"]}, "levers.test-beds.start")
    assert found.at((np.arange(4) + 0.5) / 4) == ["2016-11", "2016-12", "2017-01", "2017-02"]
    assert found.grid(2) == ["2016-11", "2017-02"]
    assert found.grid(9) == ["2016-11", "2016-12", "2017-01", "2017-02"]


@pytest.mark.unit
def test_listed_values_are_equally_likely_and_keep_their_kind() -> None:
    found = axis({"values": ["linear", "hill"]}, "parameters.exposure.response")
    assert found.at(np.array([0.0, 0.49, 0.5, 1.0])) == ["linear", "linear", "hill", "hill"]
    assert found.grid(7) == ["linear", "hill"]


@pytest.mark.unit
def test_the_ends_of_a_boundless_shape_are_its_outer_half_per_cent() -> None:
    found = axis({"distribution": "normal", "mean": 2, "sd": 0.5})
    low, high = found.at(np.array([0.0, 1.0]), ends=True)
    np.testing.assert_allclose([low, high], scipy.stats.norm(2, 0.5).ppf([TAIL, 1 - TAIL]))
    assert np.isinf(found.at(np.array([0.0]))[0])
    bounded = axis({"distribution": "normal", "mean": 2, "sd": 0.5, "low": 1, "high": 3})
    assert bounded.at(np.array([0.0, 1.0]), ends=True) == [1.0, 3.0]


@pytest.mark.unit
def test_a_list_as_a_value_reaches_the_scenario_as_a_list(tmp_path: Path) -> None:
    found = study(
        tmp_path, "{levers.test-beds.waves: {values: [[2016-05], [2016-05, 2018-10]]}}", scenarios="baseline+test-beds"
    )
    design = make_design(found)
    waves = [design.scenario(0, draw).levers["test-beds"].waves for draw in (0, 1)]  # type: ignore[attr-defined]
    assert [len(wave) for wave in waves] == [1, 2]


@pytest.mark.unit
def test_a_factor_that_multiplies_a_whole_number_gives_a_whole_number(tmp_path: Path) -> None:
    found = study(tmp_path, "{longer: {keys: [months], multiply: true, values: [0.5, 0.704]}}")
    design = make_design(found)
    assert [design.scenario(0, draw).months for draw in (0, 1)] == [60, 84]


@pytest.mark.unit
def test_all_parameters_are_all_numbers_with_a_plausible_range(tmp_path: Path) -> None:
    found = study(tmp_path, "{all_parameters: plausible}")
    expected = {
        f"parameters.{row.section}.{row.name}"
        for row in all_parameters()
        if row.low is not None and row.high is not None and not isinstance(row.default, bool | str)
    }
    assert set(found.factors) == expected
    assert len(expected) > 100
    assert all(a.unit == "" or a.unit == a.info.unit for a in axes_of(found))


@pytest.mark.unit
def test_all_parameters_leave_out_what_is_named_or_has_a_factor_of_its_own(tmp_path: Path) -> None:
    found = study(
        tmp_path,
        "{all_parameters: {sections: [awareness, capacity], except: [parameters.capacity.pressure], levers: true}, "
        "parameters.capacity.wte_per_size: [1, 2], peers: {keys: [parameters.awareness.peer_per_month], values: [1]}}",
        scenarios="tariff",
    )
    assert found.factors["parameters.capacity.wte_per_size"].values == (1, 2)
    assert "parameters.awareness.peer_per_month" not in found.factors
    assert "parameters.awareness.push_per_month" in found.factors
    assert "parameters.capacity.pressure" not in found.factors
    assert "levers.best-practice-tariff.uplift_share" in found.factors
    assert not any(name.startswith("parameters.pilot") for name in found.factors)


# --- Warnings and sizes -----------------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    ("factor", "told"),
    [
        ("{values: [2, 40]}", "from 2 to 40 leaves its plausible range, 2 to 32 (WTE)"),
        ("{range: [0.1, 4]}", "from 0.1 to 4 leaves"),
        ("{distribution: lognormal, median: 6, sigma: 1.5}", "leaves its plausible range"),
        ("{multiply: true, values: [1, 10]}", "from 16 to 160 leaves"),
        ("{values: [2, 32]}", ""),
        ("plausible", ""),
        ("{distribution: lognormal, median: 6, sigma: 0.4}", ""),
    ],
)
def test_a_factor_outside_the_plausible_range_is_warned_of(tmp_path: Path, factor: str, told: str) -> None:
    warnings = study_warnings(study(tmp_path, f"{{parameters.capacity.wte_per_size: {factor}}}"))
    assert len(warnings) == bool(told)
    assert told in "".join(warnings)


@pytest.mark.integration
def test_a_study_of_listed_points_is_shown_and_validated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What its factors reach stands in the file of points, not in the study."""
    (tmp_path / "points.csv").write_text("parameters.capacity.wte_per_size\n3\n6\n")
    key = "{parameters.capacity.wte_per_size: {label: staff}}"
    found = study(tmp_path, key, "design: {method: points, file: points.csv}")
    assert study_warnings(found) == []
    assert [axis.span for axis in axes_of(found)] == [""]
    for command in ("show", "validate"):
        with pytest.raises(SystemExit) as ended:
            main(["studies", command, str(found.file)])
        assert not ended.value.code, capsys.readouterr().err


@pytest.mark.integration
def test_a_warning_is_printed_and_the_study_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study(tmp_path, "{parameters.capacity.wte_per_size: [2, 40]}")
    with pytest.raises(SystemExit) as ended:
        main(["studies", "validate", str(tmp_path / "study.yaml")])
    assert not ended.value.code
    assert "note: parameters.capacity.wte_per_size" in capsys.readouterr().out


@pytest.mark.unit
def test_the_size_is_known_without_making_the_design(tmp_path: Path) -> None:
    rows = [row for row in all_parameters() if row.section == "capacity" and row.low is not None]
    many = ", ".join(f"parameters.capacity.{row.name}: plausible" for row in rows)
    found = study(tmp_path, "{" + many + "}", "design: {method: full grid, levels: 100}")
    assert check_size(found, yes=True) == 100**9
    with pytest.raises(Exception, match="the design is large"):
        check_size(found)
    with pytest.raises(Exception, match="at most 2,000,000"):
        make_design(found)


# --- Schema and ready studies -----------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize("path", READY, ids=[path.stem for path in READY])
def test_a_ready_study_is_good_small_enough_and_fits_the_schema(path: Path) -> None:
    found = load_study(path)
    assert check_size(found) <= LARGE_RUNS
    assert found.title.endswith("?")
    data = load_yaml(path).data
    jsonschema.Draft202012Validator(study_json_schema()).validate(data)


@pytest.mark.unit
def test_the_studies_that_were_asked_for_are_there() -> None:
    assert {path.stem for path in READY} >= {
        "all-parameters",
        "ahsn-budget",
        "local-first-or-tariff",
        "people-or-tools",
        "tariff-size-and-duration",
        "test-beds-number-and-length",
    }


@pytest.mark.unit
@pytest.mark.parametrize(
    "broken",
    [
        {"replicate": 3},
        {"replicates": 0},
        {"design": "latin"},
        {"outcomes": ["adopters"]},
        {"scenarios": []},
        {"factors": {"months": {"value": [1]}}},
        {"design": {"method": "morris", "trajectory": 3}},
        {"detail": "all"},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(broken: dict[str, Any]) -> None:
    good = {"title": "t", "scenarios": ["baseline"], "replicates": 1}
    validator = jsonschema.Draft202012Validator(study_json_schema())
    validator.validate(good)
    assert not validator.is_valid(good | broken)


@pytest.mark.integration
def test_the_schema_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["studies", "schema"])
    printed = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(printed)
    with pytest.raises(SystemExit):
        main(["studies", "schema", "--out", str(tmp_path / "s.json")])
    assert json.loads((tmp_path / "s.json").read_text()) == printed == study_json_schema()


@pytest.mark.integration
def test_studies_are_listed_and_shown_with_units(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["studies", "list"])
    listed = capsys.readouterr().out
    assert all(path.stem in listed for path in READY)
    with pytest.raises(SystemExit):
        main(["studies", "show", "people-or-tools"])
    shown = capsys.readouterr().out
    assert "WTE" in shown
    assert "2,000" in shown


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"months": 60}, "months from"),
        ({"world": {"synthetic": {"england_like": True, "n_trusts": 25}}}, "do not have the same trusts"),
        (
            {"world": {"synthetic": {"england_like": True, "n_trusts": 30, "n_innovations": 4, "kind": "mix"}}},
            "the same innovations",
        ),
    ],
)
def test_scenarios_that_cannot_be_compared_are_refused_in_the_study(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    world = {"synthetic": {"england_like": True, "n_trusts": 30}}
    (tmp_path / "one.yaml").write_text(yaml.safe_dump({"title": "one", "months": 48, "world": world}))
    (tmp_path / "two.yaml").write_text(yaml.safe_dump({"title": "two", "months": 48, "world": world} | change))
    study = {"title": "apart", "scenarios": {"a": "one.yaml", "b": "two.yaml"}, "replicates": 2}
    (tmp_path / "apart.yaml").write_text(yaml.safe_dump(study))
    with pytest.raises(InputError) as caught:
        load_study(tmp_path / "apart.yaml")
    text = str(caught.value)
    assert told in text
    assert "apart.yaml" in text
    assert "'a'" in text
    assert "'b'" in text
