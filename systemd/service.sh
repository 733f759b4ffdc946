# shellcheck shell=bash disable=SC2154  # its variables are install.sh's
# Installing, upgrading and going back: the part of install.sh that needs root and systemd. Sourced, not run.

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
