#!/bin/sh
# Finds a Python that can run the project and hands over to bootstrap.py with it.
# Order: the version in .python-version, newer ones, whatever is called python3, pyenv's, uv's.
cd "$(dirname "$0")/../.." || exit 1
wanted=$(cat .python-version)

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

found=""
for candidate in ${PYTHON:-} "python$wanted" python3 python python3.14 python3.13 python3.12 \
    "${PYENV_ROOT:-$HOME/.pyenv}/versions/$wanted"*/bin/python; do
    if command -v "$candidate" >/dev/null 2>&1 && fits "$candidate"; then
        found=$candidate
        break
    fi
done
if [ -z "$found" ] && command -v uv >/dev/null 2>&1; then
    found=$(uv python find "$wanted" 2>/dev/null || { uv python install "$wanted" >/dev/null 2>&1 \
        && uv python find "$wanted" 2>/dev/null; })
fi
if [ -z "$found" ]; then
    version=$(python3 --version 2>&1 | head -n 1)
    echo "Cannot start: Python 3.12 or newer is needed (best $wanted); python3 here says" \
        "\"$version\". Install one, or uv, which brings its own." >&2
    exit 1
fi
exec "$found" -m portal.local.bootstrap "$@"
