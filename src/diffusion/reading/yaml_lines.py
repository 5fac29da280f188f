"""Strict YAML with line numbers: duplicate keys refused, plain YAML 1.2 scalars, and a map from key path to line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from diffusion.errors import InputError
from diffusion.reading.files import read_text
from diffusion.reading.numbers import parse_number, parse_whole

if TYPE_CHECKING:
    from yaml import MappingNode, Node, SafeLoader, ScalarNode

Key: TypeAlias = str | int
KeyPath: TypeAlias = tuple[Key, ...]
#: what one value of a YAML or JSON file may be
Scalar: TypeAlias = str | int | float | bool | None
#: what a YAML or JSON file may hold
Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[Key, Plain] | None"
PlainDict: TypeAlias = dict[Key, Plain]

_MAX_DEPTH = 40
_MAX_VALUES = 2_000_000
#: values that aliases may add to what is written out
_MAX_COPIES = 100_000
#: a text that may hold more levels than this is looked through before it is read: the C parser calls itself for each
_LOOK_FIRST = 1_000
#: longer whole numbers stay text: Python itself refuses to print numbers of more than 4,300 digits
_MAX_DIGITS = 400
_BRACKET = re.compile(r"[\[\]{}]")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SPECIAL = {".nan": "nan", ".inf": "inf", "+.inf": "inf", "-.inf": "-inf"}
_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool"))


@dataclass(frozen=True)
class YamlDocument:
    """Data of one YAML file, with the line (from 1) of every key and list item.

    ``lines`` maps a path such as ``("levers", "tariff", "start")`` or ``("innovations", 3, "kind")`` to the line
    of its key; ``()`` is the top of the document.
    """

    data: Plain
    lines: Mapping[KeyPath, int]
    file: Path | None

    def line(self, path: KeyPath) -> int | None:
        """Return the line of ``path``, or of its nearest parent that stands in the file."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None


def dotted(path: KeyPath) -> str:
    """Write a key path as users do: ``levers.tariff.start``, ``innovations[3].kind``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def flattened(data: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield (dotted key, value) of everything in nested mappings that is no mapping itself, in its order."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def load_yaml(path: Path) -> YamlDocument:
    """Read one YAML file (UTF-8); raise InputError with file, line and key for anything it may not hold."""
    return parse_yaml(read_text(path), path)


def parse_yaml(text: str, file: Path | None = None) -> YamlDocument:
    """Parse YAML text as :func:`load_yaml` does.

    Scalars follow YAML 1.2: only true and false are booleans, 1e-3 is a number, dates stay text. Merge keys,
    tags other than the plain ones, recursive anchors and second documents are refused.
    """
    import yaml

    try:
        if _perhaps_deep(text):
            _refuse_deep(text, file)
        loader = _loader()(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = str(getattr(error, "problem", None) or "cannot be parsed")
        raise InputError(
            f"not valid YAML: {problem}",
            file=file,
            line=mark.line + 1 if mark else None,
            expected="keys and values with consistent indentation",
            suggestion="indent with spaces, not tabs" if mark and _indented_by_tabs(text, mark.line) else None,
        ) from None
    except UnicodeError as error:
        raise InputError(f"not valid text: {error.reason}", file=file, expected="UTF-8") from None  # type: ignore[attr-defined]
    except RecursionError:
        raise _too_deep(file, None) from None
    if root is None:
        raise InputError("the file is empty", file=file, line=1, expected="YAML keys and values")
    reader = _Reader(file, min(_MAX_VALUES, len(text) + _MAX_COPIES))
    data = reader.value(root, ())
    return YamlDocument(data, reader.lines, file)


def _indented_by_tabs(text: str, line: int) -> bool:
    """Tell whether the line of a fault, or the one before it, begins with a tab."""
    lines = text.splitlines()[max(0, line - 1) : line + 1]
    return any("\t" in each[: len(each) - len(each.lstrip())] for each in lines)


@cache
def _loader() -> type[SafeLoader]:
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # Plain scalars reach the reader untyped; it types them by YAML 1.2.
    return type("StrictLoader", (base,), {"yaml_implicit_resolvers": {}})


def _perhaps_deep(text: str) -> bool:
    """Tell whether a text may hold more levels than the C parser can take: brackets count, and columns of indents."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    # a level in block style takes at least half a column
    return deepest + 2 * max(map(len, text.splitlines()), default=0) > _LOOK_FIRST


def _refuse_deep(text: str, file: Path | None) -> None:
    """Raise InputError at the first value that stands too deep; reads event by event and stops there."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH + 1:
                mark = event.start_mark
                raise _too_deep(file, mark.line + 1 if mark is not None else None)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _too_deep(file: Path | None, line: int | None) -> InputError:
    return InputError(
        "nested too deeply",
        file=file,
        line=line,
        expected=f"at most {_MAX_DEPTH} levels",
        suggestion="look for brackets that are not closed",
    )


class _Reader:
    """Turns nodes into data and remembers where each key stood."""

    def __init__(self, file: Path | None, most_values: int) -> None:
        self.file = file
        self._most = most_values
        self.lines: dict[KeyPath, int] = {}
        self._values = 0

    def value(self, node: Node, path: KeyPath) -> Plain:
        import yaml

        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self._values += 1
        if len(path) > _MAX_DEPTH or self._values > self._most:
            raise InputError(
                "nested too deeply, or too large",
                file=self.file,
                line=line,
                key=dotted(path[:4]),
                expected=f"at most {_MAX_DEPTH} levels and {_MAX_VALUES:,} values, {_MAX_COPIES:,} of them by aliases",
                suggestion="take out an anchor that refers to itself, or nest less",
            )
        if isinstance(node, yaml.MappingNode):
            self._check_tag(node, "tag:yaml.org,2002:map", path)
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._check_tag(node, "tag:yaml.org,2002:seq", path)
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: KeyPath) -> PlainDict:
        import yaml

        result: PlainDict = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._scalar(key_node, path) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise InputError(
                    "a key must be text",
                    file=self.file,
                    line=line,
                    key=dotted(path) or None,
                    expected="a name followed by a colon",
                    suggestion="put the key in quotes",
                )
            below = (*path, key)
            if key in result:
                raise InputError(
                    "the key is given twice",
                    file=self.file,
                    line=line,
                    key=dotted(below),
                    suggestion=f"it was first given in line {self.lines[below]}",
                )
            self.lines[below] = line
            result[key] = self.value(value_node, below)
        return result

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Scalar:
        text: str = node.value
        # style is None for plain scalars; quoted and block scalars are text.
        if node.tag not in _TAGS or node.tag.startswith("!"):
            self._check_tag(node, "tag:yaml.org,2002:str", path)
        if node.style in ("'", '"', "|", ">"):
            return text
        return plain_scalar(text)

    def _check_tag(self, node: Node, expected: str, path: KeyPath) -> None:
        if node.tag not in (expected, "!", None):
            raise InputError(
                f"the tag {node.tag} is not allowed",
                file=self.file,
                line=node.start_mark.line + 1,
                key=dotted(path) or None,
                expected="plain values, lists and mappings",
            )


def plain_scalar(text: str) -> Scalar:
    """Type an unquoted scalar by the core schema of YAML 1.2, less what other versions read as another number.

    ``010``, ``0x10`` and ``1e400`` stay text: where a number is wanted they are refused, where a code is, they are one.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if (whole := parse_whole(text)) is not None:
        return whole
    if (number := parse_number(text)) is not None:
        return number
    if text.lower() in _SPECIAL:
        return float(_SPECIAL[text.lower()])
    return text
