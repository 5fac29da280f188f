"""Rows of the frame: what trusts see of each other, and the network through which they see it."""

ROWS = """
# what users show, and its sums
activity i4 R,K,N       | 2^-20   | activity that peers see; trusts in the order of place    | mechanisms/exposure
group_activity i8 R,K,C | 2^-36   | sums of credibility times activity over the members      | mechanisms/exposure
group_use i8 R,K,C      | 2^-36   | sums of credibility times use_months over the members    | mechanisms/use
adopting i4 R,K,N       | yes/no  | adopts, in the order of place; 1,1,1 unless counting     | mechanisms/exposure
group_adopting i8 R,K,C | number  | adopters among the members; 1,1,1 unless counting        | mechanisms/exposure
evaluated u1 R,I,K      | yes/no  | a trust of the ICS has finished an evaluation            | mechanisms/moves
ics i8 N                | number  | ICS of a trust                                           | month/workspace
national f8 R,K         | 2^-20   | sum of the activity of all trusts, where above 0         | mechanisms/exposure
highest f8 R,K          | 2^-20   | highest activity that a trust can have this month        | mechanisms/exposure
belief_mean f8 R,K      | benefit | mean of the belief on national evidence alone            | mechanisms/beliefs
belief_sd f8 R,K        | benefit | standard deviation of the belief on national evidence    | mechanisms/beliefs
triage_bound f8 R,K     | 1       | largest factor exp(bU U) of T2, where no lever adds to U | mechanisms/beliefs

# the network
mask i8 K             | number | eligibility mask of an innovation                          | mechanisms/network/net
credibility i8 N      | 2^-16  | credibility of a trust to its peers                        | mechanisms/network/net
group_of i8 N,L       | number | column of the trust's group in the group sums, -1 for none | mechanisms/network/net
group_share f8 N,M,L  | share  | omega of the layer after sharing out                       | mechanisms/network/net
group_total f8 N,M,L  | 2^-16  | credibility of the other members, 1 if there are none      | mechanisms/network/net
place i8 N            | number | where a trust stands in activity and use, along a curve    | mechanisms/network/net
in_runs u1 D          | yes/no | the layer is kept in runs of neighbours, else tie by tie   | mechanisms/network/net
tie_start i8 D,N+1    | number | where the ties (or runs) of a trust stand                  | mechanisms/network/net
tie u4 V              | number | place of the tie, or first place of the run                | mechanisms/network/net
tie_length u4 V       | number | places in the run, 1 for a tie                             | mechanisms/network/net
tie_offset i8 V       | number | where the weights of the run stand                         | mechanisms/network/net
tie_weight i4 X       | number | weight times credibility in units of the row, 0 in gaps    | mechanisms/network/net
tie_share f8 N,M,D    | share  | omega of the layer after sharing out                       | mechanisms/network/net
tie_total f8 N,M,D    | number | sum of the weights in the same units, 1 if there are none  | mechanisms/network/net
tie_bound f8 N,M,D    | 1      | omega times the largest weight over the sum of the weights | mechanisms/network/net
eligible u1 N,K       | yes/no | the trust can use the innovation                           | mechanisms/network/net
member_layer i8       | number | group layer of the AHSNs, -1 for none                      | mechanisms/network/net

# transfer ties of levers: the axes R and N may be 1
transfer_to i4 R,N,H   | number | trusts looked to by transfer ties, -1 for none | month/workspace
transfer_weight f8 R,N | share  | share of exposure that transfer ties take      | month/workspace
"""
