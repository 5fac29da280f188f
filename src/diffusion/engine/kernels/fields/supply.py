"""Rows of the frame: people who may found companies, companies, and innovations that are born during a run."""

ROWS = """
# people
supply i8             | yes/no | people and births are followed                         | month/compiled
person_keys u8 E      | key    | key of a person in draws                               | month/compiled
person_status u1 R,E  | number | 0 in the NHS, 1 left, 2 abroad                         | mechanisms/supply/people
programme_left i2 R,E | months | time left in the programme, 0 if in none               | mechanisms/supply/people
appointed i2 R,E      | month  | month of appointment, NEVER if not                     | mechanisms/supply/people
was_outside u1 R,E    | yes/no | was outside the NHS when appointed                     | mechanisms/supply/people
returned u1 R,E       | yes/no | has returned to the NHS                                | mechanisms/supply/people
startup u1 R,E        | number | start-up: 0 none, 1 building, 2 failed, 3 launched     | mechanisms/supply/people
founded i2 R,E        | month  | month of founding, NEVER if not                        | mechanisms/supply/people
startup_cash i8 R,E   | pence  | cash of the start-up                                   | mechanisms/supply/people
home i4 R,E           | number | home trust of a person                                 | mechanisms/supply/people
profession u1 R,E     | number | place in PROFESSIONS                                   | mechanisms/supply/people
twin_status u1 R,E    | number | person_status had there been no programme              | mechanisms/supply/people
appointing u1 R,E     | yes/no | appointed by a lever this month                        | month/python_steps
appoints i8           | number | appointments by levers this month, each of many people | month/python_steps
person_deals f8 R,E   | 1      | factor of mentors on deals, outside a programme        | month/python_steps

# companies
trading i8                | yes/no  | companies trade, fail and leave                 | month/compiled
failure_per_month f8      | 1/month | rate of failing without money                   | month/compiled
bought_up f8              | share   | share of failed ones whose product goes on      | month/compiled
raised i8 R,K             | pence   | deals, prizes and contracts so far              | mechanisms/supply/companies
company u1 R,K            | number  | company: 0 none, 1 in the UK, 2 away, 3 failed  | mechanisms/supply/companies
company_since i2 R,K      | month   | month in which company became what it is        | mechanisms/supply/companies
cash i8 R,K               | pence   | cash of the company                             | mechanisms/supply/companies
revenue i8 R,K            | pence   | sales to trusts since the company's last month  | mechanisms/supply/companies
founder i4 R,K            | number  | person who founded it, -1 for none              | mechanisms/supply/births
first_adopter u1 R,K      | yes/no  | has had an adopter                              | mechanisms/supply/companies
adopters_before i4 R,12,K | number  | adopters of a year, by month modulo 12          | mechanisms/supply/companies
born u1 R                 | yes/no  | costs are new, by birth or return               | mechanisms/supply/births
has_company u1 K          | yes/no  | has a price, and so a company                   | month/compiled
kind i8 K                 | number  | kind of innovation                              | month/compiled
first_spin_out i8         | number  | first slot for what is born, else K             | month/compiled
n_portfolio i8            | number  | innovations of the portfolio, which stand first | month/compiled
benefit f8 R,K            | benefit | true benefit b                                  | month/opening_state
mean_burden f8 R,1,K ~    | 1       | mean burden over trusts                         | month/derived

# terms
x_company_cash f8 R,N,K ~   | GBP    | cash given to the company this month       | engine/terms
x_retention f8 R,N,K ~      | 1      | log-hazard of leaving the NHS taken off    | engine/terms
x_programme_open f8 R,N,K ~ | yes/no | a programme that people return for is open | engine/terms
x_founding f8 R,N,K ~       | 1      | multiplies the rate of founding            | engine/terms
x_fundraising f8 R,N,K ~    | 1      | multiplies the rate of deals               | engine/terms

# what an innovation is before it is drawn at birth
benefit_mean f8 K | benefit     | mean of true benefit                 | month/compiled
benefit_sd f8 K   | benefit     | standard deviation of true benefit   | month/compiled
base_upfront f8 K | GBP         | median of F                          | month/compiled
base_running f8 K | GBP/month   | median of c                          | month/compiled
base_saving f8 K  | GBP/month   | median of s                          | month/compiled
cost_noise f8 K   | 1           | log standard deviation of F, c and s | month/compiled
cases f8 K        | cases/month | cases a month in a trust of size 1   | month/compiled
signal_noise f8   | benefit     | noise of the signal y around b       | month/compiled
need_sigma f8     | 1           | log standard deviation of need       | month/compiled
use_log_odds f8 K | log-odds    | stated log-odds of having a use, or NaN | month/compiled
use_leaning f8 N  | log-odds    | of having a use, by size and teaching | month/compiled
use_limited i8    | yes/no      | not every trust has a use            | month/compiled
use_mean f8       | log-odds    | mean log-odds of having a use        | month/compiled
use_sd f8         | log-odds    | their standard deviation             | month/compiled
push_sd f8        | 1           | log standard deviation of push       | month/compiled
scale_up_sd f8    | 1           | log standard deviation of scale-up   | month/compiled
scale_up_correlation f8 | 1     | of faster rollout and rarer endings  | month/compiled
compliance_sd f8  | 1           | log standard deviation of compliance | month/compiled
traits_shared f8  | 1           | of the variance of these, in common to a world | month/compiled

# parameters of people
leave_per_month f8            | 1/month | l0, rate of leaving the NHS                              | month/compiled
leave_most f8                 | 1/month | bound of the rate of leaving                             | month/compiled
retention_in_programme f8     | 1       | th_prog, log-hazard of leaving taken off in a programme  | month/compiled
retention_by_time f8          | 1       | th_time, log-hazard taken off per unit of protected time | month/compiled
abroad_share f8               | share   | leavers who go abroad                                    | month/compiled
return_per_month f8           | 1/month | r0, rate of returning to the NHS                         | month/compiled
return_while_open f8          | 1       | ret, log-hazard of returning while a programme is open   | month/compiled
return_most f8                | 1/month | bound of the rate of returning                           | month/compiled
leave_refused f8              | share   | those in the NHS whose training body refuses leave       | month/compiled
programme_months i8           | months  | length of a programme                                    | month/compiled
founding_per_month f8         | 1/month | rate of founding, from a year after appointment          | month/compiled
founding_without_programme f8 | 1/month | rate of founding of those not appointed a year ago       | month/compiled
founding_top f8               | 1       | highest factor of levers on founding                     | month/derived
launch_months i8              | months  | from founding a start-up to its launch                   | month/compiled

# parameters of companies
deals_per_month f8    | 1/month     | rate of deals                                        | month/compiled
deal_median f8        | GBP         | median of a deal                                     | month/compiled
deal_sigma f8         | 1           | log standard deviation of a deal                     | month/compiled
deals_in_programme f8 | 1           | factor on deals of a founder in a programme          | month/compiled
burn_pence i8         | pence/month | spending of a company or start-up                    | month/compiled
runway_months f8      | months      | months of spending in hand at the start              | month/compiled
sales_scale f8        | 1           | sales of a company over those to trusts of this world | month/compiled
margin f8             | share       | sales to trusts that a company may spend             | month/compiled
exit_per_month f8     | 1/month     | x0, rate of leaving the UK market                    | month/compiled
exit_growth f8        | 1           | xa, log-hazard taken off per ten points of growth    | month/compiled
exit_burden f8        | 1           | xb, log-hazard per unit of burden above 1            | month/compiled
exit_waiting f8       | 1/month     | xt, log-hazard per month without any adopter         | month/compiled
abroad_months i8      | months      | until an innovation whose company left comes back    | month/compiled
price_back f8         | 1           | factor on the price of an innovation that comes back | month/compiled
support_lost f8       | 1/month     | rate of leaving an innovation whose company failed   | month/compiled
"""
