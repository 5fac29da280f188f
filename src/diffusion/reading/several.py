"""Several faults of one input, told together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from diffusion.errors import InputError

#: Faults of one kind that are told one by one; the others are counted.
MOST_TOLD = 20


class InputErrors(InputError):
    """Several problems of one input; ``problems`` holds them all, the attributes are those of the first."""

    def __init__(self, problems: list[InputError]) -> None:
        self.problems = problems
        first = problems[0]
        super().__init__(
            first.message,
            file=first.file,
            line=first.line,
            key=first.key,
            expected=first.expected,
            suggestion=first.suggestion,
        )

    def at(
        self,
        file: str | Path | None = None,
        line: int | None = None,
        key: str | None = None,
        *,
        suggestion: str | None = None,
    ) -> InputErrors:
        return InputErrors([problem.at(file, line, key, suggestion=suggestion) for problem in self.problems])

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in getattr(self, "problems", ()))


def problems_of(error: InputError) -> list[InputError]:
    """Return the single problems that an error stands for."""
    return list(error.problems) if isinstance(error, InputErrors) else [error]


def raise_all(problems: Iterable[InputError]) -> None:
    """Raise the problems, each once, in the order of file and line; do nothing if there are none."""
    unique = {str(problem): problem for problem in problems}
    if not unique:
        return
    ordered = sorted(unique.values(), key=lambda problem: (problem.file or "", problem.line or 0))
    raise ordered[0] if len(ordered) == 1 else InputErrors(ordered)


class Faults:
    """Collects the faults of tables, so that all are told at once."""

    def __init__(self) -> None:
        self.found: list[InputError] = []

    def add(self, error: InputError) -> None:
        """Take one fault, or several that stand in one error."""
        self.found += problems_of(error)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Take the fault that ends the block, and go on behind it."""
        try:
            yield
        except InputError as error:
            self.add(error)

    def tell(self) -> None:
        """Raise what was found, the first ``MOST_TOLD`` of a file one by one; do nothing if that is nothing."""
        unique = list({str(problem): problem for problem in self.found}.values())
        told: list[InputError] = []
        for file in dict.fromkeys(problem.file for problem in unique):
            of_file = sorted((p for p in unique if p.file == file), key=lambda problem: problem.line or 0)
            told += of_file[:MOST_TOLD]
            if (more := len(of_file) - MOST_TOLD) and more > 0:
                advice = "mend the first ones, then run it again"
                told.append(InputError(f"and {more:,} more faults", file=file, suggestion=advice))
        if told:
            raise told[0] if len(told) == 1 else InputErrors(told)
