"""Mistakes in what names a region, with the advice that they provoke (see ``advice_cases.py``)."""

from __future__ import annotations

from advice_cases import OWN, RUN, TRUSTS, Case

FILES = {"a.yaml": OWN, "trusts.csv": TRUSTS}
LIST = "T0\nT1\n"


def _named(name: str, region: str, says: str, new: str, **more: object) -> Case:
    words = f"run a.yaml --region {region} {RUN}"
    return Case(name, FILES, words, says, f"--region {region}", new, **more)  # type: ignore[arg-type]


def _listed(name: str, text: str, says: str, old: str, new: str, **more: object) -> Case:
    files = {**FILES, "mine.txt": text}
    return Case(name, files, f"run a.yaml --region mine.txt {RUN}", says, old, new, **more)  # type: ignore[arg-type]


def _alone(name: str, region: str, says: str, old: str, new: str, **more: object) -> Case:
    files = {"a.yaml": f"{OWN}  region: {region}\n", "trusts.csv": TRUSTS}
    return Case(name, files, "scenarios validate a.yaml", says, old, new, **more)  # type: ignore[arg-type]


CASES: list[Case] = [
    _named("a region misspelt", "'East Midlans'", "did you mean --region EM (East Midlands AHSN)?", "--region EM"),
    _named("no region near", "9999", "from EM to EM", "--region EM", told="from EM"),
    Case(
        "a name that two regions have",
        {"a.yaml": "title: x\nextends: baseline\nmonths: 3\n"},
        f"run a.yaml --region 'greater manchester' {RUN}",
        "for example --region GM",
        "'greater manchester'",
        "GM",
    ),
    _listed("no listed trust", "T0\n9999\n", "from T0 to T3", "T0\n9999", "T0", told="from T0"),
    _listed("a trust listed twice", "T0\nT1\nT0\n", "first given in line 1", "T1\nT0", "T1", told="in line 1"),
    _listed("a list of nothing", "# none\n", "for example a line T0", "# none", "T0", told="a line T0"),
    Case(
        "a region twice",
        FILES,
        f"run a.yaml --region EM --region em {RUN}",
        "leave one of them out",
        " --region em",
        "",
        told="leave one of them out",
    ),
    Case(
        "two lists of one name",
        {**FILES, "x/mine.txt": LIST, "y/mine.txt": "T2\n"},
        f"run a.yaml --region x/mine.txt --region y/mine.txt {RUN}",
        "give the file of trust codes another name",
        "y/mine.txt",
        "y/other.txt",
        add={"y/other.txt": "T2\n"},
        told="another name",
    ),
    _alone("no region alone near", '"9999"', "from EM to EM", '"9999"', "EM", told="from EM"),
    _alone("one trust as a region", "T0", "write [T0] for one trust alone", "region: T0", "region: [T0]", told="[T0]"),
    _alone("no trust in a region", "[]", "leave it out for all", "  region: []\n", "", told="leave it out"),
    _alone("a trust of a region twice", "[T0, T1, T0]", "list T0 once", ", T0]", "]", told="list T0 once"),
    _alone("a trust of a region in small letters", "[T0, t1]", "write 'T1'", "t1", "T1"),
    _alone("no trust of a region", '[T0, "9999"]', "from T0 to T3", '[T0, "9999"]', "[T0]", told="from T0"),
    Case(
        "people in one region",
        {"a.yaml": f"{OWN}  region: EM\nparameters: {{supply: {{followed: true}}}}\n", "trusts.csv": TRUSTS},
        "scenarios validate a.yaml",
        "leave world.region out",
        "  region: EM\n",
        "",
        told="leave world.region out",
    ),
]
