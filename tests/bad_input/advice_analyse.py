"""Mistakes in tables of observed adoption, with the advice that they provoke (see ``advice_cases.py``)."""

from __future__ import annotations

from advice_cases import Case

RUN = "analyse o.csv --draws 99 --out new"
NUMBERS = "code,time\n" + "".join(f"A{i},{i % 6 + 1}\n" for i in range(12))
MONTHS = "code,time\n" + "".join(f"A{i},2019-{i % 6 + 1:02d}\n" for i in range(12))
QUARTERS = "code,time\n" + "".join(f"A{i},Q{i % 4 + 1} 2019\n" for i in range(12))
YEARS = "code,time\n" + "".join(f"A{i},{2012 + i % 6}/{13 + i % 6}\n" for i in range(12))
LONG = "code,time,quantity\n" + "".join(f"A{i},2019-{m:02d},{int(m > i)}\n" for i in range(9) for m in range(1, 9))
TIES = "source,target\nA1,A2\nA2,A3\nA3,A4\n"


def table(name: str, text: str, says: str, old: str, new: str, words: str = RUN, **more: object) -> Case:
    """A mistake in a table, which following the message mends."""
    more.setdefault("told", new)
    return Case(name, {"o.csv": text}, words, says, old, new, **more)  # type: ignore[arg-type]


CASES: list[Case] = [
    table("a week", MONTHS + "B,2019-W10\n", "write the month", "2019-W10", "2019-03"),
    table("a quarter of a financial year", QUARTERS + "B,Q3 2019/20\n", "write the quarter", "Q3 2019/20", "Q4 2019"),
    table("a day among months", MONTHS + "B,2019-05-04\n", "write it as 2019-05", "2019-05-04", "2019-05"),
    table("a month among quarters", QUARTERS + "B,2019-05\n", "write its quarter", "2019-05", "Q2 2019"),
    table("a month among financial years", YEARS + "B,2013-02-01\n", "write its financial year", "2013-02-01",
          "2012/13"),
    table("a month among years", NUMBERS.replace(",", ",201").replace("201time", "time") + "B,2013-05-01\n",
          "write its year", "2013-05-01", "2013"),
    table("a month among numbers", NUMBERS + "B,2019-05\n", "write all periods as whole numbers", "2019-05", "5",
          told="whole numbers"),
    table("a year among quarters", QUARTERS + "B,2019\n", "is written", "B,2019\n", "B,Q1 2019\n", told="Q1 2019"),
    table("a year among numbers", NUMBERS + "B,2019\n", "number all periods from 1", "2019", "6",
          told="number all periods"),
    table("two orders of days", "code,time\n" + "".join(f"A{i},0{i % 6 + 1}/07/2019\n" for i in range(12)),
          "--periods-are day-first", "--draws", "--periods-are month-first --draws", told="--periods-are month-first"),
    table("a form that does not fit", NUMBERS, "leave --periods-are out", " --periods-are months", "",
          words="analyse o.csv --periods-are months --draws 99 --out new", told="leave --periods-are out"),
    table("a form misspelt", NUMBERS, "did you mean 'numbers'?", "numbrs", "numbers",
          words="analyse o.csv --periods-are numbrs --draws 99 --out new"),
    table("an option with two orders", MONTHS, "write 2019-12 or 2019-11", "11/12/2019", "2019-12",
          words="analyse o.csv --until 11/12/2019 --draws 99 --out new"),
    table("an option in another form", MONTHS, "write the month", "2019-W50", "2019-12",
          words="analyse o.csv --until 2019-W50 --draws 99 --out new"),
    table("a quantity twice", LONG + "A1,2019-03,2\n", "--aggregate to add them up", "--draws", "--aggregate --draws",
          told="--aggregate"),
    table("a share of nothing", LONG, "leave --least-share out", " --least-share 0.1", "",
          words="analyse o.csv --least-share 0.1 --draws 99 --out new", told="leave --least-share out"),
    table("a rule for times", NUMBERS, "leave the rule of first use out", " --running 2", "",
          words="analyse o.csv --running 2 --draws 99 --out new", told="leave the rule"),
    table("too few periods of quantities", "code,time,quantity\n" + "".join(f"A{i},3,{i % 2}\n" for i in range(9)),
          "or give --launch", "--draws", "--launch 3 --draws", told="--launch"),
    table("years of quantities mistyped", LONG + "A1,9019-03,2\n", "check the years", "9019", "2019",
          words="analyse o.csv --aggregate --draws 99 --out new", told="check the years"),
    table("a map misspelt", NUMBERS, "did you mean 'england'?", "englnd", "england",
          words="analyse o.csv --merged englnd --draws 99 --out new"),
    table("codes in another column", NUMBERS.replace("code,time", "id,when"), "--code id", "--draws",
          "--code id --adopted when --draws", told="--code id"),
    table("names without codes", "name,time\n" + "".join(f"Manchester University,{i}\n" for i in (3,)),
          "--names-for-review", then="analyse o.csv --names-for-review names.csv", old="", new="",
          told="--names-for-review names.csv"),
    Case("a name not accepted",
         {"o.csv": "name,time\n" + "".join(f"N{i},{i % 6 + 1}\n" for i in range(12)),
          "names.csv": "name,code,accept\n" + "".join(f"N{i},R{i},yes\n" for i in range(11)) + "N11,R11,\n"},
         "analyse o.csv --names names.csv --draws 99 --out new", "write yes behind its code", "R11,\n", "R11,yes\n",
         told="write yes"),
    Case("two codes accepted",
         {"o.csv": "name,time\n" + "".join(f"N{i},{i % 6 + 1}\n" for i in range(12)),
          "names.csv": "name,code,accept\n" + "".join(f"N{i},R{i},yes\n" for i in range(12)) + "N11,R12,yes\n"},
         "analyse o.csv --names names.csv --draws 99 --out new", "write no at one of them", "R12,yes", "R12,no",
         told="write no"),
    Case("a tie given twice to analyse", {"o.csv": NUMBERS, "t.csv": TIES + "A1,A2\n"},
         "analyse o.csv --ties t.csv --draws 99 --out new", "give --drop", "--draws", "--drop --draws",
         told="--drop"),
    Case("a tie of one with itself to analyse", {"o.csv": NUMBERS, "t.csv": TIES + "A1,A1\n"},
         "analyse o.csv --ties t.csv --draws 99 --out new", "or give --drop", "--draws", "--drop --draws",
         told="--drop"),
    Case("very many faults", {"o.csv": "code,time\n" + "".join(f"A{i},soon\n" for i in range(30)) + "".join(
             f"B{i} x,2\n" for i in range(30))},
         RUN, "mend the first ones, then run it again", "soon", "2", more=((" x,2", ",3"),), told="mend the first"),
]  # fmt: skip
