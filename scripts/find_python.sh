#!/usr/bin/env bash
# Print the path of a Python of at least 3.11 that runs: the one named in $1, else the first of the usual names.
# A name on the PATH is not enough: version managers leave commands behind that only print an error.
set -euo pipefail

usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

candidates=(python3.13 python3.12 python3.11 python3 python)
if [ -n "${1:-}" ]; then candidates=("$1"); fi

for candidate in "${candidates[@]}"; do
    if usable "$candidate"; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
done

echo "No Python 3.11 or later with its venv module among: ${candidates[*]}. Say where one is: make PYTHON=/path/to/python3" >&2
exit 1
