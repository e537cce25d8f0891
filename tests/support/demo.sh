#!/usr/bin/env bash
# demo.sh [DIR]: dftp-server and dftp-cli (on PATH) move a large file, are interrupted, go on and prove that it arrived.
# Shares DIR, which is left as it was, or a sample tree. Ends what it started and removes what it made.
set -euo pipefail

share=${1-} work=$(mktemp -d "${TMPDIR:-/tmp}/dftp-demo.XXXXXX")
server='' client='' inbox='' url=''
export XDG_CONFIG_HOME=$work  # known_hosts of the demo's own

clean_up() {
  local status=$?
  ((status == 0)) || tail -n 20 "$work"/server.* "$work"/events >&2 || true
  # shellcheck disable=SC2086
  kill $client $server 2>/dev/null || true
  wait
  rm -rf "$work" ${inbox:+"$inbox"}
}
trap clean_up EXIT

say() { printf '\n== %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }
mib() { printf '%d MiB' $(($1 / 1048576)); }
shown() { printf '\n$ %s\n' "$*"; "$@"; }

# The last value of a number in the JSON lines that dftp-cli wrote; 0: none yet.
last() {
  local values
  values=$(grep -o "\"$1\":[0-9.]*" "$work/events" || true)
  values=${values##*:}
  printf '%s' "${values:-0}"
}

sample_tree() {
  mkdir -p "$1/documents" "$1/empty"
  printf 'Shared by dftp.\n' >"$1/readme.txt"
  head -c 300000 /dev/urandom >"$1/documents/射频仿真.pptx"
  head -c 70000 /dev/urandom >"$1/documents/天线15.doc"
  ln -s documents/天线15.doc "$1/newest"
}

start_server() {
  printf '$ dftp-server %s --listen 127.0.0.1:0 --state %s\n' "$share" "$work/state"
  : >"$work/server.out"
  dftp-server "$share" --listen 127.0.0.1:0 --state "$work/state" >"$work/server.out" 2>"$work/server.log" &
  server=$!
  until grep -q '^listening on' "$work/server.out"; do
    kill -0 "$server" 2>/dev/null || die 'the server did not start'
    sleep 0.05
  done
  cat "$work/server.out"
  url=dftp://$(awk '$1 == "user" {print $2}' "$work/server.out")@$(awk '/^listening on/ {print $3}' "$work/server.out")
  DFTP_PASSWORD=$(awk '$1 == "password" {print $2}' "$work/server.out")
  export DFTP_PASSWORD
  fingerprint=$(awk '$1 == "fingerprint" {print $2; exit}' "$work/server.out")
}

# Starts dftp-cli, kills it when a quarter of the file has crossed, and starts it again.
interrupted() {
  printf '\n$ dftp-cli %s\n' "$*"
  dftp-cli --json "$@" >"$work/events" &
  client=$!
  until (($(last transferred) >= size / 4)); do
    kill -0 "$client" 2>/dev/null || die 'the transfer was over before it could be interrupted'
    sleep 0.02
  done
  kill -9 "$client" 2>/dev/null || die 'the transfer was over before it could be interrupted'
  wait "$client" 2>/dev/null || true
  client=''
  printf 'killed with kill -9 when %s of %s had crossed\n' "$(mib "$(last transferred)")" "$(mib "$size")"
  printf '\n$ dftp-cli %s\n' "$*"
  dftp-cli --json "$@" >"$work/events"
  grep '"event":"result"' "$work/events"
  (($(last resumed) > 0)) || die 'nothing was resumed'
  printf 'resumed: %s were there already and verified, %s crossed in %.1f s\n' "$(mib "$(last resumed)")" \
    "$(mib "$(last transferred)")" "$(last seconds)"
}

[[ $share ]] || { share=$work/shared; sample_tree "$share"; }
size=$((1 << 30))
(($(df --output=avail -B1 "$work" | tail -n 1) > 4 * size)) || size=$((size / 4))
head -c "$size" /dev/urandom >"$work/large.bin"

say "a server shares $share"
start_server
say 'a client remembers who the server is, and lists'
shown dftp-cli --fingerprint "$fingerprint" ls -l "$url/"
inbox=$(mktemp -d "$share/inbox.XXXXXX")
url+=/${inbox##*/}
say "upload of $(mib "$size"), killed in the middle, and the same command again"
interrupted put "$work/large.bin" "$url/"
say 'download of the same'
interrupted get "$url/large.bin" "$work/copy.bin"
say 'the proof: by the server, by md5sum, by cmp'
shown dftp-cli md5 "$url/large.bin"
shown md5sum "$work/large.bin" "$work/copy.bin"
shown cmp "$work/large.bin" "$work/copy.bin" && echo equal
say 'what is there already does not cross again'
shown dftp-cli get "$url/large.bin" "$work/copy.bin"
shown dftp-cli ls -l "$url/"
say 'what the server saw'
grep ' transfer ' "$work/server.log"
say 'now you'
cat <<END
Share a directory in one terminal:
  build/release/bin/dftp-server DIR
and in another open an interactive session with the command it prints:
  build/release/bin/dftp-cli dftp://USER@localhost/
END
