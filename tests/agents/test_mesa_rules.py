"""Who is in the model, the model decides; and what Mesa's own ways to run many models give."""

from __future__ import annotations

import inspect
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import mesa
import pytest

import diffusion as df
from diffusion.agents import batch
from support.sweeps import WORLD

try:
    from mesa.batchrunner import batch_run
except ImportError:  # Mesa 4.0.0a0 has none
    batch_run = None

pytestmark = pytest.mark.integration
needs_batch_run = pytest.mark.skipif(batch_run is None, reason="this Mesa has no batch_run")

SMALL = [f"{key}={str(value).lower()}" for key, value in WORLD.items()]
PEOPLE = "clinical-entrepreneurs+accelerator"


def small(name: str = "baseline", months: int = 6) -> df.Scenario:
    return df.load(name, [*SMALL, f"months={months}"])


# --- Strangers ------------------------------------------------------------------------------------------------------

REFUSED: dict[str, Callable[[df.DiffusionModel], object]] = {
    "a trust removed": lambda model: model.trusts[0].remove(),
    "an AHSN removed": lambda model: model.ahsns[0].remove(),
    "all removed": lambda model: model.remove_all_agents(),
    "a trust deregistered": lambda model: model.deregister_agent(model.trusts[0]),
    "a trust registered twice": lambda model: model.register_agent(model.trusts[0]),
    "a Mesa agent": lambda model: mesa.Agent(model),
    "many Mesa agents": lambda model: mesa.Agent.create_agents(model, 3),
    "a trust of one's own": lambda model: df.Trust(model, 0),
    "a company of one's own": lambda model: df.Company(model, 0),
    "out of the set": lambda model: model.agents.remove(model.trusts[0]),
    "discarded from the set": lambda model: model.agents.discard(model.trusts[0]),
    "into the set": lambda model: model.agents.add(object()),
    "out of the set of trusts": lambda model: model.agents_by_type[df.Trust].remove(model.trusts[0]),
    "sorted in place": lambda model: model.agents.sort("unique_id", inplace=True),
    "selected in place": lambda model: model.agents.select(at_most=1, inplace=True),
    "another set": lambda model: setattr(model, "agents", []),
}


@pytest.fixture(scope="module")
def model() -> df.DiffusionModel:
    return df.DiffusionModel(small())


@pytest.mark.parametrize("what", REFUSED)
def test_who_is_in_the_model_is_not_changed_from_outside(what: str, model: df.DiffusionModel) -> None:
    before = list(model.agents), {kind: list(found) for kind, found in model.agents_by_type.items()}
    with pytest.raises(df.InputError, match="the scenario decides who is in this model") as refused:
        REFUSED[what](model)
    assert "DiffusionModel(agents=" in str(refused.value)
    assert (list(model.agents), {kind: list(found) for kind, found in model.agents_by_type.items()}) == before


def test_an_agent_makes_no_others_either() -> None:
    class Busy(df.Trust):
        def setup(self) -> None:
            mesa.Agent(self.model)

    with pytest.raises(df.InputError, match="a Agent cannot join"):
        df.DiffusionModel(small(), agents={"trust": Busy})


def test_companies_and_fellows_still_come_and_go() -> None:
    model = df.DiffusionModel(df.load(PEOPLE, ["months=40"]))
    before = {agent.unique_id for agent in model.agents}
    for month in range(40):
        model.step()
        if month > 24 and len(model.fellows) and {agent.unique_id for agent in model.agents} != before:
            break
    assert {agent.unique_id for agent in model.agents} - before
    with pytest.raises(df.InputError, match="cannot be removed"):
        (model.fellows or model.companies)[0].remove()


def test_sets_of_ones_own_may_be_changed(model: df.DiffusionModel) -> None:
    own = model.agents.select(agent_type=df.Trust)
    own.remove(model.trusts[0])
    own.discard(model.trusts[1])
    assert len(own) == len(model.trusts) - 2
    own.add(model.trusts[0])
    own.select(at_most=3, inplace=True)
    assert len(own) == 3
    everything = model.agents.select()
    everything.remove(model.trusts[0])
    assert model.trusts[0] in model.agents
    assert model.agents.shuffle()[0] in model.agents
    model.agents.shuffle_do("__repr__")


# --- batch_run ------------------------------------------------------------------------------------------------------


def adopters(replicate: int, months: int, seed: int = 1) -> float:
    return df.DiffusionModel(small(months=months), seed=seed, replicate=replicate).run().measure("adopters")


@needs_batch_run
def test_iterations_are_replicates_and_the_last_month_is_there() -> None:
    rows = batch_run(df.DiffusionModel, {"policy": [small()]}, iterations=3, max_steps=200, display_progress=False)
    assert [row["Step"] for row in rows] == [6, 6, 6]
    assert [row["adopters"] for row in rows] == [adopters(replicate, 6) for replicate in range(3)]
    assert (
        len({tuple(value for key, value in row.items() if key not in ("RunId", "iteration", "policy")) for row in rows})
        == 3
    )


@needs_batch_run
@pytest.mark.parametrize("most", [3, 5, 6, 7])
def test_every_month_stands_at_its_step(most: int) -> None:
    # newer versions of Mesa put a seed of their own in the place of one among the parameters
    takes_rng = "rng" in inspect.signature(batch_run).parameters
    given = {"policy": [small()], **({} if takes_rng else {"seed": 5})}
    own = {"rng": [5]} if takes_rng else {}
    rows = batch_run(df.DiffusionModel, given, max_steps=most, data_collection_period=1, display_progress=False, **own)
    months = range(min(most, 6) + 1)
    assert [row["Step"] for row in rows] == list(months)
    model = df.DiffusionModel(small(), seed=5)
    names = list(model.datacollector.model_vars)
    for row in rows:
        model.run(until=int(row["Step"]))
        assert [row[name] for name in names] == [model.measure(name) for name in names]
    assert len({tuple(row[name] for name in names) for row in rows}) > 2


@needs_batch_run
def test_repeated_replicates_are_told_of_and_listed_ones_are_not() -> None:
    given = {"policy": [small()], "replicate": [4, 5]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows = batch_run(df.DiffusionModel, given, max_steps=200, display_progress=False)
    assert [row["adopters"] for row in rows] == [adopters(replicate, 6) for replicate in (4, 5)]
    with pytest.warns(UserWarning, match="iteration 1 of batch_run repeats replicate [45]"):
        batch_run(df.DiffusionModel, given, iterations=2, max_steps=3, display_progress=False)


@needs_batch_run
@pytest.mark.slow
def test_a_subclass_and_several_processes_get_them_too(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import diffusion as df\n"
        "from mesa.batchrunner import batch_run\n"
        "class Own(df.DiffusionModel):\n"
        "    def __init__(self, months=6, **more):\n"
        f"        super().__init__(df.load('baseline', [*{SMALL!r}, f'months={{months}}']), **more)\n"
        "if __name__ == '__main__':\n"
        "    rows = batch_run(Own, {'months': 6}, number_processes=2, iterations=3, display_progress=False)\n"
        "    print(sorted((row['iteration'], int(row['Step']), row['adopters']) for row in rows))\n"
    )
    done = subprocess.run(
        [sys.executable, "own.py"], cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.stdout.strip() == str([(r, 6, adopters(r, 6)) for r in range(3)]), done.stderr


@needs_batch_run
def test_a_mesa_that_hands_seeds_to_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    assert batch.batch_iteration() is None
    assert batch.replicate_of(None, None, None) == 0
    for seeds in (True, False):
        monkeypatch.setattr(batch, "_iterations_are_seeds", lambda seeds=seeds: seeds)
        assert batch.replicate_of(2, None, None) == 2
        assert batch.replicate_of(2, 7, None) == (0 if seeds else 2)


@needs_batch_run
def test_a_seed_may_be_called_rng() -> None:
    assert df.DiffusionModel(small(), rng=7).run().measure("adopters") == adopters(0, 6, seed=7)
    for given in ({"rng": 7, "seed": 7}, {"rng": "7"}, {"rng": True}):
        with pytest.raises(df.InputError, match="rng"):
            df.DiffusionModel(small(), **given)


def test_outside_of_batch_run_nothing_follows_the_last_month() -> None:
    model = df.DiffusionModel(small(months=2))
    model.run_model()
    assert (model.month, model.running) == (2, False)
    assert getattr(model, "steps", 2) == 2  # Mesa 4 counts no steps
    with pytest.raises(RuntimeError, match="are over"):
        model.step()


# --- Solara ---------------------------------------------------------------------------------------------------------


def test_the_page_of_the_documentation_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skipped where Solara is missing, as in the locked environment."""
    solara = pytest.importorskip("solara")
    text = (Path(__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")
    code = text.partition("<!-- solara -->\n```python\n")[2].partition("```")[0]
    names: dict[str, object] = {"__name__": "page"}
    exec(compile(code, "docs/extending.md", "exec"), names)
    _, rendered = solara.render(names["page"], handle_error=False)
    rendered.close()
