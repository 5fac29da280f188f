"""Scenarios, worlds, levers, models, studies and sweeps in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.stages import STAGES
from diffusion.experiments.study.bound_factors import axes_of
from diffusion.experiments.study.design import Design
from diffusion.experiments.study.schema import Study
from diffusion.experiments.sweep.folder import Sweep
from diffusion.experiments.sweep.read import status
from diffusion.levers.base import Lever
from diffusion.levers.targets import Targets
from diffusion.report.notebook.block import Block, BlockTable, facts_table, rows_table
from diffusion.report.words.departure_words import value_words
from diffusion.report.words.labels import name_words, shorten
from diffusion.scenario.schema import Scenario
from diffusion.showing import listed
from diffusion.world.tables import KINDS, SECTORS, World

if TYPE_CHECKING:
    from diffusion.agents.diffusion_model import DiffusionModel

_PARAMETERS = {
    "posterior": "drawn for each replicate from what the evidence leaves open (the calibrated posterior)",
    "prior": "drawn for each replicate from their plausible ranges (the prior)",
    "defaults": "the same in all replicates",
}
#: letters of a description
_LONGEST = 600


def scenario_block(scenario: Scenario) -> Block:
    """Return what a scenario is, and its levers."""
    source = "defaults" if scenario.doubt is None else scenario.doubt.source
    facts = [
        ("Name", scenario.name),
        ("Months", f"{scenario.months:,}, from {scenario.start.words}"),
        ("Policies start", "" if scenario.policy_start is None else scenario.policy_start.words),
        ("Parameters", _PARAMETERS[source]),
        ("Shocks", listed(list(scenario.shocks)) if scenario.shocks else ""),
        ("Own agents", listed(list(scenario.agents)) if scenario.agents else ""),
    ]
    tables = [facts_table("Scenario", facts)]
    if scenario.levers:
        tables.append(_levers(scenario))
    lines = [shorten(scenario.description, _LONGEST)] if scenario.description else []
    notes = [] if scenario.levers else ["It has no policy lever."]
    if scenario.levers:
        notes.append("Grade: A a trial or controlled study, B uncontrolled or an analogy, C an assumption.")
    return Block(scenario.title or scenario.name, lines, tables, notes)


def _levers(scenario: Scenario) -> BlockTable:
    rows = [
        (
            lever.title or name_words(name),
            name,
            "" if lever.start is None else lever.start.words,
            "" if lever.end is None else lever.end.words,
            f"{lever.strength:g}",
            lever.grade,
        )
        for name, lever in scenario.levers.items()
    ]
    return rows_table("Levers", ("Lever", "Id", "From", "Until before", "Strength", "Grade"), rows)


def lever_block(lever: Lever) -> Block:
    """Return what a lever does and its settings."""
    facts = [("Acts on", lever.acts_on), ("Equation", lever.equation), ("Grade", lever.grade), ("Source", lever.source)]
    rows = []
    for name, field in type(lever).model_fields.items():
        more = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        value = getattr(lever, name)
        said = value.words if isinstance(value, Month) else value_words(value)
        if isinstance(value, Targets):
            said = value_words(value.model_dump(exclude_defaults=True)) if value != Targets() else "all"
        rows.append((name, said, str(more.get("unit", "")).removeprefix("1"), field.description or ""))
    settings = rows_table("Settings", ("Setting", "Value", "Unit", "Meaning"), rows)
    return Block(lever.title or type(lever).__name__, (), [facts_table("Lever", facts), settings])


def world_block(world: World) -> Block:
    """Return how many trusts, innovations and ties a world has."""
    words, trusts = world.facts.words, world.trusts
    sectors = [f"{int((trusts.sector == i).sum())} {_plain(name)}" for i, name in enumerate(SECTORS)]
    kinds = [f"{int((world.innovations.kind == i).sum())} {name}" for i, name in enumerate(KINDS)]
    facts = [
        ("Name", world.name),
        ("Part of a world", "" if world.cut is None else world.cut.region),
        ("Trusts", f"{world.n_trusts:,}: " + ", ".join(one for one in sectors if not one.startswith("0 "))),
        (words.network.in_full, f"{world.n_ahsns:,}"),
        (words.board.in_full, f"{len(trusts.ics_codes):,}"),
        ("Innovations", f"{world.n_innovations:,}: " + ", ".join(one for one in kinds if not one.startswith("0 "))),
        ("Eligible pairs", f"{int(world.eligible.sum()):,} of {world.n_trusts * world.n_innovations:,}"),
        ("As of", world.facts.data_month if world.stands_for_its_time else ""),
    ]
    rows = [
        (layer.name, "groups" if layer.kind == "group" else "single ties", f"{layer.n_ties:,}", _degrees(world, i))
        for i, layer in enumerate(world.layers)
    ]
    layers = rows_table("Network layers", ("Layer", "Kind", "Ties, from each end", "Ties of a trust, mean"), rows)
    return Block(
        world.facts.title if world.stands_for_its_time else world.name, (), [facts_table("World", facts), layers]
    )


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _degrees(world: World, layer: int) -> str:
    return f"{world.layers[layer].n_ties / max(1, world.n_trusts):,.1f}"


#: measures shown of a model: name, label, decimals
_MEASURES = (("adopters", "Adopting pairs", 0), ("adopter_share", "Adopter share of eligible pairs", 4))


def model_block(model: DiffusionModel) -> Block:
    """Return how far a Mesa model is."""
    facts = [
        ("Scenario", model.policy.name),
        ("Month", f"{model.month} of {model.policy.months}, {model.date.words}"),
        ("Replicate", f"{model.replicate} of seed {model.block.seed}"),
        ("Agents", ", ".join(f"{len(found):,} {kind.__name__}" for kind, found in model.agents_by_type.items())),
        *((label, f"{model.measure(name):,.{places}f}") for name, label, places in _MEASURES),
    ]
    counts = [int((model.stage == stage).sum()) for stage in range(len(STAGES))]
    rows = [(_plain(name), f"{count:,}") for name, count in zip(STAGES, counts)]
    stages = rows_table("Pairs of trust and innovation", ("Stage", "Pairs"), rows)
    over = "" if model.running else " It is over."
    return Block(f"One replicate as a Mesa model.{over}", (), [facts_table("Model", facts), stages])


def study_block(study: Study, design: Design | None = None) -> Block:
    """Return what a study asks, over what, and how many runs that is where it is known."""
    facts = [
        ("Name", study.name),
        ("Scenarios", listed(list(study.scenarios))),
        ("Design", study.design.method),
        ("Draws", "" if design is None else f"{design.n_draws:,}"),
        ("Replicates", f"{study.replicates:,}"),
        ("Runs", "" if design is None else f"{design.runs:,}"),
        ("Seed", study.seed),
        ("Outcomes", f"{len(study.outcomes)}: {listed(study.outcomes)}"),
        ("Kept of each run", study.detail),
    ]
    tables = [facts_table("Study", facts)]
    if study.factors:
        rows = [(axis.label, axis.span, listed(axis.keys, 2)) for axis in axes_of(study)]
        tables.append(rows_table("Factors", ("Factor", "Values", "Keys"), rows))
    lines = [shorten(study.description, _LONGEST)] if study.description else []
    return Block(study.title, lines, tables)


def design_block(design: Design) -> Block:
    """Return a frozen study."""
    return study_block(design.study, design)


def sweep_block(sweep: Sweep) -> Block:
    """Return how far a sweep is."""
    now, manifest = status(sweep), sweep.manifest
    facts = [
        ("Study", manifest["study"]),
        ("Folder", sweep.folder.name),
        ("Runs", f"{now.done:,} of {now.runs:,} done"),
        ("Failed", f"{now.failed:,}" if now.failed else ""),
        ("Damaged files", listed(now.damaged) if now.damaged else ""),
        ("Scenarios", listed(manifest["scenarios"])),
        ("Draws and replicates", f"{manifest['draws']:,} x {manifest['replicates']:,}, seed {manifest['seed']}"),
        ("Factors", listed(manifest["factors"])),
        ("Begun", f"{manifest['begun']}, version {manifest['code']['version']}"),
    ]
    share = np.floor(100 * now.done / max(1, now.runs))
    notes = [] if now.complete else [f"{share:.0f} % is there: what is told of it now is of these runs alone."]
    notes += [f"Not as it was written: {what}" for what in now.altered[:5]]
    return Block(manifest["title"], (), [facts_table("Sweep", facts)], notes)
