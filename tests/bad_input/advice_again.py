"""Mistakes with results that are run again, held against each other, or compared with one more option."""

from __future__ import annotations

from advice_cases import LOCAL, RUN, SMALL, Case

_FIRST = ("run a.yaml --replicates 2 --jobs 1 --out r",)
_FILES = {"a.yaml": LOCAL}

CASES: list[Case] = [
    Case(
        "a result run again into its own folder",
        _FILES,
        "rerun r --jobs 1 --out r",
        "for example --out r-again",
        "--out r",
        "--out r-again",
        first=_FIRST,
    ),
    Case(
        "a result run again without files into a folder",
        _FILES,
        "rerun r --jobs 1 --no-files --out x",
        "leave --no-files out",
        "--no-files ",
        "",
        told="leave --no-files out",
        first=_FIRST,
    ),
    Case(
        "a lever misspelt in a result run again",
        _FILES,
        "rerun r --jobs 1 --set levers.local-frist.strength=0.5",
        "did you mean 'local-first'?",
        "local-frist",
        "local-first",
        first=_FIRST,
    ),
    Case(
        "a lever that a result run again does not have",
        _FILES,
        "rerun r --jobs 1 --set levers.nice.strength=0.5",
        "'diffusion levers list' shows them",
        then="levers list",
        first=_FIRST,
    ),
    Case(
        "a result with the page of a region run again elsewhere",
        {"a.yaml": "title: x\nextends: no-programmes\nmonths: 3\n"},
        "rerun r --jobs 1 --set world.region=SW",
        "leave --set world.region=SW out, or add --no-files",
        " --set world.region=SW",
        "",
        told="leave --set world.region=SW out",
        first=("run a.yaml --replicates 2 --jobs 1 --region GM --out r",),
    ),
    Case(
        "results with nothing in common",
        {
            "a.yaml": SMALL,
            "b.yaml": LOCAL,
            "c.yaml": LOCAL.replace("2015-08", "2015-09"),
            "d.yaml": SMALL + "start: 2015-08\n",
        },
        "diff r s",
        "for example r and what 'diffusion rerun r' writes",
        then="rerun r --jobs 1",
        first=(f"compare a.yaml b.yaml {RUN.replace('new', 'r')}", f"run d.yaml {RUN.replace('new', 's')}"),
    ),
    Case(
        "a scenario of one more option misspelt",
        {"ours.yaml": SMALL},
        f"compare ours.yaml --with our.yaml:{'parameters.awareness.push_per_month=0.05'} {RUN}",
        "did you mean 'ours.yaml'?",
        "with our.yaml",
        "with ours.yaml",
        told="ours.yaml",
    ),
    Case(
        "no scenario near for one more option",
        {"a.yaml": SMALL},
        f"compare a.yaml --with zzzzzz:parameters.awareness.push_per_month=0.05 {RUN}",
        "for example --with a.yaml:parameters.awareness.push_per_month=0.05",
        "zzzzzz:",
        "a.yaml:",
    ),
    Case(
        "one more option that sets nothing",
        {"a.yaml": SMALL},
        f"compare a.yaml --with parameters.awareness.push_per_month {RUN}",
        "for example --with parameters.awareness.push_per_month=0.05",
        "push_per_month",
        "push_per_month=0.05",
    ),
]
