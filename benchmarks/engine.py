"""The production engine as a candidate in the comparisons; imported only when it is its turn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from turns import cpu_seconds

CLASSIC = Path(__file__).with_name("classic.yaml")

#: All four levers of the demo at once.
FULL = "baseline+tariff+test-beds+local-first"
#: In a synthetic world the tariff is for drugs and pathways, since its innovations have other names.
FULL_SYNTHETIC = (
    "world.synthetic.england_like=true",
    "world.synthetic.kind=mix",
    "levers.best-practice-tariff.targets.innovations=null",
    "levers.best-practice-tariff.targets.kinds=[drug, pathway]",
)


#: with all levers some 60 innovations are born in ten years, so that births are measured, too
BORN = ("parameters.supply.arrivals_per_year=6", "parameters.supply.founding_without_programme=0.0005")
#: people and companies are followed, but there is no room for innovations of theirs
NOTHING_BORN = ("parameters.supply.arrival_slots=0", "parameters.supply.spin_out_slots=0")


def available() -> bool:
    """Whether the engine can be imported."""
    try:
        from diffusion.experiments.running import runner
    except ImportError:
        return False
    return hasattr(runner, "run")


@cache
def _scenario(text: str, settings: tuple[str, ...]) -> Any:
    from diffusion.scenario.load import load_scenario

    return load_scenario(text, list(settings))


def _run(text: str, settings: tuple[str, ...], replicates: int, seed: int) -> tuple[float, Any]:
    """Return CPU seconds and results of the ordinary entry point in this process, recorder and all."""
    from diffusion.experiments.running.runner import run

    scenario = _scenario(text, settings)
    start = cpu_seconds()
    results = run(scenario, replicates=replicates, seed=seed, jobs=1)
    return cpu_seconds() - start, results


def run_cpu_s(text: str, settings: tuple[str, ...], replicates: int, seed: int = 1) -> float:
    """Return CPU seconds of a scenario with settings, on one thread."""
    return _run(text, settings, replicates, seed)[0]


def drawn_cpu_s(source: str, names: Sequence[str], replicates: int) -> float:
    """Return CPU seconds of scenarios whose parameters come from posterior, prior or defaults, on one thread."""
    from diffusion.experiments.running.runner import compare
    from diffusion.scenario.load import load_scenario

    scenarios = [load_scenario(name).drawing_from(source) for name in names]  # type: ignore[arg-type]
    compare(scenarios, replicates=2, jobs=1)
    start = cpu_seconds()
    compare(scenarios, replicates=range(2, 2 + replicates), jobs=1)
    return cpu_seconds() - start


def engine_classic(n: int, replicates: int, seed: int = 1, n_innovations: int = 1) -> tuple[float, np.ndarray]:
    """Return CPU seconds and mean adopters of an innovation, float64[months+1], of the classic workload."""
    settings = (f"world.synthetic.n_trusts={n}", f"world.synthetic.n_innovations={n_innovations}")
    cpu_s, results = _run(str(CLASSIC), settings, replicates, seed)
    return cpu_s, results.monthly["adopters"].mean(axis=0) / n_innovations


def full_ns(replicates: int, seed: int = 1) -> float:
    """Return CPU ns per trust, innovation and month of the full model on the trusts of England."""
    return _pair_month_ns(FULL, (), replicates, seed)


def full_synthetic_ns(n_trusts: int, n_innovations: int, replicates: int, seed: int = 1) -> float:
    """Return the same on an England-like world of another size."""
    size = (f"world.synthetic.n_trusts={n_trusts}", f"world.synthetic.n_innovations={n_innovations}")
    return _pair_month_ns(FULL, (*FULL_SYNTHETIC, *size), replicates, seed)


def _pair_month_ns(text: str, settings: tuple[str, ...], replicates: int, seed: int) -> float:
    cpu_s, results = _run(text, settings, replicates, seed)
    pairs = results.world.n_trusts * results.world.n_innovations
    return cpu_s / (replicates * pairs * results.months) * 1e9


def portfolio_cpu_s(replicates: int, seed: int = 1) -> float:
    """Return CPU seconds of all levers, people and companies with the 30 innovations of the portfolio alone."""
    return _run("everything", NOTHING_BORN, replicates, seed)[0]


def per_live_pair_ns(text: str, replicates: int, seed: int = 1) -> float:
    """Return CPU ns per trust, live innovation and month: what is not launched yet, or has no slot, costs nothing."""
    cpu_s, results = _run(text, BORN if text == "everything" else (), replicates, seed)
    live = results.monthly["innovations_live"][:, 1:]
    if not live.any():  # followed only with people and companies
        month = np.arange(1, results.months + 1)
        launched = results.world.innovations.live_month[:, None] < month
        live = np.broadcast_to(launched.sum(axis=0), (replicates, results.months))
    return cpu_s / (results.world.n_trusts * live.sum()) * 1e9
