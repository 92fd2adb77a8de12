#!/usr/bin/env bash
# Sets Lucida up in .venv and serves it on http://127.0.0.1:8000. `./start.sh --help` says what can be chosen.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

for python in "${LUCIDA_PYTHON:-python3}" "$here/.venv/bin/python" python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" "$here/start.py" "$@"
    fi
done

echo "Lucida needs Python 3.11 or newer, and none of python3, python3.11 ... python3.14 is that:" \
    "install one (https://www.python.org/downloads/), or name it in LUCIDA_PYTHON, and start again." >&2
exit 1
