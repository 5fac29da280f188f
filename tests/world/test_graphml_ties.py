"""Ties of GraphML that a reader could lose or trip over are told, as those of a table are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n<graph edgedefault="{kind}">\n'
NODES = '<node id="A0"/><node id="A1"/><node id="A2"/>\n'
TIE, OTHER = '<edge source="A0" target="A1"/>\n', '<edge source="A1" target="A2"/>\n'
NESTED = f'<node id="A3"><graph id="inner" edgedefault="undirected">{OTHER}</graph></node>\n'


@pytest.mark.parametrize("kind", ["directed", "undirected"])
@pytest.mark.parametrize(
    ("ties", "said"),
    [
        (TIE + TIE, "given twice"),
        (TIE + NESTED, "ties.graphml:5: the file holds a second graph"),
        (f"{TIE}{OTHER}</graph><graph edgedefault='undirected'>", "second graph"),
        (f"<!-- <graph> -->{TIE}{OTHER}", ""),
    ],
    ids=["twice", "nested", "second", "comment"],
)
def test_ties_of_a_table_of_adoption(
    ties: str, said: str, kind: str, tmp_path: Path, command_line: Callable[..., tuple[int, str, str]]
) -> None:
    (tmp_path / "o.csv").write_text("code,time\n" + "".join(f"A{n},{n % 6 + 1}\n" for n in range(12)), "utf-8")
    text = f"{HEAD.format(kind=kind)}{NODES}{ties}</graph></graphml>\n"
    (tmp_path / "ties.graphml").write_text(text, "utf-8")
    code, out, err = command_line("analyse", "o.csv", "--ties", "ties.graphml", "--draws", "99", "--out", "new")
    assert code == (2 if said else 0), out + err
    assert said in " ".join(err.split())
