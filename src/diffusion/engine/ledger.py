"""Accounts and the kinds of payment between them; every pound has a payer and a payee."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from diffusion.arrays import Floats, Longs
from diffusion.errors import InputError, did_you_mean


class Flow(NamedTuple):
    """A kind of payment."""

    purpose: str
    payer: str
    payee: str
    description: str


#: Accounts. ``trust_fund`` is the innovation fund inside a trust; ``released_resources`` is the contra account of
#: savings, which are staff time and beds set free rather than cash. ``programme_staff`` are staff and suppliers of
#: national programmes, ``clinicians`` are people paid as persons (bursaries, awards).
ACCOUNTS: tuple[str, ...] = (
    "national", "commissioner", "ahsn", "trust", "trust_fund", "trust_staff", "company", "released_resources",
    "programme_staff", "clinicians", "investors", "company_staff",
)  # fmt: skip

FLOWS: tuple[Flow, ...] = (
    Flow("upfront_cost", "trust_fund", "company", "upfront cost F, 20 % at pilot, the rest at rollout"),
    Flow("upfront_cost_without_gate", "trust", "company", "upfront cost where no fund is asked"),
    Flow("upfront_subsidy", "national", "company", "share of the upfront cost that a lever pays"),
    Flow("running_cost", "trust", "company", "running cost c of rolled-out innovations"),
    Flow("saving_kept", "released_resources", "trust", "cashable share of savings, kept by the trust"),
    Flow(
        "saving_system",
        "released_resources",
        "commissioner",
        "rest of the savings, and what boards save, to commissioners",
    ),
    Flow("tariff", "commissioner", "trust", "payment per case"),
    Flow("base_price_cut", "trust", "commissioner", "lower base price that finances a tariff"),
    Flow("fund_refill", "national", "trust_fund", "monthly refill of innovation funds"),
    Flow("fund_refill_extra", "national", "trust_fund", "refill above the ordinary, in favoured localities"),
    Flow("fund_return", "trust_fund", "national", "unspent funds returned on 1 April, and refill above the cap"),
    Flow("ahsn_grant", "national", "ahsn", "budget of the AHSNs"),
    Flow("ahsn_push", "ahsn", "trust_staff", "AHSN work on awareness, triage and rollout with members"),
    Flow("facilitation", "ahsn", "trust_staff", "AHSN staff lent to members"),
    Flow("protected_time", "national", "trust_staff", "change time bought for trusts"),
    Flow("test_bed_grant", "national", "trust", "grant of a test-bed site"),
    Flow("test_bed_staff", "trust", "trust_staff", "what a test-bed site spends of its grant on staff"),
    Flow("programme", "national", "programme_staff", "support of fellows; staff of programmes, zones and own levers"),
    Flow("prize", "national", "company", "challenge prizes"),
    Flow("sbri_contract", "national", "company", "SBRI development contracts"),
    Flow("excellence_award", "national", "clinicians", "clinical excellence awards"),
    Flow("nice", "national", "programme_staff", "NICE evaluations, appraisals, briefings and support with adoption"),
    Flow("portal", "national", "programme_staff", "innovation portal"),
    Flow("scorecard", "national", "programme_staff", "innovation scorecard and league tables"),
    Flow("accelerator_bursary", "national", "clinicians", "bursaries of accelerator fellows"),
    Flow("expo", "national", "programme_staff", "innovation expo"),
    Flow("new_town_grant", "national", "trust", "Healthy New Towns"),
    Flow("new_town_staff", "trust", "trust_staff", "what trusts near new towns spend of it on staff"),
    Flow("clinical_points", "trust", "clinicians", "clinical time for continuing clinical innovation points"),
    Flow("entrepreneur_training", "national", "programme_staff", "Clinical Entrepreneur Programme"),
    Flow("entrepreneur_time", "trust", "clinicians", "clinical time of entrepreneurs in training"),
    Flow("direction", "national", "programme_staff", "setting direction"),
    Flow("tools", "national", "programme_staff", "structures and tools"),
    Flow("investment", "investors", "company", "external money raised by companies"),
    Flow("company_burn", "company", "company_staff", "spending of companies under way"),
    Flow("running_subsidy", "national", "company", "share of the running cost that a lever pays"),
)

FLOW_INDEX: dict[str, int] = {flow.purpose: index for index, flow in enumerate(FLOWS)}
UPFRONT, UPFRONT_UNGATED, SUBSIDY, RUNNING, SAVING_KEPT, SAVING_SYSTEM, TARIFF = range(7)
REFILL, REFILL_EXTRA, FUND_RETURN = (
    FLOW_INDEX["fund_refill"],
    FLOW_INDEX["fund_refill_extra"],
    FLOW_INDEX["fund_return"],
)
INVESTMENT, COMPANY_BURN = FLOW_INDEX["investment"], FLOW_INDEX["company_burn"]
RUNNING_SUBSIDY = FLOW_INDEX["running_subsidy"]
#: money is counted in whole pence, so that sums are exact in any order
PENCE = 100.0
#: who pays for programmes, and accounts inside a trust: what a trust pays or gets is its own
_PAYERS, _TRUST_ACCOUNTS = ("national", "ahsn", "commissioner"), ("trust", "trust_fund")
#: parts that add up to a whole but for this share of it are all of it
_ROUNDING = 1e-9


#: own purposes of payments: name -> (payer, payee), both accounts
Purposes: TypeAlias = Mapping[str, tuple[str, str]]
#: the innovation fund of a trust is state that no payment of a lever moves
OWN_ACCOUNTS = tuple(account for account in ACCOUNTS if account != "trust_fund")
_MOST_LETTERS = 40
_PURPOSE = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


def own_flows(purposes: Purposes) -> tuple[Flow, ...]:
    """Return the kinds of payment that a lever declares.

    Raises
    ------
    InputError
        A name that is none or is taken by the ledger, a payer or payee that is no account or the fund of a trust, or
        one account at both ends.
    """
    found = []
    if not isinstance(purposes, Mapping):
        raise InputError(
            f"the purposes of the lever are {purposes!r}",
            key="purposes",
            expected="a dict: name of the purpose -> who pays and who gets it",
            suggestion='write for example purposes = {"consortium-fee": ("trust", "company")}',
        )
    for purpose, ends in purposes.items():
        if not isinstance(purpose, str) or not _PURPOSE.fullmatch(purpose) or len(purpose) > _MOST_LETTERS:
            raise InputError(
                f"a purpose cannot be called {purpose!r}",
                key="purposes",
                expected=f"small letters, digits, hyphens and underscores, at most {_MOST_LETTERS}, first a letter",
                suggestion="call it for example 'consortium-fee'",
            )
        if purpose in FLOW_INDEX:
            _, payer, payee, _ = FLOWS[FLOW_INDEX[purpose]]
            raise InputError(
                f"the ledger has a purpose '{purpose}' already, paid by {payer} to {payee}",
                key=f"purposes.{purpose}",
                expected="a name of its own",
                suggestion=f"call it 'own-{purpose}', or pay under '{purpose}' without declaring it",
            )
        if not isinstance(ends, tuple) or len(ends) != 2:
            raise InputError(
                f"purpose '{purpose}' is declared with {ends!r}",
                key=f"purposes.{purpose}",
                expected="who pays and who gets it, in this order",
                suggestion='for example ("trust", "company")',
            )
        for which, account in zip(("payer", "payee"), ends):
            if account not in OWN_ACCOUNTS:
                raise InputError(
                    f"the {which} of purpose '{purpose}' is {account!r}",
                    key=f"purposes.{purpose}",
                    expected="one of " + ", ".join(OWN_ACCOUNTS),
                    suggestion=_account_hint(account),
                )
        if ends[0] == ends[1]:
            raise InputError(
                f"purpose '{purpose}' is paid by {ends[0]} to itself",
                key=f"purposes.{purpose}",
                expected="two accounts",
                suggestion="name who gets it, for example company or programme_staff",
            )
        found.append(Flow(purpose, *ends, "own purpose of a lever"))
    return tuple(found)


def _account_hint(account: object) -> str | None:
    if account == "trust_fund":
        return "let the trust pay, and write the term fund_refill to change what its fund gets"
    if account in ("supplier", "suppliers", "vendor", "seller"):
        return "a supplier is 'company'"
    return did_you_mean(str(account), OWN_ACCOUNTS)


def all_flows(declared: Iterable[tuple[str, Purposes]]) -> tuple[Flow, ...]:
    """Return the kinds of payment of a run: those of the ledger, then own ones by name.

    ``declared`` are ids of levers with the purposes of each; several may share one, with the same payer and payee.

    Raises
    ------
    InputError
        As :func:`own_flows`, and where two levers say otherwise of one purpose who pays or gets it.
    """
    own: dict[str, tuple[Flow, str]] = {}
    for lever_id, purposes in declared:
        try:
            flows = own_flows(purposes)
        except InputError as error:
            raise error.at(key=f"levers.{lever_id}.{error.key}") from None
        for flow in flows:
            known, first = own.setdefault(flow.purpose, (flow, lever_id))
            if known != flow:
                raise InputError(
                    f"levers '{first}' and '{lever_id}' both declare the purpose '{flow.purpose}', one from "
                    f"{known.payer} to {known.payee}, the other from {flow.payer} to {flow.payee}",
                    key=f"levers.{lever_id}.purposes.{flow.purpose}",
                    expected="one payer and one payee for each purpose",
                    suggestion="give one of the two another name",
                )
    return (*FLOWS, *(own[purpose][0] for purpose in sorted(own))) if own else FLOWS


def is_national(flow: Flow) -> bool:
    """Return whether money of this flow that goes to no trust in particular is national, and so shared by size."""
    return flow.payer in _PAYERS and flow.payee not in _TRUST_ACCOUNTS


def split_pence(pence: Longs, gbp: ArrayLike, parts: Floats) -> Longs:
    """Return int64[R, N]: how much of ``pence`` int64[R] each of N has, whole pence that add up to it.

    ``parts`` float64[R or 1, N] are theirs of ``gbp`` (one number or float64[R]). Where they add up to less, so do the
    pence: what is left belongs to nobody in particular. Sums from the first on are rounded, so that no penny is lost.
    """
    whole = np.broadcast_to(np.asarray(gbp, dtype=np.float64).reshape(-1), pence.shape)[:, None]
    sums = np.broadcast_to(np.cumsum(parts, axis=1), (len(pence), parts.shape[1]))
    total = sums[:, -1:]
    whole = np.where(np.abs(total - whole) <= _ROUNDING * np.abs(whole), total, whole)
    share = np.divide(sums, whole, out=np.zeros(sums.shape), where=whole != 0)
    edges = np.rint(share * pence[:, None]).astype(np.int64)
    edges[:, 1:] -= edges[:, :-1].copy()
    return edges
