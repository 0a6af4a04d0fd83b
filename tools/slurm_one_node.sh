#!/usr/bin/env bash
# A SLURM cluster of this one machine, without accounting: for the test of profiles/slurm.
#
#   tools/slurm_one_node.sh install   install SLURM and munge (Debian, Ubuntu)
#   tools/slurm_one_node.sh start     write /etc/slurm/slurm.conf and start the daemons
#   tools/slurm_one_node.sh stop      stop the daemons, take the config out again
#   tools/slurm_one_node.sh run CMD…  start where none runs, run the command, stop what was started
#
# Needs root. For containers and virtual machines without systemd or cgroups: the daemons run by
# hand, processes are tracked by their parents. A slurm.conf that this script did not write is
# never touched.
set -euo pipefail

PLACE=${SLURM_ONE_NODE_DIR:-/var/tmp/slurm-one-node}
CONFIG=/etc/slurm/slurm.conf
MARK="# Written by tools/slurm_one_node.sh"

say() { echo "slurm_one_node: $*" >&2; }

install_packages() {
  if ! command -v apt-get >/dev/null; then
    say "this machine has no apt-get: install slurmctld, slurmd, the SLURM client and munge yourself."
    exit 2
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
    slurmctld slurmd slurm-client munge >/dev/null
}

write_config() {
  if [ -e "$CONFIG" ] && ! head -n 1 "$CONFIG" | grep -qF "$MARK"; then
    say "$CONFIG is there and not ours: this machine has a SLURM of its own, and is left as it is."
    exit 2
  fi
  mkdir -p /etc/slurm "$PLACE/state" "$PLACE/spool" "$PLACE/log"
  local host cpus memory
  host=$(hostname -s)
  cpus=$(nproc)
  memory=$(($(awk '/^MemTotal:/ {print $2}' /proc/meminfo) / 1024 * 9 / 10))
  # MinJobAge: squeue must still know jobs that ended some time ago, since there is no sacct.
  cat >"$CONFIG" <<END
$MARK
ClusterName=onenode
SlurmctldHost=$host
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=$PLACE/state
SlurmdSpoolDir=$PLACE/spool
SlurmctldLogFile=$PLACE/log/slurmctld.log
SlurmdLogFile=$PLACE/log/slurmd.log
SlurmctldPidFile=$PLACE/slurmctld.pid
SlurmdPidFile=$PLACE/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2
MpiDefault=none
ReturnToService=2
MinJobAge=600
NodeName=$host CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
}

start_cluster() {
  for program in munged slurmctld slurmd sbatch sinfo; do
    if ! command -v "$program" >/dev/null; then
      say "$program is not installed: tools/slurm_one_node.sh install"
      exit 2
    fi
  done
  write_config
  if ! munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then
    mkdir -p /run/munge /var/lib/munge /var/log/munge
    chown munge: /run/munge /var/lib/munge /var/log/munge
    chmod 755 /run/munge
    runuser -u munge -- munged --pid-file=/run/munge/one-node.pid
  fi
  slurmctld
  slurmd
  for _ in $(seq 60); do
    if sinfo --noheader --format=%T 2>/dev/null | grep -qx idle; then
      say "one node, $(nproc) CPUs: $(sinfo --noheader --format='%P %T')"
      return
    fi
    sleep 0.5
  done
  say "the node did not become idle within 30 s; see $PLACE/log/"
  tail -n 5 "$PLACE"/log/*.log >&2 || true
  exit 1
}

stop_daemon() { # its file of the process's id
  local id
  if [ -s "$1" ] && id=$(cat "$1") && kill "$id" 2>/dev/null; then
    for _ in $(seq 40); do
      kill -0 "$id" 2>/dev/null || break
      sleep 0.25
    done
  fi
}

stop_cluster() {
  stop_daemon "$PLACE/slurmd.pid"
  stop_daemon "$PLACE/slurmctld.pid"
  stop_daemon /run/munge/one-node.pid
  rm -rf "$PLACE"
  if [ -e "$CONFIG" ] && head -n 1 "$CONFIG" | grep -qF "$MARK"; then rm "$CONFIG"; fi
}

case "${1:-}" in
  install) install_packages ;;
  start) start_cluster ;;
  stop) stop_cluster ;;
  run)
    shift
    if ! sinfo >/dev/null 2>&1; then
      trap stop_cluster EXIT
      start_cluster
    fi
    "$@"
    ;;
  *)
    sed -n '2,12s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
