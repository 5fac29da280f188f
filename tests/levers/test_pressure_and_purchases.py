"""League tables and value-based procurement: whom segments press, how a purchase looks."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.world.tables import KINDS
from support.today import paid_gbp, stepped, term, today

pytestmark = pytest.mark.unit


# --- league tables ----------------------------------------------------------------------------------------------------


def test_segments_press_and_free_and_what_is_not_known_is_left_alone() -> None:
    simulation, block = stepped(today("league-tables"), 1)
    segment = simulation.world.trusts.oversight_segment
    lost = np.broadcast_to(term(block, "pressure"), (1, len(segment), 1))[0, :, 0]
    expected = np.where(segment >= 4, 0.10, np.where(segment == 3, 0.05, 0.0))
    assert {0.0, 0.05, 0.10} == set(expected.tolist())
    np.testing.assert_allclose(lost, expected)
    refill = np.broadcast_to(term(block, "fund_refill"), (1, len(segment), 1))[0, :, 0]
    np.testing.assert_allclose(refill, np.where(segment == 1, 1.25, 1.0))
    align = term(block, "alignment")
    assert set(np.unique(align[:, segment >= 3])) == {-0.25, 0.5}
    assert not align[:, ~(segment >= 3)].any()
    assert np.isnan(segment).any()


def test_without_segments_only_the_cost_of_league_tables_is_felt() -> None:
    _, block = stepped(today("league-tables", world={"name": "england-2017"}), 1)
    for name, neutral in (("pressure", 0.0), ("alignment", 0.0), ("fund_refill", 1.0)):
        assert (term(block, name) == neutral).all()
    assert (paid_gbp(block, "scorecard") == 250_000).all()


# --- procurement ------------------------------------------------------------------------------------------------------


def test_buying_by_value_changes_how_a_purchase_looks_and_no_cash() -> None:
    options = {"reach": 1.0, "training_gbp_per_trust": 0.0, "annual_cost_gbp": 0.0}
    simulation, block = stepped(today("value-based-procurement", **options), 1)
    _, plain = stepped(today("value-based-procurement", **options, strength=0.0), 1)
    device = simulation.world.innovations.kind == KINDS.index("device")
    f, before = (np.broadcast_to(each.space.frame["finance"], each.pairs.stage.shape) for each in (block, plain))
    np.testing.assert_array_equal(f[:, :, ~device], before[:, :, ~device])
    assert (f[:, :, device] >= before[:, :, device]).all()
    assert (f[:, :, device] > before[:, :, device]).any()
    for purpose in ("running_cost", "saving_kept", "saving_system", "tariff"):  # what is bought this month may differ
        np.testing.assert_array_equal(paid_gbp(block, purpose), paid_gbp(plain, purpose), err_msg=purpose)


def test_the_reach_is_the_share_of_devices_on_frameworks() -> None:
    simulation, block = stepped(today("value-based-procurement"), 1, replicates=200)
    device = simulation.world.innovations.kind == KINDS.index("device")
    where = block.own["value-based-procurement"].where
    assert where[..., device].mean() == pytest.approx(0.57, abs=0.05)
    assert not where[..., ~device].any()


def test_a_longer_lifetime_alone_makes_f_of_what_saves_late_higher() -> None:
    options = {"reach": 1.0, "saving_counted": 0.0, "training_gbp_per_trust": 0.0, "annual_cost_gbp": 0.0}
    ratios = {}
    for months in (0, 24, 60):
        simulation, block = stepped(today("value-based-procurement", **options, lifetime_months=months), 1)
        ratios[months] = np.broadcast_to(block.space.frame["finance"], block.pairs.stage.shape)[:, 0]
    attributes, table = block.attributes, simulation.world.innovations
    device = table.kind == KINDS.index("device")
    gains = attributes.saving * table.cashable_share > attributes.running_cost  # by the month, once savings are there
    free = (np.abs(ratios[0]) < 2.0) & (np.abs(ratios[60]) < 2.0) & device
    assert (ratios[60] > ratios[24])[free & gains].all()
    assert (free & gains).any()
    assert (ratios[60] < ratios[0])[free & ~gains].all()
    np.testing.assert_array_equal(ratios[60][:, ~device], ratios[0][:, ~device])
