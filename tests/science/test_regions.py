"""What regions have adds up to what England has, and a world of one region alone has its part of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from diffusion.analysis.regions.money import total_pence
from diffusion.analysis.regions.similar import likeness, most_similar
from diffusion.analysis.regions.standing import comparable_groups, rank_by_change, rank_by_share
from diffusion.analysis.regions.tables import RegionData, region_data
from diffusion.analysis.results.funnel import end_stages
from diffusion.analysis.results.groups import adopter_share_by_group
from diffusion.engine.ledger import FLOW_INDEX, FLOWS, is_national, split_pence
from diffusion.engine.stages import INELIGIBLE, UNAWARE
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import compare
from diffusion.scenario.load import load_scenario
from diffusion.world.regions import Region, groups_of

pytestmark = pytest.mark.integration

#: all levers, payments of a tariff taken back, innovations enrolled in a programme
STACK = "everything"
SETTINGS = ["months=40", "start=2016-07", "levers.best-practice-tariff.lower_base_price=true"]
#: flows of which the stack must have some, or the sums would say little
MOVED = {
    "upfront_cost", "upfront_subsidy", "running_cost", "saving_kept", "saving_system", "tariff", "base_price_cut",
    "fund_refill", "fund_refill_extra", "fund_return", "ahsn_grant", "ahsn_push", "facilitation", "protected_time",
    "test_bed_grant", "test_bed_staff", "prize", "sbri_contract", "excellence_award", "nice", "portal", "scorecard",
    "accelerator_bursary", "expo", "new_town_grant", "clinical_points", "entrepreneur_training", "entrepreneur_time",
    "direction", "tools", "investment", "company_burn",
}  # fmt: skip


@pytest.fixture(scope="module")
def england() -> Results:
    return compare([load_scenario(STACK, SETTINGS)], 3, 1, by_trust=True)[0]


def ways_to_share_out(results: Results) -> dict[str, list[Region]]:
    """Return lists of regions that have every trust once: AHSNs, ICSs, and trusts one by one or in odd lists."""
    groups, codes = groups_of(results.world), results.world.trusts.codes
    odd = [codes[0:1], codes[1:100:3], codes[2:100:3], codes[3:100:3], codes[100:]]
    return {
        "ahsn": [group for group in groups if group.grouping == "ahsn"],
        "ics": [group for group in groups if group.grouping == "ics"],
        "lists": [Region(str(n), str(n), "trusts", "", tuple(part)) for n, part in enumerate(odd)],
    }


@pytest.mark.parametrize("way", ["ahsn", "ics", "lists"])
def test_regions_add_up_to_england(england: Results, way: str) -> None:
    regions = ways_to_share_out(england)[way]
    assert sorted(code for region in regions for code in region.trusts) == sorted(england.world.trusts.codes)
    found: Sequence[RegionData] = [region_data(england, region) for region in regions]
    adopters = england.monthly["adopters"] - england.monthly["adopters_born"]
    assert (sum(each.adopters for each in found) == adopters).all()
    stages = sum(each.stages for each in found)
    assert (stages == end_stages(england)).all()
    assert sum(each.eligible for each in found) == int(stages.sum(axis=1)[0] - stages[0, INELIGIBLE])
    own, shared = sum(each.own for each in found), sum(each.shared for each in found)
    assert (own + shared == total_pence(england)).all()
    some = {name for name, place in FLOW_INDEX.items() if total_pence(england)[:, place].any()}
    assert some >= MOVED
    if way != "lists":  # the same numbers come from what is counted by group while the model runs
        by_group = getattr(england, f"stage_by_{way}")[:, -1]
        codes = england.world.ahsns.codes if way == "ahsn" else england.world.trusts.ics_codes
        for region, each in zip(regions, found):
            assert (by_group[:, :, codes.index(region.code)] == each.stages).all()


def test_money_with_a_place_is_all_in_its_place(england: Results) -> None:
    """What a trust pays or gets is by trust to the penny; what has no place is all shared."""
    everywhere = Region("all", "all", "trusts", "", england.world.trusts.codes)
    data, total = region_data(england, everywhere), total_pence(england)
    for purpose, payer, payee in england.money_flows:
        place = FLOW_INDEX[purpose]
        if {"trust", "trust_fund"} & {payer, payee} or purpose in ("protected_time", "ahsn_grant", "facilitation"):
            # each month's pence are rounded for all and by trust apart
            assert (np.abs(data.own[:, place] - total[:, place]) <= england.months).all(), purpose
        elif payer == "national" and payee in ("programme_staff", "clinicians", "company"):
            assert purpose == "upfront_subsidy" or not data.own[:, place].any(), purpose


def test_tariff_of_a_trust_is_that_of_its_adopters(england: Results) -> None:
    never = (england.adopters_by_trust == 0).all(axis=1)
    paid = england.by_trust_pence[:, :, FLOW_INDEX["running_cost"]]
    born = england.monthly["adopters_born"].any()
    assert never.any()
    assert born or not paid[never].any()


@pytest.mark.parametrize("n", [1, 2, 7, 233])
def test_split_pence_loses_no_penny(n: int) -> None:
    rng = np.random.default_rng(n)
    pence = rng.integers(-(10**9), 10**12, 50)
    parts = rng.exponential(size=(50, n)) * (rng.uniform(size=(50, n)) < 0.7)
    parts[:, 0] += 1e-9
    whole = split_pence(pence, parts.sum(axis=1), parts)
    assert (whole.sum(axis=1) == pence).all()
    assert (np.abs(whole - pence[:, None] * parts / parts.sum(axis=1, keepdims=True)) <= 1.001).all()
    half = split_pence(pence, 2 * parts.sum(axis=1), parts).sum(axis=1)
    assert (np.abs(half - pence / 2) <= 0.5).all()
    assert not split_pence(pence, 0.0, np.zeros((1, n))).any()


def test_nothing_is_kept_and_nothing_moves_unless_asked() -> None:
    scenario = load_scenario("baseline", ["months=24"])
    plain, kept = compare([scenario], 2, 1)[0], compare([scenario], 2, 1, by_trust=True)[0]
    assert plain.by_trust_pence is None
    assert plain.end_by_trust is None
    with pytest.raises(ValueError, match="by_trust=True"):
        region_data(plain, groups_of(plain.world)[0])
    for name in ("stage_by_innovation", "adopters_by_trust", "money_gbp", "flows"):
        assert (getattr(plain, name) == getattr(kept, name)).all(), name
    in_blocks = compare([scenario], 2, 1, by_trust=True, block=1)[0]
    assert (in_blocks.by_trust_pence == kept.by_trust_pence).all()
    assert (in_blocks.end_by_trust == kept.end_by_trust).all()


def test_ranks_share_out_the_places() -> None:
    results = compare([load_scenario(name, ["months=36"]) for name in ("baseline", "local-first")], 6, 1, by_trust=True)
    groups = [group for group in groups_of(results[0].world) if group.grouping == "ahsn"]
    codes = comparable_groups(results, groups[0])
    assert codes == tuple(group.code for group in groups)
    ranks = np.stack([rank_by_share(results[0], group, codes).values for group in groups])
    assert (ranks.sum(axis=0) == len(groups) * (len(groups) + 1) / 2).all()
    shares = adopter_share_by_group(results[0], "ahsn")
    assert (shares.argmax(axis=1) == ranks.argmin(axis=0)).all()
    changes = np.stack([rank_by_change(results[1], results[0], group, codes).values for group in groups])
    assert (changes.sum(axis=0) == len(groups) * (len(groups) + 1) / 2).all()


def test_similar_regions_by_hand() -> None:
    world = load_scenario("baseline").build_world()
    manchester = next(group for group in groups_of(world) if group.code == "GM")
    found, trusts = likeness(world, "ahsn"), world.trusts
    parts = []
    for column in (np.log(found.number), np.log(found.size), found.imd, *found.mix.T):
        parts.append((column - column.mean()) / column.std() if column.std() else 0.0 * column)
    own = world.ahsns.codes.index("GM")
    squares = [(part - part[own]) ** 2 for part in parts]
    distance = np.sqrt((sum(squares[:3]) + sum(squares[3:]) / 6) / 4)
    nearest = [int(i) for i in np.argsort(distance) if i != own][:3]
    assert [place for place, _ in most_similar(world, manchester, world.ahsns.codes)] == nearest
    assert [far for _, far in most_similar(world, manchester, world.ahsns.codes)] == pytest.approx(
        [distance[i] for i in nearest]
    )
    inside = trusts.ahsn == own
    assert found.imd[own] == pytest.approx((trusts.imd * trusts.size)[inside].sum() / trusts.size[inside].sum())
    assert most_similar(world, Region("x", "x", "trusts", "", trusts.codes[:3]), world.ahsns.codes) == []
    others = [code for i, code in enumerate(world.ahsns.codes) if i != nearest[0]]
    assert [place for place, _ in most_similar(world, manchester, others)][:2] == nearest[1:]


# --- A world of one region alone --------------------------------------------------------------------------------------

REGION_STACK = "test-beds+expo+scorecard+healthy-new-towns+people-and-skills"


@pytest.mark.parametrize("wanted", ["GM", "QYG", "[RM2,RM3,RBV]"])
def test_a_region_alone_has_its_part_of_the_money(wanted: str) -> None:
    """Where money does not hang on adoption it is that of the region in a run of the whole."""
    settings = ["months=40", "start=2015-07"]
    whole = compare([load_scenario(REGION_STACK, settings)], 3, 1, by_trust=True)[0]
    alone = compare([load_scenario(REGION_STACK, [*settings, f"world.region={wanted}"])], 3, 1, by_trust=True)[0]
    assert alone.world.cut is not None
    region = Region("x", "x", "trusts", "", alone.world.trusts.codes)
    data, total = region_data(whole, region), total_pence(alone)
    for purpose in ("ahsn_grant", "ahsn_push", "facilitation", "test_bed_grant", "new_town_grant", "protected_time"):
        place = FLOW_INDEX[purpose]
        assert (np.abs(data.own[:, place] - total[:, place]) <= 2 * whole.months).all(), purpose
    for purpose in ("expo", "scorecard"):
        place = FLOW_INDEX[purpose]
        assert is_national(FLOWS[place])
        assert total[:, place].any()
        assert (np.abs(data.shared[:, place] - total[:, place]) <= 2 * whole.months).all(), purpose


def test_a_region_alone_opens_as_in_the_whole() -> None:
    """Initial sites are drawn in the whole: those inside are there, and no more."""
    whole = compare([load_scenario("baseline", ["months=1"])], 8, 1)[0]
    alone = compare([load_scenario("baseline", ["months=1", "world.region=GM"])], 8, 1)[0]
    rows = alone.world.cut.rows
    assert (alone.adopters_by_trust[:, 0] == whole.adopters_by_trust[:, 0, rows]).all()
    assert whole.adopters_by_trust[:, 0].sum() > alone.adopters_by_trust[:, 0].sum() > 0
    assert (alone.benefit == whole.benefit).all()
    assert (alone.stage_by_innovation[:, 0, UNAWARE].sum(axis=1) > 0).all()
    assert alone.world.n_trusts == 13
    assert alone.world.share == pytest.approx(whole.world.trusts.size[rows].sum() / whole.world.trusts.size.sum())


def test_ties_to_trusts_outside_are_cut() -> None:
    whole = load_scenario("baseline").build_world()
    alone = load_scenario("baseline", ["world.region=WX"]).build_world()
    rows = alone.cut.rows
    for before, after in zip(whole.layers, alone.layers):
        if before.kind != "sparse":
            assert (before.group[rows] == after.group).all()
            continue
        for new, old in enumerate(rows):
            ties = before.indices[before.indptr[old] : before.indptr[old + 1]]
            kept = [int(np.flatnonzero(rows == j)[0]) for j in ties if j in rows]
            assert sorted(kept) == list(after.indices[after.indptr[new] : after.indptr[new + 1]])
    assert "of their" in alone.provenance["region"]


def test_targets_outside_reach_nobody_and_fail_nothing() -> None:
    settings = ["months=6", "world.region=GM", "levers.local-first.targets={ahsns: [WX]}"]
    scenario = load_scenario("local-first", settings)
    world = scenario.build_world()
    assert not scenario.levers["local-first"].targets.trust_mask(world).any()
    assert compare([scenario], 1, 1)[0].months == 6
