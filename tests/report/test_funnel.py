"""The funnel: its counts are those of the runs, they share out the eligible pairs, and sentences agree with tables."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from diffusion.analysis.results.funnel import HELD, MOVED, ORDER, Funnel, funnel
from diffusion.cli.app import app
from diffusion.engine.stages import ADOPTER_STAGES, INELIGIBLE, STAGES
from diffusion.engine.term_specs import TERMS
from diffusion.experiments.running.runner import compare, run
from diffusion.levers.registry import all_levers
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.report.page.funnel_section import (
    HELD_ROWS,
    MOVED_BY,
    ROWS,
    SAYS,
    funnel_section,
    funnel_sentence,
    other_sentences,
)
from diffusion.report.words.labels import scenario_labels
from diffusion.scenario.load import load_scenario
from support.page_reading import Page, value

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def results():
    names = ("baseline", "baseline+best-practice-tariff", "baseline+people-and-companies")
    return compare([load_scenario(name, ["months=48"]) for name in names], replicates=12)


def test_the_counts_add_up_to_the_eligible_pairs_in_every_replicate(results) -> None:
    for result in results:
        found = funnel(result)
        assert found is not None
        born = np.array([name.startswith(("arrival", "spin")) for name in result.world.innovations.ids])
        pairs = int(result.world.eligible[:, ~born].sum())
        assert (found.eligible == pairs).all()
        assert set(found.stages) == set(STAGES) - {STAGES[INELIGIBLE]}
        assert (sum(found.stages.values()) == pairs).all()
        assert np.allclose(sum(found.share(stage) for stage in ORDER), 100)
        adopted = sum(found.stages[STAGES[stage]] for stage in ADOPTER_STAGES)
        assert np.allclose(adopted / pairs, result.monthly["adopter_share"][:, -1])


def test_moves_are_those_of_the_events() -> None:
    result = run(load_scenario("baseline", ["months=40"]), replicates=3, events=True)
    found = funnel(result)
    assert found is not None
    events = result.events_frame()
    to = {"pilots_started": "pilot", "pilots_to_rollout": "rollout", "evaluations_rejected": "rejected"}
    for name, stage in to.items():
        from_ = {"rollout": "pilot"}.get(stage)
        rows = events[(events.to_stage == stage) & ((events.from_stage == from_) if from_ else True)]
        counted = rows.groupby("replicate").size().reindex(range(3), fill_value=0).to_numpy()
        assert (found.moved[name] == counted).all(), name
    left = events[events.to_stage == "abandoned"]
    for name, begun in (("pilots_ended", ["pilot"]), ("adoptions_abandoned", ["rollout", "sustained"])):
        counted = left[left.from_stage.isin(begun)].groupby("replicate").size().reindex(range(3), fill_value=0)
        assert (found.moved[name] == counted.to_numpy()).all(), name


def test_every_name_is_one_of_the_model() -> None:
    flows = [flow for names in MOVED.values() for flow in names]
    assert set(flows) <= set(FLOW_NAMES)
    assert len(set(flows)) == len(flows)
    ended = {flow for flow in FLOW_NAMES if flow.startswith(("pilot ended", "abandoned:", "rejected:"))}
    assert ended <= set(flows)
    written = {term for lever in all_levers().values() for term in lever.writes}
    for stage, (terms, _) in MOVED_BY.items():
        assert stage in ROWS
        assert set(terms) <= written & set(TERMS), stage
    assert {"no_use", "rollout", "sustained"}.isdisjoint(MOVED_BY)


def cells(table, column: int) -> dict[str, str]:
    return {head: row[column].text for head, row in table.rows}


def test_sentences_agree_with_the_table(results) -> None:
    section = funnel_section(results)
    table = section.tables[0]
    for column, (label, result) in enumerate(zip(scenario_labels(results), results)):
        sentence, shown = funnel_sentence(label, funnel(result)), cells(table, column)
        level = float(re.search(r", ([\d.]+) % of possible uses are adopted", sentence)[1])
        assert level == pytest.approx(100 * result.monthly["adopter_share"][:, -1].mean(), abs=0.0501)
        words = {SAYS[stage]: shown[ROWS[stage][0]] for stage in SAYS}
        told = sentence.partition(" No single")[0].partition(" The largest")[0]
        listed = re.search(r"at the end; (.*?)\. ", told + " ")[1].split(", ")
        assert len(listed) == 3
        numbers = []
        for part in listed:
            number, name = re.fullmatch(r"([\d.]+) % (.*)", part).groups()
            assert words[name] == number
            numbers.append(float(number))
        assert numbers == sorted((float(number) for number in words.values()), reverse=True)[:3]
        assert column or section.sentences[0] == sentence


def test_of_other_options_only_what_differs_clearly_is_told(results) -> None:
    """Each number told is in the table, and its paired change is sure (|t| of the mean above 2.2 for 12 runs)."""
    section = funnel_section(results)
    table, labels = section.tables[0], scenario_labels(results)
    assert sum(text.startswith("In ") for text in section.sentences) == 1
    heads = {SAYS[stage]: (ROWS[stage][0], stage) for stage in SAYS}
    found = [funnel(result) for result in results]
    said = 0
    for column, label in enumerate(labels[1:], start=1):
        sentence = next(text for text in section.sentences[1:] if label in text)
        for number, words, than in re.findall(r"([\d.]+) % ([a-z ]+) \((?:in Baseline )?([\d.]+) %\)", sentence):
            if words != "are adopted":
                head, stage = heads[words]
                assert (cells(table, column)[head], cells(table, 0)[head]) == (number, than)
                change = found[column].share(stage) - found[0].share(stage)
                assert abs(change.mean()) >= 0.5
                assert abs(change.mean()) > 2.2 * change.std(ddof=1) / np.sqrt(len(change))
                said += 1
    assert said > 0


def test_options_that_hardly_differ_are_told_together() -> None:
    rows = {"unaware": [50, 52] * 10, "aware": [50, 48] * 10}
    same, other = made(rows), made({"unaware": [40, 42] * 10, "aware": [60, 58] * 10})
    told = other_sentences(["A", "B", "C", "D"], [made(rows), same, other, same], over_draws=False)
    assert told == [
        "Under C, 41.0 % have not been heard of (in A 51.0 %) and 59.0 % are known and not taken up (49.0 %). The "
        "largest group that policies can move is “known and not taken up” in every run; pushes on triage and strategic "
        "alignment act on leaving it. That is where most stop, not how many of them would go on to adopt.",
        "Under B and D, no state clearly differs from A by half a percentage point or more.",
    ]


def test_the_table_of_the_largest_state_counts_runs(results) -> None:
    table = funnel_section(results).tables[1]
    movable = {ROWS[stage][0]: stage for stage in MOVED_BY}
    for column, result in enumerate(results):
        found = funnel(result)
        shares = np.stack([found.stages[stage] for stage in MOVED_BY])
        first = np.array(list(MOVED_BY))[shares.argmax(axis=0)]
        assert (np.sort(shares, axis=0)[-1] > np.sort(shares, axis=0)[-2]).all()  # no ties here
        shown = cells(table, column)
        for head, text in shown.items():
            assert float(text) == pytest.approx(100 * (first == movable[head]).mean(), abs=0.501)


def made(stages: dict[str, list[int]], held: dict[str, list[float]] | None = None) -> Funnel:
    number = len(next(iter(stages.values())))
    counts = {stage: np.array(stages.get(stage, [0] * number), dtype=np.int64) for stage in ORDER}
    return Funnel(
        np.asarray(sum(counts.values())),
        counts,
        {name: np.array((held or {}).get(name, [0.0] * number)) for name in HELD},
        {},
    )


def test_a_bottleneck_is_named_only_where_nearly_all_runs_have_it() -> None:
    clear = funnel_sentence("X", made({"unaware": [50] * 20, "aware": [20] * 20, "no_use": [500] * 20}))
    assert "The largest group that policies can move is “not heard of” in every run; pushes on awareness" in clear
    assert "not how many of them would go on to adopt" in clear
    nearly = made({"unaware": [50] * 19 + [10], "aware": [20] * 20})
    assert "is “not heard of” in 95 % of the runs" in funnel_sentence("X", nearly)
    unclear = funnel_sentence("X", made({"unaware": [50] * 10 + [10] * 10, "aware": [20] * 20}))
    assert "No single group" in unclear
    assert "“not heard of” in 50 % of the runs, “known and not taken up” in 50 % of the runs" in unclear
    few = funnel_sentence("X", made({"unaware": [50] * 5, "aware": [20] * 5}))
    assert "Too few runs" in few
    assert "largest" not in few
    done = funnel_sentence("X", made({"sustained": [50] * 12, "no_use": [3] * 12}))
    assert "100" not in done
    assert "94.3 % of possible uses are adopted" in done
    assert "Nobody is left" in done


def test_what_holds_up_is_told_with_how_much() -> None:
    stages = {"evaluating": [20] * 12, "pilot": [20] * 12, "rollout": [10] * 12, "unaware": [50] * 12}
    much = funnel_sentence("X", made(stages, {"blocked_time": [40.0] * 12, "blocked_money": [5.0] * 12}))
    assert "Under way are 50.0 %; change time holds up more of them than anything else (40.0 % of" in much
    little = funnel_sentence("X", made(stages, {"blocked_money": [2.0] * 12}))
    assert "none of change time, money, burden and the limit on pilots holds up more than 2.0 %" in little
    mixed = [40.0] * 6 + [1.0] * 6
    either = made(stages, {"blocked_time": mixed, "blocked_money": mixed[::-1]})
    assert "Under way" not in funnel_sentence("X", either)


def test_the_page_of_stored_results_has_the_same_funnel(tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ["compare", "baseline", "local-first", "--replicates", "10", "--set", "months=24", "--out", str(out)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    page = (out / "index.html").read_bytes()
    assert CliRunner().invoke(app, ["report", str(out)]).exit_code == 0
    assert (out / "index.html").read_bytes() == page
    kept = pd.read_parquet(out / "tables" / "funnel.parquet").set_index("scenario")
    monthly = pd.read_parquet(out / "tables" / "monthly.parquet")
    table = Page(page.decode()).table("Where pairs stand at the end, % of eligible pairs")
    held = Page(page.decode()).table("What holds up pairs under way, % of eligible pairs")
    for column, name in enumerate(("baseline", "local-first")):
        rows = kept.loc[name]
        pairs = rows[[f"{stage}_pairs" for stage in ORDER]].sum(axis=1)
        assert pairs.nunique() == 1
        for stage in ORDER:
            share = 100 * rows[f"{stage}_pairs"] / pairs
            text, small = table.rows[ROWS[stage][0]][column]
            assert value(text) == pytest.approx(share.mean(), abs=0.0501)
            assert [value(part) for part in small.split(" to ")] == pytest.approx(
                list(share.quantile([0.1, 0.9])), abs=0.0501
            )
        last = monthly[(monthly.scenario == name) & (monthly.month == 24)]
        for measure in HELD:
            text, _ = held.rows[HELD_ROWS[measure][0]][column]
            assert value(text) == pytest.approx(100 * (last[measure] / pairs.iloc[0]).mean(), abs=0.0501)
    (out / "tables" / "funnel.parquet").unlink()
    (out / "tables" / "funnel.csv").unlink()
    old = CliRunner().invoke(app, ["report", str(out), "--out", str(tmp_path / "old"), "--accept-altered"])
    assert old.exit_code == 0, old.output
    assert "Where pairs stand at the end, % of" not in (tmp_path / "old" / "index.html").read_text(encoding="utf-8")
