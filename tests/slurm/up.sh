#!/bin/sh
# A Slurm cluster of this one machine, for tests: up.sh FOLDER [FAKE_GPUS]; down.sh FOLDER stops it.
# Everything lies in FOLDER (configuration, key, state, logs); outside of it only links in
# /etc/slurm, because a job step looks for the configuration nowhere else, and munge's socket.
# The fake GPUs are copies of /dev/null: Slurm hands them out, nothing can compute on them.
set -eu

fail() {
  echo "slurm: $1" >&2
  exit 1
}

[ $# -ge 1 ] || fail "usage: up.sh FOLDER [FAKE_GPUS]"
PATH=$PATH:/usr/sbin:/sbin # where daemons lie
gpus=${2:-2}
case $gpus in *[!0-9]* | "") fail "the number of fake GPUs is a number, not $gpus" ;; esac
[ "$(id -u)" = 0 ] || fail "only root can start the daemons and make the fake GPUs"
for program in munged slurmctld slurmd sinfo scontrol; do
  command -v $program >/dev/null 2>&1 ||
    fail "$program is missing (Debian: apt-get install slurm-wlm munge)"
done

mkdir -p "$1"
folder=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
SLURM_CONF=$folder/slurm.conf
export SLURM_CONF

# Already up with as many GPUs: nothing to do. With another number: start afresh.
if [ -f "$folder/gpus" ]; then
  if [ "$(cat "$folder/gpus")" = "$gpus" ] && [ -n "$(sinfo -h -t idle,mix,alloc 2>/dev/null)" ]; then
    exit 0
  fi
  "$here/down.sh" "$folder"
fi
for file in /etc/slurm/slurm.conf /etc/slurm/gres.conf; do
  [ -e "$file" ] || continue
  other=$(dirname "$(readlink "$file")")
  # A link that a killed test left is replaced; any other file is not ours to touch.
  { [ -f "$other/gpus" ] && ! kill -0 "$(cat "$other/slurmctld.pid" 2>/dev/null)" 2>/dev/null; } ||
    fail "$file exists: this machine has a Slurm of its own, or another test runs"
done
[ ! -S /run/munge/munge.socket.2 ] || munge -n >/dev/null 2>&1 || rm -f /run/munge/munge.socket.2

host=$(hostname -s)
memory=$(awk '/^MemTotal/ {print int($2 / 1024) - 512}' /proc/meminfo)
mkdir -p "$folder/state" "$folder/spool" "$folder/log" /run/munge /etc/slurm
: >"$folder/jobs"
: >"$folder/gres.conf"
i=0
while [ "$i" -lt "$gpus" ]; do
  [ -c "$folder/gpu$i" ] || mknod "$folder/gpu$i" c 1 3 ||
    fail "no device could be made in $folder (mknod): fake GPUs need it"
  echo "NodeName=$host Name=gpu Type=toy File=$folder/gpu$i" >>"$folder/gres.conf"
  i=$((i + 1))
done
gres=
if [ "$gpus" -gt 0 ]; then gres="Gres=gpu:toy:$gpus"; fi
cat >"$SLURM_CONF" <<CONF
ClusterName=toy
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.log
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
GresTypes=gpu
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/jobs
SchedulerParameters=sched_interval=2,batch_sched_delay=0
SlurmctldTimeout=30
SlurmdTimeout=60
InactiveLimit=0
MinJobAge=3600
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(getconf _NPROCESSORS_ONLN) RealMemory=$memory $gres State=UNKNOWN
PartitionName=cpu Default=YES Nodes=$host MaxTime=INFINITE State=UP OverSubscribe=NO
PartitionName=gpu Default=NO Nodes=$host MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
ln -sf "$SLURM_CONF" "$folder/gres.conf" /etc/slurm/
echo "$gpus" >"$folder/gpus"

# A munge that runs already (as a service) will do.
if ! munge -n >/dev/null 2>&1; then
  [ -f "$folder/munge.key" ] || (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
  munged --force --key-file "$folder/munge.key" --pid-file "$folder/munged.pid" \
    --log-file "$folder/log/munged.log" --seed-file "$folder/munge.seed" ||
    fail "munged did not start, see $folder/log/munged.log"
fi
slurmctld -f "$SLURM_CONF" || fail "slurmctld did not start, see $folder/log/slurmctld.log"
slurmd -f "$SLURM_CONF" -N "$host" || fail "slurmd did not start, see $folder/log/slurmd.log"

tries=0
until [ -n "$(sinfo -h -t idle 2>/dev/null)" ]; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || fail "the node did not become idle in 20 s, see $folder/log"
  [ $tries -ne 10 ] || scontrol update "nodename=$host" state=resume 2>/dev/null || true
  sleep 0.2
done
