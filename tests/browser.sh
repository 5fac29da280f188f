#!/usr/bin/env bash
# What the tests of pages in a browser need: Debian's Chromium, and axe-core from the npm registry.
#   browser.sh install DIR   puts axe-core into DIR and prints where axe.min.js is
set -euo pipefail

has() { command -v "$1" >/dev/null; }

install() {
    if ! has chromium && ! has google-chrome; then
        if [ "$(id -u)" != 0 ] || ! has apt-get; then
            echo "Chromium is not installed, and only root on a Debian system could install it here" >&2
            return 1
        fi
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
    fi
    npm install --silent --no-audit --no-fund --prefix "$1" axe-core >&2
    echo "$1/node_modules/axe-core/axe.min.js"
}

"$@"
