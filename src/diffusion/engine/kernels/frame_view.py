"""The frame as type checkers and editors see it: what a kernel gets from ``c = frame(address)``.

Generated from the rows in ``engine/kernels/fields/`` by ``python scripts/frame_stub.py``: edit those, not this.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from diffusion.arrays import Bytes, Floats, Ints, Keys, Longs, Shorts

Words: TypeAlias = NDArray[np.uint32]


class FrameView:
    """Arrays and numbers of the frame, in the order in which they stand in memory.

    Axes:

    - R: replicates of the block
    - N: trusts
    - N+1: trusts, and one more that ends the last
    - K: innovations
    - A: AHSNs, 1 where there are none
    - I: ICSs
    - E: people who may found companies
    - S: stages
    - S+1: stages, and one more that ends the last
    - G: columns of by_group: AHSNs, ICSs and sectors side by side
    - P: pairs of trust and innovation
    - M: eligibility masks: innovations for the same trusts share one
    - L: group layers of the network
    - C: columns of the group sums: the groups of all group layers side by side
    - D: sparse layers of the network
    - V: ties, or runs of ties, of all sparse layers
    - X: weights of all ties, with the gaps in runs
    - H: transfer ties of a trust
    - B: trusts whose burden differs: one row for all of the same burden
    - F: kinds of payment (FLOWS of engine/ledger.py)
    - O: what moves are called (FLOW_NAMES of mechanisms/moves.py)
    - T: months recorded, from the opening state on
    - W: replicates where payments are kept by trust, else nothing
    - Q: monthly measures (RECORDED of month/measures.py)
    - U: quantiles at equal steps
    - Y: months since abandoning
    - Z: months since entering ROLLOUT
    """

    seed: int
    """seed of the run, part of the key of every draw; unit key"""
    month: int
    """month under way, 0 in the opening state; unit month"""
    replicates: Longs
    """numbers of the block's replicates, part of the keys of their draws; unit number; axes R"""
    first: int
    """first replicate (row of the block) that kernels work on now; unit number"""
    last: int
    """row after the last replicate that kernels work on now; unit number"""
    stage: Bytes
    """stage, see engine/stages.py; unit number; axes R, N, K"""
    since: Shorts
    """month of entering the stage; unit month; axes R, N, K"""
    rollout_since: Shorts
    """month of entering ROLLOUT, NEVER if no adopter; unit month; axes R, N, K"""
    full_since: Shorts
    """month in which rollout was complete, NEVER if not; unit month; axes R, N, K"""
    work: Floats
    """work done in EVALUATING, at 1 the trust decides; unit 1; axes R, N, K"""
    rollout: Floats
    """rollout share r inside the trust; unit share; axes R, N, K"""
    use: Floats
    """intensity of use u; unit share; axes R, N, K"""
    champion: Bytes
    """has a champion; unit yes/no; axes R, N, K"""
    waiting: Bytes
    """why an accepted pilot waits: 0 not, 1 money, 2 limit; unit number; axes R, N, K"""
    programme: Bytes
    """a programme pays for the pilot; unit yes/no; axes R, N, K"""
    money_ended: Shorts
    """month in which programme money stopped, NEVER if not; unit month; axes R, N, K"""
    ever: Bytes
    """has been an adopter; unit yes/no; axes R, N, K"""
    engagement: Floats
    """engagement, drawn on entering ROLLOUT; unit share; axes R, N, K"""
    granted: Floats
    """phi, share of the time needed that is granted; unit share; axes R, N, K"""
    begun: Bytes
    """has been in PILOT or beyond; unit yes/no; axes R, N, K"""
    need: Floats
    """cases at full rollout, drawn once; unit cases/month; axes R, N, K"""
    no_use: Bytes
    """eligible, but has no use for it, drawn once; unit yes/no; axes R, N, K"""
    use_months: Ints
    """months of use, discounted, in the order of place; unit 2^-20; axes R, K, N"""
    fund: Longs
    """innovation fund A; unit pence; axes R, N"""
    absorptive: Floats
    """absorptive capacity acap, without what levers add; unit 1; axes R, N"""
    evidence: Floats
    """national evidence G; unit information; axes R, K"""
    recalled: Bytes
    """1 recalled for harm; its company: 2 away, 3 failed; unit number; axes R, K"""
    n_with_use: Longs
    """trusts that have a use for it; unit number; axes R, K"""
    live: Longs
    """month from whose end on it is live; unit month; axes R, K"""
    innovation_keys: Keys
    """key in draws; of what is born, from its founder; unit key; axes R, K"""
    awareness_factor: Floats
    """exp(.4 innovativeness), factor of T1; unit 1; axes R, N"""
    risk_aversion: Floats
    """risk aversion rho; 0 where beliefs are not used; unit 1; axes R, N"""
    capacity_wte: Floats
    """change time before pressure and levers; 0 if unlimited; unit WTE; axes R, N"""
    signal: Floats
    """signal y of national evidence; unit benefit; axes R, K"""
    upfront_cost: Floats
    """F, upfront cost per size unit; unit GBP; axes R, K"""
    running_cost: Floats
    """c, running cost per size unit at full rollout; unit GBP/month; axes R, K"""
    saving: Floats
    """s, saving per size unit at full rollout; unit GBP/month; axes R, K"""
    push: Floats
    """factor of the innovation on the push of T1 and T2; unit 1; axes R, K"""
    scale_up: Floats
    """factor of the innovation on the rollout rates of T4a; unit 1; axes R, K"""
    ending: Floats
    """factor of the innovation on mu_P of T4b; unit 1; axes R, K"""
    compliance: Floats
    """factor of the innovation on what a mandate adds; unit 1; axes R, K"""
    by_innovation: Ints
    """trusts in each stage; unit number; axes R, S, K"""
    by_group: Ints
    """pairs of the portfolio in each stage; unit number; axes R, S, G"""
    adopters_by_trust: Ints
    """innovations of the portfolio in ROLLOUT or SUSTAINED; unit number; axes R, N"""
    using_by_trust: Ints
    """innovations in PILOT, ROLLOUT or SUSTAINED; unit number; axes R, N"""
    cohort_by_trust: Ints
    """innovations of the first cohort in PILOT, ROLLOUT or SUSTAINED; unit number; axes R, N"""
    pilots_by_trust: Ints
    """innovations in PILOT; unit number; axes R, N"""
    trials: Longs
    """pilots that went on to rollout, and pilots that ended; unit number; axes R, 2, K"""
    totals: Longs
    """trusts using any, the cohort; pairs ever adopters; need begun; unit number; axes R, 5"""
    so_far: Longs
    """sums since the run began, see the module that owns it; unit various; axes R, 11"""
    listed: Words
    """live pairs by stage, those of a stage in the order of trusts; unit pair; axes R, P"""
    bounds: Longs
    """pairs of stage s stand in listed from bounds[s] to bounds[s + 1]; unit number; axes R, S+1"""
    candidates: Words
    """pairs that would start a pilot or a rollout; unit pair; axes R, P"""
    n_candidates: Longs
    """how many candidates there are; unit number; axes R"""
    moves: Words
    """pairs that move at the end of the month; unit pair; axes R, P"""
    move_to: Bytes
    """stage to which each of moves goes; unit number; axes R, P"""
    move_reason: Bytes
    """what each of moves is called, a place in FLOW_NAMES; unit number; axes R, P"""
    n_moves: Longs
    """how many moves are noted; unit number; axes R"""
    moved: Bytes
    """something moved since the lists were made; unit yes/no; axes R"""
    activity: Ints
    """activity that peers see; trusts in the order of place; unit 2^-20; axes R, K, N"""
    group_activity: Longs
    """sums of credibility times activity over the members; unit 2^-36; axes R, K, C"""
    group_use: Longs
    """sums of credibility times use_months over the members; unit 2^-36; axes R, K, C"""
    adopting: Ints
    """adopts, in the order of place; 1,1,1 unless counting; unit yes/no; axes R, K, N"""
    group_adopting: Longs
    """adopters among the members; 1,1,1 unless counting; unit number; axes R, K, C"""
    evaluated: Bytes
    """a trust of the ICS has finished an evaluation; unit yes/no; axes R, I, K"""
    ics: Longs
    """ICS of a trust; unit number; axes N"""
    national: Floats
    """sum of the activity of all trusts, where above 0; unit 2^-20; axes R, K"""
    highest: Floats
    """highest activity that a trust can have this month; unit 2^-20; axes R, K"""
    belief_mean: Floats
    """mean of the belief on national evidence alone; unit benefit; axes R, K"""
    belief_sd: Floats
    """standard deviation of the belief on national evidence; unit benefit; axes R, K"""
    triage_bound: Floats
    """largest factor exp(bU U) of T2, where no lever adds to U; unit 1; axes R, K"""
    mask: Longs
    """eligibility mask of an innovation; unit number; axes K"""
    credibility: Longs
    """credibility of a trust to its peers; unit 2^-16; axes N"""
    group_of: Longs
    """column of the trust's group in the group sums, -1 for none; unit number; axes N, L"""
    group_share: Floats
    """omega of the layer after sharing out; unit share; axes N, M, L"""
    group_total: Floats
    """credibility of the other members, 1 if there are none; unit 2^-16; axes N, M, L"""
    place: Longs
    """where a trust stands in activity and use, along a curve; unit number; axes N"""
    in_runs: Bytes
    """the layer is kept in runs of neighbours, else tie by tie; unit yes/no; axes D"""
    tie_start: Longs
    """where the ties (or runs) of a trust stand; unit number; axes D, N+1"""
    tie: Words
    """place of the tie, or first place of the run; unit number; axes V"""
    tie_length: Words
    """places in the run, 1 for a tie; unit number; axes V"""
    tie_offset: Longs
    """where the weights of the run stand; unit number; axes V"""
    tie_weight: Ints
    """weight times credibility in units of the row, 0 in gaps; unit number; axes X"""
    tie_share: Floats
    """omega of the layer after sharing out; unit share; axes N, M, D"""
    tie_total: Floats
    """sum of the weights in the same units, 1 if there are none; unit number; axes N, M, D"""
    tie_bound: Floats
    """omega times the largest weight over the sum of the weights; unit 1; axes N, M, D"""
    eligible: Bytes
    """the trust can use the innovation; unit yes/no; axes N, K"""
    member_layer: int
    """group layer of the AHSNs, -1 for none; unit number"""
    transfer_to: Ints
    """trusts looked to by transfer ties, -1 for none; unit number; axes R, N, H"""
    transfer_weight: Floats
    """share of exposure that transfer ties take; unit share; axes R, N"""
    x_awareness_push: Floats
    """X^A, multiplies the push rate of T1, by AHSN; unit 1; axes R, A, K, or 1 of each"""
    x_triage_push: Floats
    """X^E, multiplies the push rate of T2, by AHSN; unit 1; axes R, A, K, or 1 of each"""
    x_rollout_push: Floats
    """X^R, multiplies the push rate of T4a, by AHSN; unit 1; axes R, A, K, or 1 of each"""
    x_utility: Floats
    """added to the utility U; unit benefit; axes R, N, K, or 1 of each"""
    x_risk_aversion: Floats
    """multiplies the risk aversion of trusts; unit 1; axes R, N, K, or 1 of each"""
    x_member_ties: Floats
    """exposure added from members of the same AHSN; unit 1; axes R, N, K, or 1 of each"""
    y_awareness_push: Floats
    """X^A by trust, added to that by AHSN; unit 1; axes R, N, K, or 1 of each"""
    y_triage_push: Floats
    """X^E by trust, added to that by AHSN; unit 1; axes R, N, K, or 1 of each"""
    y_rollout_push: Floats
    """X^R by trust, added to that by AHSN; unit 1; axes R, N, K, or 1 of each"""
    y_facilitated: Floats
    """lent staff may work on it, by trust; unit yes/no; axes R, N, K, or 1 of each"""
    ahsn: Longs
    """AHSN of a trust; unit number; axes N"""
    x_champion_stock: Floats
    """added to the champion stock h; unit 1; axes R, N, K, or 1 of each"""
    x_champion_effect: Floats
    """log-hazard added with a programme's champion in T3, T4a, T7; unit 1; axes R, N, K, or 1 of each"""
    x_programme_pilot: Floats
    """a programme pays for the pilot; unit yes/no; axes R, N, K, or 1 of each"""
    x_mandate: Floats
    """funding mandate; unit yes/no; axes R, N, K, or 1 of each"""
    x_priority: Floats
    """priority for change time; unit 1; axes R, N, K, or 1 of each"""
    x_paid_load: Floats
    """share of a pilot's load that a programme pays for; unit share; axes R, N, K, or 1 of each"""
    x_facilitation: Floats
    """staff lent to a trust; unit WTE; axes R, N, K, or 1 of each"""
    x_facilitated: Floats
    """lent staff may work on it, by AHSN; unit yes/no; axes R, A, K, or 1 of each"""
    x_pilot_limit: Floats
    """limit on concurrent pilots of a trust; unit pilots; axes R, N, K, or 1 of each"""
    x_upfront_subsidy: Floats
    """share of the upfront cost paid for the trust; unit share; axes R, N, K, or 1 of each"""
    x_upfront_price: Floats
    """multiplies the upfront cost F; unit 1; axes R, N, K, or 1 of each"""
    x_running_price: Floats
    """multiplies the running cost c; unit 1; axes R, N, K, or 1 of each"""
    x_running_subsidy: Floats
    """share of the running cost paid for the trust; unit share; axes R, N, K, or 1 of each"""
    x_no_pilot: Floats
    """a finished evaluation leads to use without a pilot; unit yes/no; axes R, N, K, or 1 of each"""
    x_enrolled: Floats
    """enrolled in a national programme; unit yes/no; axes R, N, K, or 1 of each"""
    x_placement: Floats
    """placed in PILOT this month; unit yes/no; axes R, N, K, or 1 of each"""
    x_capacity: Floats
    """multiplies change time C; unit 1; axes R, N, K, or 1 of each"""
    x_pressure: Floats
    """added to the share of change time lost; unit share; axes R, N, K, or 1 of each"""
    x_time_budget: Floats
    """protected time, as a share of C; unit share; axes R, N, K, or 1 of each"""
    x_fund_refill: Floats
    """multiplies the refill of the innovation fund; unit 1; axes R, N, K, or 1 of each"""
    x_payment_share: Floats
    """payment per case as a share of the unit cost; unit 1; axes R, N, K, or 1 of each"""
    x_commissioned_share: Floats
    """commissioners bear it per case, share of unit cost; unit 1; axes R, N, K, or 1 of each"""
    x_evidence: Floats
    """evidence added to G; unit information/month; axes R, N, K, or 1 of each"""
    x_pilot_evidence: Floats
    """evidence from a pilot, where above the ordinary; unit information/month; axes R, N, K, or 1 of each"""
    x_horizon_months: Floats
    """finance horizon, where longer than the trust's own; unit months; axes R, N, K, or 1 of each"""
    x_exposure: Floats
    """added to exposure x: ties for one innovation only; unit 1; axes R, N, K, or 1 of each"""
    x_passport: Floats
    """work credited if a trust of the ICS has evaluated; unit share; axes R, N, K, or 1 of each"""
    x_work_credit: Floats
    """work credited whoever has evaluated before; unit share; axes R, N, K, or 1 of each"""
    x_joined_board: Floats
    """boards of one number count as one; -1 is none; unit number; axes R, N, K, or 1 of each"""
    x_absorptive: Floats
    """added to absorptive capacity; unit 1; axes R, N, K, or 1 of each"""
    x_clinical_time: Floats
    """change time taken out of a trust; unit WTE; axes R, N, K, or 1 of each"""
    x_reconsideration: Floats
    """added to the rate of T8; unit 1/month; axes R, N, K, or 1 of each"""
    x_champion: Floats
    """a programme brings a champion where there is none; unit yes/no; axes R, N, K, or 1 of each"""
    align_factor: Floats
    """exp(bS align), factor of T2; unit 1; axes R, N, K, or 1 of each"""
    burden_triage: Floats
    """B^-.5, factor of T2, by burden_row; unit 1; axes R, B, K, or 1 of each"""
    burden: Floats
    """burden B, by burden_row; unit 1; axes R, B, K, or 1 of each"""
    burden_factor: Floats
    """B^-.5, factor of T4a, by burden_row; unit 1; axes R, B, K, or 1 of each"""
    alignment: Floats
    """strategic alignment, -1 to 1; unit 1; axes R, N, K, or 1 of each"""
    burden_row: Longs
    """row of a trust in the arrays of burden; unit number; axes N"""
    x_evaluation_time: Floats
    """multiplies the evaluation time D_E; unit 1; axes R, N, K, or 1 of each"""
    evaluation_months: Floats
    """D_E, evaluation time; unit months; axes K"""
    finance: Floats
    """finance ratio f, -2 to 2; unit 1; axes R, N, K, or 1 of each"""
    monitoring_withdrawn: Floats
    """use was monitored and is no longer; unit yes/no; axes R, N, K, or 1 of each"""
    x_scorecard_gap: Floats
    """bG, log-hazard of T2 per unit of gap; unit 1; axes R, N, K, or 1 of each"""
    rollout_factor: Floats
    """exp(bF f), factor of T4a; unit 1; axes R, N, K, or 1 of each"""
    steady_factor: Floats
    """exp(-.5 f), factor of T7; unit 1; axes R, N, K, or 1 of each"""
    preferring: Bytes
    """a pair of the trust has a priority other than 1; unit yes/no; axes R, N, 1, or 1 of each"""
    reach_column: Longs
    """column of the AHSN in the group sums, -1 for none; unit number; axes A"""
    reach_own: Floats
    """largest factor of a member on that group sum; unit 2^16; axes M, A"""
    reach_share: Floats
    """largest share of exposure through layers but the AHSNs'; unit share; axes M, A"""
    reach_national: Floats
    """largest exposure through them per unit of national; unit 1; axes M, A"""
    screen_awareness: Floats
    """bound of T1 but for innovativeness and mandate; unit 1/month; axes R, A, K"""
    screen_triage: Floats
    """bound of T2 but for slack and mandate; unit 1/month; axes R, A, K"""
    screen_rollout: Floats
    """bound of T4a but for champion, time and mandate; unit 1/month; axes R, A, K"""
    screen_leave: Floats
    """bound of T4b but for ended money; infinite if recalled; unit 1/month; axes R, K"""
    screen_lapse: Floats
    """bound of the factor of U in T7; unit 1; axes R, K"""
    top_awareness_push: Floats
    """highest X^A among the members, both parts; unit 1; axes R, A, K, or 1 of each"""
    top_triage_push: Floats
    """highest X^E among the members, both parts; unit 1; axes R, A, K, or 1 of each"""
    top_rollout_push: Floats
    """highest X^R among the members, both parts; unit 1; axes R, A, K, or 1 of each"""
    top_member_ties: Floats
    """highest member_ties among the members; unit 1; axes R, A, K, or 1 of each"""
    top_exposure: Floats
    """highest exposure added by levers among the members; unit 1; axes R, A, K, or 1 of each"""
    top_align_factor: Floats
    """highest align_factor among the members; unit 1; axes R, A, K, or 1 of each"""
    top_burden_triage: Floats
    """highest burden_triage of all; unit 1; axes R, 1, K, or 1 of each"""
    top_scorecard_gap: Floats
    """highest bG among the members, over all innovations; unit 1; axes R, A, 1, or 1 of each"""
    gap: Floats
    """how far a trust is behind the rollout published; unit share; axes R, N"""
    top_gap: Floats
    """largest gap among the members of the AHSN; unit share; axes R, A"""
    published: Floats
    """mean rollout that the scorecard shows now; unit share; axes R, K"""
    published_month: int
    """month in which published was counted; unit month"""
    publishing: int
    """there is something published, and a lever that heeds it; unit yes/no"""
    top_rollout_factor: Floats
    """highest rollout_factor among the members; unit 1; axes R, A, K, or 1 of each"""
    top_burden_factor: Floats
    """highest burden_factor of all; unit 1; axes R, 1, K, or 1 of each"""
    utility_top: float
    """most that levers add to U anywhere, at least 0; unit benefit"""
    utility_low: float
    """least that levers add to U anywhere, at most 0; unit benefit"""
    risk_aversion_most: Floats
    """highest risk aversion of a trust; unit 1; axes R"""
    risk_aversion_top: float
    """highest factor of levers on risk aversion; unit 1"""
    champion_effect_top: float
    """largest factor of a programme's champion, at least 1; unit 1"""
    transfer_top: float
    """largest share of exposure that transfer ties take; unit share"""
    supply: int
    """people and births are followed; unit yes/no"""
    person_keys: Keys
    """key of a person in draws; unit key; axes E"""
    person_status: Bytes
    """0 in the NHS, 1 left, 2 abroad; unit number; axes R, E"""
    programme_left: Shorts
    """time left in the programme, 0 if in none; unit months; axes R, E"""
    appointed: Shorts
    """month of appointment, NEVER if not; unit month; axes R, E"""
    was_outside: Bytes
    """was outside the NHS when appointed; unit yes/no; axes R, E"""
    returned: Bytes
    """has returned to the NHS; unit yes/no; axes R, E"""
    startup: Bytes
    """start-up: 0 none, 1 building, 2 failed, 3 launched; unit number; axes R, E"""
    founded: Shorts
    """month of founding, NEVER if not; unit month; axes R, E"""
    startup_cash: Longs
    """cash of the start-up; unit pence; axes R, E"""
    home: Ints
    """home trust of a person; unit number; axes R, E"""
    profession: Bytes
    """place in PROFESSIONS; unit number; axes R, E"""
    twin_status: Bytes
    """person_status had there been no programme; unit number; axes R, E"""
    appointing: Bytes
    """appointed by a lever this month; unit yes/no; axes R, E"""
    appoints: int
    """appointments by levers this month, each of many people; unit number"""
    person_deals: Floats
    """factor of mentors on deals, outside a programme; unit 1; axes R, E"""
    trading: int
    """companies trade, fail and leave; unit yes/no"""
    failure_per_month: float
    """rate of failing without money; unit 1/month"""
    bought_up: float
    """share of failed ones whose product goes on; unit share"""
    raised: Longs
    """deals, prizes and contracts so far; unit pence; axes R, K"""
    company: Bytes
    """company: 0 none, 1 in the UK, 2 away, 3 failed; unit number; axes R, K"""
    company_since: Shorts
    """month in which company became what it is; unit month; axes R, K"""
    cash: Longs
    """cash of the company; unit pence; axes R, K"""
    revenue: Longs
    """sales to trusts since the company's last month; unit pence; axes R, K"""
    founder: Ints
    """person who founded it, -1 for none; unit number; axes R, K"""
    first_adopter: Bytes
    """has had an adopter; unit yes/no; axes R, K"""
    adopters_before: Ints
    """adopters of a year, by month modulo 12; unit number; axes R, 12, K"""
    born: Bytes
    """costs are new, by birth or return; unit yes/no; axes R"""
    has_company: Bytes
    """has a price, and so a company; unit yes/no; axes K"""
    kind: Longs
    """kind of innovation; unit number; axes K"""
    first_spin_out: int
    """first slot for what is born, else K; unit number"""
    n_portfolio: int
    """innovations of the portfolio, which stand first; unit number"""
    benefit: Floats
    """true benefit b; unit benefit; axes R, K"""
    mean_burden: Floats
    """mean burden over trusts; unit 1; axes R, 1, K, or 1 of each"""
    x_company_cash: Floats
    """cash given to the company this month; unit GBP; axes R, N, K, or 1 of each"""
    x_retention: Floats
    """log-hazard of leaving the NHS taken off; unit 1; axes R, N, K, or 1 of each"""
    x_programme_open: Floats
    """a programme that people return for is open; unit yes/no; axes R, N, K, or 1 of each"""
    x_founding: Floats
    """multiplies the rate of founding; unit 1; axes R, N, K, or 1 of each"""
    x_fundraising: Floats
    """multiplies the rate of deals; unit 1; axes R, N, K, or 1 of each"""
    benefit_mean: Floats
    """mean of true benefit; unit benefit; axes K"""
    benefit_sd: Floats
    """standard deviation of true benefit; unit benefit; axes K"""
    base_upfront: Floats
    """median of F; unit GBP; axes K"""
    base_running: Floats
    """median of c; unit GBP/month; axes K"""
    base_saving: Floats
    """median of s; unit GBP/month; axes K"""
    cost_noise: Floats
    """log standard deviation of F, c and s; unit 1; axes K"""
    cases: Floats
    """cases a month in a trust of size 1; unit cases/month; axes K"""
    signal_noise: float
    """noise of the signal y around b; unit benefit"""
    need_sigma: float
    """log standard deviation of need; unit 1"""
    use_log_odds: Floats
    """stated log-odds of having a use, or NaN; unit log-odds; axes K"""
    use_leaning: Floats
    """of having a use, by size and teaching; unit log-odds; axes N"""
    use_limited: int
    """not every trust has a use; unit yes/no"""
    use_mean: float
    """mean log-odds of having a use; unit log-odds"""
    use_sd: float
    """their standard deviation; unit log-odds"""
    push_sd: float
    """log standard deviation of push; unit 1"""
    scale_up_sd: float
    """log standard deviation of scale-up; unit 1"""
    scale_up_correlation: float
    """of faster rollout and rarer endings; unit 1"""
    compliance_sd: float
    """log standard deviation of compliance; unit 1"""
    traits_shared: float
    """of the variance of these, in common to a world; unit 1"""
    leave_per_month: float
    """l0, rate of leaving the NHS; unit 1/month"""
    leave_most: float
    """bound of the rate of leaving; unit 1/month"""
    retention_in_programme: float
    """th_prog, log-hazard of leaving taken off in a programme; unit 1"""
    retention_by_time: float
    """th_time, log-hazard taken off per unit of protected time; unit 1"""
    abroad_share: float
    """leavers who go abroad; unit share"""
    return_per_month: float
    """r0, rate of returning to the NHS; unit 1/month"""
    return_while_open: float
    """ret, log-hazard of returning while a programme is open; unit 1"""
    return_most: float
    """bound of the rate of returning; unit 1/month"""
    leave_refused: float
    """those in the NHS whose training body refuses leave; unit share"""
    programme_months: int
    """length of a programme; unit months"""
    founding_per_month: float
    """rate of founding, from a year after appointment; unit 1/month"""
    founding_without_programme: float
    """rate of founding of those not appointed a year ago; unit 1/month"""
    founding_top: float
    """highest factor of levers on founding; unit 1"""
    launch_months: int
    """from founding a start-up to its launch; unit months"""
    deals_per_month: float
    """rate of deals; unit 1/month"""
    deal_median: float
    """median of a deal; unit GBP"""
    deal_sigma: float
    """log standard deviation of a deal; unit 1"""
    deals_in_programme: float
    """factor on deals of a founder in a programme; unit 1"""
    burn_pence: int
    """spending of a company or start-up; unit pence/month"""
    runway_months: float
    """months of spending in hand at the start; unit months"""
    sales_scale: float
    """sales of a company over those to trusts of this world; unit 1"""
    margin: float
    """sales to trusts that a company may spend; unit share"""
    exit_per_month: float
    """x0, rate of leaving the UK market; unit 1/month"""
    exit_growth: float
    """xa, log-hazard taken off per ten points of growth; unit 1"""
    exit_burden: float
    """xb, log-hazard per unit of burden above 1; unit 1"""
    exit_waiting: float
    """xt, log-hazard per month without any adopter; unit 1/month"""
    abroad_months: int
    """until an innovation whose company left comes back; unit months"""
    price_back: float
    """factor on the price of an innovation that comes back; unit 1"""
    support_lost: float
    """rate of leaving an innovation whose company failed; unit 1/month"""
    slack: Floats
    """change time that no load needs; unit share; axes R, N"""
    available: Floats
    """change time C of the month; unit WTE; axes R, N"""
    needed: Floats
    """load on the trust's own change time, without lent staff; unit WTE; axes R, N"""
    used: Floats
    """own change time used; unit WTE; axes R, N"""
    lent: Floats
    """time of lent staff used; unit WTE; axes R, N"""
    money: Longs
    """payments by kind, see engine/ledger.py; unit pence; axes R, F"""
    flows: Longs
    """moves by what they are called; unit number; axes R, O"""
    blocked: Longs
    """pairs held up by money, limit, time, burden, missing support; unit number; axes R, 5"""
    tally: Longs
    """sum of use in 2^-20, patients in 2^-10, pairs in use; unit various; axes R, 3"""
    mean_rollout: Floats
    """mean of rollout over eligible trusts; unit share; axes R, K"""
    response_fault: Floats
    """told, trust, innovation, exposure, parameter, response; unit various; axes R, 6"""
    out_innovation: Ints
    """by_innovation at the end of each month; unit number; axes R, T, S, K"""
    out_group: Ints
    """by_group at the end of each month; unit number; axes R, T, S, G"""
    out_trust: Shorts
    """adopters_by_trust at the end of each month; unit number; axes R, T, N"""
    out_flows: Ints
    """flows of each month; unit number; axes R, T, O"""
    out_money: Longs
    """money of each month; unit pence; axes R, T, F"""
    out_by_trust: Longs
    """payments of the run by trust; unit pence; axes W, N, F"""
    out_monthly: Floats
    """measures of each month, see month/measures.py; unit various; axes R, T, Q"""
    trust_keys: Keys
    """key of a trust in draws; unit key; axes N"""
    direct: Bytes
    """goes into use without a pilot; unit yes/no; axes K"""
    early_log_odds: Floats
    """of early use, minus infinity for none; unit log-odds; axes K"""
    early_leaning: Floats
    """of early use, by size and teaching; unit log-odds; axes N"""
    pilot_site: Bytes
    """goes into PILOT in the first month in which it is live; unit yes/no; axes R, N, K, or 1 of each"""
    has_pilot_sites: Bytes
    """has such trusts; unit yes/no; axes K"""
    pilot_months: Floats
    """D_P, length of a pilot before it may be rolled out; unit months; axes K"""
    rollout_push: Floats
    """p4, rate of T4a from outside push; unit 1/month; axes K"""
    rollout_peer: Floats
    """q4, rate of T4a at full response to peers; unit 1/month; axes K"""
    pilot_abandonment: Floats
    """mu_P, rate of T4b; unit 1/month; axes K"""
    abandonment_factor: Floats
    """of the innovation, on the rate of T7; unit 1; axes K"""
    rollout_months: Floats
    """D_R cx, length of a rollout; unit months; axes K"""
    log_complexity: Floats
    """ln cx; unit 1; axes K"""
    load: Floats
    """change time that a pair takes, by stage; unit WTE; axes S, K"""
    saving_lag: Longs
    """from rollout to the first saving; unit months; axes K"""
    cashable_share: Floats
    """psi, savings that the trust keeps; unit share; axes K"""
    unit_cost: Floats
    """cost of a case, of which a payment is a share; unit GBP; axes K"""
    cohort: Bytes
    """innovation of the first cohort; unit yes/no; axes K"""
    size: Floats
    """size: staff over that of the median trust; unit 1; axes N"""
    champion_stock: Floats
    """h, expected champions per innovation; unit 1; axes N"""
    absorptive_start: Floats
    """absorptive capacity at the start, to which it returns; unit 1; axes N"""
    feels_winter: Bytes
    """has winter pressure: acute and ambulance trusts; unit yes/no; axes N"""
    group_columns: Longs
    """columns of AHSN, ICS and sector in by_group; unit number; axes 3, N"""
    n_eligible: Longs
    """eligible trusts; unit number; axes K"""
    threshold: Floats
    """personal threshold: exposure, or adopters if counting; unit various; axes N"""
    abandoned_activity: Longs
    """activity by months since abandoning; unit 2^-20; axes Y"""
    hazard_by_age: Floats
    """baseline hazard of T7 by months since entering ROLLOUT; unit 1/month; axes Z"""
    engagement_quantiles: Floats
    """quantiles of engagement at equal steps; unit share; axes U"""
    refill_pence: Longs
    """ordinary refill of the innovation fund; unit pence/month; axes N"""
    o_awareness: Floats
    """rate of T1; unit 1/month; axes N, K"""
    o_triage: Floats
    """rate of T2; unit 1/month; axes N, K"""
    o_pilot: Floats
    """probability of T3; unit probability; axes N, K"""
    o_rollout: Floats
    """rate of T4a; unit 1/month; axes N, K"""
    o_pilot_abandonment: Floats
    """rate of T4b; unit 1/month; axes N, K"""
    o_abandonment: Floats
    """rate of T7; unit 1/month; axes N, K"""
    o_reconsideration: Floats
    """rate of T8; unit 1/month; axes N, K"""
    o_priority: Floats
    """priority for change time; unit 1; axes N, K"""
    o_leave: Floats
    """rate of leaving the NHS; unit 1/month; axes R, E"""
    o_return: Floats
    """rate of returning to the NHS; unit 1/month; axes R, E"""
    o_founding: Floats
    """rate of founding; unit 1/month; axes R, E"""
    o_startup_deal: Floats
    """rate of deals before launch; unit 1/month; axes R, E"""
    o_exit: Floats
    """rate of leaving the UK market; unit 1/month; axes R, K"""
    o_deal: Floats
    """rate of deals of a company; unit 1/month; axes R, K"""
    o_return_price: Floats
    """factor on the price of what comes back; unit 1; axes R, K"""
    s_trust: Floats
    """loads and shares of time of each trust; unit various; axes 5, N"""
    s_trust_int: Longs
    """whether all priorities are 1; first candidate of each trust; unit number; axes 2, N"""
    s_load: Floats
    """lent staff may work on the pair, in the order of listed; unit yes/no; axes P"""
    s_draw: Floats
    """draws of the pairs that a screen let through; unit 1; axes P"""
    s_innovation: Floats
    """speed of rollout; unit 1/month; axes K"""
    s_innovation_int: Longs
    """numbers of innovations; sums of rollout and of pilots in 2^-20; unit various; axes 2, K"""
    s_screen: Floats
    """what the screens of T1, T2 and T4a begin with, below 0 for nobody; unit 1; axes 3, K"""
    s_water: Floats
    """loads (WTE) and priorities of one trust; unit various; axes 2, K"""
    s_person: Floats
    """draws of people; unit 1; axes E"""
    s_stage: Longs
    """place reached in each stage's list; unit number; axes S"""
    s_pair: Longs
    """pairs that a screen let through; next candidate of the trust; unit number; axes P"""
    response: int
    """form of the response, see mechanisms/exposure.py; unit number"""
    own_response: int
    """address of the user's response, 0 for none; unit number"""
    response_low: float
    """least that a user's response may give; unit 1"""
    response_high: float
    """most that a response but the linear one gives; unit 1"""
    deterministic: int
    """move exactly when the response is 1; unit yes/no"""
    counting: int
    """the response counts adopters; unit yes/no"""
    hill_exponent: float
    """exponent of the Hill response; unit 1"""
    hill_theta: float
    """theta, exposure at half response; unit 1"""
    act_pilot: int
    """activity of a trust in pilot; unit 2^-20"""
    act_adopter: float
    """activity of an adopter before rollout; unit 2^-20"""
    act_rollout: float
    """activity added at full rollout; unit 2^-20"""
    prior_mean: float
    """m0, prior mean of a belief; unit benefit"""
    prior_precision: float
    """1 / s0^2, prior precision of a belief; unit 1/benefit^2"""
    evidence_precision: float
    """1 / sG^2, precision of a unit of national evidence; unit 1/benefit^2"""
    peer_precision: float
    """1 / sP^2, precision of a month of peer use; unit 1/benefit^2"""
    peer_unit: float
    """what one unit of use_months is worth this month; unit months"""
    exponent_limit: float
    """exponents of U are clipped to plus or minus this; unit 1"""
    exponent_most: float
    """bound of exp of a clipped exponent; unit 1"""
    evidence_decay: float
    """dG, decay of national evidence; unit 1/month"""
    evidence_per_pilot: float
    """gP, evidence from a pilot; unit information/month"""
    evidence_per_use: float
    """gU, evidence from a full rollout; unit information/month"""
    recall_signal: float
    """what has a signal below this may be recalled; unit benefit"""
    recall_evidence: float
    """evidence G from which harm can be seen; unit information"""
    recall_per_month: float
    """probability of a recall; unit 1/month"""
    recalled_exit: float
    """rate at which users leave what is recalled; unit 1/month"""
    t1_mandate: float
    """mA, rate of T1 added by a mandate; unit 1/month"""
    t2_mandate: float
    """mE, rate of T2 added by a mandate; unit 1/month"""
    t4_mandate: float
    """mR, rate of T4a added by a mandate at full change time; unit 1/month"""
    t1_push: float
    """pA, rate of T1 from outside push; unit 1/month"""
    t1_peer: float
    """qA, rate of T1 at full exposure; unit 1/month"""
    t2_push: float
    """pE, rate of T2 from outside push; unit 1/month"""
    t2_peer: float
    """qE, rate of T2 at full response to peers; unit 1/month"""
    t2_utility: float
    """bU, log-hazard of T2 per unit of U; unit 1"""
    t2_slack: int
    """slack multiplies the rate of T2; unit yes/no"""
    t3_intercept: float
    """a0, log-odds of T3 at U = f = g = 0; unit log-odds"""
    t3_utility: float
    """bU, log-odds of T3 per unit of U; unit log-odds"""
    t3_finance: float
    """bF, log-odds of T3 per unit of f; unit log-odds"""
    t3_peer: float
    """bX, log-odds of T3 at full response to peers; unit log-odds"""
    t3_alignment: float
    """bS, log-odds of T3 per unit of alignment; unit log-odds"""
    t3_complexity: float
    """bC, log-odds of T3 lost per unit of ln cx; unit log-odds"""
    t3_mandate: float
    """log-odds of T3 added by a mandate; unit log-odds"""
    t4_utility: float
    """log-hazard of T4a per unit of U, minus this in T4b; unit 1"""
    t4_rate: float
    """factor on the rates of T4a of all innovations; unit 1"""
    t4_abandonment: float
    """factor on the rates of T4b of all innovations; unit 1"""
    t4_money_ended: float
    """zeta, excess of T4b after programme money stopped; unit 1"""
    t4_champion_factor: float
    """exp(bCh), factor of T4a with a champion; unit 1"""
    t4_money_ended_months: int
    """for how long the end of programme money is felt; unit months"""
    t5_exponent: float
    """b, learning exponent; unit 1"""
    t5_reference: float
    """adopters at which D_R holds; unit trusts"""
    t5_complete: float
    """rollout that counts as complete; unit share"""
    t6_after: int
    """complete rollout before SUSTAINED; unit months"""
    t7_utility: float
    """log-hazard of T7 lost per unit of U; unit 1"""
    t7_finance: float
    """log-hazard of T7 lost per unit of f; unit 1"""
    t7_champion: float
    """bCh, log-hazard of T7 lost with a champion; unit 1"""
    t7_monitoring: float
    """bM, log-hazard of T7 after monitoring was withdrawn; unit 1"""
    t7_champion_factor: float
    """exp(-bCh), factor of T7 with a champion; unit 1"""
    t8_rate: float
    """kappa, rate of T8; unit 1/month"""
    t9_speed: float
    """1 / tau_u, at most 1; unit 1/month"""
    t9_without_champion: float
    """factor on target use without a champion; unit 1"""
    t9_in_use: float
    """use from which an innovation counts as in use; unit share"""
    use_followed: int
    """use is followed, else it stays 0; unit yes/no"""
    t9_month_units: float
    """what a month of full use counts for in use_months; unit 2^-20"""
    absorptive_decay: float
    """return of absorptive capacity to its start; unit 1/month"""
    absorptive_growth: float
    """absorptive capacity gained per own adoption; unit 1"""
    champion_turnover: float
    """rate at which champions leave; unit 1/month"""
    unlimited: int
    """every load is met in full; unit yes/no"""
    pressure: float
    """change time lost to pressure; unit share"""
    winter_pressure: float
    """change time lost to pressure, added in winter; unit share"""
    winter: int
    """it is December to March; unit yes/no"""
    mandate_priority: float
    """least priority of mandated work for change time; unit 1"""
    money_gate: int
    """no start while the fund is below the upfront cost; unit yes/no"""
    uses_money: int
    """an innovation has a cost, a saving or a unit cost; unit yes/no"""
    records_money: int
    """payments are recorded: money is used, or there are levers; unit yes/no"""
    uses_beliefs: int
    """beliefs matter to a decision; unit yes/no"""
    share_at_pilot: float
    """upfront cost due at the start of a pilot; unit share"""
    fund_cap_months: float
    """the fund holds at most so many months' refill; unit months"""
    fund_carry_over_months: float
    """the fund keeps so many months' refill on 1 April; unit months"""
    horizon: float
    """H, horizon over which a trust counts cash; unit months"""
    long_horizon: float
    """horizon from which the fund is carried over in full; unit months"""
    april: int
    """it is April; unit yes/no"""
    placing: int
    """a lever places pairs in PILOT this month; unit yes/no"""
    enrolling: int
    """a programme has enrolled pairs; unit yes/no"""
