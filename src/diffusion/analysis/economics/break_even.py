"""What a patient must be worth for a net present value to turn, since health is outside it.

With d the change of net present value and h the change of patients benefiting, d + w h = 0 at w = -d / h. Where the two
point opposite ways, w is the worth of a patient at which the option and the reference are alike; where they point the
same way no worth turns the answer. Means and the interval of w are over the replicates, paired: a ratio of means with
the interval of Fieller (1954), which needs no draws of its own and stays right where h is not far from 0. Patients
count in present values at the health rate, as in the appraisal; the model follows no QALYs.
"""

from __future__ import annotations

from dataclasses import dataclass

from diffusion.analysis.economics.appraisal import UNKNOWN_RATIO, Appraisal, Ratio
from diffusion.analysis.results.intervals import Estimate


@dataclass(frozen=True)
class BreakEven:
    """Money and health of one option against the reference, and the worth of a patient at which they balance.

    ``npv``, ``spending`` and ``savings`` in GBP, ``patients`` extra patients benefiting. ``gbp_per_patient`` is NaN
    throughout unless net present value and patients clearly point opposite ways. ``fewer_share`` and ``more_share`` are
    the shares of runs in which fewer and more patients benefit.
    """

    npv: Estimate
    spending: Estimate
    savings: Estimate
    patients: Estimate
    gbp_per_patient: Ratio
    fewer_share: float = float("nan")
    more_share: float = float("nan")

    @property
    def worth_on_average_gbp(self) -> float:
        """The worth of a patient at which the means balance; NaN where they point the same way or one is 0."""
        npv, patients = float(self.npv.mean), float(self.patients.mean)
        return -npv / patients if npv * patients < 0 else float("nan")

    @property
    def turns(self) -> bool:
        """Whether there is a worth of a patient at which the answer turns, and the intervals tell so."""
        return int(self.npv.direction) * int(self.patients.direction) < 0 and self.gbp_per_patient.known

    @property
    def same_way(self) -> bool:
        """Whether money and health clearly point the same way, so that no worth of a patient turns the answer."""
        return int(self.npv.direction) * int(self.patients.direction) > 0


def break_even_of(found: Appraisal) -> BreakEven | None:
    """Return where the answer of an appraisal turns; None where patients are not counted."""
    if found.patients is None:
        return None
    npv, patients = found.estimate(found.npv), found.estimate(found.patients)
    opposite = int(npv.direction) * int(patients.direction) < 0
    worth = found.ratio(-found.npv, found.patients) if opposite else UNKNOWN_RATIO
    fewer, more = float((found.patients < 0).mean()), float((found.patients > 0).mean())
    return BreakEven(npv, found.estimate(found.spending), found.estimate(found.savings), patients, worth, fewer, more)
