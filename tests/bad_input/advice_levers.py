"""Mistakes in own levers: kinds of payment and numbers, with the advice that they provoke (see ``advice_cases.py``)."""

from __future__ import annotations

from advice_cases import RUN, SMALL, Case

HEAD = "from typing import ClassVar\nimport diffusion as df\n"


def module(name: str, purposes: str, write: str = "pass", fields: str = "") -> str:
    """Return the text of a module with a lever that declares ``purposes``."""
    return (
        f"{HEAD}@df.register\nclass Own{name.title()}(df.Lever):\n    name: ClassVar[str] = 'own-{name}'\n"
        f"    purposes: ClassVar = {purposes}\n{fields}"
        f"    def write(self, month, see, terms, own, draws):\n        {write}\n"
    )


def declared(name: str, purposes: str, says: str, old: str, new: str, told: str = "") -> Case:
    """A mistake in what a lever declares."""
    file = f"lever{name.replace('-', '')}.py"
    text = module(name.replace("-", ""), purposes)
    return Case(f"own purpose: {name}", {file: text}, f"levers list --python {file}", says, old, new, told=told)


def written(name: str, field: str, write: str, says: str, old: str, new: str, told: str = "") -> Case:
    """A mistake in what a lever writes, which another value of its setting mends."""
    fields = "    value: float = 1.0\n    purpose: str = 'own-fee'\n"
    files = {
        f"lever{name}.py": module(name, "{'own-fee': ('trust', 'company')}", write, fields),
        "a.yaml": f"{SMALL}levers: {{own-{name}: {{start: 2015-07, {field}}}}}\n",
    }
    return Case(f"own lever: {name}", files, f"run a.yaml --python lever{name}.py {RUN}", says, old, new, told=told)


CASES: list[Case] = [
    declared("name", "{'Fee': ('trust', 'company')}", "call it for example", "Fee", "consortium-fee"),
    declared(
        "list",
        "['fee']",
        "write for example purposes",
        "['fee']",
        "{'consortium-fee': ('trust', 'company')}",
        told='{"consortium-fee": ("trust", "company")}',
    ),
    declared("taken", "{'tariff': ('commissioner', 'trust')}", "call it 'own-tariff'", "tariff", "own-tariff"),
    declared("one-end", "{'fee': 'trust'}", 'for example ("trust", "company")', "'trust'", '("trust", "company")'),
    declared("supplier", "{'fee': ('trust', 'supplier')}", "a supplier is", "'supplier'", "'company'"),
    declared(
        "misspelt", "{'fee': ('comissioner', 'trust')}", "did you mean", "comissioner", "SUGGESTED", "commissioner"
    ),
    declared("fund", "{'fee': ('trust_fund', 'company')}", "let the trust pay", "trust_fund", "trust"),
    declared("itself", "{'fee': ('trust', 'trust')}", "name who gets it", "'trust')", "'company')", "company"),
    Case(
        "own purpose: two levers",
        {
            "leverone.py": module("one", "{'own-fee': ('trust', 'company')}"),
            "levertwo.py": module("two", "{'own-fee': ('trust', 'national')}"),
        },
        "levers list --python leverone.py --python levertwo.py",
        "give one of the two another name",
        "{'own-fee': ('trust', 'national')}",
        "{'other-fee': ('trust', 'national')}",
        told="another name",
    ),
    written(
        "blank",
        "value: 0",
        "terms.utility.add(float('nan') if self.value == 0 else self.value)",
        "look for blanks",
        "value: 0",
        "value: 0.5",
        "divisions by 0",
    ),
    written(
        "huge",
        "value: 1.0e+200",
        "terms.capacity.mul(self.value); terms.capacity.mul(self.value)",
        "far too large",
        "1.0e+200",
        "1.5",
        "too large",
    ),
    written(
        "price",
        "value: -0.2",
        "terms.upfront_price.mul(self.value)",
        "a discount of 20 % is 0.8",
        "value: -0.2",
        "value: 0.8",
        "0.8",
    ),
    written(
        "unknown",
        "purpose: own-fees",
        "terms.pay(self.purpose, 1.0)",
        "did you mean 'own-fee'?",
        "own-fees",
        "SUGGESTED",
        "own-fee",
    ),
]
