"""How objects show themselves: short text of their own; HTML, figures and tables by a room above them.

Rooms import downwards only, and what is drawn is drawn in ``report``. The front door (``diffusion/__init__.py``), which
stands in no room and is imported before all of them, names the functions that draw; they are imported when first asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

from diffusion.outlets import one_line

#: a short text has at most so many characters
LONGEST = 480
#: names listed before the rest is counted, and the letters of each
_MOST_NAMES, _LONGEST_NAME = 6, 40

_MAKERS: dict[str, str] = {}


def shown_by(makers: Mapping[str, str]) -> None:
    """Note who makes what: ``html``, ``plot``, ``frame``, ``table`` -> ``module:function``."""
    _MAKERS.update(makers)


def made(what: str, *given: object, **more: object) -> object:
    """Return what the function noted for ``what`` makes of the object and arguments given."""
    module, _, name = _MAKERS[what].partition(":")
    made: object = getattr(import_module(module), name)(*given, **more)
    return made


class Shown:
    """What notebooks show as HTML of at most some 20 kB."""

    def _repr_html_(self) -> str:
        return str(made("html", self))


def short(text: object, length: int = _LONGEST_NAME) -> str:
    """Return a text on one line of at most ``length`` letters."""
    line = one_line(str(text))
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def listed(names: Sequence[object], most: int = _MOST_NAMES) -> str:
    """Return ``a, b and 3 more``: the first names, each cut where it is long, and how many are left out."""
    shown = ", ".join(short(name) for name in names[:most])
    rest = len(names) - most
    return f"{shown} and {rest} more" if rest > 0 else shown or "none"


def brief(what: object, *facts: str) -> str:
    """Return ``<World: a fact; another>`` of an object, at most :data:`LONGEST` characters."""
    return f"<{short(f'{type(what).__name__}: ' + '; '.join(fact for fact in facts if fact), LONGEST)}>"


def counted(number: int, one: str, many: str = "") -> str:
    """Return ``1 trust`` or ``1,230 trusts``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


class Plainly(str):
    """A text whose ``repr`` is itself, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
