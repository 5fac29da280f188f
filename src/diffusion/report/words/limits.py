"""What these results cannot tell, said on every page."""

from __future__ import annotations

from collections.abc import Sequence

from diffusion.analysis.results.joining import unlike
from diffusion.analysis.results.tables import ResultTables
from diffusion.levers.registry import all_levers
from diffusion.report.words.doubt_words import holds, source_of
from diffusion.report.words.labels import scenario_labels, words_of
from diffusion.report.words.sentences import list_of
from diffusion.world.facts import default_facts

#: said of the page of the whole alone: pages of regions have neither levers nor maps
GRADES = "The grades of the settings of each lever used here stand with its description on this page."
MAPS = "Points on maps are headquarters, not main hospitals; the outline of England is a sketch for orientation."
GENERAL: tuple[str, ...] = (
    "Most strengths of policies are assumptions, and a different assumption can move a result by more than any "
    "interval shown here.",
    "Adoption is not benefit. Some innovations in the model do harm, and trusts adopt some of them.",
    "Push from outside and contagion between trusts cannot be told apart from one adoption curve; contagion inside an "
    "AHSN, similarity of its members and a push on all of them look alike.",
    "Counts published by programmes, to which such a model is compared, are self-reported and mix organisations with "
    "sites.",
    "{assumed} of the {levers} policy levers rest on assumed strengths (grade C). " + GRADES,
    "What is shown for a single trust is illustrative, never a prediction about a named trust. Where many groups are "
    "compared at 95 %, about one in twenty would be marked even if nothing had changed.",
    "Money is in 2015/16 prices. Savings are staff time and beds set free, mostly not cash; health gained or lost is "
    "not valued.",
)
PRICES = "money in 2015/16 prices"

ARCHETYPES = (
    "Most innovations are archetypes that stand for no product. Where a product is named, its costs, savings, benefits "
    "and risks are those of its kind, not measured: nothing here says anything about that product."
)


def _general() -> list[str]:
    """Return the limits of every result, with the number of levers that there are."""
    levers = [lever for lever in all_levers().values() if lever.number]  # those of the package, not own ones
    assumed = sum(lever.grade == "C" for lever in levers)
    return [text.format(assumed=assumed, levers=len(levers)) for text in GENERAL]


def unlike_in_worlds(tables: Sequence[ResultTables]) -> list[str]:
    """Return a warning for every scenario whose world is another than that of the first."""
    first, *others = scenario_labels(tables)
    return [
        f"{label} and {first} do not stand on the same world: {'; '.join(found)}. Trusts, innovations and groups are "
        "compared by their codes, groups only where they have the same members; part of the differences is that of the "
        "worlds."
        for label, table in zip(others, tables[1:])
        if (found := unlike(table, tables[0]))
    ]


def limits_for(tables: Sequence[ResultTables]) -> list[str]:
    """Return the limits that apply to these results."""
    archetypes = any("archetype" in name for name in tables[0].world.innovations.names)
    return [
        *unlike_in_worlds(tables),
        holds(tables),
        *misfits(tables),
        *(words_of(tables).say(text) for text in _general()),
        *((ARCHETYPES,) if archetypes else ()),
        *_of_world(tables),
        *((MAPS,) if _of_england(tables) else ()),
    ]


def _of_world(tables: Sequence[ResultTables]) -> list[str]:
    """Return what the world's own file says of it; whether trusts stay only where they do."""
    facts = tables[0].world.facts
    stay = "" if getattr(tables[0].world, "changes", ()) else facts.trusts_stay
    told = " ".join(text for text in (stay, facts.limits) if text)
    return [told] if told and _as_packaged(tables) else []


def misfits(tables: Sequence[ResultTables]) -> list[str]:
    """Return a warning for every scenario that starts outside the dates of its world."""
    found: dict[str, list[str]] = {}
    for label, table in zip(scenario_labels(tables), tables):
        facts = table.world.facts
        policy = table.scenario.policy_start
        text = facts.misfit(str(table.scenario.start), None if policy is None else str(policy))
        if text is not None and str(table.world.name).startswith(facts.id):
            found.setdefault(text, []).append(label)
    return [
        f"{list_of(labels)} {text.replace('starts', 'start', 1) if labels[1:] else text}."
        for text, labels in found.items()
    ]


def cautions(tables: Sequence[ResultTables]) -> list[str]:
    """Return what stands beside every answer: that the world is of another time, or that no evidence is of it."""
    return [*misfits(tables), *_without_evidence(tables)]


def _without_evidence(tables: Sequence[ResultTables]) -> list[str]:
    """Say of worlds that no series of adoption tell of, once each, that none does."""
    known = default_facts()
    found = []
    for facts in dict.fromkeys(table.world.facts for table in tables):
        if facts.evidence:
            continue
        fitted = ""
        if source_of(tables) == "posterior":
            other = "an earlier one" if known.data_month < facts.data_month else "another one"
            fitted = f": they were fitted to {other} ({known.title})"
        found.append(f"No series of adoption in this world ({facts.title}) stands behind the parameters{fitted}.")
    return found


def limits_beside(tables: Sequence[ResultTables]) -> list[str]:
    """Return the limits that apply to these results on a page without levers and maps."""
    return [text.removesuffix(GRADES).rstrip() for text in limits_for(tables) if text != MAPS]


def _of_england(tables: Sequence[ResultTables]) -> bool:
    return "england" in str(tables[0].world.name).lower()


def _as_packaged(tables: Sequence[ResultTables]) -> bool:
    """Whether the trusts are those that the world's own folder has, not an own table in their place."""
    world = tables[0].world
    return str(world.name).startswith(world.facts.id) or _of_england(tables)


def opening_date(tables: Sequence[ResultTables]) -> str:
    """Return the date on which the trusts of the world were open; empty for tables and worlds that do not say it."""
    return str(tables[0].world.facts.trusts_as_of) if _as_packaged(tables) else ""


def mismatched(tables: Sequence[ResultTables]) -> list[str]:
    """Return why scenarios cannot be ranked beside one another, a phrase each; empty where they can."""
    first, *others = scenario_labels(tables)
    found = []
    for label, table in zip(others, tables[1:]):
        if other := unlike(table, tables[0]):
            found.append(f"{label} and {first} do not stand on the same world ({'; '.join(other)})")
        ours, theirs = (_followed(each) for each in (tables[0], table))
        for what in FOLLOWED:
            if ours.get(what) != theirs.get(what):
                one = label if theirs.get(what) else first
                found.append(f"{FOLLOWED[what]} are followed in {one} only")
    return found


#: switches of what is followed and changes results, and what is followed then (following people changes none)
FOLLOWED = {"companies": "companies"}


def _followed(table: ResultTables) -> dict[str, object]:
    supply = (table.scenario.resolved().get("parameters") or {}).get("supply") or {}
    return {name: bool(supply.get(name, True)) for name in FOLLOWED}
