"""Results of several scenarios on common draws, side by side, and what a notebook wants of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, SupportsIndex, cast, overload

from diffusion.showing import Shown, brief, counted, listed, made

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from pandas.io.formats.style import Styler

    from diffusion.analysis.results.compare import Comparison
    from diffusion.experiments.running.results import Results


class ShownResults(Shown):
    """What is shown of results, of one scenario or of several."""

    def plot(self, what: str = "adoption") -> Figure:
        """Return a Matplotlib figure; it belongs to no window, and notebooks show it by themselves.

        Parameters
        ----------
        what: ``adoption`` (curves with the middle 80 and 95 % of runs), of several scenarios ``change`` (paired
            differences from the first with their 80 and 95 % intervals, percentage points); ``stages``, ``map``,
            and by group, of one scenario ``by_ahsn``, of several ``gains_by_ahsn``, and so ``innovation``, ``sector``

        Raises
        ------
        InputError
            A figure that these results do not have; those that they have are named.
        """
        return cast("Figure", made("plot", self, what))

    def frame(self) -> pd.DataFrame:
        """Return a row per outcome and scenario, in printed units (which stand in the outcome's name).

        Mean with the middle 80 and 95 % of runs; of several scenarios also the paired change from the first with its
        80 and 95 % intervals, in the column ``change_unit`` its unit, and ``clear``: whether the 95 % interval excludes
        0 and there are enough runs for a claim.
        """
        return cast("pd.DataFrame", made("frame", self))

    def table(self) -> Styler:
        """Return the main outcomes of :meth:`frame`, styled for a notebook: changes in bold where they are clear."""
        return cast("Styler", made("table", self))


class Compared(ShownResults, list["Results"]):
    """What :func:`.runner.compare` returns: a list with the results of every scenario; the first is the reference.

    Slices, sums and copies of it are of this class too.
    """

    @overload
    def __getitem__(self, place: SupportsIndex) -> Results: ...
    @overload
    def __getitem__(self, place: slice) -> Compared: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Results | Compared:
        found = super().__getitem__(place)
        return Compared(found) if isinstance(found, list) else found

    def __add__(self, other: list[Results]) -> Compared:  # type: ignore[override]
        return Compared([*self, *other]) if isinstance(other, list) else NotImplemented

    def __mul__(self, times: SupportsIndex) -> Compared:
        return Compared(super().__mul__(times))

    __rmul__ = __mul__

    def copy(self) -> Compared:
        return Compared(self)

    def outcomes(self, precision: float | None = None) -> Comparison:
        """Return every outcome of every scenario with paired differences, as :func:`.compare_outcomes`.

        It also says of what the adopter share was asked (all eligible pairs), and why scenarios are as the first in
        every run, where they are.
        """
        from diffusion.analysis.results.asked import Target, ask
        from diffusion.analysis.results.compare import compare_outcomes, with_reasons
        from diffusion.experiments.running.why_identical import why_identical

        found = replace(compare_outcomes(self, precision), asked=ask(self, Target()))
        return with_reasons(found, why_identical(self, found))

    def __repr__(self) -> str:
        if not self:
            return brief(self, "no results")
        return brief(self, f"{counted(len(self), 'scenario')} on common draws", run_facts(self[0]), named(self))

    __str__ = __repr__


def run_facts(results: Results) -> str:
    """Return how many runs of how many months results are of."""
    runs = counted(results.n_replicates, "replicate")
    return f"{runs} of {counted(results.months, 'month')}, seed {results.seed}"


def named(results: Sequence[Results]) -> str:
    """Return the names of scenarios."""
    return listed([each.scenario.name for each in results])
