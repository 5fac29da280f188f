"""Made-up reasons for a difference, for tests of what is said of them."""

from __future__ import annotations

import numpy as np

from diffusion.experiments.searches.lever_probe import GradedSetting
from diffusion.experiments.searches.why import Contribution, Why


def made(**parts: tuple[float, float, str]) -> Why:
    """A difference of groups with (mean, spread, grade), by 40 made-up runs."""
    generator = np.random.default_rng(1)
    rows = []
    for name, (mean, spread, grade) in parts.items():
        noise = generator.normal(size=40)
        values = mean + spread * (noise - noise.mean())
        settings = (GradedSetting("x", grade, "s"),) if grade else ()
        rows.append(Contribution("group", "a", name, values, settings))
    whole = np.sum([row.values for row in rows], axis=0)
    own = Contribution("lever", "a", "", whole)
    return Why(1, (own, *rows, Contribution("whole", "", "", whole)), True)
