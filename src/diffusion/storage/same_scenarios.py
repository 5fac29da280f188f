"""Whether a study or an ablation is about the scenarios of a result: by what they are, not by what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from diffusion.errors import InputError
from diffusion.reading.yaml_lines import flattened
from diffusion.storage.scenario_entry import Json

#: Keys that say what a scenario is called, not what it is.
_HEADER = ("name", "title", "author", "reference", "description", "baseline")
_MOST_NAMED = 4
#: What a study has of its own: it draws the parameters itself.
_OF_STUDIES = ("doubt",)


class Known(NamedTuple):
    """A scenario in full, with the tables of its world as 'part origin'."""

    name: str
    resolved: Json
    tables: frozenset[str]


def known(entry: Json) -> Known:
    """Return the scenario of an entry of a manifest."""
    provenance = entry["world"]["provenance"]
    return Known(entry["name"], entry["resolved"], frozenset(f"{part} {origin}" for part, origin in provenance.items()))


def with_levers(scenario: Known, kept: Iterable[str]) -> Known:
    """Return a scenario with only these of its levers."""
    wanted = set(kept)
    levers = {key: lever for key, lever in scenario.resolved.get("levers", {}).items() if key in wanted}
    return scenario._replace(resolved=scenario.resolved | {"levers": levers})


def differences(one: Known, other: Known, but: Sequence[str] = ()) -> list[str]:
    """Return in what two scenarios differ, a phrase each; empty where they are the same. Sections ``but`` do not count.

    The tables of ``one`` must be among those of ``other``, which may have read more.
    """
    left, right = dict(flattened(one.resolved)), dict(flattened(other.resolved))
    found = [
        f"{key} {_shown(left, key)} against {_shown(right, key)}"
        for key in dict.fromkeys((*left, *right))
        if key.split(".")[0] not in (*_HEADER, *but) and left.get(key) != right.get(key)
    ]
    return found + [f"another table: {text.partition(' ')[0]}" for text in sorted(one.tables - other.tables)]


def match_study(wanted: Sequence[Known], have: Sequence[Known], file: Path) -> list[int]:
    """Return the place of each scenario of a result, ``wanted``, among those of the study in the folder ``file``.

    Raises
    ------
    InputError
        One is not there, or the study has others beside them: what it says of the best would be of those too.
    """
    places = []
    for scenario in wanted:
        found = [place for place, other in enumerate(have) if not differences(scenario, other, _OF_STUDIES)]
        if not found:
            raise InputError(
                f"the study is of other scenarios: the result's '{scenario.name}' is not in it; "
                + _nearest(scenario, have, "the study's"),
                file=file,
                key="--study",
                expected=f"a study of {', '.join(one.name for one in wanted)}, with the settings that they have here",
                suggestion="leave --study out, or run a study of these scenarios",
            )
        places.append(found[0])
    if more := [other.name for place, other in enumerate(have) if place not in places]:
        raise InputError(
            f"the study also has {', '.join(more)}, which the result does not: which is best would be of those too",
            file=file,
            key="--study",
            expected=f"a study of {', '.join(one.name for one in wanted)} alone",
            suggestion="leave --study out, or compare all scenarios of the study",
        )
    return places


def check_ablation(own: Known, result: Sequence[Known], file: Path) -> None:
    """Raise InputError where the scenario of the ablation in the folder ``file`` is none of the result's."""
    if all(differences(own, scenario) for scenario in result):
        raise InputError(
            f"the ablation is of another scenario: its '{own.name}' is not in the result; "
            + _nearest(own, result, "the result's"),
            file=file,
            key="--ablation",
            expected=f"an ablation of {' or '.join(one.name for one in result)}, with the settings that they have here",
            suggestion="leave --ablation out, or ablate a scenario of the result",
        )


def _nearest(scenario: Known, have: Sequence[Known], whose: str) -> str:
    """Say in what the scenario that is most like another differs from it: one of its name first."""
    nearest = min(have, key=lambda other: (other.name != scenario.name, len(differences(scenario, other))))
    unlike = differences(scenario, nearest)
    more = f" and {len(unlike) - _MOST_NAMED} more" if len(unlike) > _MOST_NAMED else ""
    return f"{whose} '{nearest.name}' is nearest: {'; '.join(unlike[:_MOST_NAMED])}{more}"


def _shown(data: Mapping[str, object], key: str) -> str:
    return str(data[key]) if key in data else "not set"
