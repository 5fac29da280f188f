"""Every array and number that kernels may read: name, element type and axes; ``@`` marks fields of a pair's record,
``~`` arrays that are broadcast.

Axes: R replicates, N trusts, K innovations, F flows of money; a term is shaped (1 or R, 1 or N, 1 or K).
"""

from __future__ import annotations

_TEXT = """
# the block
seed u8; month i8; replicates i8 R; first i8; last i8
# state of pairs
stage u1 R,N,K; since i2 R,N,K @; rollout_since i2 R,N,K @; full_since i2 R,N,K @; work f8 R,N,K @
rollout f8 R,N,K @; use f8 R,N,K @; champion u1 R,N,K @; waiting u1 R,N,K @; programme u1 R,N,K @
money_ended i2 R,N,K @; ever u1 R,N,K @; engagement f8 R,N,K @; granted f8 R,N,K @; need f8 R,N,K @
use_months i4 R,K,N
# state of trusts and innovations
fund i8 R,N; absorptive f8 R,N; evidence f8 R,K; recalled u1 R,K; live i8 R,K; innovation_keys u8 R,K
# drawn once per replicate
awareness_factor f8 R,N; risk_aversion f8 R,N; capacity_wte f8 R,N; signal f8 R,K; upfront_cost f8 R,K
running_cost f8 R,K; saving f8 R,K
# running counts
by_innovation i4 R,S,K; by_group i4 R,S,G; adopters_by_trust i4 R,N; using_by_trust i4 R,N; cohort_by_trust i4 R,N
pilots_by_trust i4 R,N; totals i8 R,3
# this month's lists and moves
listed u4 R,P; bounds i8 R,S; candidates u4 R,P; n_candidates i8 R; moves u4 R,P; move_to u1 R,P; move_reason u1 R,P
n_moves i8 R; moved u1 R
# exposure
activity i4 R,K,N; group_activity i8 R,K,C; group_use i8 R,K,C; adopting i4 R,K,N; group_adopting i8 R,K,C
evaluated u1 R,I,K; ics i8 N
national f8 R,K; highest f8 R,K; belief_mean f8 R,K; belief_sd f8 R,K; triage_bound f8 R,K; mask i8 K
credibility i8 N; group_of i8 N,L; group_share f8 N,M,L; group_factor f8 N,M,L; place i8 N; in_runs u1 L
tie_start i8 L,N; tie u4 E; tie_length u4 E; tie_offset i8 E; tie_weight i4 E; tie_share f8 N,M,L
tie_factor f8 N,M,L; tie_bound f8 N,M,L; eligible u1 N,K; member_layer i8; transfer_to i4 R,N,T
transfer_weight f8 R,N
# terms
x_awareness_push f8 R,N,K ~; x_triage_push f8 R,N,K ~; x_rollout_push f8 R,N,K ~; x_utility f8 R,N,K ~
x_risk_aversion f8 R,N,K ~; x_member_ties f8 R,N,K ~; y_awareness_push f8 R,N,K ~; y_triage_push f8 R,N,K ~
y_rollout_push f8 R,N,K ~; y_facilitated f8 R,N,K ~; ahsn i8 N; x_champion_stock f8 R,N,K ~
x_champion_effect f8 R,N,K ~; x_programme_pilot f8 R,N,K ~; x_mandate f8 R,N,K ~; x_priority f8 R,N,K ~
x_paid_load f8 R,N,K ~; x_facilitation f8 R,N,K ~; x_facilitated f8 R,N,K ~; x_pilot_limit f8 R,N,K ~
x_upfront_subsidy f8 R,N,K ~; x_placement f8 R,N,K ~; x_capacity f8 R,N,K ~; x_time_budget f8 R,N,K ~
x_fund_refill f8 R,N,K ~; x_payment_share f8 R,N,K ~; x_evidence f8 R,N,K ~; x_pilot_evidence f8 R,N,K ~
x_horizon_months f8 R,N,K ~; x_exposure f8 R,N,K ~; x_passport f8 R,N,K ~; x_absorptive f8 R,N,K ~
x_clinical_time f8 R,N,K ~; x_reconsideration f8 R,N,K ~; x_champion f8 R,N,K ~
# derived from terms
align_factor f8 R,N,K ~; burden_triage f8 R,N,K ~; burden f8 R,N,K ~; burden_factor f8 R,N,K ~; alignment f8 R,N,K ~
burden_row i8 N; x_evaluation_time f8 R,N,K ~; evaluation_months f8 K
finance f8 R,N,K ~; monitoring_withdrawn f8 R,N,K ~; x_scorecard_gap f8 R,N,K ~; rollout_factor f8 R,N,K ~
steady_factor f8 R,N,K ~; preferring u1 R,N,K ~
# screens
reach_column i8 A; reach_own f8 M,A; reach_share f8 M,A; reach_national f8 M,A
screen_awareness f8 R,A,K; screen_triage f8 R,A,K; screen_rollout f8 R,A,K; screen_leave f8 R,K; screen_lapse f8 R,K
top_awareness_push f8 R,A,K ~; top_triage_push f8 R,A,K ~; top_rollout_push f8 R,A,K ~; top_member_ties f8 R,A,K ~
top_exposure f8 R,A,K ~; top_align_factor f8 R,A,K ~; top_burden_triage f8 R,A,K ~; top_scorecard_gap f8 R,A,K ~
gap f8 R,N; top_gap f8 R,A; published f8 R,K; published_month i8; publishing i8
top_rollout_factor f8 R,A,K ~; top_burden_factor f8 R,A,K ~
utility_top f8; utility_low f8; risk_aversion_most f8 R; risk_aversion_top f8; champion_effect_top f8; transfer_top f8
# people and companies
supply i8; person_keys u8 E; person_status u1 R,E; programme_left i2 R,E; appointed i2 R,E; was_outside u1 R,E
returned u1 R,E; startup u1 R,E; founded i2 R,E; startup_cash i8 R,E; home i4 R,E; appointing u1 R,E; appoints i8
person_deals f8 R,E; raised i8 R,K
company u1 R,K; company_since i2 R,K; cash i8 R,K; revenue i8 R,K; founder i4 R,K; first_adopter u1 R,K
adopters_before i4 R,M,K; born u1 R; has_company u1 K; kind i8 K; first_spin_out i8; n_portfolio i8; benefit f8 R,K
mean_burden f8 R,N,K ~; x_company_cash f8 R,N,K ~; x_retention f8 R,N,K ~; x_programme_open f8 R,N,K ~
x_founding f8 R,N,K ~; x_fundraising f8 R,N,K ~; benefit_mean f8 K; benefit_sd f8 K; base_upfront f8 K
base_running f8 K; base_saving f8 K; cost_noise f8 K; cases f8 K; signal_noise f8; need_sigma f8
leave_per_month f8; leave_most f8; retention_in_programme f8; retention_by_time f8; abroad_share f8
return_per_month f8; return_while_open f8; return_most f8; leave_refused f8; programme_months i8; founding_per_month f8
founding_without_programme f8; founding_top f8; launch_months i8; deals_per_month f8; deal_median f8; deal_sigma f8
deals_in_programme f8; burn_pence i8; runway_months f8; margin f8; exit_per_month f8; exit_growth f8; exit_burden f8
exit_waiting f8; abroad_months i8; price_back f8; support_lost f8
# change time
slack f8 R,N; available f8 R,N; needed f8 R,N; used f8 R,N; lent f8 R,N
# sums of the month
money i8 R,F; flows i8 R,F; blocked i8 R,5; tally i8 R,3; mean_rollout f8 R,K
# the record of the run
out_innovation i4 R,T,S,K; out_group i4 R,T,S,G; out_trust i2 R,T,N; out_flows i4 R,T,F; out_money i8 R,T,F
out_monthly f8 R,T,Q
# tables
trust_keys u8 N; pilot_months f8 K; rollout_push f8 K; rollout_peer f8 K
pilot_abandonment f8 K; rollout_months f8 K; log_complexity f8 K; load f8 S,K; saving_lag i8 K; cashable_share f8 K
unit_cost f8 K; cohort u1 K; size f8 N; champion_stock f8 N; absorptive_start f8 N; feels_winter u1 N
group_columns i8 G,N; n_eligible i8 K; threshold f8 N; abandoned_activity i8 A; hazard_by_age f8 A
engagement_quantiles f8 Q; refill_pence i8 N
# overrides of decisions, as said or (0, 0)
o_awareness f8 N,K; o_triage f8 N,K; o_pilot f8 N,K; o_rollout f8 N,K; o_pilot_abandonment f8 N,K
o_abandonment f8 N,K; o_reconsideration f8 N,K; o_priority f8 N,K; o_leave f8 R,E; o_return f8 R,E; o_founding f8 R,E
o_startup_deal f8 R,E; o_exit f8 R,K; o_deal f8 R,K; o_return_price f8 R,K
# scratch
s_trust f8 5,N; s_trust_int i8 2,N; s_load f8 P; s_draw f8 P; s_innovation f8 K; s_innovation_int i8 2,K
s_screen f8 3,K; s_water f8 2,K; s_person f8 E
s_stage i8 S; s_pair i8 P
# numbers: responses and activity
response i8; deterministic i8; counting i8; hill_exponent f8; hill_theta f8; act_pilot i8; act_adopter f8
act_rollout f8
# numbers: beliefs
prior_mean f8; prior_precision f8; evidence_precision f8; peer_precision f8; peer_unit f8
exponent_limit f8; exponent_most f8; evidence_decay f8; evidence_per_pilot f8; evidence_per_use f8; recall_signal f8
recall_evidence f8; recall_per_month f8; recalled_exit f8
# numbers: T1 to T9
t1_mandate f8; t2_mandate f8; t4_mandate f8
t1_push f8; t1_peer f8; t2_push f8; t2_peer f8; t2_utility f8; t2_slack i8; t3_intercept f8; t3_utility f8
t3_finance f8; t3_peer f8; t3_alignment f8; t3_complexity f8; t3_mandate f8; t4_utility f8
t4_rate f8; t4_abandonment f8; t4_money_ended f8; t4_champion_factor f8; t4_money_ended_months i8
t5_exponent f8; t5_reference f8; t5_complete f8; t6_after i8; t7_utility f8; t7_finance f8; t7_champion f8
t7_monitoring f8; t7_champion_factor f8; t8_rate f8; t9_speed f8; t9_without_champion f8; t9_in_use f8; use_followed i8
t9_month_units f8; absorptive_decay f8; absorptive_growth f8; champion_turnover f8
# numbers: capacity and money
unlimited i8; pressure f8; winter_pressure f8; winter i8; mandate_priority f8; money_gate i8; uses_money i8
records_money i8; uses_beliefs i8; share_at_pilot f8; fund_cap_months f8; fund_carry_over_months f8; horizon f8
long_horizon f8; april i8; placing i8
"""


#: bytes of a pair's record: one cache line, so that touching a pair costs one miss
RECORD_BYTES = 64


def _parse(text: str) -> dict[str, tuple[str, int]]:
    fields = {}
    for line in text.splitlines():
        for entry in line.split("#")[0].split(";"):
            if entry.strip():
                name, dtype, *axes = entry.split()
                if "@" in axes:
                    IN_RECORD.append(name)
                if "~" in axes:
                    BROADCAST.append(name)
                if name in fields:
                    raise ValueError(f"frame field '{name}' is declared twice")
                fields[name] = (dtype, len(axes[0].split(",")) if axes else 0)
    return fields


#: fields that stand side by side in the record of a pair, in this order
IN_RECORD: list[str] = []
#: fields whose axes of length 1 stand for any length: they have a stride of 0 there
BROADCAST: list[str] = []
#: name -> (element type, number of axes); 0 axes is a number
FIELDS: dict[str, tuple[str, int]] = _parse(_TEXT)
