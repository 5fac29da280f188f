"""What people, companies and programmes came to since the run began: places of the running sums ``so_far``.

Kernels add to them where it happens; levers tell what only they know through ``terms.tell``. All are whole numbers:
people, organisations, events, or pence. They only grow.
"""

from __future__ import annotations

from typing import Final

(
    APPLIED,  # applications to a programme for clinical entrepreneurs
    MENTORED_BY_INDUSTRY,  # clinicians given a mentor at an industry partner
    MENTORED_BY_AHSN,  # clinicians given a mentor at an AHSN
    INDUSTRY_PARTNERS,  # industry partners that mentor anyone
    RAISED_BY_FELLOWS,  # pence, by fellows of an accelerator
    RAISED_BY_FOUNDERS,  # pence, by start-ups of people, and by their companies after launch
    SOLD,  # pence, sales to trusts of companies in the UK
    SPENT,  # pence, what start-ups and companies in the UK spent
    SPENT_BY_FOUNDERS,  # pence, of that by start-ups of people, and by their companies after launch
    LEFT_UK,  # times a company left the UK market
    CAME_BACK,  # times one came back
) = range(11)
#: how many there are
PLACES: Final = 11
