"""The ten stages of a (trust, innovation) pair and the moves that are legal between them."""

from __future__ import annotations

INELIGIBLE, UNAWARE, AWARE, EVALUATING, PILOT, ROLLOUT, SUSTAINED, ABANDONED, REJECTED, NO_USE = range(10)

STAGES: tuple[str, ...] = (
    "ineligible",
    "unaware",
    "aware",
    "evaluating",
    "pilot",
    "rollout",
    "sustained",
    "abandoned",
    "rejected",
    "no_use",
)
N_STAGES = len(STAGES)

#: An adopter rolls an innovation out or sustains it.
ADOPTER_STAGES = (ROLLOUT, SUSTAINED)
#: "Organisations using" in the programmes' own counts.
USING_STAGES = (PILOT, ROLLOUT, SUSTAINED)
#: A trust has heard of it: the last of these found that it has no use for it.
HEARD_STAGES = (AWARE, EVALUATING, PILOT, ROLLOUT, SUSTAINED, ABANDONED, REJECTED, NO_USE)
#: Stages from which a test bed may place a pair in PILOT.
PLACEABLE_STAGES = (UNAWARE, AWARE, EVALUATING, ABANDONED, REJECTED)

LEGAL_MOVES: frozenset[tuple[int, int]] = frozenset(
    {
        (UNAWARE, AWARE),
        (UNAWARE, NO_USE),
        (AWARE, EVALUATING),
        (EVALUATING, PILOT),
        (EVALUATING, REJECTED),
        (EVALUATING, ROLLOUT),
        (UNAWARE, ROLLOUT),
        (PILOT, ROLLOUT),
        (PILOT, ABANDONED),
        (ROLLOUT, SUSTAINED),
        (ROLLOUT, ABANDONED),
        (SUSTAINED, ABANDONED),
        (REJECTED, AWARE),
        (ABANDONED, AWARE),
    }
)
#: Moves of the flow ``placed``: legal only when a lever places the pair.
PLACED_MOVES: frozenset[tuple[int, int]] = frozenset((stage, PILOT) for stage in PLACEABLE_STAGES)
