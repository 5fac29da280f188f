"""Any misspelt name of the schemas: "did you mean 'x'?" names something that works in its place."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.study import load_study
from diffusion.levers.registry import all_levers
from diffusion.mechanisms.parameters import all_parameters
from diffusion.scenario.check import check_scenario
from diffusion.scenario.load import load_scenario
from diffusion.scenario.problems import problems_of
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.integration

MEANT = re.compile(r"did you mean '([^']*)'\?")


def slips(word: str, chance: random.Random) -> str:
    """Return the word with one slip of the fingers: a letter left out, doubled, changed, or two exchanged."""
    place = chance.randrange(1, len(word) - 1)
    return chance.choice(
        [
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + chance.choice("aeiorst") + word[place + 1 :],
            word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :],
        ]
    )


def keys() -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield every key of a scenario that has a plain default, with that default."""
    for row in all_parameters():
        if type(row.default) in (bool, int, float):
            yield ("parameters", row.section, row.name), row.default
    for name, lever in all_levers().items():
        for field, info in lever.model_fields.items():
            if type(info.default) in (bool, int, float):
                yield ("levers", name, field), info.default
    for field, info in Scenario.model_fields.items():
        if type(info.default) in (bool, int, float):
            yield (field,), info.default


KEYS = sorted(keys(), key=str)


def nested(path: tuple[str, ...], value: object) -> dict[str, object]:
    data: object = value
    for part in reversed(path):
        data = {part: data}
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize("seed", range(6))
def test_a_misspelt_key_of_a_scenario(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    path = tmp_path / "a.yaml"
    followed = 0
    for where, value in chance.sample(KEYS, 40):
        part = chance.randrange(len(where))
        if len(where[part]) < 5:
            continue
        wrong = (*where[:part], slips(where[part], chance), *where[part + 1 :])
        if wrong == where:
            continue
        path.write_text(yaml.safe_dump({"title": "x", "extends": "no-programmes", **nested(wrong, value)}))
        if problems := _problems(str(path)):
            found = MEANT.search(str(problems[0]))
            assert found, f"{wrong}: {problems[0]}"
            better = (*wrong[:part], found[1], *wrong[part + 1 :])
            path.write_text(yaml.safe_dump({"title": "x", "extends": "no-programmes", **nested(better, value)}))
            if better == where:
                load_scenario(str(path))
            else:  # another name was nearer: it must be known at least
                for problem in _problems(str(path)):
                    assert "unknown" not in problem.message or "did you mean" not in str(problem), str(problem)
            followed += 1
    assert followed > 20


def _problems(path: str) -> list[InputError]:
    try:
        load_scenario(path)
    except InputError as error:
        return problems_of(error)
    return []


NAMES = {
    "sectors": ["acute", "community", "ambulance", "specialist"],
    "kinds": ["digital", "device", "pathway", "service"],
}


@pytest.mark.parametrize("field", NAMES)
def test_a_misspelt_name_of_a_target(field: str, tmp_path: Path) -> None:
    chance = random.Random(3)
    path = tmp_path / "a.yaml"
    for name in NAMES[field]:
        wrong = next(slip for _ in range(99) if (slip := slips(name, chance)) != name)
        text = "title: x\nextends: no-programmes\nlevers: {expo: {targets: {%s: [%s]}}}\n"
        path.write_text(text % (field, wrong))
        with pytest.raises(InputError) as caught:
            check_scenario(load_scenario(str(path)))
        found = MEANT.search(str(caught.value))
        assert found, str(caught.value)
        path.write_text(text % (field, found[1]))
        check_scenario(load_scenario(str(path)))


def _refusal(path: Path) -> str:
    try:
        load_study(path)
    except InputError as error:
        return str(error)
    return ""


def test_a_misspelt_key_of_a_study(tmp_path: Path) -> None:
    text = (
        "title: x\nscenarios: [baseline]\nfactors:\n  parameters.capacity.wte_per_size: {values: [1, 2]}\n"
        "design: {method: full grid}\nreplicates: 2\nseed: 3\noutcomes: [adopter_share_pct]\n"
    )
    chance = random.Random(5)
    path = tmp_path / "s.yaml"
    words = ["title", "scenarios", "factors", "capacity", "wte_per_size", "values", "method", "full grid", "replicates",
             "outcomes", "adopter_share_pct", "baseline"]  # fmt: skip
    for word in words:
        for _ in range(3):
            path.write_text(text.replace(word, slips(word, chance)))
            said = _refusal(path)
            if found := MEANT.search(said):
                path.write_text(text.replace(word, found[1]))
                load_study(path)
            else:
                assert not said or word == "title" or "missing" in said, said


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=8, unique=True), st.text(max_size=12))
@settings(max_examples=200, deadline=None)
def test_what_is_meant_is_one_of_the_names(names: list[str], typed: str) -> None:
    said = did_you_mean(typed, names)
    assert said is None or said in {f"did you mean '{name}'?" for name in names}
