"""What a world says of itself in ``world.yaml``: its dates, the unit of size, the words for its networks and boards."""

from __future__ import annotations

import re
from calendar import month_name
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from diffusion.errors import InputError, did_you_mean
from diffusion.paths import DATA
from diffusion.reading.files import resolve_inside
from diffusion.reading.rows import Code
from diffusion.reading.validation import input_error
from diffusion.reading.yaml_lines import load_yaml

DEFAULT_WORLD = "england-2017"
WORLD_FILE = "world.yaml"
_FOLDER = DATA / "worlds"
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


#: the names of 2017 in texts of this package, with the article before them and the plural after them
_NAMES = re.compile(r"(?:\b([Aa]n?) )?\b(AHSN|ICS|Academic Health Science Network|[Ii]ntegrated care system)(s?)\b")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Word(_Section):
    """What one of a kind of organisation is called, short and long, in the singular."""

    short: str = Field(min_length=1, max_length=12)
    long: str = Field(min_length=1, max_length=60)

    @property
    def many(self) -> str:
        """The short word for several: ``AHSNs``."""
        return f"{self.short}s"

    @property
    def in_full(self) -> str:
        """The long word for several, with the short one: ``Academic Health Science Networks (AHSNs)``."""
        return f"{self.long}s ({self.many})"

    @property
    def one(self) -> str:
        """The short word with its article: ``an AHSN``, ``a HIN``."""
        return f"{_article(self.short)} {self.short}"


def _article(word: str) -> str:
    return "an" if word[:1] in "AEIOUaeiou" else "a"


class Words(_Section):
    """The world's words for its networks of support and its boards of local care."""

    network: Word = Word(short="AHSN", long="Academic Health Science Network")
    board: Word = Word(short="ICS", long="integrated care system")

    def of(self, grouping: str) -> Word:
        """Return the word for the groups ``ahsn`` or ``ics``."""
        return {"ahsn": self.network, "ics": self.board}[grouping]

    def say(self, text: str) -> str:
        """Return a text of this package, which is written with the names of 2017, in the names of this world.

        Never of what a user wrote: titles and names stay as they are.
        """
        return _NAMES.sub(self._named, text)

    def _named(self, found: re.Match[str]) -> str:
        article, name, ending = found[1], found[2], found[3]
        word = self.board if name.casefold() in ("ics", "integrated care system") else self.network
        said = word.short if name in ("AHSN", "ICS") else word.long
        if name[0].isupper() and said.islower():
            said = said[:1].upper() + said[1:]
        start = "" if not article else f"{'A' if article[0] == 'A' else 'a'}{_article(said)[1:]} "
        return f"{start}{said}{ending}"


class WorldFacts(_Section):
    """What ``world.yaml`` holds. Months are written YYYY-MM; scenarios that start between the two fit the world."""

    id: Code
    title: str = Field(min_length=1, max_length=120)
    description: str = ""
    data_month: str = Field(pattern=MONTH, description="Month for which the tables hold.")
    first_start: str = Field("0001-01", pattern=MONTH, description="First month in which a scenario may start.")
    last_start: str = Field("9999-12", pattern=MONTH, description="Last month in which a scenario may start.")
    median_staff_fte: float = Field(
        gt=0, le=1e6, description="Staff of the median trust, whole-time equivalents: the unit of size."
    )
    traits_shared: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Of the variance between innovations (section heterogeneity), what all innovations of this world "
        "have in common. 0 for a world that series of evidence tell of; above, a whole world may spread faster or "
        "slower than those that were fitted to.",
    )
    evidence: str = Field("", description="What series of adoption in this world stand behind the parameters.")
    words: Words = Words()
    trusts_as_of: str = Field("", max_length=60, description="The day for which the list of trusts holds, in words.")
    limits: str = Field("", max_length=600, description="What a reader of results on this world should know of it.")
    trusts_stay: str = Field(
        "", max_length=600, description="What a reader should know where trusts do not merge, close or open in a run."
    )
    licence: str = ""

    @model_validator(mode="after")
    def _dates(self) -> WorldFacts:
        if not self.first_start <= self.data_month <= self.last_start:
            raise ValueError("the month of the data lies outside first_start to last_start")
        return self

    def misfit(self, start: str, policy_start: str | None = None) -> str | None:
        """Say that a scenario which starts in this month (YYYY-MM) lies outside the dates of this world, if it does.

        It names the packaged world that fits, if one does; of a user's own world it says which start fits that. Where
        ``policy_start`` lies before the start it says that as well, so that both are set together.
        """
        told = self._misfit(start)
        if told is None or policy_start is None or policy_start >= start:
            return told
        return f"{told}, and policies that state no start begin in {_in_words(policy_start)}: set policy_start too"

    def _misfit(self, start: str) -> str | None:
        if self.first_start <= start <= self.last_start:
            return None
        told = f"starts in {_in_words(start)}, but the trusts are those of {_in_words(self.data_month)}"
        if self.id not in packaged_worlds():
            return (
                f"{told}: say start: {self.data_month}, or in {WORLD_FILE} of {self.id} between which months a start "
                "fits (first_start, last_start)"
            )
        others = [read_facts(_FOLDER / name) for name in packaged_worlds() if name != self.id]
        fitting = [each.id for each in others if each.first_start <= start <= each.last_start]
        if fitting:
            return f"{told}: {fitting[0]} fits; say world: {{name: {fitting[0]}}}, and a policy_start in the run"
        when = f"{self.id} holds for starts from {_in_words(self.first_start)} to {_in_words(self.last_start)}"
        return f"{told}: {when}, and no packaged world fits"


def _in_words(month: str) -> str:
    return f"{month_name[int(month[5:])]} {int(month[:4])}"


@cache
def packaged_worlds() -> tuple[str, ...]:
    """Return the names of the worlds that come along, in order of their dates."""
    return tuple(sorted(folder.parent.name for folder in _FOLDER.glob(f"*/{WORLD_FILE}")))


def world_folder(name: str, folder: Path, key: str = "world.name") -> Path:
    """Return the folder of a world: a packaged one by name, or one of the user's own beside the scenario file.

    Raises InputError where there is neither.
    """
    if name in packaged_worlds():
        return _FOLDER / name
    if "/" not in name and not (folder / name).is_dir():
        raise InputError(
            f"there is no world '{name}'",
            key=key,
            expected="one of " + ", ".join(packaged_worlds()) + f", or a folder that holds a {WORLD_FILE}",
            suggestion=did_you_mean(name, packaged_worlds()),
        )
    return resolve_inside(f"{name.rstrip('/')}/{WORLD_FILE}", folder, key=key).parent


@cache
def _facts_of(path: Path, stamp: tuple[int, int]) -> WorldFacts:
    document = load_yaml(path)
    try:
        return WorldFacts.model_validate(document.data, strict=True)
    except ValidationError as error:
        raise input_error(error, WorldFacts, file=path, line_of=document.line) from None


def read_facts(folder: Path) -> WorldFacts:
    """Return what the ``world.yaml`` of a folder says; raises InputError."""
    path = folder / WORLD_FILE
    seen = path.stat()
    return _facts_of(path, (seen.st_mtime_ns, seen.st_size))


@cache
def default_facts() -> WorldFacts:
    """Return the facts of the world that scenarios have which name none."""
    return read_facts(_FOLDER / DEFAULT_WORLD)
