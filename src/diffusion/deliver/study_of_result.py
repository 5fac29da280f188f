"""A finished study for the page of a result: of the same scenarios, under the names that the result gives them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.deliver.outbox import Manifest
from diffusion.experiments.searches.study_findings import Findings, read_findings
from diffusion.experiments.sweep.folder import open_sweep
from diffusion.report.page.study_section import StudySection, section_of
from diffusion.storage.same_scenarios import Known, known, match_study

if TYPE_CHECKING:
    from diffusion.experiments.study.design import Design


def read_study(folder: Path, manifest: Manifest, accept_altered: bool = False) -> tuple[StudySection, list[str]]:
    """Return what the page of the result with this manifest says of a study, and what in it was altered.

    Raises
    ------
    InputError
        No finished study, one that was altered, or one that is not of the result's scenarios.
    """
    sweep = open_sweep(folder, accept_altered)
    wanted = [known(entry) for entry in manifest["scenarios"]]
    have = scenarios_of_design(sweep.design)
    places = match_study(wanted, have, folder)
    found, altered = read_findings(folder, accept_altered)
    names = {have[place].name: scenario.name for place, scenario in zip(places, wanted)}
    return section_of(renamed(found, names)), altered


def scenarios_of_design(design: Design) -> list[Known]:
    """Return the scenarios of a study before any draw, with all tables that any draw reads."""
    return [
        Known(name, base.resolved(), frozenset(tables))
        for name, base, tables in zip(design.scenarios, design.bases, design.tables)
    ]


def renamed(found: Findings, names: dict[str, str]) -> Findings:
    """Return the findings with other names for scenarios; those that are not listed keep theirs."""
    taken = set(names.values())
    named = {name: names.get(name, f"{name} of the study" if name in taken else name) for name in found.study.scenarios}
    switches = tuple((named[option], named[other], name, switch) for option, other, name, switch in found.switches)
    return replace(found, study=replace(found.study, scenarios=tuple(named.values())), switches=switches)
