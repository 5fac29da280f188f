"""Periods in users' tables: the columns of a table are read in one way, or refused; ``period_forms`` has the ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from diffusion.analysis.observed.period_advice import advice_on, looks_like_a_code, looks_like_years_and_months
from diffusion.analysis.observed.period_forms import BLANKS, READINGS, UNITS, Unit, label, readings
from diffusion.errors import InputError
from diffusion.reading.rows import RawRow, RawTable
from diffusion.reading.several import Faults

#: Longest span of periods: a slip in a year must not fill the memory.
MOST_PERIODS = 2_400
ANY = "YYYY-MM or a whole number; or Q3 2019, 2019/20, or days"
_EXPECTED: dict[Unit, str] = {
    Unit.NUMBER: "a whole number",
    Unit.MONTH: "a month, YYYY-MM",
    Unit.QUARTER: "a quarter, such as Q3 2019",
    Unit.FINANCIAL_YEAR: "a financial year, such as 2019/20",
}


def parse_period(text: str) -> tuple[int, bool]:
    """Return (period, whether it is a calendar month) of ``2020-03`` or a whole number; raises ValueError."""
    found = readings(text)
    if "numbers" in found:
        return found["numbers"], False
    if "months" in found:
        return found["months"], True
    raise ValueError(f"'{text}' is not a period")


def written_as(unit: Unit | None) -> str:
    """Return how periods of this unit are written, for errors; None: any."""
    return ANY if unit is None else _EXPECTED[unit]


def check_reading(name: str | None) -> None:
    """Raise InputError where ``--periods-are`` names no way of reading."""
    if name is not None and name not in READINGS:
        raise InputError(
            f"there is no form '{name}'",
            key="--periods-are",
            expected="one of " + ", ".join(READINGS),
        )


def period_of_option(text: str, key: str, unit: Unit | None, reading: str | None = None) -> int:
    """Return a period given on the command line, of the table's unit.

    Raises
    ------
    InputError
        If it is none, is of another unit, or can be read in two ways.
    """
    found = readings(text)
    expected = written_as(unit)
    if not found:
        raise InputError(f"'{text}' {advice_on(text)[0]}", key=key, expected=expected, suggestion=advice_on(text)[1])
    fitting = {name: period for name, period in found.items() if unit is None or UNITS[name] is unit}
    if not fitting:
        raise InputError(f"'{text}' is of another kind than the periods of the table", key=key, expected=expected)
    if reading in fitting:
        return fitting[reading]
    if len(set(fitting.values())) > 1:
        said = " or ".join(label(period, UNITS[name]) for name, period in fitting.items())
        raise InputError(f"'{text}' may be {said}", key=key, expected=expected, suggestion=f"write {said}")
    return next(iter(fitting.values()))


def is_blank(text: str | None) -> bool:
    """Return whether a cell of periods says that nothing happened: empty, NA, never and the like."""
    return text is None or text.casefold() in BLANKS


class Periods:
    """Reads the periods of one table, which are all of one form: that is chosen here, with all columns seen.

    ``unit`` is None where there is no period; what cannot be read goes into ``faults``, and reads as None.
    """

    def __init__(
        self,
        table: RawTable,
        columns: Sequence[str],
        faults: Faults,
        *,
        reading: str | None = None,
        given: Sequence[str | None] = (),
    ) -> None:
        check_reading(reading)
        self.table = table
        self.faults = faults
        self.seen: dict[str, tuple[RawRow, str]] = {}
        self.notes: list[str] = []
        blanks: Counter[str] = Counter()
        for row in table.rows:
            for column in columns:
                text = row.values.get(column)
                if text is not None and is_blank(text):
                    blanks[text] += 1
                elif text is not None:
                    self.seen.setdefault(text, (row, column))
        if blanks:
            words = ", ".join(f"'{text}' {number} times" for text, number in blanks.most_common())
            self.notes.append(f"cells of periods read as empty, not seen to adopt: {words}")
        self.read = {text: readings(text) for text in self.seen}
        self.given = [text for text in given if text is not None]
        self.reading = self._choose(reading)
        self.unit = None if self.reading is None else UNITS[self.reading]

    @property
    def calendar(self) -> bool:
        """Whether periods are calendar months."""
        return self.unit is Unit.MONTH

    def __call__(self, row: RawRow, column: str) -> int | None:
        text = row.values.get(column)
        if text is None or self.reading is None or is_blank(text):
            return None
        return self.read[text].get(self.reading)

    def texts(self) -> Iterable[str]:
        """Return all forms that were seen."""
        return self.seen

    def _fault(self, text: str, message: str, expected: str, suggestion: str | None) -> None:
        row, column = self.seen[text]
        self.faults.add(self.table.error(row, column, message, expected=expected, suggestion=suggestion))

    def _choose(self, wanted: str | None) -> str | None:
        """Return the one way in which all can be read; faults for those that cannot."""
        readable = {text: found for text, found in self.read.items() if found}
        for text in self.read:
            if text not in readable:
                what, advice = advice_on(text)
                self._fault(text, f"'{text}' {what}", ANY, advice)
        if not readable:
            return None if self.seen else self._of_options(wanted)
        if wanted is not None:
            for text, found in readable.items():
                if wanted not in found:
                    expected = f"{READINGS[wanted]}, as --periods-are {wanted} says"
                    self._fault(text, f"'{text}' is none", expected, _elsewhere(found))
            return wanted
        possible = [name for name in READINGS if all(name in found for found in readable.values())]
        if not possible:
            return self._mixed(readable)
        if set(possible) == {"months", "financial-years"} and len(readable) == 1 and "/" not in next(iter(readable)):
            return "months"  # one text alone like 2009-10
        by_meaning = {
            (tuple(found[name] for found in readable.values()), UNITS[name]): name for name in reversed(possible)
        }
        if len(by_meaning) == 1:
            return possible[0]
        if "months" in possible and any("months" in readings(text) for text in self.given):
            return "months"
        text = next(t for t in readable if len({readable[t][name] for name in possible}) > 1)
        ways = " or ".join(f"{READINGS[name]}, {label(readable[text][name], UNITS[name])}" for name in possible)
        options = "; ".join(
            f"--periods-are {name} if {label(readable[text][name], UNITS[name])} is meant" for name in possible
        )
        self._fault(
            text,
            f"all periods are like '{text}', which may be {ways}",
            "periods that can be read in one way",
            f"give {options}",
        )
        return possible[0]

    def _of_options(self, wanted: str | None) -> str | None:
        """Return the way in which the periods of the command line are read, where the table has none."""
        if wanted is not None:
            return wanted
        return next((name for text in self.given for name in readings(text)), None)

    def _mixed(self, readable: dict[str, dict[str, int]]) -> str:
        """Tell which texts are of another form than most."""
        fits = Counter(
            name for row in self.table.rows for text in self._texts_of(row) for name in readable.get(text, ())
        )
        first = next(iter(readable.values()))  # where two forms are as many, it says which
        chosen = max(fits, key=lambda name: (fits[name], name in first, -list(READINGS).index(name)))
        most = next(text for text, found in readable.items() if chosen in found)
        for text, found in readable.items():
            if chosen not in found:
                kind = READINGS[next(iter(found))]
                others = "days" if READINGS[chosen] == "a day" else f"{UNITS[chosen]}s"
                self._fault(
                    text,
                    f"'{text}' is {kind}, of another kind than most periods of the table, {others} such as '{most}'",
                    "periods of one kind in the whole table",
                    _brought_to(text, found, UNITS[chosen], most),
                )
        return chosen

    def _texts_of(self, row: RawRow) -> list[str]:
        return [text for text in row.values.values() if isinstance(text, str) and text in self.read]

    def check(self) -> None:
        """Add faults for numbers of two kinds, and for those that stand for something else."""
        if self.unit is not Unit.NUMBER:
            return
        periods = [
            self.read[text]["numbers"]
            for row in self.table.rows
            for text in self._texts_of(row)
            if self.read[text] and "numbers" in self.read[text]
        ]
        if looks_like_years_and_months(set(self.seen)):
            text = next(iter(self.seen))
            self._fault(
                text,
                f"all periods are like '{text}', which may be a number or a year and a month",
                "periods that can be read in one way",
                f"write months as YYYY-MM, here 20{text[:2]}-{text[2:]}; if numbers are meant, begin with 1",
            )
        code = looks_like_a_code(periods)
        if code is not None:
            text = next(t for t, found in self.read.items() if found.get("numbers") == code)
            self._fault(
                text,
                f"{code} comes {periods.count(code)} times, far from all others, as a code for 'never' does",
                "periods of the table",
                "leave the cell empty where an organisation has not adopted",
            )
        numbers = {found["numbers"]: text for text, found in self.read.items() if "numbers" in found}
        years = [n for n in numbers if 1900 <= n <= 2100]
        others = [n for n in numbers if abs(n) < 1000]
        if code is None and years and others and len(years) + len(others) == len(numbers):
            few = others if len(others) <= len(years) else years
            for number in few:
                self._fault(
                    numbers[number],
                    f"'{number}' stands beside {'years' if few is others else 'numbers'} such as "
                    f"{years[0] if few is others else others[0]}",
                    "periods of one kind in the whole table",
                    "write all as years, or number all periods from 1",
                )

    def option(self, text: str | None, key: str) -> int | None:
        """Read a period given on the command line."""
        return None if text is None else period_of_option(text, key, self.unit, self.reading)


def _elsewhere(found: dict[str, int]) -> str:
    return f"leave --periods-are out, or give --periods-are {next(iter(found))}"


def _brought_to(text: str, found: dict[str, int], unit: Unit, most: str) -> str:
    """Return how a period of another unit is written in that of the others, where that is certain."""
    months = {found[name] for name in found if UNITS[name] is Unit.MONTH}
    if len(months) == 1:
        month = months.pop()
        year, number = divmod(month, 12)
        if unit is Unit.MONTH:
            return f"write it as {label(month, Unit.MONTH)}, and days as their months in all rows"
        if unit is Unit.QUARTER:
            return f"write its quarter: {label(month // 3, unit)}"
        if unit is Unit.FINANCIAL_YEAR:
            return f"write its financial year, April to March: {label(year - (number < 3), unit)}"
        if 1900 <= readings(most).get("numbers", 0) <= 2100:
            return f"write its year: {year}"
    if unit is Unit.NUMBER:
        return "write all periods as whole numbers, or all as months, YYYY-MM"
    return f"write it as '{most}' is written"


def span_of(
    periods: Periods,
    seen: Sequence[int],
    from_period: str | None,
    until_period: str | None,
    table: RawTable,
    launch: int | None = None,
) -> tuple[int, int, list[str]]:
    """Return the first and last period observed, as asked or else as the table names them, and notes.

    Where ``launch`` is given, it is observed from there on that nobody adopts, unless ``from_period`` says another.
    """
    notes = []
    first, last = periods.option(from_period, "--from"), periods.option(until_period, "--until")
    if not seen and (first is None or last is None):
        raise InputError(
            "nobody adopts and no span is given",
            file=table.file,
            key="time",
            expected="a time in at least one row",
            suggestion="give --from and --until to analyse a table without adoptions",
        )
    if first is None:
        first = min(seen) if launch is None else min(launch, *seen)
    if last is None:
        last = max(seen)
        notes.append("observation is taken to end with the last period in the table; --until sets another")
    if last < first or last - first >= MOST_PERIODS:
        raise InputError(
            f"the table spans {last - first + 1} periods",
            file=table.file,
            key="--from, --until",
            expected=f"1 to {MOST_PERIODS} periods",
            suggestion="check the years, or give --from and --until",
        )
    return first, last, notes
