"""Keyed draws: uniform, without pattern over any of their keys, and the same for a trust wherever it stands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ndtri

from diffusion.engine import draws as d
from diffusion.month.block import Block
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.keys import stable_keys
from diffusion.world.tables import World

pytestmark = pytest.mark.unit

TRUSTS, INNOVATIONS = (
    stable_keys([f"R{n:03d}" for n in range(233)]),
    stable_keys([f"innovation-{n}" for n in range(30)]),
)


def block_of_draws(seed: int, replicates: np.ndarray, process: int, month: int) -> np.ndarray:
    """Return uniforms, float64[R, 233, 30]."""
    return d.Draws(seed, replicates, TRUSTS, INNOVATIONS).uniform(process, month, by="trust innovation")


def z_of_uniformity(values: np.ndarray, bins: int) -> float:
    """Return the z of a chi-square test that ``values`` are uniform on [0, 1)."""
    counts = np.bincount((values.reshape(-1) * bins).astype(int), minlength=bins)
    expected = values.size / bins
    chi_square = ((counts - expected) ** 2 / expected).sum()
    return float((chi_square - (bins - 1)) / np.sqrt(2 * (bins - 1)))


def z_of_independence(a: np.ndarray, b: np.ndarray) -> float:
    """Return the z of a chi-square test that pairs (a, b) fall evenly on a 16 by 16 board."""
    cell = (a.reshape(-1) * 16).astype(int) * 16 + (b.reshape(-1) * 16).astype(int)
    return z_of_uniformity((cell + 0.5) / 256, 256)


def test_draws_are_uniform() -> None:
    months = [block_of_draws(1, np.arange(10), d.AWARENESS, month) for month in range(1, 13)]
    values = np.stack(months)
    assert values.min() >= 0.0
    assert values.max() < 1.0
    assert abs(z_of_uniformity(values, 1000)) < 4
    assert abs((values.mean() - 0.5) * np.sqrt(12 * values.size)) < 4
    # each trust, innovation, replicate and month by itself
    for axis in range(4):
        rows = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
        z = (rows.mean(axis=1) - 0.5) * np.sqrt(12 * rows.shape[1])
        assert np.abs(z).max() < 4.5
        assert 0.6 < z.std() < 1.5


def test_neighbours_in_every_key_are_independent() -> None:
    here = block_of_draws(1, np.arange(20), d.AWARENESS, 5)
    pairs = {
        "month": (here, block_of_draws(1, np.arange(20), d.AWARENESS, 6)),
        "process": (here, block_of_draws(1, np.arange(20), d.TRIAGE, 5)),
        "seed": (here, block_of_draws(2, np.arange(20), d.AWARENESS, 5)),
        "replicate": (here, block_of_draws(1, np.arange(1, 21), d.AWARENESS, 5)),
        "trust": (here[:, 1:], here[:, :-1]),
        "innovation": (here[:, :, 1:], here[:, :, :-1]),
        # what would collide if keys were merely added
        "month against process": (block_of_draws(1, np.arange(20), 4, 5), block_of_draws(1, np.arange(20), 5, 4)),
        "replicate against seed": (here, block_of_draws(0, np.arange(1, 21), d.AWARENESS, 5)),
    }
    for name, (a, b) in pairs.items():
        assert abs(z_of_independence(a, b)) < 4.5, name
        assert not np.array_equal(a, b), name


def test_no_draw_is_used_twice() -> None:
    values = np.concatenate(
        [
            block_of_draws(seed, np.arange(3), process, month).reshape(-1)
            for seed in (0, 1)
            for process in (1, 2, 3)
            for month in (0, 1, 2)
        ]
    )
    # 377,460 draws of 53 bits: a coincidence has a chance of 8e-6
    assert len(np.unique(values)) == len(values)


def test_normals_are_quantiles_of_the_same_uniforms() -> None:
    draws = d.Draws(3, np.arange(40), TRUSTS, INNOVATIONS)
    u, z = (make(d.NEED, by="trust innovation") for make in (draws.uniform, draws.normal))
    assert z == pytest.approx(ndtri(u), rel=1e-13, abs=1e-13)
    for u_tail in (1e-12, 1e-6, 0.02425, 0.5, 1 - 1e-6, 1 - 1e-12):
        assert d.normal(u_tail) == pytest.approx(ndtri(u_tail), rel=1e-12, abs=1e-15)


def attributes_of(block: Block) -> dict[str, np.ndarray]:
    return {**block.attributes._asdict(), "need": block.pairs.need.copy()}


def test_a_trust_draws_the_same_in_any_company(
    small: Callable[..., Scenario], with_rows: Callable[..., World], with_innovations: Callable[..., World]
) -> None:
    """Fewer innovations, trusts in another order: those that are left keep all their attributes."""
    scenario = small()
    world = scenario.build_world()
    all_of_them = attributes_of(Simulation(scenario).open(np.arange(3), 9))
    chosen = np.array([1, 4, 5])
    some = with_innovations(world, chosen)
    part = attributes_of(Simulation(scenario, with_rows(some, np.arange(40)[::-1])).open(np.arange(3), 9))
    for name, values in part.items():
        whole = all_of_them[name]
        if values.ndim == 3:
            whole = whole[:, ::-1][:, :, chosen]
        else:
            whole = whole[:, ::-1] if values.shape[1] == 40 else whole[:, chosen]
        np.testing.assert_array_equal(values, whole, err_msg=name)


def test_draws_do_not_depend_on_the_scenario() -> None:
    """Attributes and opening states are those of the baseline under every lever, parameter and month of policy."""
    baseline = Simulation(load_scenario("baseline")).open(np.arange(4), 1)
    other = load_scenario(
        "baseline+test-beds+local-first", ["policy_start=2015-09", "parameters.triage.push_per_month=0.1"]
    )
    block = Simulation(other).open(np.arange(4), 1)
    for name, values in attributes_of(baseline).items():
        np.testing.assert_array_equal(attributes_of(block)[name], values, err_msg=name)
    np.testing.assert_array_equal(block.pairs.stage, baseline.pairs.stage)
    np.testing.assert_array_equal(block.pairs.engagement, baseline.pairs.engagement)


def test_attributes_have_the_stated_distributions() -> None:
    """Medians and log deviations over trusts and replicates, benefits and signals over innovations."""
    simulation = Simulation(load_scenario("baseline"))
    a = simulation.open(np.arange(200), 1).attributes
    trusts, table = simulation.world.trusts, simulation.world.innovations
    par = simulation.model.parameters
    inn = a.innovativeness - 0.6 * trusts.teaching - 0.5 * np.log(trusts.size)
    n = inn.size
    assert abs(inn.mean()) < 4 / np.sqrt(n)
    assert abs(inn.std() - 1) < 4 / np.sqrt(2 * n)
    for values, median, sigma in (
        (a.risk_aversion, par.attributes.risk_aversion_median, 0.3),
        (a.capacity_wte / (par.capacity.wte_per_size * trusts.size**0.3), 1.0, 0.4),
    ):
        log = np.log(values / median)
        assert abs(log.mean()) < 4 * sigma / np.sqrt(n)
        assert abs(log.std() - sigma) < 4 * sigma / np.sqrt(2 * n)
    cohort = np.array([name != "" for name in table.cohort])
    assert cohort.sum() == 17
    assert (a.benefit[:, cohort] > 0).all()
    others = a.benefit[:, ~cohort]
    assert abs(others.mean() - 0.3) < 4 * 0.7 / np.sqrt(others.size)
    assert abs((others < 0).mean() - 0.334) < 0.05
    noise = a.signal - a.benefit
    assert abs(noise.std() - 0.3) < 4 * 0.3 / np.sqrt(2 * noise.size)
    cost = np.log(a.upfront_cost[:, table.upfront_cost_gbp > 0] / table.upfront_cost_gbp[table.upfront_cost_gbp > 0])
    assert abs(cost.std() - 0.4) < 4 * 0.4 / np.sqrt(2 * cost.size)


def test_keys_are_mixed_outside_the_kernels_as_inside() -> None:
    keys = np.random.default_rng(1).integers(0, 2**64, 200, dtype=np.uint64)
    assert [d.mixed(int(key)) for key in keys] == [int(d.mix64(key)) for key in keys]
    assert d.mixed(2**64 + 5) == d.mixed(5)
