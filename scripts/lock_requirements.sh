#!/usr/bin/env bash
# Write requirements.txt, requirements-dev.txt and requirements-docs.txt: exact versions and hashes for Python 3.11 and later on every platform,
# without the address of any index, so that plain pip installs from them wherever it gets its packages.
# Usage: scripts/lock_requirements.sh UV [extra arguments for uv, such as --upgrade]
set -euo pipefail
cd "$(dirname "$0")/.."

uv=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

lock() {
    local target=$1
    shift
    # What is locked already stays unless --upgrade is given.
    if [ -f "$target" ]; then cp "$target" "$work/$target"; fi
    "$uv" pip compile --universal --python-version 3.11 --generate-hashes --quiet \
        --no-header --no-emit-index-url --no-emit-find-links --output-file "$work/$target" "$@"
    {
        echo "# Exact versions and hashes for Python 3.11 and later, every platform. Made by 'make requirements'; do not edit."
        grep -v "^# Exact versions" "$work/$target"
    } >"$target"
    if grep -nE '://|^ *-(i|f|-index|-extra-index|-find-links)|^/' "$target"; then
        echo "$target names an index or a path" >&2
        exit 1
    fi
}

lock requirements.txt pyproject.toml requirements-build.in "$@"
lock requirements-dev.txt pyproject.toml requirements-build.in --extra dev --constraint requirements.txt "$@"
# What the site is built with, beside the others: only what the group itself needs.
lock requirements-docs.txt --group docs --constraint requirements-dev.txt "$@"
