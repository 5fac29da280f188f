"""What an outcome is: one number per replicate, with its unit and the direction that counts as better."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What an outcome is called, its unit, decimals to print, and what counts as better (1 more, -1 less, 0 neither).

    ``precision`` is the half width of the 95 % interval of a difference that is precise enough; ``smallest`` the
    smallest difference of interest; ``factor`` turns the value into the printed unit. ``phrase`` is the name inside a
    sentence, if the label in lower case after "the" does not do.
    """

    name: str
    label: str
    unit: str
    decimals: int
    better: int = 0
    precision: float | None = None
    smallest: float | None = None
    factor: float = 1.0
    change_unit: str = ""
    phrase: str = ""

    @property
    def difference_unit(self) -> str:
        return self.change_unit or self.unit

    @property
    def words(self) -> str:
        """The outcome's name inside a sentence."""
        return self.phrase or f"the {self.label[:1].lower()}{self.label[1:]}"
