#!/bin/sh
# Run by the builder of the container, as root; the options come as SOURCE and PYTHON.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
source=${SOURCE:-}
python=${PYTHON:-python3}
prefix=${PREFIX:-/usr/local}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "codex-doctor: $python is not Python 3.11 or later; put a feature with Python before this one" >&2
    exit 1
fi
python=$(command -v "$python")

mkdir -p "$prefix/bin" "$prefix/lib/codex-doctor"
if [ -n "$source" ]; then
    "$python" -m venv "$prefix/lib/codex-doctor/venv"
    "$prefix/lib/codex-doctor/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$source"
    ln -sf "$prefix/lib/codex-doctor/venv/bin/codex-doctor" "$prefix/bin/codex-doctor"
elif [ -f "$here/codex-doctor.pyz" ]; then
    cp "$here/codex-doctor.pyz" "$prefix/lib/codex-doctor/codex-doctor.pyz"
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$python" "$prefix/lib/codex-doctor/codex-doctor.pyz" > "$prefix/bin/codex-doctor"
    chmod 755 "$prefix/bin/codex-doctor"
else
    echo "codex-doctor: say where to get it with the option source, or put codex-doctor.pyz beside install.sh" >&2
    exit 1
fi
"$prefix/bin/codex-doctor" --version
