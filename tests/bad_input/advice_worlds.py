"""Mistakes in worlds, with the advice that they provoke (see ``advice_cases.py``)."""

from __future__ import annotations

from advice_cases import OWN, RUN, TRUSTS, Case

WORLD_YAML = "id: mine\ntitle: Mine\ndata_month: 2025-04\nmedian_staff_fte: 3000\n"
NETWORKS = "code,name,population,latitude,longitude\nEM,East,1000,52,-1\n"
PORTFOLIO = "innovations:\n  - {id: app, name: App, kind: digital, eligible_sectors: [acute]}\n"


def _described(header: str) -> str:
    each = "{description: as named, unit: as named, source: our own, licence: our own}"
    return "".join(f"      {column}: {each}\n" for column in header.split(","))


_HEADERS = [text.partition("\n")[0] for text in (TRUSTS, NETWORKS)]
DICTIONARY = "tables:\n" + "".join(
    f"  {name}:\n    description: {name}\n    rows: {rows}\n    key: code\n    columns:\n{_described(header)}"
    for name, rows, header in zip(("trusts.csv", "networks.csv"), (4, 1), _HEADERS)
)
FILES = {
    "mine/world.yaml": WORLD_YAML,
    "mine/trusts.csv": TRUSTS,
    "mine/networks.csv": NETWORKS,
    "mine/portfolio.yaml": PORTFOLIO,
    "mine/dictionary.yaml": DICTIONARY,
    "a.yaml": "title: x\nstart: 2025-04\nmonths: 6\nworld: {name: mine}\n",
}
VALIDATE = "worlds validate mine"


def _with(file: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[file]
    return {**FILES, file: FILES[file].replace(old, new, 1)}


def _dictionary(name: str, old: str, new: str, says: str, wrong: str, right: str, **more: object) -> Case:
    return Case(name, _with("mine/dictionary.yaml", old, new), VALIDATE, says, wrong, right, **more)  # type: ignore[arg-type]


_CODE = "      code: {description: as named, unit: as named, source: our own, licence: our own}\n"
_AHSN = _CODE.replace("code", "ahsn")


def _board(name: str, goes_on: str, says: str, wrong: str, right: str, **more: object) -> Case:
    """A mistake in what becomes of a board; ``goes_on`` is the code of its successor and the date."""
    columns = ("code", "successor_code_2026", "successor_date")
    described = "".join(_CODE.replace("code", column) for column in columns)
    files = {
        **FILES,
        "mine/boards.csv": ",".join(columns) + f"\nQ01,{goes_on}\n",
        "mine/dictionary.yaml": DICTIONARY + f"  boards.csv:\n    description: x\n    columns:\n{described}",
    }
    return Case(name, files, VALIDATE, says, wrong, right, **more)  # type: ignore[arg-type]


CASES: list[Case] = [
    Case(
        "a world misspelt",
        FILES,
        "worlds show england-2052",
        "did you mean 'england-2025'",
        "england-2052",
        "england-2025",
    ),
    Case(
        "a scenario of a world misspelt",
        {"a.yaml": "title: x\nmonths: 6\nworld: {name: england-2052}\n"},
        f"run a.yaml {RUN}",
        "did you mean 'england-2025'",
        "england-2052",
        "england-2025",
    ),
    Case(
        "a folder that is no world",
        {"other/x.txt": "x"},
        "worlds validate other",
        "'diffusion worlds new' writes one",
        then="worlds new mine",
        told="diffusion worlds new",
    ),
    Case(
        "a world without a dictionary",
        {name: text for name, text in FILES.items() if "dictionary" not in name},
        VALIDATE,
        "'diffusion worlds new' writes one to fill in",
        add={"mine/dictionary.yaml": DICTIONARY},
    ),
    Case(
        "a world with the id of a packaged one",
        _with("mine/world.yaml", "id: mine", "id: england-2025"),
        VALIDATE,
        "write id: own-england-2025",
        "id: england-2025",
        "id: own-england-2025",
    ),
    _dictionary(
        "a table misspelt",
        "networks.csv:",
        "network.csv:",
        "did you mean 'network.csv'",
        "network.csv:",
        "networks.csv:",
        told="did you mean",
    ),
    Case(
        "a table of which nothing is said",
        {**FILES, "mine/more.csv": "code\n1\n"},
        VALIDATE,
        "add 'more.csv' under tables",
        "tables:\n",
        "tables:\n  more.csv: {description: more, columns: {code: {description: a, unit: b, source: c, licence: d}}}\n",
        told="add 'more.csv' under tables",
    ),
    _dictionary(
        "a table that is not there",
        "tables:\n",
        "tables:\n  zzzzzzzz.md: {description: gone}\n",
        "leave it out",
        "  zzzzzzzz.md: {description: gone}\n",
        "",
        told="leave it out",
    ),
    _dictionary(
        "a key that is no column",
        "key: code",
        "key: kode",
        "did you mean 'code'",
        "key: kode",
        "key: code",
        told="did you mean",
    ),
    _dictionary("a key like no column", "key: code", "key: zzzzzz", "write key: code", "key: zzzzzz", "key: code"),
    _dictionary("another number of rows", "rows: 4", "rows: 7", "write rows: 4", "rows: 7", "rows: 4"),
    _dictionary(
        "a column of which nothing is said",
        _AHSN,
        "",
        "add 'ahsn' under columns",
        "      ics:",
        _AHSN + "      ics:",
        told="add 'ahsn' under columns",
    ),
    _dictionary(
        "a column misspelt",
        "      sector:",
        "      sectr:",
        "did you mean 'sector'",
        "      sectr:",
        "      sector:",
        told="did you mean",
    ),
    _dictionary(
        "a column that is not there",
        _CODE,
        _CODE + _CODE.replace("code", "zzzz"),
        "leave it out",
        _CODE.replace("code", "zzzz"),
        "",
        told="leave it out",
    ),
    _board("a board that goes on at no date", "Q09,2026/04", "for example 2026-04-01", "2026/04", "2026-04-01"),
    _board(
        "a board that goes on in none",
        ",2026-04",
        "leave successor_date blank",
        "Q01,,2026-04",
        "Q01,,",
        told="leave successor_date blank",
    ),
    Case(
        "a board that is not in the table of boards",
        {
            **FILES,
            "mine/boards.csv": "code\nQ02\n",
            "mine/dictionary.yaml": DICTIONARY + f"  boards.csv:\n    description: x\n    columns:\n{_CODE}",
        },
        VALIDATE,
        "from Q02 to Q02",
        "Q01,",
        "Q02,",
        told="Q02",
    ),
    Case(
        "a board without a trust",
        {
            **FILES,
            "mine/boards.csv": "code\nQ01\nQ02\n",
            "mine/dictionary.yaml": DICTIONARY + f"  boards.csv:\n    description: x\n    columns:\n{_CODE}",
        },
        VALIDATE,
        "leave the row out",
        "Q02\n",
        "",
        told="leave the row out",
    ),
    Case(
        "a board whose trusts are others",
        {
            **FILES,
            "mine/boards.csv": "code,trusts\nQ01,T0;T1;T2;T9\n",
            "mine/dictionary.yaml": DICTIONARY
            + f"  boards.csv:\n    description: x\n    columns:\n{_CODE}{_CODE.replace('code', 'trusts')}",
        },
        VALIDATE,
        "write T0;T1;T2;T3",
        "T0;T1;T2;T9",
        "T0;T1;T2;T3",
    ),
    Case(
        "a copy said to hold for another month",
        {},
        "worlds new mine --from england-2025 --month 2026-04",
        "write --month 2025-04",
        "--month 2026-04",
        "--month 2025-04",
    ),
    Case(
        "the id of a packaged world",
        {},
        "worlds new england-2025",
        "call it own-england-2025",
        "england-2025",
        "own-england-2025",
    ),
    Case("no id", {}, "worlds new 'a b'", "for example my-world", "'a b'", "my-world"),
    Case(
        "a world that is there",
        FILES,
        "worlds new mine",
        "for example my-world",
        "new mine",
        "new my-world",
        told="my-world",
    ),
    Case(
        "a packaged world misspelt",
        {},
        "worlds new mine --from england-2052",
        "did you mean 'england-2025'",
        "2052",
        "2025",
    ),
    Case(
        "no packaged world",
        {},
        "worlds new mine --from zzz",
        "for example --from england-2025",
        "--from zzz",
        "--from england-2025",
    ),
    Case(
        "an empty title",
        {},
        "worlds new mine --title ' '",
        "for example --title 'My region'",
        "--title ' '",
        "--title 'My region'",
    ),
    Case(
        "no month", {}, "worlds new mine --month 2025", "for example --month 2025-04", "--month 2025", "--month 2025-04"
    ),
    Case(
        "a trust with two names of one column",
        {
            "a.yaml": OWN.replace("csv", "yaml"),
            "trusts.yaml": "trusts:\n  - {code: T0, name: T, sector: acute, ahsn: EM, network: EM, ics: Q01, "
            "latitude: 52, longitude: -1, staff_fte: 3000}\n",
        },
        "scenarios validate a.yaml",
        "leave 'network' out",
        " network: EM,",
        "",
        told="leave 'network' out",
    ),
]
