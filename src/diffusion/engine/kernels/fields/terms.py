"""Rows of the frame: terms that levers write, and what is derived from them.

``x_NAME`` is the term NAME of ``engine/term_specs.py``. A term that may be written by AHSN has two parts: ``x_NAME`` by
AHSN and ``y_NAME`` by trust.
"""

ROWS = """
# pushes, beliefs, pilots
x_awareness_push f8 R,A,K ~  | 1       | X^A, multiplies the push rate of T1, by AHSN                | engine/terms
x_triage_push f8 R,A,K ~     | 1       | X^E, multiplies the push rate of T2, by AHSN                | engine/terms
x_rollout_push f8 R,A,K ~    | 1       | X^R, multiplies the push rate of T4a, by AHSN               | engine/terms
x_utility f8 R,N,K ~         | benefit | added to the utility U                                      | engine/terms
x_risk_aversion f8 R,N,K ~   | 1       | multiplies the risk aversion of trusts                      | engine/terms
x_member_ties f8 R,N,K ~     | 1       | exposure added from members of the same AHSN                | engine/terms
y_awareness_push f8 R,N,K ~  | 1       | X^A by trust, added to that by AHSN                         | engine/terms
y_triage_push f8 R,N,K ~     | 1       | X^E by trust, added to that by AHSN                         | engine/terms
y_rollout_push f8 R,N,K ~    | 1       | X^R by trust, added to that by AHSN                         | engine/terms
y_facilitated f8 R,N,K ~     | yes/no  | lent staff may work on it, by trust                         | engine/terms
ahsn i8 N                    | number  | AHSN of a trust                                             | month/compiled
x_champion_stock f8 R,N,K ~  | 1       | added to the champion stock h                               | engine/terms
x_champion_effect f8 R,N,K ~ | 1       | log-hazard added with a programme's champion in T3, T4a, T7 | engine/terms
x_programme_pilot f8 R,N,K ~ | yes/no  | a programme pays for the pilot                              | engine/terms
x_mandate f8 R,N,K ~         | yes/no  | funding mandate                                             | engine/terms
x_priority f8 R,N,K ~        | 1       | priority for change time                                    | engine/terms
x_paid_load f8 R,N,K ~       | share   | share of a pilot's load that a programme pays for           | engine/terms
x_facilitation f8 R,N,K ~    | WTE     | staff lent to a trust                                       | engine/terms
x_facilitated f8 R,A,K ~     | yes/no  | lent staff may work on it, by AHSN                          | engine/terms
x_pilot_limit f8 R,N,K ~     | pilots  | limit on concurrent pilots of a trust                       | engine/terms

# time, money, evidence
x_upfront_subsidy f8 R,N,K ~ | share             | share of the upfront cost paid for the trust       | engine/terms
x_upfront_price f8 R,N,K ~   | 1                 | multiplies the upfront cost F                      | engine/terms
x_running_price f8 R,N,K ~   | 1                 | multiplies the running cost c                      | engine/terms
x_running_subsidy f8 R,N,K ~ | share             | share of the running cost paid for the trust       | engine/terms
x_no_pilot f8 R,N,K ~        | yes/no            | a finished evaluation leads to use without a pilot  | engine/terms
x_enrolled f8 R,N,K ~        | yes/no            | enrolled in a national programme                    | engine/terms
x_placement f8 R,N,K ~       | yes/no            | placed in PILOT this month                         | engine/terms
x_capacity f8 R,N,K ~        | 1                 | multiplies change time C                           | engine/terms
x_pressure f8 R,N,K ~        | share             | added to the share of change time lost              | engine/terms
x_time_budget f8 R,N,K ~     | share             | protected time, as a share of C                    | engine/terms
x_fund_refill f8 R,N,K ~     | 1                 | multiplies the refill of the innovation fund       | engine/terms
x_payment_share f8 R,N,K ~   | 1                 | payment per case as a share of the unit cost       | engine/terms
x_commissioned_share f8 R,N,K ~ | 1              | commissioners bear it per case, share of unit cost | engine/terms
x_evidence f8 R,N,K ~        | information/month | evidence added to G                                | engine/terms
x_pilot_evidence f8 R,N,K ~  | information/month | evidence from a pilot, where above the ordinary    | engine/terms
x_horizon_months f8 R,N,K ~  | months            | finance horizon, where longer than the trust's own | engine/terms
x_exposure f8 R,N,K ~        | 1                 | added to exposure x: ties for one innovation only  | engine/terms
x_passport f8 R,N,K ~        | share             | work credited if a trust of the ICS has evaluated  | engine/terms
x_work_credit f8 R,N,K ~     | share             | work credited whoever has evaluated before         | engine/terms
x_joined_board f8 R,N,K ~    | number            | boards of one number count as one; -1 is none      | engine/terms
x_absorptive f8 R,N,K ~      | 1                 | added to absorptive capacity                       | engine/terms
x_clinical_time f8 R,N,K ~   | WTE               | change time taken out of a trust                   | engine/terms
x_reconsideration f8 R,N,K ~ | 1/month           | added to the rate of T8                            | engine/terms
x_champion f8 R,N,K ~        | yes/no            | a programme brings a champion where there is none  | engine/terms

# derived from terms
align_factor f8 R,N,K ~         | 1      | exp(bS align), factor of T2                     | month/derived
burden_triage f8 R,B,K ~        | 1      | B^-.5, factor of T2, by burden_row              | month/derived
burden f8 R,B,K ~               | 1      | burden B, by burden_row                         | month/derived
burden_factor f8 R,B,K ~        | 1      | B^-.5, factor of T4a, by burden_row             | month/derived
alignment f8 R,N,K ~            | 1      | strategic alignment, -1 to 1                    | month/derived
burden_row i8 N                 | number | row of a trust in the arrays of burden          | month/derived
x_evaluation_time f8 R,N,K ~    | 1      | multiplies the evaluation time D_E              | engine/terms
evaluation_months f8 K          | months | D_E, evaluation time                            | month/compiled
finance f8 R,N,K ~              | 1      | finance ratio f, -2 to 2                        | month/derived
monitoring_withdrawn f8 R,N,K ~ | yes/no | use was monitored and is no longer              | month/derived
x_scorecard_gap f8 R,N,K ~      | 1      | bG, log-hazard of T2 per unit of gap            | engine/terms
rollout_factor f8 R,N,K ~       | 1      | exp(bF f), factor of T4a                        | month/derived
steady_factor f8 R,N,K ~        | 1      | exp(-.5 f), factor of T7                        | month/derived
preferring u1 R,N,1 ~           | yes/no | a pair of the trust has a priority other than 1 | month/derived
"""
