"""Mistakes in series of evidence, with the advice that they provoke; as in ``advice_cases.py``."""

from __future__ import annotations

from advice_cases import Case

SERIES = """title: Ours
what: trusts that have ever issued it
unit: trusts
at_risk: 152
start: 2021-04
kind: drug
traits: {eligible_sectors: [acute]}
points: [{date: 2021-12, count: 20}]
shocks: {push: {start: 2021-04, awareness_push: 2}}
grade: B
source: ours
"""
FEW = "--replicates 1 --jobs 1 --out new"
LIST = "evidence list --folder own"


def series(old: str, new: str, name: str, says: str, mended: str, words: str = LIST, told: str = "") -> Case:
    """A series with ``new`` in place of ``old``, which following the message turns into ``mended``."""
    assert old in SERIES
    return Case(name, {"own/ours.yaml": SERIES.replace(old, new)}, words, says, new, mended, told=told)


CASES: list[Case] = [
    series("[acute]", "[accute]", "a sector misspelt", "did you mean 'acute'?", "[acute]", told="acute"),
    series(
        "kind: drug\ntraits: {eligible_sectors: [acute]}",
        "kind: digital\ninnovation: mycop",
        "an innovation misspelt",
        "did you mean 'mycopd'?",
        "kind: digital\ninnovation: mycopd",
        told="mycopd",
    ),
    series(
        "shocks: {push: {start: 2021-04, awareness_push: 2}}",
        "levers: {acelerator: {start: 2021-04}}",
        "a lever of a series misspelt",
        "did you mean 'accelerator'?",
        "levers: {accelerator: {start: 2021-04}}",
        told="accelerator",
    ),
    series(
        "[acute]",
        "[]",
        "a series for nobody",
        "one of acute, ",
        "[acute]",
        words=f"validate --folder own --series ours {FEW}",
        told="acute",
    ),
    Case(
        "a series of the evidence misspelt",
        {},
        "evidence show vte-asessment",
        "did you mean 'vte-assessment'?",
        "vte-asessment",
        "vte-assessment",
    ),
    Case(
        "a series of many misspelt",
        {},
        f"validate --series precept,infliximab {FEW}",
        "did you mean 'infliximab-sc'?",
        "infliximab ",
        "infliximab-sc ",
    ),
    Case(
        "months of the evidence",
        {},
        f"validate --set months=12 {FEW}",
        "choose series with --series",
        "--set months=12",
        "--series virtual-wards-covid",
        told="--series",
    ),
    Case(
        "an innovation of one's own with the id of another",
        {"a.yaml": "title: x\nextends: baseline\nworld:\n  more_innovations:\n    mycopd: {name: M, kind: digital}\n"},
        "scenarios validate a.yaml",
        "call it 'own-mycopd'",
        "    mycopd:",
        "    own-mycopd:",
        told="own-mycopd",
    ),
    Case(
        "a sector of an innovation of one's own misspelt",
        {
            "a.yaml": "title: x\nextends: baseline\nworld:\n  more_innovations:\n"
            "    ours: {name: Ours, kind: digital, eligible_sectors: [accute]}\n"
        },
        "scenarios validate a.yaml",
        "did you mean 'acute'?",
        "accute",
        "acute",
        told="acute",
    ),
    Case(
        "an id of an innovation of one's own that keys cannot hold",
        {"a.yaml": "title: x\nextends: baseline\nworld:\n  more_innovations:\n    my.drug: {name: M, kind: drug}\n"},
        "scenarios validate a.yaml",
        "call it 'my-drug'",
        "    my.drug:",
        "    my-drug:",
        told="my-drug",
    ),
    Case(
        "a tag of an innovation of one's own misspelt",
        {
            "a.yaml": "title: x\nextends: baseline\nworld:\n  more_innovations:\n"
            "    ours: {name: Ours, kind: digital, tags: [personalised-medecine]}\n"
        },
        "scenarios validate a.yaml",
        "did you mean 'personalised-medicine'?",
        "personalised-medecine",
        "personalised-medicine",
        told="personalised-medicine",
    ),
]
