"""Mistakes about innovations of one's own, with the advice that they provoke; as in ``advice_cases.py``."""

from __future__ import annotations

from advice_cases import SMALL, Case

PORTFOLIO = "innovations:\n  - id: own-app\n    name: Own\n    kind: digital\n"
BESIDE = "beside: default\n" + PORTFOLIO
SCENARIO = "title: x\nextends: baseline\nworld: {innovations: own.yaml}\n"
CHECK = "scenarios validate a.yaml"


def portfolio(name: str, text: str, says: str, old: str, new: str, told: str = "") -> Case:
    """A mistake in a portfolio file, which following the message mends."""
    return Case(name, {"a.yaml": SCENARIO, "own.yaml": text}, CHECK, says, old, new, told=told)


CASES: list[Case] = [
    portfolio(
        "an innovation that the packaged portfolio has too",
        BESIDE.replace("own-app", "mycopd"),
        "call it 'own-mycopd'",
        "id: mycopd",
        "id: own-mycopd",
        told="own-mycopd",
    ),
    portfolio(
        "a pilot site misspelt",
        PORTFOLIO + "    pilot_sites: [RM33]\n",
        "did you mean 'RM3'?",
        "RM33",
        "RM3",
    ),
    portfolio(
        "a pilot site that is like no trust",
        PORTFOLIO + "    pilot_sites: ['!?']\n",
        "for example R1F",
        "'!?'",
        "R1F",
    ),
    portfolio(
        "a pilot site of a sector that may not use it",
        PORTFOLIO + "    eligible_sectors: [acute]\n    pilot_sites: [RX6]\n",
        "add ambulance to eligible_sectors, or leave RX6 out",
        "[acute]",
        "[acute, ambulance]",
        told="ambulance",
    ),
    portfolio(
        "a month of the calendar for a month of the run",
        PORTFOLIO + "    live_month: Apr-18\n",
        "write 33 for April 2018 where the run begins in July 2015",
        "Apr-18",
        "33",
    ),
    portfolio(
        "a month of the calendar before the run",
        PORTFOLIO + "    live_month: 2014-04\n",
        "write 0 for what is there from the start",
        "2014-04",
        "0",
    ),
    portfolio(
        "a key of another name for the month from which it is live",
        PORTFOLIO + "    start: April 2018\n",
        "call it live_month, the month of the run, counted from its start",
        "start: April 2018",
        "live_month: 33",
        told="33 is April 2018",
    ),
    Case(
        "a column of another name for the month from which it is live",
        {"own.csv": "id,name,kind,start\nown,Own,digital,April 2018\n"},
        "innovations list --file own.csv",
        "call it live_month, the month of the run, counted from its start",
        "start\nown,Own,digital,April 2018",
        "live_month\nown,Own,digital,33",
        told="33 is April 2018",
    ),
    Case(
        "a month of the calendar in a column",
        {"own.csv": "id,name,kind,live_month\nown,Own,digital,01/04/2018\n"},
        "innovations list --file own.csv",
        "write 33 for April 2018 where the run begins in July 2015",
        "01/04/2018",
        "33",
    ),
    Case(
        "a month of the calendar in a scenario",
        {
            "a.yaml": "title: x\nextends: baseline\nworld:\n  more_innovations:\n"
            "    own: {name: O, kind: drug, live_month: April 2018}\n"
        },
        CHECK,
        "write 33 for April 2018 where the run begins in July 2015",
        "April 2018",
        "33",
    ),
    portfolio(
        "a month of the calendar written in words",
        PORTFOLIO + "    live_from: April 2018\n",
        "write 2018-04",
        "April 2018",
        "2018-04",
    ),
    portfolio(
        "a year for a month of the calendar",
        PORTFOLIO + "    live_from: 2018\n",
        "for example 2025-04",
        "2018",
        "2025-04",
    ),
    portfolio(
        "a share written with a stroke",
        PORTFOLIO + "    opening_users: 187/206\n",
        "write '187 of 206', and 'in YYYY-MM' behind it if that was not at the start",
        "187/206",
        "187 of 206",
    ),
    portfolio(
        "a number of users without of how many",
        PORTFOLIO + "    opening_users: 187\n",
        "for example '187 of 206 in 2025-05'",
        "187",
        "187 of 206 in 2025-05",
    ),
    portfolio(
        "a count the wrong way round",
        PORTFOLIO + "    opening_users: 206 of 187\n",
        "write '187 of 206' if they stand the wrong way round",
        "206 of 187",
        "187 of 206",
    ),
    portfolio(
        "users of nobody",
        PORTFOLIO + "    opening_users: 0 of 0\n",
        "leave it out where nobody may use it",
        "    opening_users: 0 of 0\n",
        "",
    ),
    portfolio(
        "the month of a count in another form",
        PORTFOLIO + "    opening_users: 187 of 206 in 05/2014\n",
        "write 2014-05",
        "05/2014",
        "2014-05",
    ),
    portfolio(
        "users before it is on the market",
        PORTFOLIO + "    live_from: 2015-01\n    opening_users: 1 of 2 in 2014-06\n",
        "write an earlier live_from, for example 2013-06",
        "live_from: 2015-01",
        "live_from: 2013-06",
        told="2013-06",
    ),
    Case(
        "users before it is on the market, in a scenario",
        {
            "a.yaml": "title: x\nextends: baseline\nworld:\n  more_innovations:\n"
            "    own: {name: O, kind: drug, live_from: 2015-01, opening_users: 1 of 2 in 2014-06}\n"
        },
        CHECK,
        "write an earlier live_from, for example 2013-06",
        "2015-01",
        "2013-06",
    ),
    portfolio(
        "a pilot site twice", PORTFOLIO + "    pilot_sites: [RM3, RW3, RM3]\n", "list RM3 once", ", RM3]", "]", "RM3"
    ),
    Case(
        "a pilot site twice on the command line",
        {},
        "innovations new own-app --pilot-sites RM3,RW3,RM3 --out own.yaml",
        "list RM3 once",
        "RM3,RW3,RM3",
        "RM3,RW3",
        told="RM3",
    ),
    Case(
        "a pilot site that has merged",
        {},
        "innovations new own-app --scenario england-2025 --pilot-sites RM3,RW3 --out own.yaml",
        "RW3 went on in R0A: name R0A instead",
        "RM3,RW3",
        "RM3,R0A",
        told="R0A",
    ),
    Case(
        "an innovation of another world",
        {},
        "innovations show electronic-patient-record",
        "england-2025 has it: add --file england-2025",
        "show electronic-patient-record",
        "show electronic-patient-record --file england-2025",
        told="--file england-2025",
    ),
    Case(
        "an innovation to show misspelt",
        {},
        "innovations show mycop",
        "did you mean 'mycopd'?",
        "show mycop",
        "show mycopd",
        told="mycopd",
    ),
    Case(
        "an innovation to show like no other",
        {"own.yaml": PORTFOLIO},
        "innovations show zzzz --file own.yaml",
        "for example own-app",
        "show zzzz",
        "show own-app",
        told="own-app",
    ),
    Case(
        "innovations of a made-up world",
        {"a.yaml": SMALL},
        "innovations list --file a.yaml",
        "leave --file out for the packaged portfolio",
        " --file a.yaml",
        "",
        told="leave --file out",
    ),
    Case(
        "a kind misspelt",
        {},
        "innovations new own-app --kind digitel --out own.yaml",
        "did you mean 'digital'?",
        "digitel",
        "digital",
    ),
    Case(
        "a kind like no other",
        {},
        "innovations new own-app --kind xyz --out own.yaml",
        "for example digital",
        "xyz",
        "digital",
    ),
    Case(
        "an innovation that becomes live after the run",
        {},
        "innovations new own-app --start 2031-01 --out own.yaml",
        "for example --start 2015-07",
        "2031-01",
        "2015-07",
    ),
    Case(
        "a start that is no month",
        {},
        "innovations new own-app --start 2018-4 --out own.yaml",
        "2018-04",
        "2018-4",
        "2018-04",
    ),
    Case(
        "an id that the portfolio has",
        {},
        "innovations new mycopd --out own.yaml",
        "call it 'own-mycopd'",
        "new mycopd",
        "new own-mycopd",
        told="own-mycopd",
    ),
    Case(
        "a scenario that is added to lies elsewhere",
        {"in/a.yaml": "title: x\nextends: baseline\n", "out/b.txt": "x"},
        "innovations new own-app --scenario in/a.yaml --out out/own.yaml",
        "for example --out in/own.yaml",
        "out/own.yaml",
        "in/own.yaml",
    ),
    Case(
        "a file of an innovation that exists",
        {"own.yaml": "x: 1\n"},
        "innovations new own-app --out own.yaml",
        "overwrite with --force",
        "--out own.yaml",
        "--out own.yaml --force",
        told="--force",
    ),
]
