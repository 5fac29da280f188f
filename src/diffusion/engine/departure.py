"""What is told of a setting: how it departs from what comes with the package, and on what it rests."""

from __future__ import annotations

from typing import NamedTuple

#: the grade of a value that a user has set: that of whoever sets it, not the one of the packaged value
OWN_GRADE = "yours"


class Departure(NamedTuple):
    """One setting of a scenario that is not as it comes with the package.

    ``value`` and ``packaged`` are plain data, None where a side has none. ``unit``, ``grade`` and ``source`` are those
    of the packaged value, empty where nothing is said of it. ``where`` is ``file:line`` or ``--set``, empty where it
    was said by no file. ``reason`` is the user's.
    """

    key: str
    value: object
    packaged: object
    unit: str = ""
    where: str = ""
    grade: str = ""
    source: str = ""
    reason: str = ""


class InForce(NamedTuple):
    """A setting of a lever that a run can feel, with its grade and source: ``OWN_GRADE`` where a user has set it."""

    name: str
    grade: str
    source: str
