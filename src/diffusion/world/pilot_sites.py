"""Trusts that start as pilots: which pairs of trust and innovation are in PILOT when an innovation becomes live."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from diffusion.arrays import Bools
from diffusion.errors import InputError, did_you_mean
from diffusion.world.codes import merged_hint
from diffusion.world.tables import InnovationTable, TrustTable

#: trusts that an error names
_NAMED = 8


def check_pilot_sites(
    stated: Sequence[str], allowed: Sequence[str], trusts: TrustTable, error: Callable[..., InputError]
) -> None:
    """Make sure that an innovation's pilot sites are trusts of the world that may use it.

    Parameters
    ----------
    stated: codes of trusts
    allowed: sectors whose trusts may use it, or ``all``
    error: makes the error at the place where they are stated, from a message, ``expected`` and ``suggestion``

    Raises
    ------
    InputError
        A code that no trust has or that is given twice, or a trust of another sector.
    """
    numbers = {code: number for number, code in enumerate(trusts.codes)}
    sector_of = [trusts.sector_names[number] for number in trusts.sector]
    for place, code in enumerate(stated):
        able = [each for each, sector in zip(trusts.codes, sector_of) if "all" in allowed or sector in allowed]
        if code not in numbers:
            named = ", ".join(able[:_NAMED]) + (", ..." if len(able) > _NAMED else "")
            raise error(
                f"there is no trust '{code}'",
                expected=f"codes of trusts in eligible_sectors: {named}" if able else "a trust in eligible_sectors",
                suggestion=merged_hint(code, trusts.codes)
                or did_you_mean(code, able)
                or (f"for example {able[0]}" if able else None),
            )
        if code in stated[:place]:
            raise error(f"'{code}' is given twice", expected="every trust once", suggestion=f"list {code} once")
        sector = sector_of[numbers[code]]
        if "all" not in allowed and sector not in allowed:
            raise error(
                f"'{code}' is a trust of the sector {sector}, which may not use it",
                expected="a trust in eligible_sectors: " + ", ".join(allowed),
                suggestion=f"add {sector} to eligible_sectors, or leave {code} out",
            )


def pilot_pairs(codes: Sequence[str], table: InnovationTable, eligible: Bools) -> Bools:
    """Return bool[N, K]: pairs that start as pilots; a trust that a part of a world does not have is passed over.

    ``codes`` are those of the N trusts, ``eligible`` is bool[N, K].
    """
    pairs = np.zeros(eligible.shape, dtype=np.bool_)
    places = {code: place for place, code in enumerate(codes)}
    for k, sites in enumerate(table.pilot_sites):
        pairs[[places[code] for code in sites if code in places], k] = True
    return np.asarray(pairs & eligible, dtype=np.bool_)
