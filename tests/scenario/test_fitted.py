"""What packaged files aim at fits any portfolio: names that it lacks are left out, and that is said."""

from __future__ import annotations

import pytest

from diffusion.errors import InputError
from diffusion.paths import scenarios_folder
from diffusion.scenario.check import check_scenario
from diffusion.scenario.load import load_scenario
from support.felt import bits, notes, written

pytestmark = pytest.mark.integration

LEVERS = sorted(path.stem for path in (scenarios_folder() / "levers").glob("*.yaml"))
NAME_INNOVATIONS = ("best-practice-tariff", "innovation-technology-tariff")


@pytest.mark.parametrize("lever", LEVERS)
def test_every_packaged_lever_stacks_on_every_packaged_world(lever):
    for base in ("baseline", "england-2025"):
        assert check_scenario(load_scenario(f"{base}+{lever}"))


@pytest.mark.parametrize("lever", NAME_INNOVATIONS)
def test_what_its_file_names_and_the_world_lacks_is_told_and_does_nothing(lever):
    said = [text for text in notes(f"england-2025+{lever}") if "are not among the 40 of this world" in text]
    assert len(said) == 1
    assert "none is left" in said[0]
    assert f"--set 'levers.{lever}.targets.innovations=[...]'" in said[0]
    assert any(text.startswith(f"levers.{lever} does nothing") for text in notes(f"england-2025+{lever}"))
    few = ["months=3"]
    assert bits(load_scenario(f"england-2025+{lever}", few), 1) == bits(load_scenario("england-2025", few), 1)
    own = [f"levers.{lever}.targets.innovations=[electronic-patient-record]"]
    assert not [text for text in notes(f"england-2025+{lever}", *own) if "left out" in text]
    assert load_scenario(f"england-2025+{lever}", own).levers[lever].targets.innovations == (own[0][-26:-1],)


def test_lists_that_fit_stay_as_they_are():
    scenario = load_scenario("baseline+best-practice-tariff")
    assert len(scenario.levers["best-practice-tariff"].targets.innovations or ()) == 5
    assert scenario.said.left_out == {}


def test_what_a_user_names_is_refused_as_before(tmp_path):
    path = written(
        tmp_path,
        "own",
        extends=["england-2025", "levers/best-practice-tariff"],
        levers={"best-practice-tariff": {"targets": {"innovations": ["pipeline-device-a"]}}},
    )
    with pytest.raises(InputError, match="unknown name 'pipeline-device-a'"):
        check_scenario(load_scenario(path))


def test_a_packaged_scenario_stands_on_a_portfolio_without_its_innovations(tmp_path):
    (tmp_path / "portfolio.yaml").write_text(
        "innovations:\n  - {id: app, name: App, kind: digital, eligible_sectors: [acute]}\n", encoding="utf-8"
    )
    path = written(tmp_path, "own", extends="england-2025", world={"innovations": "portfolio.yaml"})
    assert check_scenario(load_scenario(path))
    told = [text for text in notes(path) if "shocks.records-programme" in text and "left out" in text]
    assert len(told) == 1


def test_the_advice_of_a_new_innovation_works_on_the_world_of_2025(tmp_path, monkeypatch, command_line):
    monkeypatch.chdir(tmp_path)
    code, out, _ = command_line("innovations", "new", "own-app", "--scenario", "england-2025")
    assert code == 0
    assert "best-practice-tariff" in out
    setting = "levers.best-practice-tariff.targets.innovations=[own-app]"
    code, out, err = command_line(
        "compare", "own-app.yaml", "own-app.yaml+best-practice-tariff", "--set", setting, "--set", "months=3",
        "--for", "innovation:own-app", "--replicates", "2", "--jobs", "1", "--out", "new",
    )  # fmt: skip
    assert code == 0, err
    assert "error" not in err
