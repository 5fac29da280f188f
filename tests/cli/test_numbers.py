"""Every number on the command line has one form; what is refused names its option, and nothing is written."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from diffusion.cli.shared.numbers import Above, Whole
from diffusion.errors import InputError
from diffusion.experiments.searches.budget import parse_gbp
from diffusion.experiments.sweep.layout import parse_shard
from diffusion.experiments.sweep.slurm import check_memory, check_time
from support.commands import commands

Call = Callable[..., tuple[int, str, str]]


def numeric() -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Every option and argument that holds a number: its command, name, and parser."""
    for words, callback in commands():
        hints = typing.get_type_hints(callback, include_extras=True)
        for name in inspect.signature(callback).parameters:
            kind, said = typing.get_args(hints[name])[0], hints[name].__metadata__[0]
            kinds = {kind, *typing.get_args(kind)}
            if kinds & {int, float}:
                # the first name of an option stands where its default would
                written = [text for text in (said.default, *(said.param_decls or ())) if str(text).startswith("--")]
                yield words, (written or [said.metavar])[0], said.parser


NUMERIC = list(numeric())
BAD = (
    "1_000",
    "１２",
    "010",
    "0x10",
    "1e400",
    "nan",
    "inf",
    "-inf",
    "-1",
    "1,000",
    "1 000",
    "12:30",
    "",
    "yes",
    "40%",
    "½",
)


@pytest.mark.unit
def test_the_walk_finds_the_numbers_of_commands() -> None:
    found = {(" ".join(words), option) for words, option, _ in NUMERIC}
    assert {
        ("run", "--precision"),
        ("compare", "--most-replicates"),
        ("ablate", "--permutations"),
        ("analyse", "--lag"),
        ("sensitivity", "--top"),
        ("sweep rerun", "RUN"),
        ("sweep script", "--tasks"),
        ("network mentors", "--replicates"),
    } <= found


def _id(item: object) -> str:
    """Return the same name in every process."""
    if isinstance(item, tuple):
        return " ".join(item)
    return item if isinstance(item, str) else type(item).__name__


@pytest.mark.unit
@pytest.mark.parametrize(("words", "option", "parser"), NUMERIC, ids=_id)
def test_every_number_is_read_in_one_way(words: tuple[str, ...], option: str, parser: Any) -> None:
    assert isinstance(parser, Whole | Above), f"diffusion {' '.join(words)} {option} is read by another parser"
    assert parser.option == option
    for text in BAD + (("2.5", "1e3", "2.0") if isinstance(parser, Whole) else ("0",)):
        with pytest.raises(InputError) as refused:
            parser(text)
        assert refused.value.key == option
        assert refused.value.expected
        assert refused.value.suggestion
    for end in (parser.least, parser.most):
        assert parser(str(end)) == end
    for beyond in (parser.least - 1, parser.most + 1):
        with pytest.raises(InputError, match="out of range") as refused:
            parser(f"{beyond}")
        advised = (refused.value.suggestion or "").split()[-1]
        assert parser.least <= parser(advised) <= parser.most


@pytest.mark.integration
@pytest.mark.parametrize("text", BAD)
def test_what_is_refused_leaves_nothing(command_line: Call, text: str) -> None:
    for option in ("--replicates", "--seed", "--precision", "--jobs"):
        code, out, err = command_line("run", "baseline", f"{option}={text}", "--out", "r")
        assert (code, out) == (2, "")
        assert err.startswith(f"error: {option}: ")
        assert not list(Path().iterdir())


@pytest.mark.unit
@pytest.mark.parametrize(
    "text",
    [
        "20",
        "0.5",
        "999",
        "1,5m",
        "1_000m",
        "1,500m",
        "２０m",
        "1e6",
        "20 %",
        "nan",
        "-1m",
        "2000bn",
        "20mm",
        "1,00,000",
    ],
)
def test_budgets_that_may_mean_another_amount_are_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_gbp(text)
    assert refused.value.key == "--budget"
    advised = (refused.value.suggestion or "").replace(",", "").split()
    assert any(_is_budget(word) for word in advised)


def _is_budget(text: str) -> bool:
    try:
        return parse_gbp(text) > 0
    except InputError:
        return False


@pytest.mark.unit
@pytest.mark.parametrize("text", ["1_0/20", "１/2", "01/2", "0/3", "4/3", "1/2/3", "1.0/2", "-1/2", "1/1e9", "", "/"])
def test_shares_of_a_sweep(text: str) -> None:
    with pytest.raises(InputError, match="--shard"):
        parse_shard(text)
    assert parse_shard("3/7") == (3, 7)


@pytest.mark.unit
@pytest.mark.parametrize(
    "text", ["12:30", "90", "1:00", "25h", "1e2", "00:00:00", "10:60:00", "１0:00:00", "", "1-24:00:00"]
)
def test_time_limits_that_the_scheduler_reads_otherwise_are_refused(text: str) -> None:
    """For Slurm 12:30 is twelve minutes and a half, and 90 is minutes."""
    with pytest.raises(InputError, match="--time"):
        check_time(text)
    for good in ("02:00:00", "2-12:00:00", "00:30:00"):
        check_time(good)


@pytest.mark.unit
@pytest.mark.parametrize("text", ["2", "2048", "2 G", "2GiB", "0G", "1.5G", "1_000M", "-2G", "２G", ""])
def test_memory_without_its_unit_is_refused(text: str) -> None:
    """For Slurm 2 is two megabytes."""
    with pytest.raises(InputError, match="--memory"):
        check_memory(text)
    for good in ("2G", "300M", "1024K", "1T", "2g"):
        check_memory(good)
