"""Mistakes with reasons beside values, with the advice that they provoke (see ``advice_cases.py``)."""

from __future__ import annotations

from advice_cases import Case, scenario


def _awareness(entry: str, name: str, says: str, old: str, new: str, **more: object) -> Case:
    text = f"title: x\nextends: baseline\nparameters:\n  awareness:\n    push_per_month: {entry}\n"
    return scenario(text, f"a reason {name}", says, old, new, **more)


CASES: list[Case] = [
    _awareness(
        "{because: a survey}",
        "without a value",
        "write push_per_month: {value: ..., because: ...}",
        "{because: a survey}",
        "{value: 0.05, because: a survey}",
        told="push_per_month: {value: ...",
    ),
    _awareness("{value: 0.05, because: 2024}", "that is a number", "put it in quotes", "2024", '"2024"', told="quotes"),
    _awareness(
        "{value: 0.05, because: ' '}",
        "that is empty",
        "say it in a sentence",
        "' '",
        "a survey said so",
        told="sentence",
    ),
    _awareness(
        f"{{value: 0.05, because: {'very ' * 120}long}}",
        "that is too long",
        "the rest in 'description'",
        f"{'very ' * 120}long",
        "a survey said so",
        told="'description'",
    ),
    _awareness(
        "{value: 0.05, because: a survey, unit: 1/month}",
        "beside another key",
        "leave 'unit' out",
        ", unit: 1/month",
        "",
        told="leave 'unit' out",
    ),
    _awareness("{vlue: 0.05, because: a survey}", "beside a misspelt value", "did you mean 'value'?", "vlue", "value"),
    scenario(
        "title: x\nextends: baseline\nlevers:\n  local-first: {strength: 0.5, because: halved}\n",
        "a reason for a lever",
        "write it for one setting",
        "{strength: 0.5, because: halved}",
        "{strength: {value: 0.5, because: halved}}",
        told="strength: {value: 0.5, because: ...}",
    ),
    scenario(
        "title: x\nextends: baseline\nparameters:\n  awareness: {value: {push_per_month: 0.05}, because: why}\n",
        "a reason for keys",
        "give the reason beside each value below",
        "{value: {push_per_month: 0.05}, because: why}",
        "{push_per_month: {value: 0.05, because: why}}",
        told="beside each value below",
    ),
]
