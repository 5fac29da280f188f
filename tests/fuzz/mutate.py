"""Breaking valid files: at the level of bytes, of tokens, and of structure. The same seed breaks them the same way."""

from __future__ import annotations

import copy
import csv
import io
import json
import random
import re
from collections.abc import Callable
from typing import Any

import yaml

#: what has broken readers before, anywhere
NASTY = (
    "",
    "0",
    "-0",
    "-1",
    "1e400",
    "-1e400",
    "1e-400",
    "nan",
    ".nan",
    "inf",
    ".inf",
    "-.inf",
    "9" * 5_000,
    "0x" + "f" * 5_000,
    "0o777777777777777777777777",
    "1_000",
    "1.2.3",
    "9223372036854775808",
    "-9223372036854775809",
    "2147483648",
    "true",
    "null",
    "~",
    "[]",
    "{}",
    "''",
    '""',
    "*a",
    "&a",
    "<<",
    "!!python/object:os.system",
    "!!binary aGk=",
    "2015-07",
    "0000-00",
    "9999-12",
    "2015-13",
    "-2015-07",
    "\\0",
    "a\\0b",
    "../../etc/passwd",
    "/dev/zero",
    "/proc/self/mem",
    "/etc",
    ".",
    "..",
    "~root",
    "C:\\\\x",
    "x" * 300,
    "x" * 5_000,
    "[" * 500,
    "[" * 30_000,
    "{a: " * 30_000,
    "- " * 3_000,
    "(" * 1_000,
    "\u202e",
    "\u00e9",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "\u0000",
    "\x1b[31m",
    "\x7f",
    "\ufeff",
    "\u2028",
    "%s%n",
    "{0.__class__}",
    "${HOME}",
    "`id`",
    "=1+1",
    "baseline+baseline",
    "++",
    "+",
    "a+b",
    "levers",
    "world",
    "S000001",
    "17",
    "3.0",
    "1e3",
    "10000000",
    "100000",
    "[1, 2]",
    "{a: 1}",
    "a: b",
    ": ",
    "- ",
    "#",
    "|",
    ">",
    "'",
    '"',
    ",",
    ";",
    "\t",
    "\r",
    "\n",
)
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


def mutated(raw: bytes, name: str, others: list[bytes], rng: random.Random) -> bytes:
    """Return ``raw`` broken in one to three ways; ``others`` are files that pieces may come from."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        level = rng.choice((_bytes, _tokens, _tokens, _structure, _structure))
        raw = level(raw, name, others, rng)
    return raw


def broken_text(text: str, rng: random.Random) -> str:
    """Return a short text broken at the level of bytes or tokens, as for the command line."""
    level = rng.choice((_bytes, _tokens))
    return level(text.encode("utf-8", "surrogateescape"), "", [], rng).decode("utf-8", "surrogateescape")


def _bytes(raw: bytes, name: str, others: list[bytes], rng: random.Random) -> bytes:
    place = rng.randrange(len(raw) + 1)
    size = rng.choice((1, 1, 2, 8, 64, 1_000))
    kind = rng.randrange(8)
    if kind == 0:
        return raw[:place]
    if kind == 1:
        return raw[:place] + raw[place + size :]
    if kind == 2:
        return raw[:place] + rng.randbytes(size) + raw[place:]
    if kind == 3 and raw:
        place = min(place, len(raw) - 1)
        return raw[:place] + bytes([raw[place] ^ (1 << rng.randrange(8))]) + raw[place + 1 :]
    if kind == 4:
        return raw[:place] + raw[place : place + size] * rng.choice((2, 3, 50)) + raw[place + size :]
    if kind == 5 and others:
        other = rng.choice(others)
        cut = rng.randrange(len(other) + 1)
        return raw[:place] + other[cut : cut + 10 * size] + raw[place:]
    if kind == 6:
        return rng.choice(
            (b"\xef\xbb\xbf" + raw, raw.decode("latin-1").encode("utf-16"), raw.replace(b"\n", b"\r\n"), b"\0" + raw)
        )
    return raw[:place] + rng.choice(NASTY).encode("utf-8", "surrogatepass") + raw[place:]


def _tokens(raw: bytes, name: str, others: list[bytes], rng: random.Random) -> bytes:
    tokens = _TOKEN.findall(raw.decode("utf-8", "surrogateescape"))
    if not tokens:
        return raw
    place, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    kind = rng.randrange(5)
    if kind == 0:
        del tokens[place]
    elif kind == 1:
        tokens[place], tokens[other] = tokens[other], tokens[place]
    elif kind == 2:
        tokens.insert(place, tokens[other])
    else:
        tokens[place] = rng.choice(NASTY)
    return "".join(tokens).encode("utf-8", "surrogateescape" if "\ud83d" not in "".join(tokens) else "replace")


def _structure(raw: bytes, name: str, others: list[bytes], rng: random.Random) -> bytes:
    readers: dict[str, Callable[[bytes, random.Random], bytes]] = {
        "yaml": _yaml, "json": _json, "csv": _csv, "graphml": _graphml,
    }  # fmt: skip
    change = readers.get(name.rsplit(".", 1)[-1])
    try:
        return change(raw, rng) if change is not None else _bytes(raw, name, others, rng)
    except Exception:  # already broken beyond its form
        return _bytes(raw, name, others, rng)


def _yaml(raw: bytes, rng: random.Random) -> bytes:
    data = _changed(yaml.safe_load(raw), rng)
    return yaml.safe_dump(
        data, sort_keys=False, allow_unicode=True, default_flow_style=rng.choice((None, True))
    ).encode()


def _json(raw: bytes, rng: random.Random) -> bytes:
    return json.dumps(_changed(json.loads(raw), rng)).encode()


def _csv(raw: bytes, rng: random.Random) -> bytes:
    rows = _changed(list(csv.reader(io.StringIO(raw.decode()))), rng)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(row if isinstance(row, list) else [row] for row in rows)
    return out.getvalue().encode()


def _graphml(raw: bytes, rng: random.Random) -> bytes:
    from xml.etree import ElementTree

    root = ElementTree.fromstring(raw)
    everything = list(root.iter())
    one, other = rng.choice(everything), rng.choice(everything)
    kind = rng.randrange(5)
    if kind == 0 and one.attrib:
        one.attrib[rng.choice(list(one.attrib))] = re.sub(r"[\x00-\x1f]", "", rng.choice(NASTY))
    elif kind == 1 and one.attrib:
        del one.attrib[rng.choice(list(one.attrib))]
    elif kind == 2:
        one.append(copy.deepcopy(other))
    elif kind == 3:
        for child in list(one)[: rng.choice((1, 100))]:
            one.remove(child)
    else:
        one.tag = rng.choice((other.tag, "x", "{urn:x}node"))
    return ElementTree.tostring(root)


def _changed(data: Any, rng: random.Random) -> Any:
    """Return plain data with one place changed: gone, doubled, moved, deeper, or with another value."""
    places = list(_places(data, ()))
    if not places:
        return rng.choice((None, [], {}, [data], {"x": data}))
    path = rng.choice(places)
    holder = data
    for part in path[:-1]:
        holder = holder[part]
    key, value = path[-1], holder[path[-1]]
    kind = rng.randrange(8)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(value))
    elif kind == 1:
        holder[f"{key}x" if isinstance(key, str) else key + 1] = copy.deepcopy(value)
    elif kind == 2:
        other: Any = data
        for part in rng.choice(places):
            other = other[part]
        holder[key] = copy.deepcopy(other)
    elif kind == 3:
        holder[key] = rng.choice(([value], {"x": value}, [[value, value]], [], {}, None, True))
    elif kind == 4 and isinstance(value, int | float) and not isinstance(value, bool):
        holder[key] = rng.choice(
            (-value, value * 1_000, value + 0.5, 0, -1, 10**400, float("inf"), float("nan"), str(value))
        )
    elif kind == 5 and isinstance(holder, dict):
        holder[rng.choice(NASTY)] = holder.pop(key)
    else:
        holder[key] = rng.choice(NASTY)
    return data


def _places(data: Any, path: tuple[Any, ...]) -> Any:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from _places(value, (*path, key))
