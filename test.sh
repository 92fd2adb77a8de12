#!/usr/bin/env bash
# Sets up everything that the tests need, then runs all of them; --fast leaves out the slow ones and the browser's.
# What follows the options goes to pytest: ./test.sh --fast -k exif
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fast=no
if [ "${1:-}" = --fast ]; then
    fast=yes
    shift
fi

step() { printf '\n== %s\n' "$*"; }

find_chromium() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

find_postgres() {
    command -v postgres || ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null
}

find_pooler() {
    command -v pgbouncer || command -v /usr/sbin/pgbouncer
}

find_redis() {
    command -v redis-server
}

step "Set up"
LUCIDA_DEVICE=${LUCIDA_DEVICE:-cpu} ./start.sh --setup-only --dev --models </dev/null

# Installs packages of Debian's where that is allowed.
install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    echo "  installing $* ..."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

if [ $fast = no ]; then
    if ! find_chromium >/dev/null && ! install chromium; then
        echo "The browser tests need Chromium or Chrome: install it (Debian: apt install chromium) and start again," \
            "or leave them out with --fast." >&2
        exit 1
    fi
    if ! find_postgres >/dev/null && ! install postgresql; then
        echo "  the tests on Postgres will be skipped: install it (Debian: apt install postgresql) to run them"
    fi
    if ! find_pooler >/dev/null && ! install pgbouncer; then
        echo "  Postgres will be tested without a pooler: install one (Debian: apt install pgbouncer) to have it between"
    fi
    if ! find_redis >/dev/null && ! install redis-server; then
        echo "  the tests on Redis will be skipped: install it (Debian: apt install redis-server) to run them"
    fi
fi

export PATH="$PWD/.venv/bin:$PATH"

step "Lint and types"
ruff check .
ruff format --check .
# The types and the pages' tests go beside the tests, which leave some of the machine to spare.
beside=$(mktemp)
trap 'rm -f "$beside"' EXIT
(mypy && lint-imports && python start.py --npm test </dev/null) >"$beside" 2>&1 &
others=$!

step "Tests"
# Tests share the machine with each other: threads that wait for each other by turning round take it from them.
export OPENBLAS_NUM_THREADS=1
told=0
spread=(--numprocesses=3 --dist=loadscope) # one of them waits for browsers and for workers that die most of the time
if [ $fast = yes ]; then
    python -m pytest "${spread[@]}" -m "not slow and not browser" "$@" || told=$?
else
    python -m pytest "${spread[@]}" "$@" || told=$?
fi
if ! wait $others; then
    cat "$beside" >&2
    exit 1
fi
exit $told
