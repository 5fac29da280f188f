"""Groups of terms: a table without gaps, and levers that are mute in them, to the bit."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import diffusion as df
from diffusion.engine import terms as terms_module
from diffusion.engine.term_groups import GROUP_OF, GROUPS, written_names
from diffusion.engine.term_specs import TERMS
from diffusion.engine.terms import Term, Terms
from diffusion.errors import InputError
from diffusion.experiments.searches.lever_probe import look_at
from diffusion.levers.registry import all_levers
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support.felt import bits, notes, written

MONTHS, START = 30, "2015-07"
#: large enough to have centres that lead
ENGLAND = {"synthetic": {"england_like": True, "n_trusts": 120}}
LEVERS = tuple(name for name, lever in all_levers().items() if lever.number)
EVERY = [group.name for group in GROUPS]
#: what all terms have beside their rules, and what the month itself calls
NOT_FOR_LEVERS = {
    "writers",
    "begin",
    "end",
    "book",
    "compile",
    "value",
    "combined",
    "by_ahsn",
    "written",
    "transfers",
    "mentoring",
}


@pytest.mark.unit
def test_every_term_and_every_other_call_of_a_lever_is_in_exactly_one_group() -> None:
    listed = [name for group in GROUPS for name in (*group.terms, *group.calls)]
    assert len(listed) == len(set(listed))
    assert {name for group in GROUPS for name in group.terms} == set(TERMS)
    calls = {name for name, _ in inspect.getmembers(Terms, inspect.isfunction) if not name.startswith("_")}
    assert {name for group in GROUPS for name in group.calls} == calls - NOT_FOR_LEVERS
    assert set(GROUP_OF) == set(listed)


@pytest.mark.unit
def test_what_is_written_to_a_mute_group_does_not_count_and_all_else_does() -> None:
    shape = (2, 3, 4)
    heard: list[tuple[str, str]] = []
    terms = Terms(shape)
    terms.listener = lambda lever, name, _: heard.append((lever, name))
    money = np.zeros((2, len(terms_module.FLOWS)), dtype=np.int64)
    for mute in (None, ("attention", "ties", "accounts", "people", "companies")):
        terms.begin("a", mute)
        terms.awareness_push.add(1.0)
        terms.burden.mul(0.5)
        terms.transfer(np.zeros((1, 3, 1)), np.full((1, 3), 0.5))
        terms.pay("expo", 5.0)
        terms.appoint(np.ones((2, 1), dtype=bool))
        terms.mentor(np.full((2, 1), 2.0))
        terms.launch(np.array([0]), np.array([7], dtype=np.uint64))
        terms.end()
        terms.compile()
        money[:] = 0
        terms.book(money)
        heard_all = mute is None
        assert terms.by_ahsn("awareness_push").max() == (2.0 if heard_all else 1.0)
        assert terms.value("burden").max() == 0.5
        assert (len(terms.transfers()), len(terms.mentoring())) == ((1, 1) if heard_all else (0, 0))
        assert (len(terms.appointed), len(terms.launched), bool(money.any())) == (
            (1, 1, True) if heard_all else (0, 0, False)
        )
        terms.appointed.clear()
        terms.launched.clear()
    once = ["awareness_push", "burden", "transfer", "pay", "appoint", "mentor", "launch"]
    assert heard == [("a", name) for name in once * 2]


@pytest.mark.unit
def test_a_mute_term_is_still_refused_where_it_is_wrong() -> None:
    terms = Terms((2, 3, 4))
    terms.begin("a", ("attention",))
    with pytest.raises(TypeError):
        Term.mul(terms.awareness_push, 2.0)


def scenario_of(folder: Path, lever: str, **settings: Any) -> Scenario:
    parameters = {"supply": {"doctors": 200, "other_professions": 50}} if lever == "clinical-entrepreneurs" else {}
    own = {"targets": {"innovations": ["device-a", "pathway-a"]}} if lever == "best-practice-tariff" else {}
    extends = ["baseline"] if lever == "ahsn-support" else ["baseline", f"levers/{lever}"]
    others = {} if lever == "ahsn-support" else {"ahsn-support": {"enabled": False}}
    path = written(
        folder,
        lever,
        extends=extends,
        months=MONTHS,
        world=ENGLAND,
        parameters=parameters,
        levers={**others, lever: {"start": START, **own, **settings}},
    )
    return load_scenario(path)


@pytest.mark.integration
@pytest.mark.parametrize("lever", LEVERS)
def test_a_lever_mute_in_all_groups_is_as_none_to_the_bit(tmp_path: Path, lever: str) -> None:
    """Levers keep states of their own (queues, chosen sites, waves); nothing else than terms may come of them."""
    whole = scenario_of(tmp_path, lever)
    mute = whole.changed({f"levers.{lever}.mute": EVERY})
    none = whole.changed({f"levers.{lever}.enabled": False})
    assert lever in mute.levers
    assert lever not in none.levers
    assert bits(mute) == bits(none)
    assert bits(mute) != bits(whole)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("mute", "setting", "value"),
    [("payment", "uplift_share", 0.0), ("monitoring", "monitoring", False), ("rollout", "rollout_push", 0.0)],
)
def test_a_mute_group_is_as_its_setting_at_nothing(tmp_path: Path, mute: str, setting: str, value: object) -> None:
    ends = {"end": "2018-07"}
    whole = scenario_of(tmp_path, "best-practice-tariff", **ends).changed({"months": 72})
    one = whole.changed({"levers.best-practice-tariff.mute": [mute]})
    other = whole.changed({f"levers.best-practice-tariff.{setting}": value})
    assert bits(one) == bits(other)
    assert bits(one) != bits(whole)


@pytest.mark.unit
def test_mute_belongs_to_the_scenario_and_has_one_spelling() -> None:
    baseline = load_scenario("baseline")
    key = "levers.ahsn-support.mute"
    one = baseline.changed({key: ["rollout", "attention", "rollout"]})
    assert one.levers["ahsn-support"].mute == ("attention", "rollout")
    assert one.content_hash == baseline.changed({key: ["attention", "rollout"]}).content_hash
    assert one.content_hash != baseline.content_hash
    assert baseline.changed({key: []}).content_hash == baseline.content_hash
    assert Scenario.model_validate(one.resolved()).content_hash == one.content_hash


@pytest.mark.unit
def test_an_unknown_group_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="attention"):
        load_scenario("baseline", ["levers.ahsn-support.mute=[atention]"])


class Silent(df.Lever):
    """A lever of the tests."""

    name: ClassVar[str] = "silent"

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        terms.awareness_push.add(2.0)
        terms.burden.mul(0.5)


@pytest.mark.integration
def test_users_levers_are_mute_in_the_same_way(tmp_path: Path) -> None:
    base = scenario_of(tmp_path, "ahsn-support")
    found = {}
    for mute in (None, ("attention",), ("attention", "burden")):
        lever = Silent(start=df.Month(START), mute=mute)
        found[mute] = bits(base.model_copy(update={"levers": {**base.levers, "silent": lever}}))
    assert found["attention", "burden"] == bits(base)
    assert len({tuple(value) for value in found.values()}) == 3


@pytest.mark.unit
def test_names_written_by_groups() -> None:
    assert written_names(["accounts"]) == {"pay", "tell"}
    assert written_names(EVERY) == set(GROUP_OF)
    assert written_names(None) == frozenset()


@pytest.mark.integration
def test_a_group_that_a_lever_does_not_write_is_told(tmp_path: Path) -> None:
    told = notes("baseline", "levers.ahsn-support.mute=[burden]")
    assert any("levers.ahsn-support.mute" in text and "does nothing" in text for text in told)
    assert not any("mute" in text for text in notes("baseline", "levers.ahsn-support.mute=[burden, time]"))
    whole = scenario_of(tmp_path, "ahsn-support")
    assert bits(whole.changed({"levers.ahsn-support.mute": ["burden"]})) == bits(whole)


@pytest.mark.integration
@pytest.mark.parametrize("lever", LEVERS)
def test_levers_write_to_no_group_that_they_do_not_say(tmp_path: Path, lever: str) -> None:
    scenario = scenario_of(tmp_path, lever)
    assert set(look_at(scenario, scenario.build_world(), lever, 1).groups) <= scenario.levers[lever].may_write()
