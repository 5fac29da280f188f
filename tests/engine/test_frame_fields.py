"""The rows of the frame say what kernels find there, and the view for type checkers says what the rows say."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from diffusion.engine.kernels.frame_fields import AXES, DESCRIBED, FIELDS, UNITS, Field, parse
from diffusion.engine.state import Pairs
from diffusion.engine.term_specs import TERMS
from diffusion.mechanisms.parameters import all_parameters
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "diffusion"
sys.path.insert(0, str(ROOT / "scripts"))

import frame_stub  # noqa: E402

pytestmark = pytest.mark.unit

#: what kernels write and nothing in the package reads from the frame: the record of a run
ONLY_WRITTEN = {"out_innovation", "out_group", "out_money"}
#: one item or none where nobody needs more: no counting of adopters, no transfer ties, no overrides
SOMETIMES_SMALL = re.compile(r"(adopting|group_adopting|transfer_to|transfer_weight|o_\w+)\Z")
ROW = "speed f8 N,K | 1/month | how fast it goes | mechanisms/rollout"


def field_of(node: ast.AST) -> str | None:
    """Return the field that ``c.NAME`` of a kernel, or ``frame["NAME"]`` or ``f["NAME"]`` of Python, is about."""
    if isinstance(node, ast.Attribute):
        return node.attr if isinstance(node.value, ast.Name) and node.value.id == "c" else None
    if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)):
        return None
    holder, name = node.value, node.slice.value
    called = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
    return name if called in ("f", "frame") and isinstance(name, str) else None


def written_at(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions that an assignment writes to or into; what it adds to is read as well."""
    for target in node.targets if isinstance(node, ast.Assign) else []:
        for part in target.elts if isinstance(target, ast.Tuple) else [target]:
            inner: ast.expr = part
            while isinstance(inner, ast.Subscript) and field_of(inner) is None:
                inner = inner.value
            yield inner


def used_and_read() -> tuple[set[str], set[str]]:
    """Return the fields that a kernel names or Python reads, and those of them that anything reads."""
    used: set[str] = set()
    read: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        written = {id(part) for node in nodes for part in written_at(node)}
        for node in nodes:
            name = field_of(node)
            if name in FIELDS and name is not None:
                if id(node) not in written:
                    read.add(name)
                if id(node) not in written or isinstance(node, ast.Attribute):
                    used.add(name)
    return used, read


def parameter_units() -> Iterator[tuple[str, str]]:
    """Yield (field, unit of the parameter) of all fields that ``month/compiled.py`` copies from one parameter."""
    sections = {"b": "beliefs", "s": "supply"}
    units = {(info.section, info.name): info.unit for info in all_parameters()}
    for node in ast.walk(ast.parse((SOURCE / "month" / "compiled.py").read_text(encoding="utf-8"))):
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else []:
            if isinstance(key, ast.Constant) and isinstance(value, ast.Attribute):
                holder, field = value.value, key.value
                name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
                unit = units.get((sections.get(name, name), value.attr))
                if unit is not None and isinstance(field, str) and field in FIELDS:
                    yield field, unit


def test_the_view_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """If not: python scripts/frame_stub.py."""
    assert frame_stub.main(["--check"]) == 0, capsys.readouterr().out


def test_a_view_out_of_date_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "frame_view.py"
    whole = frame_stub.TARGET.read_text(encoding="utf-8")
    monkeypatch.setattr(frame_stub, "TARGET", copy)
    for text in (None, whole.replace("stage: Bytes", "stage: Floats", 1)):
        if text is not None:
            copy.write_text(text, encoding="utf-8")
        assert frame_stub.main(["--check"]) == 1
        assert "out of date" in capsys.readouterr().out
        assert frame_stub.main([]) == 0
        assert copy.read_text(encoding="utf-8") == whole


def test_every_part_of_a_row_shows_in_the_view() -> None:
    stage = DESCRIBED["stage"]
    changed = (
        stage._replace(name="stages"),
        stage._replace(meaning="something else"),
        stage._replace(dtype="i2"),
        stage._replace(unit="GBP"),
        stage._replace(axes=("R",)),
        stage._replace(flags="~"),
    )
    assert len({frame_stub.stub([field]) for field in (stage, *changed)}) == 1 + len(changed)


def test_rows_are_read() -> None:
    others = "x i8 | number | how many | month/compiled\n\ny u1 N @ | yes/no | is so | a/b"
    assert list(parse(["# title\n" + ROW, others]).items()) == [
        ("speed", Field("speed", "f8", ("N", "K"), "", "1/month", "how fast it goes", "mechanisms/rollout")),
        ("x", Field("x", "i8", (), "", "number", "how many", "month/compiled")),
        ("y", Field("y", "u1", ("N",), "@", "yes/no", "is so", "a/b")),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW.replace("f8", "f4"), "field 'speed': there is no type of arrays 'f4'"),
        (ROW.replace("f8 N,K", "u1"), "there is no type of numbers 'u1'"),
        (ROW.replace("N,K", "N,J"), "there is no axis 'J'"),
        (ROW.replace("N,K", "N,"), "there is no axis ''"),
        (ROW.replace("1/month", "furlongs"), "there is no unit 'furlongs'"),
        (ROW.replace(" N,K", " ~"), "there is no flag of numbers '~'"),
        (ROW.replace("N,K", "N,K !"), "a row of the frame is"),
        (ROW.replace("N,K", "N, K"), "a row of the frame is"),
        (ROW.replace("1/month", ""), "a row of the frame is"),
        (ROW.replace("how fast it goes", ""), "a row of the frame is"),
        (ROW.replace("| mechanisms/rollout", "|"), "a row of the frame is"),
        (ROW.replace("| mechanisms/rollout", ""), "a row of the frame is"),
        (ROW.replace("| 1/month", "1/month"), "a row of the frame is"),
        (ROW + "\n" + ROW, "'speed' is declared twice"),
    ],
)
def test_a_broken_row_is_told(row: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse([row])


def test_every_field_has_unit_meaning_and_an_owner_that_knows_it() -> None:
    sources: dict[str, str] = {}
    for field in DESCRIBED.values():
        assert field.unit
        assert field.meaning
        path = SOURCE / f"{field.owner}.py"
        assert path.is_file(), field
        # terms.py writes what term_specs.py lists
        files = (path, path.with_name("term_specs.py")) if field.owner == "engine/terms" else (path,)
        source = sources.setdefault(field.owner, "".join(each.read_text(encoding="utf-8") for each in files))
        # x_, y_ and top_ may be put before a name where it is used
        name = re.sub("^(x|y|top)_", "(?:[a-z]+_)?", field.name)
        assert re.search(rf"\b{name}\b", source), field


def test_every_axis_and_unit_is_used() -> None:
    axes = {axis for field in DESCRIBED.values() for axis in field.axes}
    assert {axis for axis in axes if not axis.isdecimal()} == set(AXES)
    assert {field.unit for field in DESCRIBED.values()} == set(UNITS)


def test_what_rows_and_axes_refer_to_exists() -> None:
    for text in (*AXES.values(), *UNITS.values(), *(field.meaning for field in DESCRIBED.values())):
        for name, place in re.findall(r"(?:\b([A-Z_]{4,}) of |see )(\S+\.py)", text):
            assert name in (SOURCE / place).read_text(encoding="utf-8"), text


def test_no_field_is_dead() -> None:
    used, read = used_and_read()
    assert set(FIELDS) - used == set()
    assert used - read == ONLY_WRITTEN


def test_terms_have_the_units_of_terms_and_a_part_by_ahsn() -> None:
    for name, spec in TERMS.items():
        field, by_trust = DESCRIBED.get(f"x_{name}"), DESCRIBED.get(f"y_{name}")
        if field is None:
            assert by_trust is None
            continue
        assert (field.unit, field.owner, field.flags) == (spec.unit, "engine/terms", "~")
        assert field.axes == ("R", "A" if spec.by_ahsn else "N", "K"), name
        assert (by_trust is not None) == spec.by_ahsn
        if by_trust is not None:
            assert by_trust == field._replace(name=f"y_{name}", axes=("R", "N", "K"), meaning=by_trust.meaning)


def test_numbers_have_the_units_of_their_parameters() -> None:
    compared = dict(parameter_units())
    assert len(compared) > 50
    for name, unit in compared.items():
        assert DESCRIBED[name].unit in ((unit, "share") if unit == "1" else (unit,)), name


def test_the_record_of_a_pair_holds_what_is_not_an_array_of_its_own() -> None:
    assert {name for name, field in DESCRIBED.items() if field.flags == "@"} == {*Pairs._fields} - {
        "stage",
        "use_months",
    }


@pytest.mark.integration
def test_axes_and_units_are_those_of_a_run() -> None:
    simulation = Simulation(load_scenario("everything", ["months=14"]))
    block = simulation.open(np.arange(4), seed=1)
    simulation.run(block, simulation.start_record(block))
    frame = block.space.frame
    sizes: dict[str, int] = {}
    for name, field in DESCRIBED.items():
        value = np.asarray(frame[name] if field.axes else frame.number(name))
        small = value.size <= 1 and SOMETIMES_SMALL.match(name)
        for axis, size in zip(field.axes, value.shape, strict=True):
            if not small and not (size == 1 and field.flags == "~"):
                assert size == (int(axis) if axis.isdecimal() else sizes.setdefault(axis, size)), (name, axis)
        if field.unit == "yes/no":
            assert np.isin(value, (0, 1)).all(), name
        elif field.unit in ("share", "probability"):
            assert ((value >= 0.0) & (value <= 1.0 + 1e-9)).all(), name
        elif field.unit == "month" and name != "live":  # slots that are not filled yet
            assert (((value >= -12) & (value <= block.month)) | (value == 32767)).all(), name
    assert set(AXES) - set(sizes) <= {"H"}
    assert len(set(sizes.values())) >= len(sizes) - 3  # else one axis could stand for another
