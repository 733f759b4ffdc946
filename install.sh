#!/usr/bin/env bash
# Sets ispstatus up from this checkout.
#
#   ./install.sh --test    make a virtual environment and run the tests
#   ./install.sh --try     make a virtual environment and run on 127.0.0.1:8080, without root
#
# Needs Python 3.11 or newer with the venv module (Debian: python3-venv).
set -euo pipefail
cd "$(dirname "$0")"

usage() { sed -n '2,7s/^# \{0,1\}//p' "$0"; }
fail() { echo "install.sh: $*" >&2; exit 1; }

find_python() {
    local candidate
    for candidate in python3.13 python3.12 python3.11 python3; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            echo "$candidate"
            return
        fi
    done
    fail "needs Python 3.11 or newer; on Debian 12 or later: apt-get install python3 python3-venv"
}

# make_venv FOLDER REQUIREMENT: a virtual environment with this checkout in it.
make_venv() {
    local folder=$1 requirement=$2 python
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "the venv module is missing; on Debian: apt-get install python3-venv"
    [ -x "$folder/bin/python" ] || "$python" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check -e "$requirement"
}

case ${1:-} in
--test)
    shift
    make_venv .venv-test '.[test]'
    exec .venv-test/bin/python -m pytest -q -p no:cacheprovider "$@"
    ;;
--try)
    shift
    make_venv .venv-try .
    exec .venv-try/bin/ispstatus run --listen 127.0.0.1:8080 --state-dir "${ISPSTATUS_TRY_STATE:-.try-state}" "$@"
    ;;
-h | --help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
