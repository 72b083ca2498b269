#!/bin/sh
# Stop what up.sh FOLDER started; nothing happens if it is stopped already. The logs stay.
set -eu

[ $# -eq 1 ] || {
  echo "slurm: usage: down.sh FOLDER" >&2
  exit 1
}
[ -d "$1" ] || exit 0
folder=$(cd "$1" && pwd)

stop() {
  pid=$(cat "$folder/$1.pid" 2>/dev/null) || return 0
  # The number may belong to another process by now.
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] || return 0
  kill "$pid"
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
}

# Jobs first: their steps outlive slurmd.
if [ -f "$folder/slurmctld.pid" ]; then
  SLURM_CONF=$folder/slurm.conf scancel --quiet --full --user root 2>/dev/null || true
fi
stop slurmd
stop slurmctld
stop munged
for file in slurm.conf gres.conf; do
  if [ "$(readlink "/etc/slurm/$file" 2>/dev/null)" = "$folder/$file" ]; then
    rm "/etc/slurm/$file"
  fi
done
rm -f "$folder"/*.pid "$folder"/gpu[0-9]* "$folder/gpus"
