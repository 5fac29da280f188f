"""A month as one readable list of phases.

Everything in month t reads the state of month t-1: decisions only note moves, and ``moves`` carries them out together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from diffusion.engine.kernels.jit import PhaseKernel
from diffusion.mechanisms.abandonment import abandonment, reconsider
from diffusion.mechanisms.awareness import awareness
from diffusion.mechanisms.beliefs import national_beliefs, recall, update_evidence
from diffusion.mechanisms.capacity import available_time, share_time
from diffusion.mechanisms.evaluation import evaluation
from diffusion.mechanisms.exposure import decay_activity, refresh_activity
from diffusion.mechanisms.finance import cash, refill_funds
from diffusion.mechanisms.held_up import count_blocked
from diffusion.mechanisms.moves import apply_moves, clear_sums, fetch, list_pairs
from diffusion.mechanisms.pilot import pilot
from diffusion.mechanisms.rollout import rollout
from diffusion.mechanisms.scorecard_gap import scorecard_gaps
from diffusion.mechanisms.screens import screen
from diffusion.mechanisms.start_gate import start
from diffusion.mechanisms.supply.companies import begin_companies, companies
from diffusion.mechanisms.supply.people import appoint, found, stay
from diffusion.mechanisms.triage import triage
from diffusion.mechanisms.use import absorptive_decays, champions_leave, use
from diffusion.month.agent_steps import ask, ask_capacity, ask_pilot
from diffusion.month.python_steps import ONLY_IF_ASKED, PythonStep, calendar, keep_events, levers, payments, supply
from diffusion.month.recorder import record_month

if TYPE_CHECKING:
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model
    from diffusion.month.hooks import Hooks


class Phase(NamedTuple):
    """One step of a month: Python functions and compiled kernels, in their order.

    All Python steps that are not marked with ``asks`` stand before the first kernel of the month.
    """

    name: str
    title: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    steps: tuple[PhaseKernel | PythonStep, ...]
    equation: str = ""

    def run(self, model: Model, block: Block, hooks: Hooks) -> None:
        """Take all steps for the whole block."""
        for step in self.steps:
            if isinstance(step, PhaseKernel):
                step(block.space.address)
            else:
                step(model, block, hooks)


# a phase reads as one paragraph
# fmt: off
PHASES: tuple[Phase, ...] = (
    Phase("calendar", "next month", reads=("month",), writes=("month",), steps=(calendar,)),
    Phase(
        "levers", "active levers write terms, in the order of their ids",
        reads=("state of t-1", "world"),
        writes=("terms",),
        steps=(levers,),
    ),
    Phase(
        "budgets", "levers pay; innovation funds are cleared on 1 April and refilled",
        reads=("fund", "fund_refill", "payments", "appointments", "launches"),
        writes=("fund", "money", "innovations"),
        equation="A' = min(12 refills, A + refill); on 1 April A' = min(A, 3 refills)",
        steps=(payments, supply, refill_funds),
    ),
    Phase(
        "people", "potential entrepreneurs stay, leave, return, found companies; start-ups launch innovations",
        reads=("people", "time_budget", "appointments", "retention", "programme_open", "founding", "fundraising"),
        writes=("people", "innovations", "money"),
        steps=(
            appoint, ask("entrepreneur", "leave_rate", "return_rate"), stay,
            ask("entrepreneur", "founding_rate", "deal_rate"), found,
        ),
        equation="leave l0 exp(-th_prog [in programme] - th_time time budget - retention); return r0 exp(ret [open])",
    ),
    Phase(
        "companies", "companies earn, raise money, spend; fail, leave the UK market, come back dearer",
        reads=("companies", "revenue", "adopters", "burden", "company_cash", "fundraising"),
        writes=("companies", "recalled", "money"),
        steps=(begin_companies, ask("company", "exit_rate", "deal_rate", "return_price"), companies),
        equation="leave x0 exp(min(3, -xa growth + xb (B - 1) + xt months waiting)); without cash fail at a rate",
    ),
    Phase(
        "roster", "live pairs listed by stage; test-bed placements and pilot sites noted; sums of the month start at 0",
        reads=("stage", "placement"),
        writes=("lists", "moves"),
        steps=(clear_sums, fetch, list_pairs),
    ),
    Phase(
        "exposure", "activity of every trust, seen through the network layers; gaps to what the scorecard publishes",
        reads=("stage", "rollout", "scorecard_gap"),
        writes=("activity", "gap"),
        equation="x = sum_l omega_l [sum_j W cred act] / [sum_j W cred]; act: PILOT .4, adopters .4 + .6 r, "
        "ABANDONED -.3 halving in 24 months",
        steps=(refresh_activity, national_beliefs, scorecard_gaps, screen),
    ),
    Phase(
        "capacity", "change time shared out over loads by priority",
        reads=("stage", "capacity", "time_budget", "clinical_time", "facilitation", "paid_load", "priority", "mandate"),
        writes=("phi", "slack"),
        equation="C = (c0 size^.3 noise capacity (1 + time budget) - clinical time) (1 - pressure); "
        "phi = min(1, lambda priority), sum load phi = C",
        steps=(available_time, ask_capacity, share_time),
    ),
    Phase(
        "awareness", "T1, UNAWARE > AWARE",
        reads=("exposure", "awareness_push", "mandate", "recalled"),
        writes=("moves",),
        equation="rate = (pA push X^A + qA x) exp(.4 inn) + mA compliance mandate; without a use for it: NO_USE",
        steps=(ask("trust", "awareness_rate"), awareness),
    ),
    Phase(
        "triage", "T2, AWARE > EVALUATING",
        reads=("exposure", "belief", "alignment", "burden", "slack", "triage_push", "scorecard_gap",
               "mandate", "recalled"),
        writes=("moves",),
        equation="rate = (pE push X^E + qE g) exp(bS align + bU U + bG gap) slack B^-.5 + mE compliance mandate",
        steps=(ask("trust", "triage_rate"), triage),
    ),
    Phase(
        "evaluation", "T3, EVALUATING > PILOT (or ROLLOUT, without one) or REJECTED",
        reads=("phi", "work", "evaluation_time", "burden", "belief", "finance", "exposure", "alignment", "champion",
               "champion_effect", "mandate", "recalled"),
        writes=("work", "candidates", "moves"),
        equation="w += phi / (D_E B); at w >= 1: logit = a0 + bU U + bF f + bX g + bS align - bC ln cx + mandate "
        "+ champion effect",
        steps=(ask("trust", "pilot_probability"), evaluation),
    ),
    Phase(
        "pilot", "T4, PILOT > ROLLOUT or ABANDONED",
        reads=("phi", "burden", "belief", "finance", "exposure", "champion", "champion_effect", "rollout_push",
               "mandate", "programme_pilot", "recalled"),
        writes=("candidates", "moves"),
        equation="(p4 X^R + q4 g) scale-up exp(1.5 U + bF f + (bCh + effect) champion) phi B^-.5 "
        "+ mR compliance mandate phi [available] "
        "against mu_P ending (1 + zeta [money ended]) exp(-1.5 U) + exit; exit .25 recalled, .05 company failed",
        steps=(ask_pilot, pilot),
    ),
    Phase(
        "abandonment", "T7, > ABANDONED; T6, ROLLOUT > SUSTAINED; T8, > AWARE again",
        reads=("belief", "finance", "champion", "champion_effect", "monitoring", "recalled", "reconsideration"),
        writes=("moves",),
        equation="a_k mu0 kw tau^(kw-1) exp(-1.5 U - .5 f - (bCh + effect) champion + bM [monitoring withdrawn]) + exit"
        "; kappa + reconsideration [available]",
        steps=(
            ask("trust", "abandonment_rate"), abandonment, ask("trust", "reconsideration_rate"), reconsider,
        ),
    ),
    Phase(
        "start", "the innovation fund and the limit on pilots decide who starts",
        reads=("fund", "finance", "pilot_limit", "upfront_price", "upfront_subsidy", "mandate"),
        writes=("fund", "money", "moves"),
        equation="in the order of f: start if A >= upfront cost net of subsidy, or under a mandate",
        steps=(count_blocked, start),
    ),
    Phase(
        "use", "T9, use moves towards its target; champions leave",
        reads=("rollout", "absorptive", "champion"),
        writes=("use", "champion", "absorptive"),
        equation="du = (u* - u) / 6, u* = r min(1, acap) engagement",
        steps=(use, champions_leave, absorptive_decays),
    ),
    Phase(
        "cash", "running costs, savings and payments per case",
        reads=("rollout", "need", "running_price", "running_subsidy", "payment_share", "commissioned_share"),
        writes=("money",),
        equation="-c r size; + s r size after l months, psi to the trust",
        steps=(cash,),
    ),
    Phase(
        "evidence", "evidence grows with pilots and rollout, and decays; recalls",
        reads=("stage", "rollout", "evidence", "pilot_evidence", "signal"),
        writes=("evidence", "recalled"),
        equation="G' = G (1 - dG) + gP pilots + gU sum r + programmes",
        steps=(update_evidence, recall),
    ),
    Phase(
        "rollout", "T5, rollout inside the trust",
        reads=("phi", "adopters"),
        writes=("rollout",),
        equation="dr = phi / (D_R cx) (1 + n)^b / 3^b",
        steps=(rollout,),
    ),
    Phase(
        "moves", "all moves of the month are carried out and counted",
        reads=("moves", "champion_stock", "passport", "joined_board", "work_credit", "programme_pilot"),
        writes=("stage", "counters", "flows"),
        steps=(keep_events, apply_moves, decay_activity),
    ),
)
# fmt: on


def month_kernels() -> list[PhaseKernel]:
    """Return all kernels of a month in the order of the phases, and after them the recorder's."""
    return [*(step for phase in PHASES for step in phase.steps if isinstance(step, PhaseKernel)), record_month]


#: kernels of a month, with the recorder after them
RECORDED_KERNELS = tuple(month_kernels())
MONTH_KERNELS = RECORDED_KERNELS[:-1]
#: steps in Python that every run takes
PYTHON_STEPS: tuple[PythonStep, ...] = tuple(
    step
    for phase in PHASES
    for step in phase.steps
    if not isinstance(step, PhaseKernel) and not getattr(step, ONLY_IF_ASKED, False)
)
