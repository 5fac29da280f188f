#!/usr/bin/env bash
# Install under another Python in a throw-away environment, use the command line once, run the tests of agents, and hold the
# numbers against those of the main environment.
# Usage: scripts/smoke.sh PYTHON [DIGEST expected, as printed by scripts/results_digest.py]
set -euo pipefail
cd "$(dirname "$0")/.."

python=$1
expected=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bin=$work/venv/bin

"$python" -m venv "$work/venv"
"$bin/python" -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements-dev.txt
"$bin/python" -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
"$bin/python" -c '
import sys
from importlib.metadata import version
print("Python", sys.version.split()[0], *(f"{name} {version(name)}" for name in ("mesa", "numpy", "numba", "networkx")))'

export NUMBA_CACHE_DIR=$work/numba
"$bin/diffusion" --help >"$work/help.txt"
"$bin/diffusion" compare baseline tariff --replicates 4 --seed 1 --out "$work/compare" >"$work/compare.txt"
test -n "$(ls "$work/compare")"
"$bin/python" -m pytest -p no:cacheprovider tests/agents

found=$("$bin/python" scripts/results_digest.py)
echo "digest of results: $found"
if [ -n "$expected" ] && [ "$found" != "$expected" ]; then
    echo "the numbers differ from those of the main environment ($expected)" >&2
    exit 1
fi
