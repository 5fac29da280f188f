"""Rows of the frame: the block, the state of pairs, trusts and innovations, running counts, lists and moves."""

ROWS = """
# the block
seed u8         | key    | seed of the run, part of the key of every draw                     | month/opening_state
month i8        | month  | month under way, 0 in the opening state                            | month/python_steps
replicates i8 R | number | numbers of the block's replicates, part of the keys of their draws | month/opening_state
first i8        | number | first replicate (row of the block) that kernels work on now        | engine/tiles
last i8         | number | row after the last replicate that kernels work on now              | engine/tiles

# state of pairs
stage u1 R,N,K           | number      | stage, see engine/stages.py                          | mechanisms/moves
since i2 R,N,K @         | month       | month of entering the stage                          | mechanisms/moves
rollout_since i2 R,N,K @ | month       | month of entering ROLLOUT, NEVER if no adopter       | mechanisms/moves
full_since i2 R,N,K @    | month       | month in which rollout was complete, NEVER if not    | mechanisms/rollout
work f8 R,N,K @          | 1           | work done in EVALUATING, at 1 the trust decides      | mechanisms/evaluation
rollout f8 R,N,K @       | share       | rollout share r inside the trust                     | mechanisms/rollout
use f8 R,N,K @           | share       | intensity of use u                                   | mechanisms/use
champion u1 R,N,K @      | yes/no      | has a champion                                       | mechanisms/moves
waiting u1 R,N,K @       | number      | why an accepted pilot waits: 0 not, 1 money, 2 limit | mechanisms/start_gate
programme u1 R,N,K @     | yes/no      | a programme pays for the pilot                       | mechanisms/moves
money_ended i2 R,N,K @   | month       | month in which programme money stopped, NEVER if not | mechanisms/pilot
ever u1 R,N,K @          | yes/no      | has been an adopter                                  | mechanisms/moves
engagement f8 R,N,K @    | share       | engagement, drawn on entering ROLLOUT                | mechanisms/moves
granted f8 R,N,K @       | share       | phi, share of the time needed that is granted        | mechanisms/capacity
begun u1 R,N,K @         | yes/no      | has been in PILOT or beyond                          | mechanisms/moves
need f8 R,N,K @          | cases/month | cases at full rollout, drawn once                    | month/opening_state
no_use u1 R,N,K @ | yes/no | eligible, but has no use for it, drawn once | mechanisms/variety/relevance
use_months i4 R,K,N      | 2^-20       | months of use, discounted, in the order of place     | mechanisms/use

# state of trusts and innovations
fund i8 R,N            | pence       | innovation fund A                                  | mechanisms/finance
absorptive f8 R,N      | 1           | absorptive capacity acap, without what levers add  | mechanisms/use
evidence f8 R,K        | information | national evidence G                                | mechanisms/beliefs
recalled u1 R,K        | number      | 1 recalled for harm; its company: 2 away, 3 failed | mechanisms/beliefs
n_with_use i8 R,K      | number      | trusts that have a use for it                      | mechanisms/variety/relevance
live i8 R,K            | month       | month from whose end on it is live                 | mechanisms/supply/births
innovation_keys u8 R,K | key         | key in draws; of what is born, from its founder    | month/opening_state

# drawn once per replicate, or when something is born
awareness_factor f8 R,N | 1         | exp(.4 innovativeness), factor of T1                   | month/opening_state
risk_aversion f8 R,N    | 1         | risk aversion rho; 0 where beliefs are not used        | month/opening_state
capacity_wte f8 R,N     | WTE       | change time before pressure and levers; 0 if unlimited | month/opening_state
signal f8 R,K           | benefit   | signal y of national evidence                          | month/opening_state
upfront_cost f8 R,K     | GBP       | F, upfront cost per size unit                          | month/opening_state
running_cost f8 R,K     | GBP/month | c, running cost per size unit at full rollout          | month/opening_state
saving f8 R,K           | GBP/month | s, saving per size unit at full rollout                | month/opening_state
push f8 R,K | 1 | factor of the innovation on the push of T1 and T2 | mechanisms/variety/heterogeneity
scale_up f8 R,K | 1 | factor of the innovation on the rollout rates of T4a | mechanisms/variety/heterogeneity
ending f8 R,K | 1 | factor of the innovation on mu_P of T4b | mechanisms/variety/heterogeneity
compliance f8 R,K | 1 | factor of the innovation on what a mandate adds | mechanisms/variety/heterogeneity

# running counts
by_innovation i4 R,S,K   | number | trusts in each stage                                           | mechanisms/moves
by_group i4 R,S,G        | number | pairs of the portfolio in each stage                           | mechanisms/moves
adopters_by_trust i4 R,N | number | innovations of the portfolio in ROLLOUT or SUSTAINED           | mechanisms/moves
using_by_trust i4 R,N    | number | innovations in PILOT, ROLLOUT or SUSTAINED                     | mechanisms/moves
cohort_by_trust i4 R,N   | number | innovations of the first cohort in PILOT, ROLLOUT or SUSTAINED | mechanisms/moves
pilots_by_trust i4 R,N   | number | innovations in PILOT                                           | mechanisms/moves
trials i8 R,2,K | number | pilots that went on to rollout, and pilots that ended | mechanisms/moves
totals i8 R,5            | number | trusts using any, the cohort; pairs ever adopters; need begun  | mechanisms/moves
so_far i8 R,11 | various | sums since the run began, see the module that owns it | mechanisms/supply/so_far

# this month's lists and moves
listed u4 R,P      | pair   | live pairs by stage, those of a stage in the order of trusts     | mechanisms/moves
bounds i8 R,S+1    | number | pairs of stage s stand in listed from bounds[s] to bounds[s + 1] | mechanisms/moves
candidates u4 R,P  | pair   | pairs that would start a pilot or a rollout                      | mechanisms/moves
n_candidates i8 R  | number | how many candidates there are                                    | mechanisms/moves
moves u4 R,P       | pair   | pairs that move at the end of the month                          | mechanisms/moves
move_to u1 R,P     | number | stage to which each of moves goes                                | mechanisms/moves
move_reason u1 R,P | number | what each of moves is called, a place in FLOW_NAMES              | mechanisms/moves
n_moves i8 R       | number | how many moves are noted                                         | mechanisms/moves
moved u1 R         | yes/no | something moved since the lists were made                        | mechanisms/moves
"""
