"""Good files of every kind, small enough to be read in milliseconds: what attacks break."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from attack.harness import FEW, call, load_package

TRUSTS = "code,name,sector,ahsn,ics,latitude,longitude,staff_fte\n" + "".join(
    f"T{i},Trust {i},acute,EM,Q01,{52 + i / 10:.1f},-1.0,{3000 + i}\n" for i in range(6)
)
INNOVATIONS = "innovations:\n" + "".join(
    f"- id: app-{i}\n  name: App {i}\n  kind: digital\n  cashable_share: 0.3\n  live_month: {i}\n" for i in range(4)
)
EDGES = "source,target,weight\n" + "".join(f"T{i},T{(i + 1) % 6},1.0\n" for i in range(5))
GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d0" for="edge" attr.name="weight" attr.type="double" />
  <graph edgedefault="directed">
    <node id="T0" />
    <node id="T1" />
    <node id="T2" />
    <edge source="T0" target="T1"><data key="d0">1.0</data></edge>
    <edge source="T1" target="T2"><data key="d0">2.0</data></edge>
  </graph>
</graphml>
"""
OWN = """title: own tables
months: 6
policy_start: 2015-09
world:
  trusts: trusts.csv
  innovations: innovations.yaml
  layers:
    own: {file: edges.csv, weight: 0.1}
    drawn: {file: edges.graphml, weight: 0.2}
parameters:
  awareness: {push_per_month: 0.1}
levers:
  local-first: {strength: 0.5}
  best-practice-tariff:
    targets: {innovations: [app-1]}
"""
PLAIN = """title: plain
months: 6
world:
  synthetic: {england_like: true, n_trusts: 20, n_innovations: 5, kind: mix}
"""
OTHER = """title: other
extends: plain.yaml
levers:
  local-first: {strength: 1, start: 2015-08}
"""
STUDY = """title: a study
scenarios: {plain: plain.yaml, local: other.yaml}
factors:
  parameters.capacity.wte_per_size: {values: [1, 2, 3, 4, 5, 6]}
  parameters.awareness.push_per_month: {values: [0.1, 0.2, 0.3, 0.4, 0.5]}
design: full grid
replicates: 2
outcomes: [adopter_share_pct, patients_benefiting_total, system_npv_gbp]
"""
LISTED = """title: listed points
scenarios: [baseline, baseline+local-first]
factors:
  parameters.capacity.wte_per_size: {label: change time}
design: {method: points, file: points.csv}
replicates: 2
"""
POINTS = "parameters.capacity.wte_per_size\n1\n2\n3.5\n"
ADOPTION = """code,time,innovation,name,region,size
A1,2020-01,app,One,north,10
A2,2020-02,app,Two,north,20
A3,2020-02,app,Three,south,30
A4,2020-04,app,Four,south,15
A5,2020-06,app,Five,south,12
A6,,app,Six,north,9
A7,2020-07,app,Seven,south,11
A8,,app,Eight,north,14
"""
COUNTS = "time,new_adopters,population\n" + "".join(f"{t},{n},40\n" for t, n in enumerate((1, 2, 3, 5, 6, 5, 3, 2), 1))
TIES = "source,target\nA1,A2\nA1,A3\nA2,A4\nA3,A5\nA5,A6\nA6,A7\nA7,A8\n"
MODULE = '''"""An own lever."""

import diffusion as df


@df.register
class Own(df.Lever):
    """Push a little."""

    name = "own-push"
    title = "Own push"
    acts_on = "awareness"

    def write(self, see, terms):
        terms.awareness_push.add(0.01 * self.strength)
'''

FILES = {
    "trusts.csv": TRUSTS,
    "innovations.yaml": INNOVATIONS,
    "edges.csv": EDGES,
    "edges.graphml": GRAPHML,
    "own.yaml": OWN,
    "plain.yaml": PLAIN,
    "other.yaml": OTHER,
    "study.yaml": STUDY,
    "listed.yaml": LISTED,
    "points.csv": POINTS,
    "adoption.csv": ADOPTION,
    "counts.csv": COUNTS,
    "ties.csv": TIES,
    "module.py": MODULE,
}
#: which good command reads a file, for each file above
READ_BY: dict[str, list[str]] = {
    "trusts.csv": ["scenarios", "validate", "own.yaml"],
    "innovations.yaml": ["scenarios", "validate", "own.yaml"],
    "edges.csv": ["scenarios", "validate", "own.yaml"],
    "edges.graphml": ["scenarios", "validate", "own.yaml"],
    "own.yaml": ["scenarios", "validate", "own.yaml"],
    "plain.yaml": ["scenarios", "validate", "other.yaml"],
    "other.yaml": ["scenarios", "validate", "other.yaml"],
    "study.yaml": ["studies", "validate", "study.yaml"],
    "listed.yaml": ["studies", "validate", "listed.yaml"],
    "points.csv": ["studies", "validate", "listed.yaml"],
    "adoption.csv": ["analyse", "adoption.csv", "--ignore-other-columns", "--draws", "99", "--out", "new"],
    "counts.csv": ["analyse", "counts.csv", "--draws", "99", "--out", "new"],
    "ties.csv": [
        *("analyse", "adoption.csv", "--ties", "ties.csv", "--compare", "region", "--covariate", "size"),
        *("--draws", "99", "--out", "new"),
    ],
    "module.py": ["scenarios", "validate", "baseline", "--python", "module.py"],
}


def write_good(folder: Path) -> None:
    """Write all good files into a folder."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")


LINES: dict[str, list[str]] = {
    "comparison": ["compare", "plain.yaml", "other.yaml", *FEW],
    "other-comparison": ["compare", "plain.yaml", "plain.yaml+expo", *FEW, "--seed", "2"],
    "ablation": ["ablate", "other.yaml", *FEW],
    "sweep": ["sweep", "run", "study.yaml", "--threads", "--jobs", "1"],
    "other-sweep": ["sweep", "run", "listed.yaml", "--threads", "--jobs", "1"],
    "half-sweep": ["sweep", "run", "study.yaml", "--threads", "--jobs", "1", "--shard", "1/2"],
    "analysis": ["analyse", "adoption.csv", "--ignore-other-columns", "--draws", "99"],
    "other-analysis": ["analyse", "counts.csv", "--draws", "99"],
}


@functools.cache
def _made(kind: str) -> Path:
    """Make a finished result once for all attacks of this process."""
    load_package()
    folder = Path(tempfile.mkdtemp(prefix="attack-made-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_good(folder)
    done = call(folder, [*LINES[kind], "--out", kind], timeout=600)
    if done.code:
        raise RuntimeError(f"{kind}: {done.err}")
    return folder / kind


def finished(folder: Path, *kinds: str) -> dict[str, Path]:
    """Put finished results of these kinds into a folder, each below the name of its kind; return kind -> folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_good(folder)
    for kind in kinds:
        shutil.copytree(_made(kind), folder / kind, symlinks=True)
    return {kind: folder / kind for kind in kinds}


def put_copy(folder: Path, made: Path) -> None:
    """Copy a folder of results into a case's folder, under its name."""
    shutil.copytree(made, folder / made.name, symlinks=True)
