"""The opening state: keyed attributes of a replicate, initial stages and sites (MODEL 10.2, 10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine import draws as d
from diffusion.engine.choice import race
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import kernel
from diffusion.engine.stages import (
    ADOPTER_STAGES,
    INELIGIBLE,
    NO_USE,
    PILOT,
    ROLLOUT,
    STAGES,
    SUSTAINED,
    UNAWARE,
    USING_STAGES,
)
from diffusion.engine.state import NEVER, allocate
from diffusion.mechanisms.beliefs import USE_ONE, rebase_use
from diffusion.mechanisms.exposure import open_activity
from diffusion.mechanisms.moves import EVER_ADOPTED, USING, USING_COHORT, begin, quantile
from diffusion.mechanisms.opening_users import OpeningUsers, numbers_of, places_of, share_before
from diffusion.mechanisms.supply.births import arrival_months
from diffusion.mechanisms.supply.companies import begin_companies, opening_companies
from diffusion.mechanisms.supply.people import opening_people
from diffusion.mechanisms.use import count_use
from diffusion.mechanisms.variety.heterogeneity import draw_heterogeneity
from diffusion.mechanisms.variety.relevance import draw_no_use
from diffusion.month.block import Block
from diffusion.month.workspace import make_space
from diffusion.world.pilot_sites import pilot_pairs

if TYPE_CHECKING:
    from diffusion.mechanisms.attributes import AttributeParameters
    from diffusion.month.compiled import Model
    from diffusion.month.protocols import Initial
from diffusion.world.tables import InnovationTable, TrustTable, World

#: initial sites have used the innovation for so many months
SITE_AGE_MONTHS = 12


def draw_attributes(model: Model, block: Block, draws: d.Draws) -> None:
    """Fill ``block.attributes`` with keyed draws; what no phase of this scenario reads stays 0."""
    p, a, trusts, table = model.parameters.attributes, block.attributes, model.world.trusts, model.world.innovations
    cap = model.parameters.capacity
    if model.uses_beliefs:
        a.risk_aversion[:] = p.risk_aversion_median
        a.risk_aversion[:] *= np.exp(p.risk_aversion_sigma * draws.normal(d.RISK_AVERSION)[:, :, 0])
    if not cap.unlimited:
        a.capacity_wte[:] = cap.wte_per_size * trusts.size**cap.size_exponent
        a.capacity_wte[:] *= np.exp(p.capacity_sigma * draws.normal(d.CAPACITY)[:, :, 0])
    _draw_innovativeness(p, trusts, draws, a.innovativeness)
    a.awareness_factor[:] = np.exp(p.innovativeness_weight * a.innovativeness)
    typical = table.cases_per_month * trusts.size[:, None]
    if p.need_sigma > 0 and np.any(typical):
        need = draws.normal(d.NEED, by="trust innovation")
        need *= p.need_sigma
        block.pairs.need[:] = np.multiply(typical, np.exp(need, out=need), out=need)
    elif np.any(typical):
        block.pairs.need[:] = typical
    uniform = draws.uniform(d.BENEFIT, by="innovation")[:, 0, :]
    a.benefit[:] = np.where(np.isnan(table.benefit), _benefit(uniform, table), table.benefit)
    noise = p.signal_noise_sd * draws.normal(d.SIGNAL, by="innovation")[:, 0, :]
    a.signal[:] = np.where(np.isnan(table.signal), a.benefit + noise, table.signal)
    # what trusts have used for years is not what would have been recalled by then
    known = ~np.isnan(table.opening_share) & np.isnan(table.signal)
    a.signal[:, known] = np.maximum(a.signal[:, known], model.parameters.abandonment.recall_signal)
    for out, base, process in (
        (a.upfront_cost, table.upfront_cost_gbp, d.UPFRONT_COST),
        (a.running_cost, table.running_cost_gbp_per_month, d.RUNNING_COST),
        (a.saving, table.saving_gbp_per_month, d.SAVING),
    ):
        out[:] = base * np.exp(table.cost_noise_sd * draws.normal(process, by="innovation")[:, 0, :])
    draw_heterogeneity(model.parameters.heterogeneity, table, a, draws, model.world.facts.traits_shared)


def _draw_innovativeness(p: AttributeParameters, trusts: TrustTable, draws: d.Draws, out: np.ndarray) -> None:
    """Fill ``out`` float64[R, N]."""
    out[:] = p.innovativeness_sd * draws.normal(d.INNOVATIVENESS)[:, :, 0]
    out[:] += p.innovativeness_teaching * trusts.teaching
    out[:] += p.innovativeness_size * np.log(np.maximum(trusts.size, 1e-3))


def _benefit(uniform: np.ndarray, table: InnovationTable) -> np.ndarray:
    """Return normal benefits at quantiles ``uniform``; truncated ones are drawn from the part above 0."""
    from scipy.special import ndtr, ndtri

    mean, sd = table.benefit_mean, table.benefit_sd
    safe = np.where(sd > 0, sd, 1.0)
    below = np.where(table.benefit_truncated & (sd > 0), ndtr(-mean / safe), 0.0)
    u = np.clip(below + (1.0 - below) * uniform, 1e-300, 1.0 - 1e-16)
    # twelve decimals: libraries differ in the last bits of special functions
    return np.round(np.where(sd > 0, mean + safe * ndtri(u), mean), 12)


def initial_sites(model: Model, draws: d.Draws, innovativeness: np.ndarray, no_use: np.ndarray | None) -> np.ndarray:
    """Return bool[R, N, K]: the portfolio's initial sites, drawn without replacement with weight exp(.4 inn).

    ``innovativeness`` is float64[R, N], ``no_use`` bool[R, N, K]: those have no use for it.

    The sites are the first in a race (:func:`~diffusion.engine.choice.race`).
    """
    if model.world.cut is not None:
        return _sites_of_whole(model, draws)
    return _initial_sites(model.world, model.parameters.attributes, draws, innovativeness, no_use)


def _sites_of_whole(model: Model, draws: d.Draws) -> np.ndarray:
    """Return the initial sites of a region: those that a run of the whole has, as far as they lie inside."""
    whole, par = model.world.whole, model.parameters
    own = d.Draws(draws.seed, draws.replicates, whole.trusts.keys, draws.innovation_keys, draws.process)
    innovativeness = np.empty((len(draws.replicates), whole.n_trusts))
    _draw_innovativeness(par.attributes, whole.trusts, own, innovativeness)
    chosen = _initial_sites(whole, par.attributes, own, innovativeness, draw_no_use(par.relevance, whole, own))
    return model.world.of_whole(chosen, axis=1)


def _initial_sites(
    world: World, p: AttributeParameters, draws: d.Draws, innovativeness: np.ndarray, no_use: np.ndarray | None
) -> np.ndarray:
    table, eligible = world.innovations, world.eligible
    r, n, k = len(draws.replicates), world.n_trusts, world.n_innovations
    chosen = np.zeros((r, n, k), dtype=bool)
    if not np.any(table.initial_sites_max):
        return chosen
    spread = (table.initial_sites_max - table.initial_sites_min + 1).astype(np.float64)
    number = table.initial_sites_min + np.floor(
        spread * draws.uniform(d.INITIAL_SITES_NUMBER, by="innovation")[:, 0, :]
    )
    columns = np.flatnonzero(table.initial_sites_max)
    own = d.Draws(int(draws.seed), draws.replicates, draws.trust_keys, draws.innovation_keys[columns], draws.process)
    weight = np.exp(p.innovativeness_weight * innovativeness)[:, :, None]
    times = race(own.uniform(d.INITIAL_SITES, by="trust innovation"), weight)
    times[:, ~eligible[:, columns]] = np.inf
    if any(table.pilot_sites):
        times[:, pilot_pairs(world.trusts.codes, table, eligible)[:, columns]] = np.inf  # they begin with a pilot
    if no_use is not None:
        times[no_use[:, :, columns]] = np.inf
    # the last that gets in, from the few smallest in order
    most = min(n, int(table.initial_sites_max.max()))
    fastest = np.sort(np.partition(times, most - 1, axis=1)[:, :most], axis=1)
    place = np.clip(number[:, None, columns].astype(np.int64), 0, most)
    limit = np.take_along_axis(fastest, np.maximum(place - 1, 0), axis=1)
    chosen[:, :, columns] = (times <= limit) & (place > 0) & np.isfinite(times)
    return chosen


def opening_users(model: Model, draws: d.Draws, innovativeness: np.ndarray, able: np.ndarray) -> OpeningUsers | None:
    """Return the users that the portfolio knows of, month by month up to the opening; None where it knows of none.

    ``innovativeness`` is float64[R, N]; ``able`` bool[N, K] or [R, N, K] are those that may use it and have a use for
    it. Who uses it comes by a race, as initial sites do. In a region alone as many use it as there are of its trusts
    among the first of the race in the whole, not as use it there in a run of the whole.
    """
    world = model.world
    shares = share_before(world.innovations, int(model.start), model.warm_up)
    if np.isnan(shares).all():
        return None
    able = np.broadcast_to(able, (len(draws.replicates), *able.shape[-2:]))
    times = _times(model, draws, innovativeness, able, shares)
    if world.cut is None:
        return OpeningUsers(numbers_of(shares, able.sum(axis=1)), times)
    whole, par = world.whole, model.parameters
    own = d.Draws(draws.seed, draws.replicates, whole.trusts.keys, draws.innovation_keys)
    innovativeness = np.empty((len(draws.replicates), whole.n_trusts))
    _draw_innovativeness(par.attributes, whole.trusts, own, innovativeness)
    no_use = draw_no_use(par.relevance, whole, own)
    able = np.broadcast_to(whole.eligible, (len(draws.replicates), *whole.eligible.shape))
    able = able if no_use is None else able & ~no_use
    numbers = numbers_of(shares, able.sum(axis=1))
    places = world.of_whole(places_of(_times(model, own, innovativeness, able, shares)), axis=1)
    here = np.stack([(places < numbers[:, None, :, t]).sum(axis=1) for t in range(numbers.shape[2])], axis=2)
    return OpeningUsers(np.where(numbers < 0, -1, here), times)


def _times(
    model: Model, draws: d.Draws, innovativeness: np.ndarray, able: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    """Return float64[R, N, K]: who comes first; inf for those that are not ``able``, or of which nothing is known."""
    known = np.flatnonzero(~np.isnan(shares[:, 0]))
    weight = np.exp(model.parameters.attributes.innovativeness_weight * innovativeness)[:, :, None]
    times = np.full(able.shape, np.inf)
    own = draws.of_innovations(known)
    times[:, :, known] = race(own.uniform(d.OPENING_USERS, by="trust innovation"), weight)
    times[~able] = np.inf
    return times


def open_block(model: Model, initial: Initial, seed: int, replicates: np.ndarray) -> Block:
    """Return a block in its first state: that of month 0, or of the first month that is run before it."""
    world = model.world
    n_groups = world.n_ahsns + len(world.trusts.ics_codes) + len(world.trusts.sector_names)
    replicates = np.ascontiguousarray(replicates, dtype=np.int64)
    draws = d.Draws(seed, replicates, model.tables.trust_keys, model.tables.innovation_keys)
    par, table = model.parameters.supply, world.innovations
    block = Block.of(
        allocate(seed, replicates, world.n_trusts, world.n_innovations, n_groups, len(world.trusts.ics_codes)),
        opening_people(par, world, draws, model.n_people),
        opening_companies(len(replicates), world.n_innovations),
    )
    block.month = -model.warm_up
    draw_attributes(model, block, draws)
    block.units.live[:] = arrival_months(table.ids, model.tables.live, par.arrivals_per_year, draws)
    block.units.innovation_keys[:] = model.tables.innovation_keys
    block.units.evidence[:] = table.prior_evidence
    block.units.absorptive[:] = model.tables.absorptive_start
    opening = model.parameters.finance.fund_opening_gbp * world.trusts.size * 100.0
    block.units.fund[:] = np.rint(opening).astype(np.int64)
    stage = STAGES.index(initial.stage)
    no_use = draw_no_use(model.parameters.relevance, world, draws)
    sites = _sites(model, initial, draws, block.attributes.innovativeness, no_use)
    if no_use is not None:
        no_use &= ~sites & (model.tables.pilot_site == 0)  # who uses or pilots it has a use for it
        block.pairs.no_use[:] = no_use
    able = world.eligible if no_use is None else world.eligible & ~no_use
    block.units.n_with_use[:] = able.sum(axis=-2)
    if initial.from_portfolio:
        block.opening = opening_users(model, draws, block.attributes.innovativeness, able)
        if block.opening is not None:
            known = block.opening.numbers[:, None, :, 0]
            sites = np.where(known < 0, sites, places_of(block.opening.times) < known)
    block.pairs.stage[:] = np.where(
        world.eligible, stage if stage <= UNAWARE else np.where(able, stage, NO_USE), INELIGIBLE
    )
    if stage in ADOPTER_STAGES:
        block.pairs.rollout_since[:] = np.where(able, 0, NEVER)
    space = make_space(model, block)
    if stage in USING_STAGES:
        started = np.broadcast_to(able, sites.shape) | sites
    else:
        started = sites
    if started.any():
        complete = started if stage == SUSTAINED else sites
        decay = model.parameters.beliefs.peer_decay_per_month
        worth = sum((1.0 - decay) ** age for age in range(SITE_AGE_MONTHS)) * USE_ONE
        _open_sites(space.address, started, complete, -np.expm1(-model.tables.champion_stock), worth)
    _count_opening(space.address)
    note_adopters(block)
    rebase_use(space.address, 1.0)
    open_activity(space.address)
    return block


def begin_record(model: Model, block: Block) -> None:
    """Let the run begin after the months before it: what they cost and counted is not among its results.

    Companies of what is on the market begin now, with the adopters that there are; what is not on the market yet has
    the evidence that it begins with.
    """
    f, table = block.space.frame, model.world.innovations
    note_adopters(block)
    block.units.evidence[:] = np.where(block.units.live >= 0, table.prior_evidence, block.units.evidence)
    f["supply"], f["trading"] = model.numbers["supply"], model.numbers["trading"]
    begin_companies(f.address)
    for name in ("money", "flows", "blocked", "tally", "available", "needed", "used", "lent"):
        f[name][:] = 0
    block.counters.so_far[:] = 0


def note_adopters(block: Block) -> None:
    """Let companies know the adopters that their innovations have when the run begins."""
    adopters = block.counters.by_innovation[:, ROLLOUT] + block.counters.by_innovation[:, SUSTAINED]
    block.companies.adopters_before[:] = adopters[:, None, :]


def _sites(
    model: Model, initial: Initial, draws: d.Draws, innovativeness: np.ndarray, no_use: np.ndarray | None
) -> np.ndarray:
    adopters = initial.adopters
    if adopters is None:
        return initial_sites(model, draws, innovativeness, no_use)
    world = model.world
    trusts = np.zeros(world.n_trusts, dtype=bool)
    if adopters.codes is not None:
        places = {code: place for place, code in enumerate(world.trusts.codes)}
        trusts[[places[code] for code in adopters.codes]] = True
    else:
        trusts[: adopters.count or 0] = True
    innovations = np.ones(world.n_innovations, dtype=bool)
    if adopters.innovations is not None:
        innovations[:] = [name in adopters.innovations for name in world.innovations.ids]
    chosen = trusts[:, None] & innovations[None, :] & world.eligible
    return np.broadcast_to(chosen, (len(draws.replicates), *chosen.shape)).copy()


@kernel
def _open_sites(address, started, complete, champion_chance, worth):
    """Make initial sites SUSTAINED with complete rollout, twelve months old; set up all that start under way.

    ``worth`` is what twelve months of full use count for, ``champion_chance`` float64[N].
    """
    c = frame(address)
    for r in range(complete.shape[0]):
        base = d.draw_base(c.seed, c.replicates[r], d.ENGAGEMENT, 0)
        champions = d.draw_base(c.seed, c.replicates[r], d.INITIAL_CHAMPION, 0)
        for i in range(complete.shape[1]):
            for k in range(complete.shape[2]):
                if not started[r, i, k]:
                    continue
                if champion_chance[i] > 0.0:
                    u = d.uniform(champions, c.trust_keys[i], c.innovation_keys[r, k])
                    c.champion[r, i, k] = u < champion_chance[i]
                c.evaluated[r, c.ics[i], k] = 1  # what is in pilot or beyond has been evaluated
                if complete[r, i, k] or c.stage[r, i, k] == ROLLOUT:
                    u = d.uniform(base, c.trust_keys[i], c.innovation_keys[r, k])
                    c.engagement[r, i, k] = quantile(c.engagement_quantiles, u)
                    c.ever[r, i, k] = 1
                if complete[r, i, k]:
                    c.stage[r, i, k] = SUSTAINED
                    c.since[r, i, k] = c.month - SITE_AGE_MONTHS
                    c.rollout_since[r, i, k] = c.month - SITE_AGE_MONTHS
                    c.full_since[r, i, k] = c.month - SITE_AGE_MONTHS
                    c.rollout[r, i, k] = 1.0
                    if c.use_followed:
                        target = min(1.0, c.absorptive_start[i]) * c.engagement[r, i, k]
                        if not c.champion[r, i, k]:
                            target *= c.t9_without_champion
                        c.use[r, i, k] = target
                        c.use_months[r, k, c.place[i]] = np.int32(np.rint(target * worth))


@kernel
def _count_opening(address):
    """Fill the running counters from the opening stages."""
    c = frame(address)
    for r in range(c.replicates.shape[0]):
        for i in range(c.stage.shape[1]):
            for k in range(c.stage.shape[2]):
                stage = c.stage[r, i, k]
                c.by_innovation[r, stage, k] += 1
                adopter = stage == ROLLOUT or stage == SUSTAINED
                if k < c.n_portfolio:
                    for g in range(c.group_columns.shape[0]):
                        c.by_group[r, stage, c.group_columns[g, i]] += 1
                    c.adopters_by_trust[r, i] += adopter
                c.pilots_by_trust[r, i] += stage == PILOT
                c.using_by_trust[r, i] += adopter or stage == PILOT
                c.cohort_by_trust[r, i] += (adopter or stage == PILOT) and c.cohort[k] != 0
                c.totals[r, EVER_ADOPTED] += c.ever[r, i, k]
                if adopter or stage == PILOT:
                    begin(c, r, i, k)
                if c.use[r, i, k] > 0.0:
                    count_use(c, r, i, k, 1)
            c.totals[r, USING] += c.using_by_trust[r, i] > 0
            c.totals[r, USING_COHORT] += c.cohort_by_trust[r, i] > 0
