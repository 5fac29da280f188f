"""Files that are too deep, too many, without end or of the wrong kind: refused in moments, in a few lines."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from diffusion.errors import InputError
from diffusion.experiments.study import load_study
from diffusion.reading.files import named_by_user, read_bytes
from diffusion.reading.yaml_lines import parse_yaml, plain_scalar
from diffusion.scenario.check import check_scenario
from diffusion.scenario.load import load_scenario
from diffusion.scenario.problems import problems_of
from diffusion.storage.sealed import read_sealed

pytestmark = pytest.mark.unit
MANY = 100_000
DEEP = {
    "flow lists": "a: " + "[" * 30_000,
    "closed": "a: " + "[" * 30_000 + "]" * 30_000,
    "flow mappings": "a: " + "{a: " * 30_000,
    "in lines": "a: " + "[\n" * 30_000,
    "dashes": "- " * 30_000 + "a",
    "keys": "? " * 30_000 + "a",
    "indented": "\n".join(" " * level + "a:" for level in range(2_000)),
    "just too deep": "a: " + "[" * 60 + "]" * 60,
}


def problem_of(read: Callable[[], object], seconds: float = 20.0) -> str:
    """Return what is said of a file that must be refused in so many seconds of processor time."""
    began = time.process_time()
    with pytest.raises(InputError) as caught:
        read()
    assert time.process_time() - began < seconds
    assert len(problems_of(caught.value)) <= 100
    return str(caught.value)


@pytest.mark.parametrize("text", DEEP.values(), ids=list(DEEP))
def test_deep_yaml(text: str) -> None:
    assert "nested too deeply" in problem_of(lambda: parse_yaml(text))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5_000, "\ud800".encode("utf-8", "surrogatepass"), "{"]
)
def test_json_that_cannot_be_read(text: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    assert "manifest.json" in problem_of(lambda: read_sealed(path, "the manifest"))


def test_aliases_that_multiply() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    assert "aliases" in problem_of(lambda: parse_yaml("\n".join(lines)))


def test_aliases_of_a_usual_size_are_read() -> None:
    entry = "base: &base {a: 1, b: [1, 2, 3]}\n" + "".join(f"k{i}: *base\n" for i in range(1_000))
    assert isinstance(parse_yaml(entry).data, dict)


def test_entities_that_multiply(tmp_path: Path) -> None:
    entities = '<!ENTITY a "lol">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi"))
    ties = f"<?xml version='1.0'?><!DOCTYPE x [{entities}]><graphml>&i;</graphml>"
    (tmp_path / "ties.graphml").write_text(ties)
    (tmp_path / "s.yaml").write_text("title: x\nworld: {layers: {own: {file: ties.graphml}}}\n")
    assert "document type" in problem_of(lambda: check_scenario(load_scenario(str(tmp_path / "s.yaml"))))


UNKNOWN = {
    "top": "title: x\n" + "".join(f"key{i}: 1\n" for i in range(MANY)),
    "parameters": "title: x\nparameters:\n" + "".join(f"  key{i}: 1\n" for i in range(MANY)),
    "one section": "title: x\nparameters:\n  pilot:\n" + "".join(f"    key{i}: 1\n" for i in range(MANY)),
    "levers": "title: x\nlevers:\n" + "".join(f"  lever{i}: {{}}\n" for i in range(MANY)),
    "a lever": "title: x\nlevers:\n  nice:\n" + "".join(f"    key{i}: 1\n" for i in range(MANY)),
    "layers": "title: x\nworld:\n  layers:\n" + "".join(f"    l{i}: {{x: 1}}\n" for i in range(MANY)),
    "codes": "title: x\ninitial:\n  adopters:\n    codes:\n" + "".join(f"    - X{i}\n" for i in range(MANY)),
    "targets": "title: x\nlevers:\n  nice:\n    targets:\n      trusts:\n" + "      - X1\n" * MANY,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("text", UNKNOWN.values(), ids=list(UNKNOWN))
def test_a_hundred_thousand_faults(text: str, tmp_path: Path) -> None:
    """The time is linear in the number of faults; the first are told, the others counted."""
    path = tmp_path / "s.yaml"
    path.write_text(text)
    problem_of(lambda: check_scenario(load_scenario(str(path))), seconds=30.0)


@pytest.mark.parametrize("part", ["factors", "set", "top"])
def test_many_faults_of_a_study(part: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    keys = {
        "factors": "factors:\n" + "".join(f"  key{i}: {{values: [1, 2]}}\n" for i in range(2_000)),
        "set": "set:\n" + "".join(f"  key{i}: 1\n" for i in range(2_000)),
        "top": "".join(f"key{i}: 1\n" for i in range(20_000)),
    }[part]
    path.write_text(f"title: x\nscenarios: [baseline]\nreplicates: 1\n{keys}")
    problem_of(lambda: load_study(path), seconds=30.0)


def test_the_others_are_counted(command_line: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("title: x\n" + "".join(f"key{i}: 1\n" for i in range(5_000)))
    code, _, err = command_line("scenarios", "validate", str(tmp_path / "s.yaml"))
    assert code == 2
    assert "and 4,980 more unknown keys" in err
    assert len(err.splitlines()) < 30


def test_files_that_never_end_or_never_begin(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for name in (
            pipe,
            tmp_path / "socket",
            "/dev/zero",
            "/dev/random",
            "/dev/tty",
            "/proc/kcore",
        ):
            problem_of(lambda name=name: read_bytes(Path(name)))
    with suppress(InputError):
        read_bytes(Path("/proc/kmsg"))  # whatever it says, at once
    assert read_bytes(Path("/proc/self/status"))  # the system says 0 bytes of it


@pytest.mark.parametrize(
    "text", ["a\0b.yaml", "x" * 5_000 + ".yaml", "~nobody-of-this-name/x.yaml", "x\udcff.yaml", "/".join("x" * 3_000)]
)
def test_paths_that_no_file_can_have(text: str, tmp_path: Path) -> None:
    problem_of(lambda: load_scenario(text))
    if not text.endswith("yaml"):
        return
    problem_of(lambda: load_study(text))
    problem_of(lambda: named_by_user(text, "--python"))


@pytest.mark.parametrize("key", ["extends", "world.trusts", "world.layers.own.file", "world.innovations"])
@pytest.mark.parametrize(
    "text", [r'"a\0b.yaml"', '"' + "x" * 5_000 + '.csv"', '"/dev/zero"', '"/proc/self/mem"', '"~x/y.csv"']
)
def test_paths_inside_a_scenario(key: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    *above, last = key.split(".")
    path.write_text(
        "title: x\n"
        + "".join(f"{'  ' * i}{part}:\n" for i, part in enumerate(above))
        + f"{'  ' * len(above)}{last}: {text}\n"
    )
    problem_of(lambda: check_scenario(load_scenario(str(path))))


@pytest.mark.parametrize(
    "digits", ["9" * 5_000, "0x" + "f" * 5_000, "0o" + "7" * 9_000, "1e" + "9" * 5_000, "-" + "9" * 399]
)
def test_numbers_of_thousands_of_digits(digits: str, tmp_path: Path) -> None:
    repr(plain_scalar(digits))
    path = tmp_path / "s.yaml"
    for line in (
        f"months: {digits}",
        f"parameters: {{pilot: {{rate_factor: {digits}}}}}",
        f"levers: {{{digits}: {{}}}}",
    ):
        path.write_text(f"title: x\n{line}\n")
        problem_of(lambda: load_scenario(str(path)))
    problem_of(lambda: load_scenario("baseline", [f"months={digits}"]))


def test_a_position_of_thousands_of_digits(tmp_path: Path) -> None:
    (tmp_path / "ties.csv").write_text(f"source,target\n{'9' * 5_000},1\n")
    (tmp_path / "s.yaml").write_text("title: x\nworld: {synthetic: {n_trusts: 5, network: edges, file: ties.csv}}\n")
    assert "unknown trust" in problem_of(lambda: check_scenario(load_scenario(str(tmp_path / "s.yaml"))))
