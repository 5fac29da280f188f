"""The rates of the model in plain NumPy, written from its equations and not from the kernels, for one replicate.

Only parameters, tables and draws come from ``diffusion``; every equation is stated a second time here, in its dullest
form: dense matrices of ties, a recursion of peer evidence at every listener, discounting month by month, bisection
for the water level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffusion.engine.stages import (
    ABANDONED,
    EVALUATING,
    PILOT,
    ROLLOUT,
    SUSTAINED,
)
from diffusion.mechanisms.parameters import Parameters
from diffusion.mechanisms.responses import own_responses
from diffusion.world.building.build import build_world
from diffusion.world.tables import Layer, World

#: activity and loads are counted in 2^-20, ties times credibility in 2^-16
ACTIVITY_STEP, TIE_STEP = 2.0**-20, 2.0**-16
Matrix = np.ndarray
Terms = Mapping[str, np.ndarray]


def stepped(values: np.ndarray, step: float) -> np.ndarray:
    return np.rint(values / step) * step


def dense(layer: Layer, n: int) -> Matrix:
    """Return float64[N, N]: the weight with which row looks to column."""
    if layer.kind == "group":
        same = (layer.group[:, None] == layer.group[None, :]) & (layer.group >= 0)[:, None]
        return same * (1.0 - np.eye(n))
    ties = np.zeros((n, n))
    for i in range(n):
        for e in range(layer.indptr[i], layer.indptr[i + 1]):
            ties[i, layer.indices[e]] = layer.weights[e]
    return ties


def raw_burden(world: World, par: Any, terms: Terms | None = None) -> np.ndarray:
    """Return 1 + .15 risk + .25 gov + .30 contract (1 - price) + .30 digital (1 - terms), float64[N, K]."""
    names, table = world.trusts.sector_names, world.innovations
    care = np.array([names[sector] == "care_trust" for sector in world.trusts.sector])
    layers = np.where(world.trusts.ahsn_boundary | care, 2.0, 1.0)[:, None]
    one = np.ones((world.n_trusts, world.n_innovations))
    risk, price, standard = (
        (one, 0.0, 0.0) if terms is None else (terms["burden_risk"], terms["price_agreed"], terms["standard_terms"])
    )
    return (
        1.0
        + par.risk_weight * table.risk_class * risk
        + par.governance_weight * layers
        + par.contract_weight * table.contract * (1.0 - price)
        + par.data_weight * table.digital * (1.0 - standard)
    ) * one


def water_level(load: np.ndarray, priority: np.ndarray, have: float) -> np.ndarray:
    """Return phi = min(1, lambda priority) with sum load phi = have, by bisection; 1 where there is enough."""
    if load.sum() <= have:
        return np.ones_like(load)
    low, high = 0.0, 1.0
    while (load * np.minimum(1.0, high * priority)).sum() < have and high < 1e12:
        high *= 2.0
    for _ in range(200):
        middle = (low + high) / 2.0
        if (load * np.minimum(1.0, middle * priority)).sum() < have:
            low = middle
        else:
            high = middle
    return np.minimum(1.0, low * priority)


def clipped_exp(exponent: np.ndarray, limit: float) -> np.ndarray:
    return np.exp(np.clip(exponent, -limit, limit))


@dataclass
class Plain:
    """The model of one replicate: world, parameters, attributes [N], [K] or [N, K], ties, and peer evidence."""

    world: World
    par: Parameters
    attributes: dict[str, np.ndarray]
    peer: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    def __post_init__(self) -> None:
        w, p = self.world, self.par
        cred = 1.0 + p.exposure.credibility_bonus * w.trusts.centre_of_excellence
        self.cred = stepped(cred, TIE_STEP)
        self.ties = {layer.name: stepped(dense(layer, w.n_trusts) * self.cred, TIE_STEP) for layer in w.layers}
        self.omega = {layer.name: getattr(p.exposure, f"weight_{layer.name}", layer.weight) for layer in w.layers}
        self.members = self.ties.get("ahsn", np.zeros((w.n_trusts, w.n_trusts)))
        self.cx = p.rollout.complexity_ratio ** (w.innovations.nasss_sum / 14.0)
        real = build_world()
        self.normal = raw_burden(real, p.burden)[real.eligible].mean()

    # --- what a trust sees ------------------------------------------------------------------------------------------

    def mean_over(self, ties: Matrix, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the credibility-weighted mean over eligible ties, and where there are any."""
        below = ties @ self.world.eligible.astype(np.float64)
        return np.divide(
            ties @ (self.world.eligible * values), below, out=np.zeros_like(values), where=below > 0
        ), below > 0

    def seen(self, values: np.ndarray, transfer: tuple[Matrix, np.ndarray] | None = None) -> np.ndarray:
        """Return sum_l omega_l mean_l, the weight of layers without ties shared over the others."""
        total, present = np.zeros_like(values), np.zeros_like(values)
        for name, ties in self.ties.items():
            mean, has = self.mean_over(ties, values)
            total += self.omega[name] * mean
            present += self.omega[name] * has
        total = np.divide(total, present, out=np.zeros_like(total), where=present > 0)
        if transfer is not None:
            mean, has = self.mean_over(transfer[0] * self.cred, values)
            share = transfer[1][:, None] * has
            total = (1.0 - share) * total + share * mean
        return total

    def activity(self, stage: np.ndarray, since: np.ndarray, rollout: np.ndarray, month: int) -> np.ndarray:
        par = self.par.exposure
        act = np.where(stage == PILOT, par.activity_pilot, 0.0)
        act = np.where(
            (stage == ROLLOUT) | (stage == SUSTAINED), par.activity_adopter + par.activity_rollout * rollout, act
        )
        age = np.maximum(0, month - 1 - since)
        fading = par.activity_abandoned * 0.5 ** (age / par.abandoned_half_life_months)
        return stepped(np.where(stage == ABANDONED, fading, act), ACTIVITY_STEP)

    def exposure(self, act: np.ndarray, terms: Terms, transfer: tuple[Matrix, np.ndarray] | None = None) -> np.ndarray:
        among_members, _ = self.mean_over(self.members, act)
        return np.maximum(0.0, self.seen(act, transfer) + terms["member_ties"] * among_members)

    def response(self, x: np.ndarray) -> np.ndarray:
        par = self.par.exposure
        if par.response == "hill":
            return x**par.hill_exponent / (x**par.hill_exponent + par.hill_theta**par.hill_exponent)
        if par.response == "threshold":
            return (x >= par.threshold_share).astype(np.float64)
        own = own_responses().get(par.response)
        if own is not None:  # as the user wrote it, not as it is compiled
            stated = self.world.trusts.threshold
            personal = np.where(np.isnan(stated), par.threshold_share, stated)
            return np.array(
                [[float(own.function(value, p)) for value in row] for row, p in zip(x.tolist(), personal.tolist())]
            )
        return x

    def utility(self, evidence: np.ndarray, absorptive: np.ndarray, terms: Terms) -> np.ndarray:
        par = self.par.beliefs
        data = evidence / par.evidence_sd**2 + absorptive[:, None] * self.peer / par.peer_sd**2
        variance = 1.0 / (1.0 / par.prior_sd**2 + data)
        mean = variance * (par.prior_mean / par.prior_sd**2 + data * self.attributes["signal"])
        rho = self.attributes["risk_aversion"][:, None] * terms["risk_aversion"]
        return mean - rho * np.sqrt(variance) + terms["utility"]

    def finance(self, terms: Terms) -> np.ndarray:
        """Return f, month by month, to the horizon of each pair."""
        table, par, a = self.world.innovations, self.par.finance, self.attributes
        horizon = np.maximum(par.horizon_months, np.maximum(terms["horizon_months"], terms["value_months"]))
        # of what a trust does not keep, a share may count when it decides
        counted = table.cashable_share + terms["saving_counted"] * (1.0 - table.cashable_share)
        value = -a["upfront_cost"] * terms["upfront_price"] * (1.0 - terms["upfront_subsidy"])
        running = a["running_cost"] * terms["running_price"] * (1.0 - terms["running_subsidy"])
        for month in range(1, int(horizon.max()) + 1):
            cash = -running + (month > table.saving_lag_months) * counted * a["saving"]
            share = terms["payment_share"] + terms["commissioned_share"]
            cash = cash + share * table.unit_cost_gbp * table.cases_per_month
            value = value + (month <= horizon) * cash / (1.0 + par.discount_rate_per_year) ** (month / 12.0)
        return np.clip(value / (a["upfront_cost"] + 12.0 * a["running_cost"]), -2.0, 2.0)

    def burden(self, terms: Terms) -> np.ndarray:
        par = self.par.burden
        return np.clip(raw_burden(self.world, par, terms) / self.normal * terms["burden"], par.lowest, par.highest)

    # --- change time ------------------------------------------------------------------------------------------------

    def change_time(self, terms: Terms, winter: bool) -> np.ndarray:
        par, trusts = self.par.capacity, self.world.trusts
        busy = np.array([trusts.sector_names[sector] in ("acute", "ambulance") for sector in trusts.sector])
        lost = np.clip(par.pressure + par.winter_pressure * (busy & winter) + terms["pressure"][:, 0], 0.0, 0.9)
        extra = terms["capacity"][:, 0] * (1.0 + terms["time_budget"][:, 0])
        return self.attributes["capacity_wte"] * extra * (1.0 - lost)

    def share_time(
        self, stage: np.ndarray, have: np.ndarray, terms: Terms, recalled: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return phi [N, K], slack [N] and the time used out of ``have`` [N]."""
        par = self.par.capacity
        load = np.zeros(stage.shape)
        for where, wte in (
            (EVALUATING, par.load_evaluating_wte),
            (PILOT, par.load_pilot_wte),
            (ROLLOUT, par.load_rollout_wte * self.cx),
            (SUSTAINED, par.load_sustained_wte),
        ):
            load = np.where(stage == where, stepped(wte * np.ones_like(self.cx), ACTIVITY_STEP), load)
        load = np.where((stage == EVALUATING) & recalled, 0.0, load)
        paid = terms["paid_load"] * (stage == PILOT)
        own = load * (1.0 - paid)
        helped = terms["facilitated"] > 0
        lent_to = (own * helped).sum(axis=1)
        lent = np.divide(terms["facilitation"][:, 0], lent_to, out=np.zeros_like(lent_to), where=lent_to > 0)
        lent = np.minimum(1.0, lent)[:, None] * helped
        own = own * (1.0 - lent)
        priority = np.where(
            terms["mandate"] > 0, np.maximum(terms["priority"], par.mandate_priority), terms["priority"]
        )
        level = np.array([water_level(*row) for row in zip(own, priority, have)])
        phi = 1.0 - (1.0 - paid) * (1.0 - lent) * (1.0 - level)
        needed = own.sum(axis=1)
        slack = 1.0 - np.minimum(1.0, np.divide(needed, have, out=np.full_like(have, np.inf), where=have > 0))
        return (
            np.where(np.isin(stage, (EVALUATING, PILOT, ROLLOUT, SUSTAINED)), phi, 1.0),
            slack,
            (own * level).sum(axis=1),
        )

    # --- rates ------------------------------------------------------------------------------------------------------

    def decide(
        self,
        s: Mapping[str, np.ndarray],
        terms: Terms,
        month: int,
        winter: bool,
        transfer: tuple[Matrix, np.ndarray] | None = None,
    ) -> dict[str, np.ndarray]:
        """Return exposure, U, f, B, phi, slack, time used, and the rates of T1, T2, T4a, T4b, T7 and odds of T3."""
        p, table, limit = self.par, self.world.innovations, self.par.beliefs.exponent_limit
        stage = np.where(table.live_month < month, s["stage"], 0)
        x = self.exposure(self.activity(stage, s["since"], s["rollout"], month), terms, transfer)
        g, u = self.response(x), self.utility(s["evidence"], s["absorptive"], terms)
        f, b = self.finance(terms), self.burden(terms)
        align = np.clip(terms["alignment"] + self.world.trusts.digital_maturity[:, None] * table.digital, -1.0, 1.0)
        have = self.change_time(terms, winter)
        phi, slack, used = self.share_time(stage, have, terms, s["recalled"] > 0)
        if p.capacity.unlimited:
            phi, slack = np.ones_like(phi), np.ones_like(slack)
        champion, recalled = s["champion"] > 0, s["recalled"] > 0
        helped = champion * terms["champion_effect"]
        own = {name: self.attributes[name] for name in ("push", "scale_up", "ending", "compliance")}
        mandate = terms["mandate"] * own["compliance"]
        t1 = p.awareness.push_per_month * terms["awareness_push"] * own["push"] + p.awareness.peer_per_month * x
        t1 = t1 * np.exp(p.attributes.innovativeness_weight * self.attributes["innovativeness"])[:, None]
        t1 = t1 + p.awareness.mandate_per_month * mandate
        t2 = p.triage.push_per_month * terms["triage_push"] * own["push"] + p.triage.peer_per_month * g
        t2 = t2 * np.exp(p.triage.alignment_weight * align) * clipped_exp(p.triage.utility_weight * u, limit)
        t2 = t2 * slack[:, None] * b**-p.triage.burden_exponent + p.triage.mandate_per_month * mandate
        e = p.evaluation
        odds = (
            e.intercept
            + e.utility_weight * u
            + e.finance_weight * f
            + e.peer_weight * g
            + e.alignment_weight * align
            - e.complexity_weight * np.log(self.cx)
            + e.mandate_log_odds * terms["mandate"]
            + helped
        )
        rollout = table.rollout_push_per_month * terms["rollout_push"] + table.rollout_peer_per_month * g
        rollout = rollout * own["scale_up"] * clipped_exp(p.pilot.utility_weight * u, limit) * p.pilot.rate_factor
        rollout = rollout * np.exp(p.pilot.finance_weight * f + p.pilot.champion_weight * champion + helped)
        rollout = rollout * phi * b**-p.pilot.burden_exponent + p.pilot.mandate_per_month * mandate * phi
        rollout = rollout * ~recalled
        ended = month - s["money_ended"]
        ended = (ended >= 0) & (ended < p.pilot.money_ended_months)
        end = (
            p.pilot.abandonment_factor
            * table.pilot_abandonment_per_month
            * own["ending"]
            * clipped_exp(-p.pilot.utility_weight * u, limit)
        )
        end = end * (1.0 + p.pilot.money_ended_factor * ended) + p.abandonment.recalled_exit_per_month * recalled
        q = p.abandonment
        tau = np.maximum(1.0, month - s["rollout_since"].astype(np.float64))
        leave = q.scale_per_month * q.shape * tau ** (q.shape - 1.0) * clipped_exp(-q.utility_weight * u, limit)
        leave = leave * table.abandonment_factor
        leave = leave * np.exp(-q.finance_weight * f - q.champion_weight * champion - helped)
        leave = (
            leave * np.exp(q.monitoring_ended * terms["monitoring_withdrawn"]) + q.recalled_exit_per_month * recalled
        )
        return {
            "x": x, "g": g, "u": u, "f": f, "b": b, "phi": phi, "slack": slack, "used": used, "have": have,
            "awareness": t1, "triage": t2, "pilot": 1.0 / (1.0 + np.exp(-odds)), "rollout": rollout, "end": end,
            "leave": leave,
        }  # fmt: skip
