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

# ---------------------------------------------------------------- configuration
# Prints "HOST PORT", a line for each address that the configuration in force, or the one to be written, listens on.
listen_addresses() {
  "$PYTHON" - "$CONFIG" "${PORT:-8080}" <<'PYTHON'
import pathlib, sys, tomllib
file, port = pathlib.Path(sys.argv[1]), sys.argv[2]
try:
    web = tomllib.loads(file.read_text()).get("web", {}) if file.exists() else {}
except ValueError:
    web = {}  # `ispstatus check` says what is wrong with it
for one in web.get("listen", [f"0.0.0.0:{8080 if file.exists() else port}", f"[::]:{8080 if file.exists() else port}"]):
    print(*one.rsplit(":", 1))
PYTHON
}

# Prints "HOST PORT" under which this machine itself can ask; IPv4 if there is any.
local_address() {
  listen_addresses | LC_ALL=C sort | sed -e 's/^0\.0\.0\.0 /127.0.0.1 /' -e 's/^\[::\] /[::1] /' -e q
}

# A table is for the service that reads it; a file that exists is kept as it is.
write_config() {
  if [ -e "$CONFIG" ]; then
    say "kept: $CONFIG"
    return 0
  fi
  install -d -m 0755 "$(dirname "$CONFIG")"
  {
    echo "# ispstatus: every setting is in docs/reference/settings.md; \`ispstatus check\` shows what is in force."
    ! runs "$DAEMON" || cat <<TEXT
# Without [[uplink]] tables the uplinks are found by their default routes.
[web]
listen = ["0.0.0.0:${PORT:-8080}", "[::]:${PORT:-8080}"]
TEXT
    ! runs "$REFLECTOR" || reflector_server
  } >"$CONFIG.new"
  chmod 0644 "$CONFIG.new"
  mv "$CONFIG.new" "$CONFIG"
  say "written: $CONFIG"
}

reflector_server() {
  local networks
  printf -v networks ', "%s"' "${ALLOW[@]}"
  cat <<TEXT
[reflector_server]
listen = ["0.0.0.0"$([ ! -e /proc/net/if_inet6 ] || printf ', "::"')]
allow = [${networks#, }]
TEXT
}

# Whom the reflector answers has to be said: on the command line, or in a file that exists and is kept as it is.
refuse_other_allow() {
  runs "$REFLECTOR" || return 0
  "$PYTHON" - "$CONFIG" "${ALLOW[@]}" <<'PYTHON' || exit 1
import ipaddress, json, pathlib, sys, tomllib
file, asked = pathlib.Path(sys.argv[1]), sys.argv[2:]
try:
    for network in asked:
        ipaddress.ip_network(network)
except ValueError as error:
    sys.exit(f"install.sh: --allow {error}")
try:
    said = tomllib.loads(file.read_text()).get("reflector_server", {}).get("allow", []) if file.exists() else asked
except ValueError:
    sys.exit()  # `ispstatus check` says what is wrong with it
if not asked and not said:
    sys.exit("install.sh: the reflector answers nobody until it is told whom: --allow NETWORK, e.g. 203.0.113.0/24")
if asked and set(asked) != set(said):
    sys.exit(f"""install.sh: {file} is never overwritten: set there
  [reflector_server]
  allow = {json.dumps(asked)}
and run ./install.sh --reflector again""")
PYTHON
}

refuse_other_port() {
  local port
  if [ -z "$PORT" ] || [ ! -e "$CONFIG" ]; then return 0; fi
  port="$(local_address | cut -d' ' -f2)"
  [ "$port" = "$PORT" ] || die "$CONFIG listens on port $port and is never overwritten: set there
  [web]
  listen = [\"0.0.0.0:$PORT\", \"[::]:$PORT\"]
and run ./install.sh again"
}

refuse_taken_port() {
  local host port
  runs "$DAEMON" || return 0
  case "$(systemctl is-active "$DAEMON" 2>/dev/null)" in
    active | activating | reloading) return 0 ;; # it is ours
  esac
  while read -r host port; do
    "$PYTHON" - "$host" "$port" <<'PYTHON' || die "port $port is taken by another program: --port N, or [web] listen in $CONFIG"
import errno, socket, sys
host, port = sys.argv[1].strip("[]"), int(sys.argv[2])
try:
    socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
except OSError as error:
    sys.exit(error.errno == errno.EADDRINUSE)
PYTHON
  done < <(listen_addresses)
}

# ---------------------------------------------------------------- the switch
switch_to() { # VENV: one rename, so there is no moment without a program
  ln -sfn "$1" "$CURRENT.new" &&
    mv -T "$CURRENT.new" "$CURRENT"
}

copy_database() { # FROM TO: the files of a database nobody has open
  local side
  for side in "" -wal -shm; do
    rm -f "$2/ispstatus.db$side"
    [ ! -e "$1/ispstatus.db$side" ] || cp -a "$1/ispstatus.db$side" "$2/"
  done
}

stop_services() { systemctl stop "${SERVICES[@]}" 2>/dev/null || true; }

# systemd calls them started once they answer (Type=notify), so a program that cannot start fails here.
start_services() {
  systemctl daemon-reload
  systemctl enable --quiet "${SERVICES[@]}" && systemctl start "${SERVICES[@]}" && first_verdict
}

remove_service() { # SERVICE
  systemctl disable --now --quiet "$1" 2>/dev/null || true
  rm -f "$UNITS/$1"
}

show_journal() { journalctl --no-pager -n 15 "${SERVICES[@]/#/--unit=}" >&2 2>/dev/null || true; }

# Waits until every uplink has a verdict, then prints them; fails if nothing answers. A reflector has none.
first_verdict() {
  local host port
  runs "$DAEMON" || return 0
  read -r host port < <(local_address)
  "$CURRENT/bin/python" - "http://$host:$port" "$WAIT_S" <<'PYTHON'
import json, sys, time, urllib.request
base, wait_s = sys.argv[1], float(sys.argv[2])
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
deadline, uplinks, problem = time.monotonic() + wait_s, None, "no answer"
while time.monotonic() < deadline:
    try:
        with opener.open(base + "/api/status?cached=1", timeout=5) as answer:
            uplinks = json.load(answer)["uplinks"]
        if all(one["state_reason"] != "starting" for one in uplinks):
            break
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = error
    time.sleep(0.3)
if uplinks is None:
    sys.exit(f"install.sh: {base} does not answer as ispstatus: {problem}")
for one in uplinks:
    print(f"  {one['name']}: {one.get('state_text') or one['state_label']}")
if not uplinks:
    print("  no uplink: this machine has no default route; name uplinks in the configuration file")
PYTHON
}

roll_back() { # OLD-VENV KEPT
  local one before=()
  say "the new version did not start; going back to the version before" >&2
  show_journal
  stop_services
  switch_to "$1"
  for one in "${SERVICES[@]}"; do
    if [ -e "$2/$one" ]; then
      cp -p "$2/$one" "$UNITS/"
      before+=("$one")
    else
      remove_service "$one"
    fi
  done
  SERVICES=("${before[@]}")
  [ ! -e "$2/ispstatus.db" ] || copy_database "$2" "$STATE"
  systemctl reset-failed "${SERVICES[@]}" 2>/dev/null || true
  if ! start_services; then
    die "the version before does not start either (its database is kept in $2): journalctl -u 'ispstatus*'"
  fi
  rm -rf "$2"
  remove_old_venvs
  die "the upgrade failed; the version before runs again, with its history"
}

remove_old_venvs() {
  local venv keep
  keep="$(readlink -f "$CURRENT")"
  for venv in "$OPT"/venv-*; do
    [ "$venv" = "$keep" ] || rm -rf "$venv"
  done
}

tell() {
  local host port address
  say
  if runs "$DAEMON"; then
    read -r host port < <(local_address)
    address="$(hostname -I 2>/dev/null | cut -d' ' -f1)"
    say "pages and API: http://$host:$port/${address:+ and http://$address:$port/}"
  fi
  tell_what_is_in_force || true
  say "logs: journalctl ${SERVICES[*]/#/-u }    configuration: $CONFIG"
}

# Who is let in, who is answered, whom it contacts.
tell_what_is_in_force() {
  "$CURRENT/bin/python" - "$CURRENT/bin/ispstatus" "$STATE" "${SERVICES[@]}" <<'PYTHON'
import json, subprocess, sys, tomllib
program, state, *services = sys.argv[1:]
lines = subprocess.check_output([program, "check", "--state-dir", state], text=True).splitlines()
settings = tomllib.loads("\n".join(line for line in lines if not line.startswith("warning: ")))
if "ispstatus.service" in services:
    for key in ("allow", "allow_via_uplinks"):
        print(f"let in: [web] {key} = {json.dumps(settings['web'][key])}")
    begin = next(number for number, line in enumerate(lines) if line.startswith("# hosts contacted"))
    print(*lines[begin:], sep="\n")
if "ispstatus-reflector.service" in services:
    server = settings["reflector_server"]
    print(f"reflector: answers [reflector_server] allow = {json.dumps(server['allow'])}")
    print("reflector: ports " + ", ".join(f"{name} {port}" for name, port in server["ports"].items()))
PYTHON
}

# dbus-daemon answers no user that systemd makes up at each start (systemd issue 22737), and ModemManager is asked over
# D-Bus. A user of the unit's name is taken by DynamicUser=yes as it is.
make_user() {
  if ! runs "$DAEMON" || ! command -v mmcli >/dev/null || grep -q '^ispstatus:' /etc/passwd; then return 0; fi
  useradd --system --user-group --no-create-home --home-dir / --shell /usr/sbin/nologin --comment "$ACCOUNT" ispstatus
  say "made: the user ispstatus, for ModemManager"
}

put_in_place() { # VENV
  local one
  for one in "${SERVICES[@]}"; do
    install -D -m 0644 "$HERE/systemd/$one" "$UNITS/$one" || return 1
  done
  switch_to "$1" || return 1
  if [ ! -e "$COMMAND" ] || [ "$(readlink "$COMMAND")" = "$CURRENT/bin/ispstatus" ]; then
    ln -sfn "$CURRENT/bin/ispstatus" "$COMMAND" || say "not linked: $COMMAND"
  fi
}

runs() { # SERVICE: whether this machine is to run it
  [[ " ${SERVICES[*]} " = *" $1 "* ]]
}

# What is asked for; and the other one where it runs already, for both live in one program.
choose_services() { # SERVICE
  local one
  for one in "$DAEMON" "$REFLECTOR"; do
    if [ "$one" = "$1" ] || systemctl --quiet is-enabled "$one" 2>/dev/null || systemctl --quiet is-active "$one"; then
      SERVICES+=("$one")
    fi
  done
}

install_services() { # SERVICE
  need_root "installing"
  need_systemd
  find_python || exit 1
  local old="" venv kept="" one
  choose_services "$1"
  [ ! -L "$CURRENT" ] || old="$(readlink -f "$CURRENT")"
  refuse_other_port
  refuse_other_allow
  refuse_taken_port
  venv="$OPT/venv-$(date -u +%Y%m%dT%H%M%SZ)"
  say "installing into $venv"
  install -d -m 0755 "$OPT"
  UNFINISHED="$venv"
  trap 'rm -rf "$UNFINISHED" "$WORK"' EXIT
  make_venv "$venv" requirements.lock
  install_program "$venv"
  write_config
  "$venv/bin/ispstatus" check --config "$CONFIG" --state-dir "$STATE" >/dev/null ||
    die "$CONFIG is refused; what ran before still runs"
  stop_services
  if [ -n "$old" ] && [ -d "$old" ]; then
    kept="$(mktemp -d "$OPT/before-upgrade.XXXXXX")"
    for one in "${SERVICES[@]}"; do
      [ ! -e "$UNITS/$one" ] || cp -p "$UNITS/$one" "$kept/"
    done
    [ ! -e "$STATE/ispstatus.db" ] || copy_database "$STATE" "$kept"
  fi
  UNFINISHED=""
  say "starting; waiting until it answers"
  if ! { make_user && put_in_place "$venv" && start_services; }; then
    [ -z "$kept" ] || roll_back "$old" "$kept"
    show_journal
    die "it did not start: journalctl ${SERVICES[*]/#/-u }"
  fi
  [ -z "$kept" ] || rm -rf "$kept"
  remove_old_venvs
  tell
}

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
