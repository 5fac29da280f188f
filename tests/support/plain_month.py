"""A month of the model in plain NumPy: decisions on the state of the month before, then all moves together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffusion.engine import draws as d
from diffusion.engine.stages import (
    ABANDONED,
    AWARE,
    EVALUATING,
    N_STAGES,
    NO_USE,
    PILOT,
    REJECTED,
    ROLLOUT,
    SUSTAINED,
    UNAWARE,
)
from support.plain_model import Plain, Terms

NEVER = 32767
Draw = Callable[[int], np.ndarray]


@dataclass
class PlainMonth(Plain):
    """The plain model with its moves; ``recall_draw`` [K] and ``used`` [N, K] belong to the month under way."""

    recall_draw: np.ndarray = field(default_factory=lambda: np.zeros(0))
    used: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    no_use: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))  # [N, K]
    early: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))  # [N, K]
    pilot_sites: np.ndarray = field(default_factory=lambda: np.zeros((1, 1), dtype=bool))  # [N, K]

    def month(
        self, s: Mapping[str, np.ndarray], terms: Terms, month: int, winter: bool, april: bool, draw: Draw
    ) -> tuple[dict[str, np.ndarray], dict[str, float]]:
        """Return the state after ``month`` and what was paid by purpose, GBP; ``s`` is the state before it."""
        p, table, size = self.par, self.world.innovations, self.world.trusts.size
        table_live, recalled = table.live_month < month, s["recalled"] > 0
        stage, new = s["stage"], s["stage"].copy()
        at = {code: (stage == code) & table_live for code in range(N_STAGES)}
        r = self.decide(s, terms, month, winter)
        chance = {name: -np.expm1(-r[name]) for name in ("awareness", "triage", "leave")}
        out = {name: values.copy() for name, values in s.items()}
        paid: dict[str, float] = {}

        fund = s["fund_gbp"].copy()
        refill = p.finance.fund_refill_gbp_per_month * size
        short = self.world.trusts.money_short
        refill = refill * (short * p.finance.fund_refill_with_loans + (1.0 - short))
        if april and p.finance.horizon_months < p.finance.long_horizon_months:
            fund = np.minimum(fund, p.finance.fund_carry_over_months * refill)
        more = refill * terms["fund_refill"][:, 0]
        fund = np.minimum(np.maximum(fund, p.finance.fund_cap_months * more), fund + more)

        placed = at[UNAWARE] & (table.live_month == month - 1) & self.pilot_sites
        new[placed] = PILOT
        early = at[UNAWARE] & (table.live_month == month - 1) & self.early & ~placed
        new[early] = ROLLOUT
        hears = at[UNAWARE] & ~early & ~placed & ~recalled & (draw(d.AWARENESS) < chance["awareness"])
        new[hears] = np.where(self.no_use, NO_USE, AWARE)[hears]
        new[at[AWARE] & ~recalled & (draw(d.TRIAGE) < chance["triage"])] = EVALUATING
        wants = np.zeros(stage.shape, dtype=bool)
        months = table.evaluation_months * terms["evaluation_time"] * (1.0 - 0.5 * terms["mandate"])
        under_way = at[EVALUATING] & ~recalled & (s["waiting"] == 0)
        out["work"] = np.where(under_way, s["work"] + r["phi"] / (months * r["b"]), s["work"])
        done = under_way & (out["work"] >= 1.0 - 1e-9)
        accepted = done & (draw(d.EVALUATION) < r["pilot"])
        new[done & ~accepted] = REJECTED
        wants |= accepted | (at[EVALUATING] & ~recalled & (s["waiting"] > 0))

        stopped = at[PILOT] & (s["programme"] > 0) & (terms["programme_pilot"] == 0)
        out["programme"][stopped] = 0
        out["money_ended"][stopped] = month
        if stopped.any():
            r = self.decide({**s, "money_ended": out["money_ended"]}, terms, month, winter)
        old = at[PILOT] & ((month - s["since"] > table.pilot_months * (1.0 - terms["mandate"])) | recalled)
        both = -np.expm1(-(r["rollout"] + r["end"]))
        u = draw(d.PILOT)
        up = old & (u < both * r["rollout"] / np.maximum(1e-300, r["rollout"] + r["end"]))
        wants |= up
        new[old & (u < both) & ~up] = ABANDONED

        users = at[ROLLOUT] | at[SUSTAINED]
        leaving = users & (draw(d.ABANDONMENT) < chance["leave"])
        new[leaving] = ABANDONED
        complete = at[ROLLOUT] & ~leaving & (month - s["full_since"] >= p.rollout.sustained_after_months)
        new[complete] = SUSTAINED
        again = (at[REJECTED] | at[ABANDONED]) & ~recalled
        new[
            again & (draw(d.RECONSIDER) < -np.expm1(-(p.abandonment.reconsider_per_month + terms["reconsideration"])))
        ] = AWARE

        paid["upfront_cost"] = paid["upfront_cost_without_gate"] = paid["upfront_subsidy"] = 0.0
        price = self.attributes["upfront_cost"] * size[:, None] * terms["upfront_price"]
        upfront = p.finance.upfront_share_at_pilot * price
        paid["upfront_cost_without_gate"] += float(upfront[placed].sum())
        for i in np.flatnonzero(wants.any(axis=1)):
            places = terms["pilot_limit"][i, 0] - (stage[i] == PILOT).sum()
            for k in sorted(np.flatnonzero(wants[i]), key=lambda k: (-r["f"][i, k], table.keys[k])):
                evaluated = stage[i, k] == EVALUATING
                direct = evaluated and (not table.needs_pilot[k] or terms["no_pilot"][i, k] > 0)
                to_pilot = evaluated and not direct
                share = p.finance.upfront_share_at_pilot if to_pilot else 1.0 - p.finance.upfront_share_at_pilot
                share = 1.0 if direct else share
                cost = round(share * price[i, k], 2)
                subsidy = round(cost * terms["upfront_subsidy"][i, k], 2)
                gated = p.finance.money_gate and terms["mandate"][i, k] == 0
                if to_pilot and places < 1:
                    out["waiting"][i, k] = 2
                elif gated and fund[i] < cost - subsidy - 1e-6:
                    out["waiting"][i, k] = 1 if evaluated else s["waiting"][i, k]
                else:
                    fund[i] -= (cost - subsidy) * gated
                    paid["upfront_cost" if gated else "upfront_cost_without_gate"] += cost - subsidy
                    paid["upfront_subsidy"] += subsidy
                    places -= to_pilot
                    new[i, k] = PILOT if to_pilot else ROLLOUT

        self._use_and_cash(s, out, at, terms, month, draw, paid)
        table_evidence = np.where(
            terms["pilot_evidence"] > 0, terms["pilot_evidence"], p.beliefs.evidence_per_pilot_month
        )
        gained = (table_evidence * at[PILOT]).sum(axis=0) + p.beliefs.evidence_per_use_month * (
            s["rollout"] * users
        ).sum(axis=0)
        out["evidence"] = s["evidence"] * (1.0 - p.beliefs.evidence_decay_per_month) + gained + terms["evidence"][0]
        harm = (self.attributes["signal"] < p.abandonment.recall_signal) & (
            out["evidence"] >= p.abandonment.recall_evidence
        )
        out["recalled"] = (recalled | (harm & table_live & (self.recall_draw < p.abandonment.recall_per_month))).astype(
            int
        )

        n_elsewhere = users.sum(axis=0) - 1
        speed = ((1.0 + n_elsewhere) / (1.0 + p.rollout.reference_adopters)) ** -np.log2(p.rollout.progress_ratio)
        step = r["phi"] * speed / (table.rollout_months * self.cx)
        out["rollout"] = np.where(at[ROLLOUT], np.minimum(1.0, s["rollout"] + step), s["rollout"])
        full = at[ROLLOUT] & (out["rollout"] >= p.rollout.sustained_rollout_share) & (s["full_since"] == NEVER)
        out["full_since"][full] = month
        self._move(s, out, new, terms, month, draw)
        self.peer = self.peer * (1.0 - p.beliefs.peer_decay_per_month) + self.seen(self.used)
        return {**out, "stage": new, "fund_gbp": fund}, paid

    def _use_and_cash(self, s: Any, out: Any, at: Any, terms: Terms, month: int, draw: Draw, paid: Any) -> None:
        p, table, size = self.par, self.world.innovations, self.world.trusts.size[:, None]
        users = at[ROLLOUT] | at[SUSTAINED]
        target = s["rollout"] * np.minimum(1.0, s["absorptive"])[:, None] * s["engagement"]
        target = target * np.where(s["champion"] > 0, 1.0, p.use.without_champion)
        out["use"] = np.where(users, s["use"] + (target - s["use"]) / p.use.adjustment_months, s["use"])
        self.used = np.where(users, out["use"], 0.0)
        under_way = at[EVALUATING] | at[PILOT] | users
        gone = under_way & (draw(d.CHAMPION_LEAVES) < -np.expm1(-p.attributes.champion_turnover_per_month))
        out["champion"] = np.where(under_way & (terms["champion"] > 0), 1, np.where(gone, 0, s["champion"]))
        start = 1.0 + p.use.absorptive_teaching * self.world.trusts.teaching
        out["absorptive"] = s["absorptive"] + (start - s["absorptive"]) * p.use.absorptive_decay_per_month
        scale = s["rollout"] * size * users
        saving = self.attributes["saving"] * scale * (month - s["rollout_since"] > table.saving_lag_months)
        running = self.attributes["running_cost"] * scale * terms["running_price"]
        paid["running_cost"] = float((running * (1.0 - terms["running_subsidy"])).sum())
        paid["running_subsidy"] = float((running * terms["running_subsidy"]).sum())
        paid["saving_kept"] = float((table.cashable_share * saving).sum())
        paid["saving_system"] = float(((1.0 - table.cashable_share) * saving).sum())
        cases = self.attributes["need"] * s["rollout"] * users
        share = terms["payment_share"] + terms["commissioned_share"]
        paid["tariff"] = float((share * table.unit_cost_gbp * cases).sum())

    def _move(self, s: Any, out: Any, new: np.ndarray, terms: Terms, month: int, draw: Draw) -> None:
        """Set up the pairs that moved."""
        p = self.par
        moved = new != s["stage"]
        out["since"][moved] = month
        out["waiting"][moved] = 0
        out["work"][moved] = np.where(new == EVALUATING, terms["work_credit"], 0.0)[moved]
        stock = p.attributes.champion_stock + p.attributes.champion_stock_teaching * self.world.trusts.teaching
        arrives = draw(d.CHAMPION_ARRIVES) < -np.expm1(-(stock[:, None] + terms["champion_stock"]))
        begins = (new == EVALUATING) | ((s["stage"] == UNAWARE) & ((new == ROLLOUT) | (new == PILOT)))
        out["champion"] = np.where(moved & begins, arrives, out["champion"])
        piloted = moved & (new == PILOT)
        out["programme"] = np.where(piloted, terms["programme_pilot"] > 0, out["programme"])
        out["money_ended"][piloted] = NEVER
        rolled = moved & (new == ROLLOUT)
        out["programme"][rolled] = 0
        out["rollout_since"][rolled] = month
        gained = p.use.absorptive_growth * rolled.sum(axis=1)
        out["absorptive"] = np.where(gained > 0, np.clip(out["absorptive"] + gained, 0.5, 2.0), out["absorptive"])
        back = moved & np.isin(new, (AWARE, ABANDONED, REJECTED))
        for name in ("rollout", "use", "champion", "programme"):
            out[name] = np.where(back, 0, out[name])
        out["rollout_since"][back] = out["full_since"][back] = NEVER


def who_has_no_use(plain: Plain, draws: d.Draws, sites: np.ndarray) -> np.ndarray:
    """Return bool[N, K]: eligible pairs that drew no use for it; initial sites have one."""
    p, table, trusts = plain.par.relevance, plain.world.innovations, plain.world.trusts
    alpha = p.log_odds + p.log_odds_sd * draws.normal(d.RELEVANCE, by="innovation")[0, 0]
    stated = ~np.isnan(table.use_share)
    if not p.limited:
        alpha = np.full(len(table.ids), np.inf)
    with np.errstate(divide="ignore"):
        alpha = np.where(stated, np.log(table.use_share / (1.0 - table.use_share)), alpha)
    logit = alpha + (p.size_weight * np.log(trusts.size) + p.teaching_weight * trusts.teaching)[:, None]
    share = 1.0 / (1.0 + np.exp(-logit))
    return (draws.uniform(d.USE_FOR_IT, by="trust innovation")[0] >= share) & plain.world.eligible & ~sites


def who_is_early(plain: Plain, draws: d.Draws, no_use: np.ndarray) -> np.ndarray:
    """Return bool[N, K]: pairs that use it when it becomes live."""
    p, table, trusts = plain.par.early_use, plain.world.innovations, plain.world.trusts
    # who has it from the start has its trial sites among them
    piloted = np.array([len(sites) > 0 for sites in table.pilot_sites])
    share = np.where((table.initial_sites_max > 0) | piloted, 0.0, p.share)
    share = np.where(np.isnan(table.early_use_share), share, table.early_use_share)
    with np.errstate(divide="ignore"):
        logit = (
            np.log(share / (1.0 - share))
            + (p.size_weight * np.log(trusts.size) + p.teaching_weight * trusts.teaching)[:, None]
        )
    drawn = draws.uniform(d.EARLY_USE, by="trust innovation")[0]
    return (drawn < 1.0 / (1.0 + np.exp(-logit))) & plain.world.eligible & ~no_use


def spread(plain: Plain, draws: d.Draws) -> dict[str, np.ndarray]:
    """Return push, scale-up, ending and compliance of every innovation, float64[K], from their own draws."""
    p, table = plain.par.heterogeneity, plain.world.innovations

    shared = plain.world.facts.traits_shared

    def z(process: int) -> np.ndarray:
        own, common = draws.normal(process, by="innovation")[0, 0], draws.normal(process, 1, by="")[0, 0, 0]
        return np.sqrt(1 - shared) * own + np.sqrt(shared) * common

    up, rho = z(d.SCALE_UP), p.scale_up_correlation
    logs = {
        "push": (p.push_sd * z(d.PUSH), table.log_push),
        "scale_up": (p.scale_up_sd * up, table.log_scale_up),
        "ending": (-p.scale_up_sd * (rho * up + np.sqrt(1.0 - rho**2) * z(d.ENDING)), table.log_pilot_ending),
        "compliance": (p.compliance_sd * z(d.COMPLIANCE), table.log_compliance),
    }
    return {name: np.exp(np.where(np.isnan(stated), drawn, stated)) for name, (drawn, stated) in logs.items()}
