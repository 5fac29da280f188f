"""Mistakes in calibration files, in counts of one's own and in what is watched, with the advice that they provoke."""

from __future__ import annotations

from advice_cases import Case

WTE = "parameters.capacity.wte_per_size"
PLAN = f"""title: Ours
series: [precept]
parameters: [{WTE}, parameters.awareness.push_per_month]
priors: {{{WTE}: {{low: 3, high: 9}}}}
set: {{parameters.finance.money_gate: true}}
waves: 2
"""
CHECK = "calibrate ours.yaml --check"
STUDY = """title: t
scenarios: baseline
set: {months: 12}
replicates: 1
outcomes: [adopter_share_pct]
watch:
  early: {innovations: [mycopd], month: 6, among: [RHQ], less: [RTH]}
"""


def plan(old: str, new: str, name: str, says: str, mended: str, told: str = "") -> Case:
    """A calibration with ``new`` in place of ``old``, which following the message turns into ``mended``."""
    assert old in PLAN
    return Case(name, {"ours.yaml": PLAN.replace(old, new)}, CHECK, says, new, mended, told=told)


def watched(old: str, new: str, name: str, says: str, mended: str, told: str = "") -> Case:
    """A study that watches something which cannot be."""
    assert old in STUDY
    return Case(name, {"t.yaml": STUDY.replace(old, new)}, "studies validate t.yaml", says, new, mended, told=told)


CASES: list[Case] = [
    plan("push_per_month]", "push_per_moth]", "a parameter to vary misspelt", "did you mean ", "push_per_month]",
         told="parameters.awareness.push_per_month"),
    plan("push_per_month]", f"push_per_month, {WTE}]", "a parameter to vary twice", "remove one of them",
         "push_per_month]", told="remove"),
    plan("priors: {parameters.capacity.wte_per_size:", "priors: {parameters.capacity.pressure:",
         "a prior of what is not varied", "remove it", "priors: {parameters.capacity.wte_per_size:", told="remove"),
    plan("low: 3, high: 9", "low: 9, high: 3", "a prior the wrong way round", "swap them", "low: 3, high: 9",
         told="swap"),
    plan("low: 3,", "low: -3,", "a prior below nothing", "write low: 0.01", "low: 0.01,", told="low: 0.01"),
    plan("{parameters.finance.money_gate: true}", f"{{{WTE}: 4}}", "a fixed key that is varied",
         "list 'parameters' without it", "{parameters.finance.money_gate: true}", told="without it"),
    plan("[precept]", "[precpt]", "a series to fit to misspelt", "did you mean 'precept'?", "[precept]",
         told="precept"),
    plan("parameters.awareness.push_per_month", "qqqqq", "a parameter to vary like no other", "write parameters.",
         "parameters.awareness.push_per_month", told="parameters."),
    plan("waves: 2", "waves: 2\nposterior: 5000", "more draws than the chains give", "write steps: 1570",
         "waves: 2\nposterior: 5000\nsteps: 1570", told="steps: 1570"),
    plan("low: 3, high: 9", "low: 3, high: 1.0e13", "a prior beyond what may be", "shows the plausible range",
         "low: 3, high: 9", told="plausible"),
    Case("a fit to series that are only shown", {"ours.yaml": PLAN.replace("[precept]", "[escape-pain]")},
         "calibrate ours.yaml --out new", "shows which are fitted to", "", "", told="fitted"),
    Case("counts that are only to be checked", {"own.csv": "month,adopters,organisations\n12,12,150\n"},
         "calibrate --own own.csv --check", "leave --check out", "", "", told="leave"),
    Case("counts in the wrong columns", {"own.csv": "month,adopters,organisations\n12,150,12\n"},
         "calibrate --own own.csv --kind digitl", "check which column is which", "", "", told="column"),
    Case("an own innovation of no kind", {"own.csv": "month,adopters,organisations\n12,12,150\n"},
         "calibrate --own own.csv --kind digitl --out new", "for example digital", "", "", told="digital"),
    Case("counts beside a plan", {"own.csv": "month,adopters,organisations\n12,12,150\n", "ours.yaml": PLAN},
         "calibrate ours.yaml --own own.csv", "leave the file out", "", "", told="leave"),
    Case("a folder without a posterior", {"new/a.txt": "a"}, "validate --posterior-from new --out newer --replicates 1",
         "'diffusion calibrate' makes one", "", "", told="makes one"),
    Case("more draws than a posterior has", {}, "validate --posterior --draws 100000 --out new", "try --draws ",
         "", "", told="--draws"),
    Case("a calibration of nothing", {"ours.yaml": "- 1\n"}, CHECK, "for example 'waves: 4'", "- 1", "waves: 4"),
    watched("month: 6", "month: 13", "a month after the end", "try 12", "month: 12", told="12"),
    watched("[mycopd]", "[mycop]", "a watched innovation misspelt", "did you mean 'mycopd'?", "[mycopd]",
            told="mycopd"),
    watched("[mycopd]", "[mycopd, mycopd]", "a watched innovation twice", "remove one of them", "[mycopd]",
            told="remove"),
    watched("[mycopd]", "[qqqqq]", "a watched innovation like no other", "for example ", "[mycopd]",
            told="for example"),
    watched("[RHQ]", "[RHQQ]", "a watched trust misspelt", "did you mean ", "[RHQ]", told="RHQ"),
    watched("[RHQ]", "[99999]", "a watched trust like no other", "", "[RHQ]", told="expected"),
    watched("  early:", "  replicate:", "a watched share with a taken name", "for example my-replicate",
            "  my-replicate:", told="my-replicate"),
    Case("an executor beside a script", {"ours.yaml": PLAN}, "calibrate ours.yaml --script 2 --processes",
         "leave it out", "", "", told="leave it out"),
]  # fmt: skip
