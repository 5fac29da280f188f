"""Mistakes about trusts that merge, close or open, with the advice that they provoke (see ``advice_cases.py``)."""

from __future__ import annotations

from advice_cases import OWN, RUN, TRUSTS, Case

HEAD = "code,kind,date,into\n"
WITH = OWN + "  changes: changes.csv\n"
CHECK = "scenarios validate a.yaml"


def changes(name: str, rows: str, says: str, old: str, new: str, told: str = "") -> Case:
    """A mistake in a table of changes, which following the message mends."""
    return Case(
        name, {"a.yaml": WITH, "trusts.csv": TRUSTS, "changes.csv": HEAD + rows}, CHECK, says, old, new, told=told
    )


CASES: list[Case] = [
    changes("no date", "T0,merged,2016/04,T1\n", "for example 2019-10-01", "2016/04", "2019-10-01"),
    changes("no such trust merges", "9999,merged,2016-04,T1\n", "from T0 to T3", "9999", "T0", told="from T0"),
    changes("merged into none", "T0,merged,2016-04,\n", "or write closed", "merged", "closed", told="closed"),
    changes("closed into one", "T0,closed,2016-04,T1\n", "write merged, or leave into blank", "closed", "merged"),
    changes(
        "a trust that opens twice",
        "T0,opened,2016-04,\nT0,opened,2016-06,\n",
        "leave out one of the two rows",
        "T0,opened,2016-06,\n",
        "",
        told="leave out",
    ),
    changes(
        "a trust that closes twice",
        "T0,merged,2016-04,T1\nT0,merged,2016-06,T2\n",
        "leave out one of the two rows",
        "T0,merged,2016-06,T2\n",
        "",
        told="leave out",
    ),
    changes(
        "a trust that closes before it opens",
        "T0,closed,2016-04,\nT0,opened,2016-06,\n",
        "a month after 2016-06",
        "2016-04",
        "2016-07",
        told="after 2016-06",
    ),
    changes("merged into no trust", "T0,merged,2016-04,9999\n", "from T0 to T3", "9999", "T1", told="from T0"),
    changes(
        "merged into one that has closed",
        "T0,merged,2016-04,T1\nT2,merged,2016-06,T0\n",
        "name the trust that carries on",
        "2016-06,T0",
        "2016-06,T1",
        told="carries on",
    ),
    changes(
        "merged in a circle",
        "T0,merged,2016-04,T1\nT1,merged,2016-04,T0\n",
        "leave out the row in which 'T0' is merged",
        "T0,merged,2016-04,T1\n",
        "",
        told="leave out",
    ),
    *(
        changes(
            f"a new trust that closes as it is made, {first}",
            f"T0,merged,2016-04,{first}\nT1,merged,2016-04,{first}\n{first},merged,2016-04,{last}\n"
            f"T2,merged,2016-04,{last}\n",
            f"say of each trust that is merged into {first} what becomes of it",
            f"T0,merged,2016-04,{first}\nT1,merged,2016-04,{first}\n{first},merged,2016-04,{last}\n",
            f"T0,merged,2016-04,{last}\nT1,merged,2016-04,{last}\n",
            told="leave out",
        )
        for first, last in (("ZNEW", "ANEW"), ("ANEW", "ZNEW"))
    ),
    changes(
        "all trusts close",
        "".join(f"T{n},closed,2016-04,\n" for n in range(4)),
        "leave out the row of one of them",
        "T0,closed,2016-04,\n",
        "",
        told="leave out",
    ),
    changes(
        "no trust is there before",
        "".join(f"T{n},opened,2016-04,\n" for n in range(4)),
        "leave out the row of one of them",
        "T0,opened,2016-04,\n",
        "",
        told="leave out",
    ),
    Case(
        "changes of trusts that have none",
        {"a.yaml": OWN + "  changes: packaged\n", "trusts.csv": TRUSTS},
        CHECK,
        "leave world.changes out, or name a table of your own",
        "  changes: packaged\n",
        "",
        told="leave world.changes out",
    ),
    Case(
        "a region with a part of a trust",
        {
            "a.yaml": WITH + "  region: [T0, T2]\n",
            "trusts.csv": TRUSTS,
            "changes.csv": HEAD + "T0,merged,2016-04,T1\n",
        },
        CHECK,
        "or leave world.changes out",
        "  changes: changes.csv\n",
        "",
        told="leave world.changes out",
    ),
    Case(
        "a region whose trusts all close",
        {
            "a.yaml": WITH + "  region: [T0]\n",
            "trusts.csv": TRUSTS,
            "changes.csv": HEAD + "T0,closed,2015-09,\n",
        },
        CHECK,
        "take more trusts into world.region",
        "[T0]",
        "[T0, T2]",
        told="more trusts",
    ),
    Case(
        "options with and without mergers",
        {
            "a.yaml": WITH,
            "b.yaml": OWN.replace("title: x", "title: y\nparameters: {capacity: {wte_per_size: 1}}"),
            "trusts.csv": TRUSTS,
            "changes.csv": HEAD + "T0,merged,2015-09,T1\n",
        },
        f"compare a.yaml b.yaml {RUN}",
        "say world.changes alike in all of them",
        "wte_per_size: 1}}\nmonths: 6\nworld:\n",
        "wte_per_size: 1}}\nmonths: 6\nworld:\n  changes: changes.csv\n",
        told="alike in all",
    ),
    Case(
        "options on two worlds",
        {
            "a.yaml": "title: x\nmonths: 3\n",
            "b.yaml": "title: y\nmonths: 3\nstart: 2025-04\nworld: {name: england-2025}\n",
        },
        f"compare a.yaml b.yaml {RUN}",
        "stand on two worlds, england-2025 and england-2017",
        then=f"run b.yaml {RUN}",
        told="diffusion run b.yaml",
    ),
]
