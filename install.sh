#!/bin/bash
# Installs, tries, tests or removes ispstatus. `./install.sh --help` tells what it can do.
set -euo pipefail
umask 022

HERE="$(dirname "$(readlink -f "$0")")"
readonly HERE
readonly STATE_HERE="${ISPSTATUS_TRY_STATE:-$HERE/.try-state}"
readonly OPT=/opt/ispstatus
readonly CURRENT=$OPT/current
readonly CONFIG=/etc/ispstatus/ispstatus.toml
readonly STATE=/var/lib/ispstatus
readonly UNITS=/etc/systemd/system
readonly ACCOUNT="ISP uplink status daemon"
readonly COMMAND=/usr/local/bin/ispstatus
readonly SITE=/etc/nginx/conf.d/ispstatus.conf
readonly DAEMON=ispstatus.service
readonly REFLECTOR=ispstatus-reflector.service
readonly WAIT_S=45
readonly PYTHONS=(python3.13 python3.12 python3.11 python3)

PORT=""
ALLOW=()
WHEELS=""
CERT=""
KEY=""
PYTHON=""
WORK=""
UNFINISHED=""
REST=()
# Which of the two this machine is to run.
SERVICES=()

usage() {
  cat <<'TEXT'
Usage: ./install.sh [ACTION] [OPTIONS]

Actions (without one: install or upgrade the system service; needs root and systemd)
  --test          run the tests, in a virtual environment of their own inside this directory
  --try           run ispstatus here without root, on 127.0.0.1, and install nothing
  --reflector     install or upgrade the far end alone, on another host: `ispstatus reflector` as a system service
  --tls           put nginx with TLS in front, on 443 and 12099; installs ispstatus first where it is not there
  --check         say what is missing on this machine, and change nothing
  --uninstall     remove both services, the program and nginx's file; configuration and history stay
  --uninstall --purge
                  remove configuration and history too

Options
  --port N        listen on this port instead of 8080 (a configuration file that exists is not changed)
  --allow NETWORK with --reflector: answer who comes from there, e.g. 203.0.113.0/24; may be repeated
  --wheels DIR    take Python packages from this folder (made by `make bundle`), not from a registry
  --cert FILE --key FILE
                  with --tls: this certificate with its chain, and its key, PEM (without: one signed by itself)
  -- WORDS...     the rest goes to pytest (--test) or to `ispstatus run` (--try)
  --help          this text

Exit codes: 0 done, 1 failed, 2 wrong usage.
TEXT
}

say() { printf '%s\n' "$*"; }
die() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
usage_error() {
  printf 'install.sh: %s (see ./install.sh --help)\n' "$*" >&2
  exit 2
}

# ---------------------------------------------------------------- what the machine has
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
  local name without_venv=""
  for name in "${PYTHONS[@]}"; do
    if ! command -v "$name" >/dev/null || ! is_new_enough "$name"; then continue; fi
    if has_venv "$name"; then
      PYTHON="$(command -v "$name")"
      return 0
    fi
    without_venv="${without_venv:-$name}"
  done
  if [ -n "$without_venv" ]; then
    printf 'install.sh: the Debian package %s-venv is missing: apt-get install %s-venv\n' \
      "$without_venv" "$without_venv" >&2
  else
    printf 'install.sh: Python 3.11 or newer is missing: %s\n' \
      "apt-get install python3 python3-venv (Debian 12 or newer)" >&2
  fi
  return 1
}

need_root() { [ "$(id -u)" -eq 0 ] || die "$1 needs root: sudo ./install.sh"; }

has_systemd() { [ -d /run/systemd/system ] && command -v systemctl >/dev/null; }

need_systemd() {
  has_systemd || die "systemd does not run this machine; without it: ./install.sh --try, or \`ispstatus run\`"
}

# ---------------------------------------------------------------- virtual environments
pip_in() { # VENV ARGUMENTS...
  local venv="$1" source=()
  shift
  [ -z "$WHEELS" ] || source=(--isolated --no-index --find-links "$WHEELS")
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "${source[@]}" "$@"
}

make_venv() { # VENV LOCK
  "$PYTHON" -m venv "$1"
  pip_in "$1" --require-hashes -r "$HERE/$2" || die "the Python packages of $2 cannot be had from ${WHEELS:-the registry}; \
a folder for --wheels DIR is made by \`make bundle\` on a machine with the same kind of processor and Python"
}

# A virtual environment inside this directory, made anew when the lock or Python changed.
local_venv() { # NAME LOCK
  local venv="$HERE/$1" made_of
  made_of="$("$PYTHON" -V) $(sha256sum "$HERE/$2" "$HERE/pyproject.toml" | sha256sum)"
  [ -w "$HERE" ] || die "$HERE must be writable: clone it as the user who runs this"
  if [ "$(cat "$venv/made-of" 2>/dev/null)" != "$made_of" ] || [ ! -x "$venv/bin/ispstatus" ]; then
    say "making $1 (a minute or two)"
    rm -rf "$venv"
    make_venv "$venv" "$2"
    pip_in "$venv" --no-deps --no-build-isolation -e "$HERE"
    printf '%s\n' "$made_of" >"$venv/made-of"
  fi
}

# The program as a copy: the checkout may go away, and building must leave nothing in it.
install_program() { # VENV
  WORK="$(mktemp -d)"
  cp -rL "$HERE/ispstatus" "$HERE/pyproject.toml" "$HERE/setup.cfg" "$HERE/README.md" "$HERE/LICENSE" "$WORK/"
  find "$WORK" -name __pycache__ -prune -exec rm -rf {} +
  pip_in "$1" --no-deps --no-build-isolation "$WORK"
  rm -rf "$WORK"
  WORK=""
}

# ---------------------------------------------------------------- --test and --try
run_tests() {
  find_python || exit 1
  local_venv .venv-test requirements-test.lock
  cd "$HERE"
  exec "$HERE/.venv-test/bin/python" -m pytest -q -p no:cacheprovider "${REST[@]}"
}

run_trial() {
  find_python || exit 1
  local_venv .venv-try requirements.lock
  say "ispstatus on http://127.0.0.1:${PORT:-8080} until Ctrl-C; its history is in $STATE_HERE"
  exec "$HERE/.venv-try/bin/ispstatus" run --listen "127.0.0.1:${PORT:-8080}" --state-dir "$STATE_HERE" "${REST[@]}"
}

# ---------------------------------------------------------------- the services
# shellcheck source=systemd/service.sh
. "$HERE/systemd/service.sh"

# ---------------------------------------------------------------- --tls
# What is missing or in the way is told before anything is changed; systemd/tls.py does the rest.
put_nginx_in_front() {
  need_root "--tls"
  need_systemd
  find_python || exit 1
  local front=("$PYTHON" "$HERE/systemd/tls.py" "$CONFIG")
  [ -z "$CERT" ] || front+=(--cert "$CERT" --key "$KEY")
  if [ -x "$CURRENT/bin/ispstatus" ]; then
    "$CURRENT/bin/ispstatus" check --config "$CONFIG" --state-dir "$STATE" >/dev/null ||
      die "$CONFIG is refused; nothing was changed"
  else
    "${front[@]}" --look
    install_services "$DAEMON"
  fi
  "${front[@]}"
}

take_nginx_away() {
  [ -e "$SITE" ] || return 0
  rm -f "$SITE"
  say "removed: $SITE"
  if systemctl is-active --quiet nginx && ! systemctl reload nginx; then
    say "nginx was not reloaded: systemctl status nginx"
  fi
}

# ---------------------------------------------------------------- --check and --uninstall
check_machine() {
  local problems=0
  if find_python; then say "python: $PYTHON"; else problems=1; fi
  if has_systemd; then say "systemd: yes"; else
    say "systemd: does not run this machine (needed by the system install, not by --try and --test)"
    problems=1
  fi
  [ ! -e "$SITE" ] || say "TLS: nginx, by $SITE"
  if [ -x "$CURRENT/bin/ispstatus" ]; then
    say "installed: $("$CURRENT/bin/ispstatus" --version)"
    "$CURRENT/bin/ispstatus" check || problems=1
  else
    say "installed: no"
  fi
  return "$problems"
}

uninstall() { # IS_PURGE
  need_root "removing"
  need_systemd
  take_nginx_away
  remove_service "$DAEMON"
  remove_service "$REFLECTOR"
  systemctl daemon-reload
  systemctl reset-failed "$DAEMON" "$REFLECTOR" 2>/dev/null || true
  [ "$(readlink "$COMMAND" 2>/dev/null)" != "$CURRENT/bin/ispstatus" ] || rm -f "$COMMAND"
  rm -rf "$OPT"
  if [ "$1" = yes ]; then
    rm -rf /etc/ispstatus "$UNITS/$DAEMON.d" "$UNITS/$REFLECTOR.d"
    ! grep -q "^ispstatus:.*:$ACCOUNT:" /etc/passwd || userdel ispstatus
    rm -rf /var/lib/private/ispstatus "$STATE" /var/lib/private/ispstatus-reflector /var/lib/ispstatus-reflector
    say "removed, with configuration and history"
  else
    say "removed; $CONFIG and $STATE stay (--purge removes them too)"
  fi
}

# ---------------------------------------------------------------- the command line
ACTION=install
PURGE=no
choose() {
  [ "$ACTION" = install ] || usage_error "only one action at a time"
  ACTION="$1"
}
while [ "$#" -gt 0 ]; do
  case "$1" in
    --test | --try | --reflector | --tls | --check | --uninstall) choose "${1#--}" ;;
    --purge) PURGE=yes ;;
    --port | --allow | --wheels | --cert | --key)
      [ "$#" -ge 2 ] || usage_error "$1 needs a value"
      case "$1" in
        --port) PORT="$2" ;;
        --allow) ALLOW+=("$2") ;;
        --wheels) WHEELS="$2" ;;
        --cert) CERT="$2" ;;
        --key) KEY="$2" ;;
      esac
      shift
      ;;
    --help | -h)
      usage
      exit 0
      ;;
    --)
      shift
      REST=("$@")
      break
      ;;
    *) usage_error "$1 is not known" ;;
  esac
  shift
done
if [ -n "$PORT" ] && { ! [[ "$PORT" =~ ^[1-9][0-9]{0,4}$ ]] || [ "$PORT" -gt 65535 ]; }; then
  usage_error "--port $PORT is not a number from 1 to 65535"
fi
if [ -n "$WHEELS" ]; then
  [ -d "$WHEELS" ] || usage_error "--wheels $WHEELS is not a folder"
  WHEELS="$(readlink -f "$WHEELS")"
fi
if [ "${#REST[@]}" -gt 0 ] && [ "$ACTION" != test ] && [ "$ACTION" != try ]; then
  usage_error "-- goes with --test and --try"
fi
[ -z "$PORT" ] || [ "$ACTION" != reflector ] || usage_error "--port goes without --reflector: [reflector_server] ports"
[ "${#ALLOW[@]}" -eq 0 ] || [ "$ACTION" = reflector ] || usage_error "--allow goes with --reflector"
if [ -n "$CERT$KEY" ]; then
  [ "$ACTION" = tls ] || usage_error "--cert and --key go with --tls"
  { [ -n "$CERT" ] && [ -n "$KEY" ]; } || usage_error "--cert and --key go together"
fi
[ "$PURGE" = no ] || [ "$ACTION" = uninstall ] || usage_error "--purge goes with --uninstall"

case "$ACTION" in
  test) run_tests ;;
  try) run_trial ;;
  tls) put_nginx_in_front ;;
  check) check_machine ;;
  uninstall) uninstall "$PURGE" ;;
  install) install_services "$DAEMON" ;;
  reflector) install_services "$REFLECTOR" ;;
esac
