"""What is fuzzed: for each kind of input, valid files to start from and the reader that takes them."""

from __future__ import annotations

import contextlib
import io
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.mutate import broken_text

ROOT = Path(__file__).parents[2]
#: settings of a world that is built in a moment
SMALL = "world={synthetic: {england_like: true, n_trusts: 20, n_innovations: 3, kind: mix}}"

_TRUSTS = "code,name,sector,ahsn,ics,latitude,longitude,staff_fte\n" + "".join(
    f"T{i},Trust {i},acute,EM,Q0{i % 2},{52 + i / 10},-1.0,{3000 + i}\n" for i in range(6)
)
_AHSNS = "code,name,population,latitude,longitude\nEM,East Midlands,4500000,52.9,-1.2\nWM,West,1e6,52.5,-1.9\n"
_INNOVATIONS = "innovations:\n" + "".join(
    f"- {{id: app-{i}, name: App {i}, kind: digital, cashable_share: 0.3, live_month: {i}}}\n" for i in range(3)
)
_EDGES = "source,target,weight\n" + "".join(f"T{i},T{(i + 1) % 6},{i + 1}\n" for i in range(5))
_GRAPHML = """<?xml version="1.0" encoding="utf-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="edge" attr.name="weight" attr.type="double"/>
<graph edgedefault="directed"><node id="T0"/><node id="T1"/><node id="T2"/>
<edge source="T0" target="T1"><data key="d0">0.5</data></edge><edge source="T1" target="T2"/></graph></graphml>
"""
_OWN = """title: own tables
world:
  trusts: trusts.csv
  ahsns: ahsns.csv
  innovations: innovations.yaml
  layers:
    own: {file: edges.csv, weight: 0.1, directed: true}
    other: {file: ties.graphml}
initial: {adopters: {codes: [T1, T2], innovations: [app-1]}}
levers:
  local-first: {lead_ics: [Q00], start: 2016-04}
  nice: {targets: {trusts: [T1], innovations: [app-0]}}
"""
_SYNTHETIC = """title: synthetic
months: 12
world: {synthetic: {n_trusts: 30, network: watts_strogatz, args: {k: 4, p: 0.2}, kind: mix, n_innovations: 3,
  thresholds: {0: 1.5, S000003: 2}, threshold_changes: {4: 0}, attributes: {upfront_cost_gbp: 5, tags: [x]}}}
parameters: {exposure: {response: count}}
"""
_STUDY = """title: small
scenarios: {as-is: baseline, local: baseline+local-first}
set: {world.synthetic.england_like: true, world.synthetic.n_trusts: 20, world.synthetic.n_innovations: 3, months: 6}
factors:
  parameters.awareness.push_per_month: {range: [0.05, 0.4], scale: log}
  levers.local-first.strength: {values: [0, 0.5, 1]}
  money: {keys: [parameters.pilot.rate_factor], multiply: true, distribution: triangular, low: 0.5, mode: 1, high: 2}
design: {method: latin hypercube, draws: 3}
replicates: 2
outcomes: [adopter_share_pct]
"""
_POINTS_STUDY = """title: points
scenarios: [baseline]
factors: {parameters.awareness.push_per_month: {}, policy_start: {}}
design: {method: points, file: points.csv}
replicates: 1
"""
_POINTS = "parameters.awareness.push_per_month,policy_start\n0.1,2016-01\n0.2,2017-04\n"
_ADOPTION = "code,time,region\nA1,2001,north\nA2,2002,north\nA3,2002,south\nA4,,south\nA5,2004,south\n"
_COUNTS = "time,new_adopters,population\n2001,3,40\n2002,5,40\n2003,9,40\n2004,4,40\n"
_LONG = (
    "code,time,quantity,total\nRM2,2019-01,0,9\nRW3,2019-02,3,9\nRM2,2019-03,4,9\nRJ1,2019-02,2,\nRJ1,2019-04,NA,9\n"
)
_WIDE = "code,Q1 2019,Q2 2019,Q3 2019\nA1,0,1,2\nA2,,0,3\nA3,0,0,0\n"
_TIES = "source,target\nA1,A2\nA1,A3\nA2,A4\n"
_LEVER = """from typing import ClassVar

import diffusion as df


@df.register
class Fuzzed(df.Lever):
    name: ClassVar[str] = "fuzzed"
    gain: float = df.param(1.0, "added to the push", unit="1", low=0, high=2, ge=0)

    def write(self, month, see, terms, own, draws):
        terms.awareness_push.add(self.gain * self.level(month), where=self.targets.mask(see.world))
"""


@dataclass(frozen=True)
class Target:
    """A kind of input: files that are valid, those of them that are broken, and who reads them."""

    name: str
    files: dict[str, bytes]
    read: Callable[[Path, random.Random], None]
    broken: tuple[str, ...] = field(default=())
    weight: int = 1

    @property
    def breakable(self) -> tuple[str, ...]:
        return self.broken or tuple(self.files)


def _bytes(**files: str) -> dict[str, bytes]:
    return {name.replace("__", "."): text.encode() for name, text in files.items()}


def _scenario(folder: Path, rng: random.Random) -> None:
    from diffusion.scenario.check import check_scenario
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plausible import plausibility_warnings

    scenario = load_scenario(str(folder / "scenario.yaml"))
    check_scenario(scenario)
    plausibility_warnings(scenario)
    assert scenario.content_hash


def _study(folder: Path, rng: random.Random) -> None:
    from diffusion.experiments.study import load_study
    from diffusion.experiments.study.bound_factors import study_warnings
    from diffusion.experiments.study.design import check_size, estimated_cpu_seconds, make_design

    study = load_study(folder / "study.yaml")
    check_size(study, limit=500)
    estimated_cpu_seconds(make_design(study))
    study_warnings(study)


def _observed(folder: Path, rng: random.Random) -> None:
    from diffusion.analysis.observed.reading import ReadOptions, check_launch, read_observed

    options = ReadOptions(compare=("region",), ignore_other_columns=True)
    name = "adoption.csv" if (folder / "adoption.csv").exists() else "counts.csv"
    ties = [folder / "ties.csv"] if (folder / "ties.csv").exists() else []
    check_launch(read_observed(folder / name, ties, options if ties else None), None)


def _quantities(folder: Path, rng: random.Random) -> None:
    from diffusion.analysis.observed.reading import ReadOptions, read_observed

    options = ReadOptions(
        ignore_other_columns=True,
        merged=rng.choice(("england", None)),
        running=rng.choice((1, 2)),
        least_share=rng.choice((None, 0.2)),
        aggregate=rng.random() < 0.5,
        periods_are=rng.choice((None, "months", "day-first", "quarters")),
    )
    for table in sorted(folder.glob("*.csv")):
        for observed in read_observed(table, (), options):
            assert observed.adoption is not None
            assert observed.first <= observed.last


def _result(folder: Path, rng: random.Random) -> None:
    from diffusion.deliver.rebuild import read_result, reproduction_of
    from diffusion.report.pages.result_page import render_page

    manifest, results, comparison = read_result(folder)
    about = reproduction_of(manifest, results)
    if rng.random() < 0.05:  # drawing takes seconds
        render_page(results, comparison, about)


def _sweep(folder: Path, rng: random.Random) -> None:
    from diffusion.experiments.sweep import read as read_back
    from diffusion.experiments.sweep.folder import check_code, open_sweep

    sweep = open_sweep(folder)
    check_code(sweep, accept=True)
    read_back.status(sweep, verify=rng.random() < 0.5)
    read_back.failures(sweep)
    read_back.summary(sweep, ["adopter_share_pct"], ["scenario"])


def _settings(folder: Path, rng: random.Random) -> None:
    from diffusion.scenario.check import check_scenario
    from diffusion.scenario.load import load_scenario

    texts = (
        SMALL, "parameters.awareness.push_per_month=0.05", "levers.local-first.strength=0.5", "months=12",
        "levers.nice.targets.sectors=[acute]", "initial.adopters.codes=[RX1]", "policy_start=2016-04",
        "world.layers.geo.radius_km=20", "agents.trust=os:system", "parameters={capacity: {wte_per_size: 2}}",
    )  # fmt: skip
    check_scenario(load_scenario("baseline+local-first+nice", [SMALL, broken_text(rng.choice(texts), rng)]))


def _python(folder: Path, rng: random.Random) -> None:
    from diffusion.levers.registry import all_levers
    from diffusion.scenario import plugins

    before = dict(all_levers())
    place = folder / f"module_{rng.randrange(10**9)}.py"
    (folder / "lever.py").rename(place)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            plugins.use_python_modules([str(place)])
    finally:
        place.rename(folder / "lever.py")
        sys.path[:] = [item for item in sys.path if item != str(folder)]
        sys.modules.pop(place.stem, None)
        levers = all_levers()
        for name in set(levers) - set(before):
            with contextlib.suppress(TypeError, KeyError):
                del levers[name]  # type: ignore[attr-defined]


def _command(folder: Path, rng: random.Random) -> None:
    """Whole commands with broken arguments, through the command line: what leaves must be an exit code."""
    from diffusion.cli.app import main

    own = str(folder / "scenario.yaml")
    arguments = list(
        rng.choice(
            (
                ["scenarios", "validate", own],
                ["scenarios", "show", "baseline+local-first"],
                ["scenarios", "diff", "baseline", own],
                ["levers", "show", "local-first"],
                ["describe", "world"],
                ["parameters", "--section", "pilot"],
                ["studies", "show", "uncertainty"],
                ["report", str(folder), "--out", "x"],
                ["sweep", "status", str(folder)],
                ["sweep", "show", str(folder), "--by", "draw"],
                ["analyse", own, "--lag", "1"],
                ["analyse", "hospital-medicines", "--from", "2001", "--draws", "99"],
                [
                    "compare",
                    "baseline",
                    "local-first",
                    "--budget",
                    "20m",
                    "--budget-lever",
                    "local-first=local-first",
                    "--out",
                    own,
                ],
                ["run", own, "--replicates", "2", "--seed", "1", "--out", own],
                ["ablate", own, "--outcome", "adopter_share_pct"],
                ["network", "export", "geo", "--out", "/nowhere/x.csv"],
                ["sensitivity", str(folder), "--top", "3"],
                ["sweep", "run", "nothing", "--shard", "1/2"],
                ["run", "baseline", "--python", str(folder / "lever.py"), "--out", own],
            )
        )
    )
    for _ in range(rng.choice((0, 1, 2))):
        place = rng.randrange(len(arguments))
        if place == 0 and rng.random() < 0.9:
            continue
        arguments[place] = broken_text(arguments[place], rng)
    if {"--out", "-o"} & set(arguments) and own not in arguments:  # a broken path must not become a real result
        arguments = [item for item in arguments if item not in ("--out", "-o")]
        if arguments[:1] in (["run"], ["compare"], ["ablate"], ["analyse"]):
            arguments += ["--out", own]
    elif arguments[:1] in (["run"], ["compare"], ["ablate"], ["analyse"], ["report"]) and "--out" not in arguments:
        arguments += ["--out", own]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            main(arguments)
        except SystemExit as leaving:
            if leaving.code not in (0, 1, 2, None):
                raise AssertionError(f"exit code {leaving.code} of {arguments!r}") from leaving


def targets(results: Path, sweep: Path) -> list[Target]:
    """Return all kinds; ``results`` and ``sweep`` are folders of a finished run and a finished sweep."""
    own = _bytes(
        scenario__yaml=_OWN, trusts__csv=_TRUSTS, ahsns__csv=_AHSNS, innovations__yaml=_INNOVATIONS, edges__csv=_EDGES,
        ties__graphml=_GRAPHML,
    )  # fmt: skip
    shipped = [
        Target(f"scenario {path.stem}", {"scenario.yaml": path.read_bytes()}, _scenario)
        for path in sorted((ROOT / "scenarios").glob("*.yaml")) + sorted((ROOT / "scenarios" / "limits").glob("*.yaml"))
    ]
    studies = [
        Target(f"study {path.stem}", {"study.yaml": path.read_bytes()}, _study)
        for path in sorted((ROOT / "experiments").glob("*.yaml"))
    ]
    stored = {path.relative_to(results).as_posix(): path.read_bytes() for path in results.rglob("*") if path.is_file()}
    stored = {name: raw for name, raw in stored.items() if name.endswith((".json", ".parquet"))}
    swept = {path.relative_to(sweep).as_posix(): path.read_bytes() for path in sweep.rglob("*") if path.is_file()}
    return [
        *shipped,
        *studies,
        Target("own tables", own, _scenario, weight=12),
        Target("synthetic", _bytes(scenario__yaml=_SYNTHETIC), _scenario, weight=6),
        Target("study", _bytes(study__yaml=_STUDY), _study, weight=6),
        Target("points", _bytes(study__yaml=_POINTS_STUDY, points__csv=_POINTS), _study, weight=4),
        Target("observed", _bytes(adoption__csv=_ADOPTION, ties__csv=_TIES), _observed, weight=6),
        Target("quantities long", _bytes(long__csv=_LONG), _quantities, weight=4),
        Target("quantities wide", _bytes(wide__csv=_WIDE), _quantities, weight=4),
        Target("counts", _bytes(counts__csv=_COUNTS), _observed, weight=4),
        Target("manifest", stored, _result, ("manifest.json",), weight=4),
        Target("stored result", stored, _result, weight=4),
        Target("sweep", swept, _sweep, weight=4),
        Target("settings", {}, _settings, weight=8),
        Target("python", _bytes(lever__py=_LEVER), _python, weight=2),
        Target("command", own | _bytes(lever__py=_LEVER), _command, ("scenario.yaml",), weight=6),
    ]
