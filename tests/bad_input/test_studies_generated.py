"""Any value anywhere in a study: it is read, or refused with an InputError that names the file; never a traceback."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.errors import InputError
from diffusion.experiments.study import check_size, load_study, make_design, study_warnings
from diffusion.scenario.problems import problems_of

GOOD: dict[str, Any] = {
    "title": "a study",
    "scenarios": {"one": "baseline", "two": "baseline+local-first"},
    "set": {"months": 24},
    "factors": {
        "parameters.capacity.wte_per_size": {"range": [1, 2], "scale": "log", "unit": "WTE", "levels": 2},
        "peers": {"keys": ["parameters.awareness.peer_per_month"], "multiply": True, "values": [0.5, 1]},
        "levers.local-first.start": {"range": ["2016-01", "2018-01"]},
        "parameters.awareness.push_per_month": {"distribution": "triangular", "low": 0.01, "mode": 0.02, "high": 0.1},
        "all_parameters": {"sections": ["use"], "except": ["parameters.use.adjustment_months"]},
    },
    "design": {"method": "morris", "trajectories": 2, "levels": 4},
    "replicates": 2,
    "seed": 3,
    "outcomes": ["adopter_share_pct"],
    "detail": "monthly",
}


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything in nested lists and mappings."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [found for key, value in items for found in ((*path, key), *places(value, (*path, key)))]


ODD = st.one_of(
    st.sampled_from(
        [None, True, False, 0, -1, 1e308, float("inf"), float("nan"), "", " ", "plausible", "all", "2017-13", "2017-07",
         [], [[]], {}, {"": 1}, [1, 2], ["a", "a"], "morris", "sobol", "points", "full grid", "latin hypercube",
         {"values": [1, "x", None]}, {"range": [1]}, {"range": ["2017-01", 3]}, {"distribution": "beta"}, 10**400,
         "a.b.c", "levers", "levers.local-first", "..", "baseline+", "+", "../x.yaml", "\u0000"]
    ),
    st.text(max_size=8),
    st.floats(),
    st.integers(-(2**70), 2**70),
)  # fmt: skip


@pytest.mark.integration
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(place=st.sampled_from(places(GOOD)), odd=ODD, rename=st.booleans())
def test_a_study_with_anything_anywhere_is_read_or_refused(
    place: tuple[Any, ...], odd: Any, rename: bool, tmp_path: Path
) -> None:
    data = deepcopy(GOOD)
    holder = data
    for key in place[:-1]:
        holder = holder[key]
    if rename and isinstance(holder, dict) and isinstance(odd, str | int) and not isinstance(odd, bool):
        holder[odd] = holder.pop(place[-1])
    else:
        holder[place[-1]] = odd
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    try:
        study = load_study(path)
        study_warnings(study)
        if check_size(study, yes=True) <= 200:
            make_design(study)
    except InputError as error:
        for item in problems_of(error):
            assert item.message
            assert item.file is not None, str(item)
