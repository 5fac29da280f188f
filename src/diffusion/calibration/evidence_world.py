"""The evidence world: every series as an innovation beside the portfolio, with the levers in force for it alone.

All begin together, in the first month of the run, and compete for the same change time. A series keeps the distance
between its start and what came after it, not its calendar.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from diffusion.engine.calendar import Month
from diffusion.errors import InputError
from diffusion.evidence.reading import NamedSeries
from diffusion.levers.base import Lever
from diffusion.reading.yaml_lines import load_yaml
from diffusion.scenario.check import name_faults
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.building.build import build_world
from diffusion.world.tables import KINDS, SECTORS

#: what is beside the series: the portfolio with the support it had
BASE = "baseline"
#: what made its name helps, as those of the first cohort do; and it stayed on the market, or there were no series
KNOWN: dict[str, object] = {
    "has_company": False,
    "cost_noise_sd": 0.0,
    "benefit_mean": 0.6,
    "benefit_sd": 0.4,
    "benefit_truncated": True,
    "prior_evidence": 4.0,
}
_MONTH = re.compile(r"\d{4}-\d{2}\Z")


def own_id(item: NamedSeries) -> str | None:
    """Return the id of the innovation that a series is of; None for one that is over several of the portfolio."""
    if item.series.of != "innovation":
        return None
    return item.series.innovation or item.id


def last_month(evidence: Sequence[NamedSeries]) -> int:
    """Return the last month of any point."""
    return max(item.month_of(point) for item in evidence for point in item.series.points)


def evidence_scenario(
    evidence: Sequence[NamedSeries], settings: Mapping[str, object] | None = None, without: Sequence[str] = ()
) -> Scenario:
    """Return the scenario that runs all series.

    Parameters
    ----------
    settings: dotted keys set on top, as ``--set`` does
    without: ids of series whose levers and shocks are left out, for what an effect is measured against
    """
    base = load_scenario(BASE)
    start = base.start
    portfolio = list(base.build_world().innovations.ids)
    changes: dict[str, object] = {"months": last_month(evidence), "name": "evidence"}
    changes["levers.ahsn-support.targets.innovations"] = portfolio
    scenario = base.changed(changes)
    own = {own_id(item): _innovation(item, scenario) for item in evidence if own_id(item) not in (None, *portfolio)}
    scenario = scenario.changed({f"world.more_innovations.{name}": row for name, row in own.items()})
    for item in evidence:
        if item.id not in without:
            scenario = scenario.changed(_in_force(item, start, _theirs(item, base)))
    return scenario.changed(dict(settings)) if settings else scenario


def check_evidence(evidence: Sequence[NamedSeries], scenario: Scenario) -> None:
    """Check what only the whole world can tell: names that levers use, and that somebody could adopt.

    Raises InputError with the file of the series, line and key.
    """
    world = scenario.build_world()
    for item in evidence:
        document = load_yaml(item.file)
        for group, entries in (("levers", item.series.levers), ("shocks", item.series.shocks)):
            for key in entries:
                policy = getattr(scenario, group).get(f"{item.id}-{key}")
                if policy is None:  # switched off by a setting
                    continue
                for error in name_faults(policy, world, f"{group}.{key}"):
                    raise error.at(item.file, document.line(tuple((error.key or "").split("."))))
        name = own_id(item)
        if name is not None and not world.eligible[:, world.innovations.ids.index(name)].any():
            raise InputError(
                "no trust could adopt it",
                file=item.file,
                line=document.line(("traits", "eligible_sectors")),
                key="traits.eligible_sectors",
                expected="sectors that trusts are of",
                suggestion=f"one of {', '.join(SECTORS)}",
            )


def _innovation(item: NamedSeries, scenario: Scenario) -> dict[str, object]:
    """Return an innovation as ``world.more_innovations`` takes it; sites from the start as the series says."""
    series = item.series
    traits = {key: getattr(series.traits, key) for key in series.traits.model_fields_set}
    row = {"name": series.title, "kind": series.kind, **KNOWN, **traits}
    if series.opening_share > 0:
        probe = scenario.changed({"world.more_innovations": {item.id: row}})
        world = build_world(probe.world, probe.folder)
        able = int(world.eligible[:, world.innovations.ids.index(item.id)].sum())
        row["initial_sites_min"] = row["initial_sites_max"] = round(series.opening_share * able)
    return row


def _theirs(item: NamedSeries, base: Scenario) -> list[str]:
    """Return the innovations that a series is of: its own, or those of the portfolio that it is counted over."""
    name = own_id(item)
    if name is not None:
        return [name]
    table = base.build_world().innovations
    kind = KINDS.index(item.series.kind) if item.series.of == "kind" else None
    return [
        table.ids[k] for k, cohort in enumerate(table.cohort) if cohort and (kind is None or int(table.kind[k]) == kind)
    ]


def _in_force(item: NamedSeries, start: Month, theirs: Sequence[str]) -> dict[str, object]:
    """Return the settings that put a series' levers and shocks in force, dated from the start of the run."""
    shift = int(start - item.series.start)
    whom = {"innovations": list(theirs)}
    found: dict[str, object] = {}
    for key, lever in item.series.levers.items():
        own = whom if "cohort" not in type(lever).model_fields else {}
        found[f"levers.{item.id}-{key}"] = {"lever": lever.name, **_dated(lever, shift, own)}
    for key, shock in item.series.shocks.items():
        found[f"shocks.{item.id}-{key}"] = _dated(shock, shift, whom)
    return found


def _dated(lever: Lever, shift: int, whom: Mapping[str, object]) -> dict[str, object]:
    """Return a lever's settings with its months moved, aimed at ``whom``."""
    entry = {key: _moved(value, shift) for key, value in lever.model_dump(exclude_unset=True).items()}
    months = entry.get("calendar_months")
    if isinstance(months, list | tuple):
        entry["calendar_months"] = sorted((int(month) - 1 + shift) % 12 + 1 for month in months)
    targets = entry.get("targets")
    aimed = {**(targets if isinstance(targets, dict) else {}), **whom}
    return {**entry, "targets": aimed} if aimed else entry


def _moved(value: object, shift: int) -> object:
    """Return plain data with every month in it moved; months are written as text there, years are keys."""
    if isinstance(value, str) and _MONTH.match(value):
        return str(Month(value) + shift)
    if isinstance(value, dict):
        years = round(shift / 12)
        return {key + years if isinstance(key, int) else key: _moved(item, shift) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_moved(item, shift) for item in value]
    return value
