"""Mistakes with responses of one's own, with the advice that they provoke (see ``advice_cases.py``)."""

from __future__ import annotations

from advice_cases import SMALL, Case

SCENARIO = SMALL + "parameters: {exposure: {response: NAME, threshold_share: 0.2}}\n"
HEAD = "import diffusion as df\n\n\n"


def _code(name: str, body: str) -> str:
    return f'{HEAD}@df.response("{name}")\ndef {name}(exposure, personal):\n    return {body}\n'


CASES: list[Case] = [
    Case(
        "a response misspelt",
        {"mine1.py": _code("steep", "exposure * exposure"), "a.yaml": SCENARIO.replace("NAME", "stepp")},
        "scenarios validate a.yaml --python mine1.py",
        "did you mean 'steep'?",
        "stepp",
        "steep",
    ),
    Case(
        "a response whose file is not named",
        {"mine2.py": _code("steepest", "exposure * exposure"), "a.yaml": SCENARIO.replace("NAME", "steepest")},
        "scenarios validate a.yaml",
        "if it is your own, name its file with --python FILE",
        "a.yaml",
        "a.yaml --python mine2.py",
        told="--python FILE",
    ),
]
