"""Rows of the frame: upper bounds of rates, and what they are made of (``mechanisms/screens.py``)."""

ROWS = """
# what exposure can be at most among the members of an AHSN
reach_column i8 A     | number | column of the AHSN in the group sums, -1 for none       | mechanisms/screens
reach_own f8 M,A      | 2^16   | largest factor of a member on that group sum            | mechanisms/screens
reach_share f8 M,A    | share  | largest share of exposure through layers but the AHSNs' | mechanisms/screens
reach_national f8 M,A | 1      | largest exposure through them per unit of national      | mechanisms/screens

# screens
screen_awareness f8 R,A,K | 1/month | bound of T1 but for innovativeness and mandate         | mechanisms/screens
screen_triage f8 R,A,K    | 1/month | bound of T2 but for slack and mandate                  | mechanisms/screens
screen_rollout f8 R,A,K   | 1/month | bound of T4a but for champion, time and mandate        | mechanisms/screens
screen_leave f8 R,K       | 1/month | bound of T4b but for ended money; infinite if recalled | mechanisms/screens
screen_lapse f8 R,K       | 1       | bound of the factor of U in T7                         | mechanisms/screens

# what levers add at most, by AHSN
top_awareness_push f8 R,A,K ~ | 1 | highest X^A among the members, both parts          | month/derived
top_triage_push f8 R,A,K ~    | 1 | highest X^E among the members, both parts          | month/derived
top_rollout_push f8 R,A,K ~   | 1 | highest X^R among the members, both parts          | month/derived
top_member_ties f8 R,A,K ~    | 1 | highest member_ties among the members              | month/derived
top_exposure f8 R,A,K ~       | 1 | highest exposure added by levers among the members | month/derived
top_align_factor f8 R,A,K ~   | 1 | highest align_factor among the members             | month/derived
top_burden_triage f8 R,1,K ~  | 1 | highest burden_triage of all                       | month/derived
top_scorecard_gap f8 R,A,1 ~  | 1 | highest bG among the members, over all innovations | month/derived

# the scorecard
gap f8 R,N         | share  | how far a trust is behind the rollout published         | mechanisms/scorecard_gap
top_gap f8 R,A     | share  | largest gap among the members of the AHSN               | mechanisms/scorecard_gap
published f8 R,K   | share  | mean rollout that the scorecard shows now               | mechanisms/scorecard_gap
published_month i8 | month  | month in which published was counted                    | mechanisms/scorecard_gap
publishing i8      | yes/no | there is something published, and a lever that heeds it | mechanisms/scorecard_gap

# what levers add at most, anywhere
top_rollout_factor f8 R,A,K ~ | 1       | highest rollout_factor among the members             | month/derived
top_burden_factor f8 R,1,K ~  | 1       | highest burden_factor of all                         | month/derived
utility_top f8                | benefit | most that levers add to U anywhere, at least 0       | month/derived
utility_low f8                | benefit | least that levers add to U anywhere, at most 0       | month/derived
risk_aversion_most f8 R       | 1       | highest risk aversion of a trust                     | month/workspace
risk_aversion_top f8          | 1       | highest factor of levers on risk aversion            | month/derived
champion_effect_top f8        | 1       | largest factor of a programme's champion, at least 1 | month/derived
transfer_top f8               | share   | largest share of exposure that transfer ties take    | month/workspace
"""
