"""A folder's tables read back are those that were written; manifests and scenario entries too."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from diffusion.analysis.results.compare import compare_outcomes
from diffusion.analysis.results.displacement import aimed_at
from diffusion.analysis.results.groups import GROUPINGS, gains
from diffusion.analysis.results.outcomes import outcome_values
from diffusion.engine.calendar import Month
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.errors import InputError
from diffusion.levers.local_first import LocalFirst
from diffusion.storage.columns import numbered, table_makers
from diffusion.storage.folder import TABLES
from diffusion.storage.manifest import build_manifest, open_result, write_manifest
from diffusion.storage.page_data import CHANGES, TIMES, TRUST_GROUPS, TRUST_NUMBERS, WRITERS, kept_makers
from diffusion.storage.scenario_entry import StoredScenario, scenario_entry, stored_scenario
from diffusion.storage.stored_results import NEEDED, OPTIONAL, StoredResults, read_results
from diffusion.storage.table_files import Labels, checksums, read_table, write_table
from support.synthetic_results import SyntheticResults, four_options

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def written() -> list[SyntheticResults]:
    tables = four_options(12, 36, n_trusts=60)[:2]
    tables[1] = replace(tables[1], scenario=replace(tables[1].scenario, name=tables[0].scenario.name))
    return tables


@pytest.fixture(scope="module")
def folder(written: list[SyntheticResults], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("stored")
    for name, make in (table_makers(written, compare_outcomes(written)) | kept_makers(written)).items():
        write_table(make(), out / TABLES, name, csv=False)
    manifest = build_manifest(
        written, command=["x"], duration_seconds=1.0, finished="now", files=checksums(out), source=None
    )
    write_manifest(manifest, out / "manifest.json")
    return out


@pytest.fixture(scope="module")
def read(folder: Path) -> list[StoredResults]:
    return read_results(folder, open_result(folder).manifest)


def test_series_outcomes_and_money_are_those_written(
    read: list[StoredResults], written: list[SyntheticResults]
) -> None:
    for stored, table in zip(read, written):
        assert (stored.seed, stored.months) == (table.seed, table.months)
        assert np.array_equal(stored.replicates, table.replicates)
        assert stored.monthly.keys() == table.monthly.keys()
        assert all(np.array_equal(stored.monthly[name], series) for name, series in table.monthly.items())
        assert all(np.array_equal(stored.outcomes[name], row) for name, row in outcome_values(table).items())
        assert stored.money_flows == table.money_flows
        assert np.array_equal(stored.money_gbp, table.money_gbp)
        assert np.array_equal(stored.stage_means, table.stage_means)


def test_the_end_by_group_is_that_written(read: list[StoredResults], written: list[SyntheticResults]) -> None:
    for stored, table in zip(read, written):
        assert np.array_equal(stored.adopters_by_trust[:, -1], table.adopters_by_trust[:, -1])
        for name in ("innovation", "ahsn", "ics", "sector"):
            kept, whole = (getattr(one, f"stage_by_{name}")[:, -1] for one in (stored, table))
            assert np.array_equal(kept[:, [ROLLOUT, SUSTAINED]].sum(axis=1), whole[:, [ROLLOUT, SUSTAINED]].sum(axis=1))
    for grouping in GROUPINGS:
        one, other = gains(read[1], read[0], grouping), gains(written[1], written[0], grouping)
        assert (one.codes, one.names) == (other.codes, other.names)
        assert np.array_equal(one.change.mean, other.change.mean)


def test_the_world_is_that_written(read: list[StoredResults], written: list[SyntheticResults]) -> None:
    stored, world = read[0].world, written[0].world
    assert (stored.name, stored.n_trusts, stored.n_ahsns) == (world.name, world.n_trusts, world.n_ahsns)
    assert stored.innovations.ids == world.innovations.ids
    assert np.array_equal(stored.eligible, world.eligible)
    for name in ("codes", "names", "centre_of_excellence", *TRUST_NUMBERS, *TRUST_GROUPS):
        assert np.array_equal(getattr(stored.trusts, name), getattr(world.trusts, name)), name
    for name in ("sector_names", "region_names", "ics_codes", "ics_names"):
        assert getattr(stored.trusts, name) == getattr(world.trusts, name)
    assert (stored.ahsns.codes, stored.ahsns.names) == (world.ahsns.codes, world.ahsns.names)


def test_scenarios_of_one_name_are_told_apart() -> None:
    assert numbered(["a", "b", "a"]) == ("a#1", "b", "a#3")


def test_a_lever_read_back_aims_at_the_same_innovations(written: list[SyntheticResults]) -> None:
    """Those it was aimed at when it ran, by id; its dates and strength come from the resolved scenario."""
    reference = written[0]
    some = tuple(reference.world.innovations.ids[2:5])
    lever = LocalFirst.model_validate({"strength": 1.5, "targets": {"innovations": list(some)}})
    settings = {"start": "2015-07", "months": 36, "levers": {"local-first": {"strength": 1.5, "start": "2016-01"}}}

    def stored_with(lever: LocalFirst) -> StoredScenario:
        scenario = SimpleNamespace(
            name="n", content_hash="0" * 64, levers={"local-first": lever}, resolved=lambda: settings
        )
        return stored_scenario(scenario_entry(replace(reference, scenario=scenario)))

    stored = stored_with(lever)
    again = stored.levers["local-first"]
    assert (again.title, again.grade, again.source) == (lever.title, lever.grade, lever.source)
    assert (again.start, again.end, again.strength) == (Month("2016-01"), None, 1.5)
    assert again.targets.aims_at == some
    aimed = aimed_at(replace(reference, scenario=stored), reference)
    assert [name for name, chosen in zip(reference.world.innovations.ids, aimed) if chosen] == list(some)
    assert stored_with(LocalFirst()).levers["local-first"].targets.aims_at is None


def test_payments_are_kept_only_where_all_scenarios_have_the_same(written: list[SyntheticResults]) -> None:
    # made-up results do not tell who has a use for what, and none of their trusts merges
    assert set(kept_makers(written)) == set(WRITERS) - {TIMES, CHANGES}
    bare = replace(written[1], money_flows=(), money_gbp=written[1].money_gbp[:, :, :0])
    assert set(WRITERS) - set(kept_makers([written[0], bare])) == {"money_by_replicate", TIMES, CHANGES}
    assert set(WRITERS) <= set(NEEDED) | set(OPTIONAL)


def test_a_missing_table_is_named(folder: Path, tmp_path: Path) -> None:
    manifest = open_result(folder).manifest
    (tmp_path / TABLES).mkdir()
    with pytest.raises(InputError, match=r"monthly\.parquet.*missing"):
        read_results(tmp_path, manifest)
    assert read_table(tmp_path / TABLES, "monthly") is None


def test_tables_come_back_as_they_were_written(tmp_path: Path) -> None:
    numbers = np.array([0.1, np.nan, 1e300])
    labels = Labels(np.array([1, 0, 1], np.int32), ("low", "high"))
    write_table({"x": numbers, "text": ["a", "", "ä"], "label": labels}, tmp_path, "t")
    frame = read_table(tmp_path, "t")
    assert frame is not None
    assert np.array_equal(frame["x"], numbers, equal_nan=True)
    assert frame["text"].tolist() == ["a", "", "ä"]
    assert frame["label"].tolist() == ["high", "low", "high"]
    rows = list(csv.reader((tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()))
    assert rows == [["x", "text", "label"], ["0.1", "a", "high"], ["", "", "low"], ["1e+300", "ä", "high"]]
