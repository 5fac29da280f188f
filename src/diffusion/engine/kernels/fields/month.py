"""Rows of the frame: change time, sums and record of the month, tables, overrides of decisions, and scratch."""

ROWS = """
# change time
slack f8 R,N     | share | change time that no load needs                          | mechanisms/capacity
available f8 R,N | WTE   | change time C of the month                              | mechanisms/capacity
needed f8 R,N    | WTE   | load on the trust's own change time, without lent staff | mechanisms/capacity
used f8 R,N      | WTE   | own change time used                                    | mechanisms/capacity
lent f8 R,N      | WTE   | time of lent staff used                                 | mechanisms/capacity

# sums of the month
money i8 R,F        | pence   | payments by kind, see engine/ledger.py                       | month/python_steps
flows i8 R,O        | number  | moves by what they are called                                | mechanisms/moves
blocked i8 R,5      | number  | pairs held up by money, limit, time, burden, missing support | mechanisms/held_up
tally i8 R,3        | various | sum of use in 2^-20, patients in 2^-10, pairs in use         | mechanisms/use
mean_rollout f8 R,K | share   | mean of rollout over eligible trusts                         | mechanisms/beliefs

# what went wrong
response_fault f8 R,6 | various | told, trust, innovation, exposure, parameter, response | mechanisms/exposure

# the record of the run
out_innovation i4 R,T,S,K | number  | by_innovation at the end of each month        | month/recorder
out_group i4 R,T,S,G      | number  | by_group at the end of each month             | month/recorder
out_trust i2 R,T,N        | number  | adopters_by_trust at the end of each month    | month/recorder
out_flows i4 R,T,O        | number  | flows of each month                           | month/recorder
out_money i8 R,T,F        | pence   | money of each month                           | month/recorder
out_by_trust i8 W,N,F      | pence   | payments of the run by trust                  | month/recorder
out_monthly f8 R,T,Q      | various | measures of each month, see month/measures.py | month/recorder

# tables
trust_keys u8 N           | key         | key of a trust in draws                                | month/compiled
direct u1 K               | yes/no      | goes into use without a pilot                          | month/compiled
early_log_odds f8 K       | log-odds    | of early use, minus infinity for none                  | month/compiled
early_leaning f8 N        | log-odds    | of early use, by size and teaching                     | month/compiled
pilot_site u1 R,N,K ~     | yes/no      | goes into PILOT in the first month in which it is live | month/compiled
has_pilot_sites u1 K      | yes/no      | has such trusts                                        | month/compiled
pilot_months f8 K         | months      | D_P, length of a pilot before it may be rolled out     | month/compiled
rollout_push f8 K         | 1/month     | p4, rate of T4a from outside push                      | month/compiled
rollout_peer f8 K         | 1/month     | q4, rate of T4a at full response to peers              | month/compiled
pilot_abandonment f8 K    | 1/month     | mu_P, rate of T4b                                      | month/compiled
abandonment_factor f8 K   | 1           | of the innovation, on the rate of T7                   | month/compiled
rollout_months f8 K       | months      | D_R cx, length of a rollout                            | month/compiled
log_complexity f8 K       | 1           | ln cx                                                  | month/compiled
load f8 S,K               | WTE         | change time that a pair takes, by stage                | month/compiled
saving_lag i8 K           | months      | from rollout to the first saving                       | month/compiled
cashable_share f8 K       | share       | psi, savings that the trust keeps                      | month/compiled
unit_cost f8 K            | GBP         | cost of a case, of which a payment is a share          | month/compiled
cohort u1 K               | yes/no      | innovation of the first cohort                         | month/compiled
size f8 N                 | 1           | size: staff over that of the median trust              | month/compiled
champion_stock f8 N       | 1           | h, expected champions per innovation                   | month/compiled
absorptive_start f8 N     | 1           | absorptive capacity at the start, to which it returns  | month/compiled
feels_winter u1 N         | yes/no      | has winter pressure: acute and ambulance trusts        | month/compiled
group_columns i8 3,N      | number      | columns of AHSN, ICS and sector in by_group            | month/compiled
n_eligible i8 K           | number      | eligible trusts                                        | month/compiled
threshold f8 N            | various     | personal threshold: exposure, or adopters if counting  | month/compiled
abandoned_activity i8 Y   | 2^-20       | activity by months since abandoning                    | month/compiled
hazard_by_age f8 Z        | 1/month     | baseline hazard of T7 by months since entering ROLLOUT | month/compiled
engagement_quantiles f8 U | share       | quantiles of engagement at equal steps                 | month/compiled
refill_pence i8 N         | pence/month | ordinary refill of the innovation fund                 | month/compiled

# overrides of decisions: NaN where there is none, and 0,0 where nobody is asked
o_awareness f8 N,K         | 1/month     | rate of T1                             | month/decisions
o_triage f8 N,K            | 1/month     | rate of T2                             | month/decisions
o_pilot f8 N,K             | probability | probability of T3                      | month/decisions
o_rollout f8 N,K           | 1/month     | rate of T4a                            | month/decisions
o_pilot_abandonment f8 N,K | 1/month     | rate of T4b                            | month/decisions
o_abandonment f8 N,K       | 1/month     | rate of T7                             | month/decisions
o_reconsideration f8 N,K   | 1/month     | rate of T8                             | month/decisions
o_priority f8 N,K          | 1           | priority for change time               | month/decisions
o_leave f8 R,E             | 1/month     | rate of leaving the NHS                | month/decisions
o_return f8 R,E            | 1/month     | rate of returning to the NHS           | month/decisions
o_founding f8 R,E          | 1/month     | rate of founding                       | month/decisions
o_startup_deal f8 R,E      | 1/month     | rate of deals before launch            | month/decisions
o_exit f8 R,K              | 1/month     | rate of leaving the UK market          | month/decisions
o_deal f8 R,K              | 1/month     | rate of deals of a company             | month/decisions
o_return_price f8 R,K      | 1           | factor on the price of what comes back | month/decisions

# scratch: holds nothing from one kernel to the next
s_trust f8 5,N          | various | loads and shares of time of each trust                            | month/workspace
s_trust_int i8 2,N      | number  | whether all priorities are 1; first candidate of each trust       | month/workspace
s_load f8 P             | yes/no  | lent staff may work on the pair, in the order of listed           | month/workspace
s_draw f8 P             | 1       | draws of the pairs that a screen let through                      | month/workspace
s_innovation f8 K       | 1/month | speed of rollout                                                  | month/workspace
s_innovation_int i8 2,K | various | numbers of innovations; sums of rollout and of pilots in 2^-20    | month/workspace
s_screen f8 3,K         | 1       | what the screens of T1, T2 and T4a begin with, below 0 for nobody | month/workspace
s_water f8 2,K          | various | loads (WTE) and priorities of one trust                           | month/workspace
s_person f8 E           | 1       | draws of people                                                   | month/workspace
s_stage i8 S            | number  | place reached in each stage's list                                | month/workspace
s_pair i8 P             | number  | pairs that a screen let through; next candidate of the trust      | month/workspace
"""
