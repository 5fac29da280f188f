"""Rows of the frame: numbers that parameters give, and what the calendar and levers say of a month."""

ROWS = """
# responses and activity
response i8      | number | form of the response, see mechanisms/exposure.py | month/compiled
own_response i8  | number | address of the user's response, 0 for none       | month/workspace
response_low f8  | 1      | least that a user's response may give            | month/workspace
response_high f8 | 1      | most that a response but the linear one gives    | month/workspace
deterministic i8 | yes/no | move exactly when the response is 1              | month/compiled
counting i8      | yes/no | the response counts adopters                     | month/compiled
hill_exponent f8 | 1      | exponent of the Hill response                    | month/compiled
hill_theta f8    | 1      | theta, exposure at half response                 | month/compiled
act_pilot i8     | 2^-20  | activity of a trust in pilot                     | month/compiled
act_adopter f8   | 2^-20  | activity of an adopter before rollout            | month/compiled
act_rollout f8   | 2^-20  | activity added at full rollout                   | month/compiled

# beliefs
prior_mean f8         | benefit           | m0, prior mean of a belief                         | month/compiled
prior_precision f8    | 1/benefit^2       | 1 / s0^2, prior precision of a belief              | month/compiled
evidence_precision f8 | 1/benefit^2       | 1 / sG^2, precision of a unit of national evidence | month/compiled
peer_precision f8     | 1/benefit^2       | 1 / sP^2, precision of a month of peer use         | month/compiled
peer_unit f8          | months            | what one unit of use_months is worth this month    | month/python_steps
exponent_limit f8     | 1                 | exponents of U are clipped to plus or minus this   | month/compiled
exponent_most f8      | 1                 | bound of exp of a clipped exponent                 | month/compiled
evidence_decay f8     | 1/month           | dG, decay of national evidence                     | month/compiled
evidence_per_pilot f8 | information/month | gP, evidence from a pilot                          | month/compiled
evidence_per_use f8   | information/month | gU, evidence from a full rollout                   | month/compiled
recall_signal f8      | benefit           | what has a signal below this may be recalled       | month/compiled
recall_evidence f8    | information       | evidence G from which harm can be seen             | month/compiled
recall_per_month f8   | 1/month           | probability of a recall                            | month/compiled
recalled_exit f8      | 1/month           | rate at which users leave what is recalled         | month/compiled

# T1 to T9
t1_mandate f8            | 1/month  | mA, rate of T1 added by a mandate                      | month/compiled
t2_mandate f8            | 1/month  | mE, rate of T2 added by a mandate                      | month/compiled
t4_mandate f8            | 1/month  | mR, rate of T4a added by a mandate at full change time | month/compiled
t1_push f8               | 1/month  | pA, rate of T1 from outside push                       | month/compiled
t1_peer f8               | 1/month  | qA, rate of T1 at full exposure                        | month/compiled
t2_push f8               | 1/month  | pE, rate of T2 from outside push                       | month/compiled
t2_peer f8               | 1/month  | qE, rate of T2 at full response to peers               | month/compiled
t2_utility f8            | 1        | bU, log-hazard of T2 per unit of U                     | month/compiled
t2_slack i8              | yes/no   | slack multiplies the rate of T2                        | month/compiled
t3_intercept f8          | log-odds | a0, log-odds of T3 at U = f = g = 0                    | month/compiled
t3_utility f8            | log-odds | bU, log-odds of T3 per unit of U                       | month/compiled
t3_finance f8            | log-odds | bF, log-odds of T3 per unit of f                       | month/compiled
t3_peer f8               | log-odds | bX, log-odds of T3 at full response to peers           | month/compiled
t3_alignment f8          | log-odds | bS, log-odds of T3 per unit of alignment               | month/compiled
t3_complexity f8         | log-odds | bC, log-odds of T3 lost per unit of ln cx              | month/compiled
t3_mandate f8            | log-odds | log-odds of T3 added by a mandate                      | month/compiled
t4_utility f8            | 1        | log-hazard of T4a per unit of U, minus this in T4b     | month/compiled
t4_rate f8               | 1        | factor on the rates of T4a of all innovations          | month/compiled
t4_abandonment f8        | 1        | factor on the rates of T4b of all innovations          | month/compiled
t4_money_ended f8        | 1        | zeta, excess of T4b after programme money stopped      | month/compiled
t4_champion_factor f8    | 1        | exp(bCh), factor of T4a with a champion                | month/compiled
t4_money_ended_months i8 | months   | for how long the end of programme money is felt        | month/compiled
t5_exponent f8           | 1        | b, learning exponent                                   | month/compiled
t5_reference f8          | trusts   | adopters at which D_R holds                            | month/compiled
t5_complete f8           | share    | rollout that counts as complete                        | month/compiled
t6_after i8              | months   | complete rollout before SUSTAINED                      | month/compiled
t7_utility f8            | 1        | log-hazard of T7 lost per unit of U                    | month/compiled
t7_finance f8            | 1        | log-hazard of T7 lost per unit of f                    | month/compiled
t7_champion f8           | 1        | bCh, log-hazard of T7 lost with a champion             | month/compiled
t7_monitoring f8         | 1        | bM, log-hazard of T7 after monitoring was withdrawn    | month/compiled
t7_champion_factor f8    | 1        | exp(-bCh), factor of T7 with a champion                | month/compiled
t8_rate f8               | 1/month  | kappa, rate of T8                                      | month/compiled
t9_speed f8              | 1/month  | 1 / tau_u, at most 1                                   | month/compiled
t9_without_champion f8   | 1        | factor on target use without a champion                | month/compiled
t9_in_use f8             | share    | use from which an innovation counts as in use          | month/compiled
use_followed i8          | yes/no   | use is followed, else it stays 0                       | month/compiled
t9_month_units f8        | 2^-20    | what a month of full use counts for in use_months      | month/python_steps
absorptive_decay f8      | 1/month  | return of absorptive capacity to its start             | month/compiled
absorptive_growth f8     | 1        | absorptive capacity gained per own adoption            | month/compiled
champion_turnover f8     | 1/month  | rate at which champions leave                          | month/compiled

# capacity and money
unlimited i8              | yes/no | every load is met in full                                 | month/compiled
pressure f8               | share  | change time lost to pressure                              | month/compiled
winter_pressure f8        | share  | change time lost to pressure, added in winter             | month/compiled
winter i8                 | yes/no | it is December to March                                   | month/python_steps
mandate_priority f8       | 1      | least priority of mandated work for change time           | month/compiled
money_gate i8             | yes/no | no start while the fund is below the upfront cost         | month/compiled
uses_money i8             | yes/no | an innovation has a cost, a saving or a unit cost         | month/compiled
records_money i8          | yes/no | payments are recorded: money is used, or there are levers | month/compiled
uses_beliefs i8           | yes/no | beliefs matter to a decision                              | month/compiled
share_at_pilot f8         | share  | upfront cost due at the start of a pilot                  | month/compiled
fund_cap_months f8        | months | the fund holds at most so many months' refill             | month/compiled
fund_carry_over_months f8 | months | the fund keeps so many months' refill on 1 April          | month/compiled
horizon f8                | months | H, horizon over which a trust counts cash                 | month/compiled
long_horizon f8           | months | horizon from which the fund is carried over in full       | month/compiled
april i8                  | yes/no | it is April                                               | month/python_steps
placing i8                | yes/no | a lever places pairs in PILOT this month                  | month/derived
enrolling i8              | yes/no | a programme has enrolled pairs                            | month/derived
"""
