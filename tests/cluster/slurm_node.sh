#!/usr/bin/env bash
# A Slurm of one node on this machine, without systemd, to run job arrays for real.
#   slurm_node.sh install   Debian's slurmctld, slurmd and munge (needs root and apt)
#   slurm_node.sh up        configure and start munged, slurmctld and slurmd; prints the SLURM_CONF to use
#   slurm_node.sh down      stop what `up` started
# It listens on 127.0.0.1 only and keeps all its state below SLURM_TEST_DIR.
set -euo pipefail

dir=${SLURM_TEST_DIR:-${TMPDIR:-/tmp}/diffusion-slurm}
export SLURM_CONF=$dir/slurm.conf
node=localhost

has() { command -v "$1" >/dev/null; }
alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
present() { has slurmctld && has slurmd && has munged && has sbatch; }

install() {
    if present; then return; fi
    if [ "$(id -u)" != 0 ] || ! has apt-get; then
        echo "Slurm is not installed, and only root on a Debian system could install it here" >&2
        return 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        slurmctld slurmd slurm-client munge >/dev/null
}

start_munge() {
    if munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then return; fi
    if [ ! -s /etc/munge/munge.key ]; then
        dd if=/dev/urandom of=/etc/munge/munge.key bs=1 count=1024 status=none
        chown munge:munge /etc/munge/munge.key
        chmod 400 /etc/munge/munge.key
    fi
    mkdir -p /run/munge
    chown munge:munge /run/munge
    chmod 755 /run/munge
    setpriv --reuid munge --regid munge --init-groups munged
    touch "$dir/started-munge"
    for _ in $(seq 50); do
        if munge -n 2>/dev/null | unmunge >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    echo "munge does not answer" >&2
    return 1
}

write_configuration() {
    local memory_mb=$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 1024 - 512))
    cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
ReturnToService=2
MaxArraySize=10001
MaxJobCount=20000
MinJobAge=600
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory_mb State=UNKNOWN
PartitionName=main Nodes=$node Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
}

up() {
    if ! present || [ "$(id -u)" != 0 ]; then
        echo "Slurm is not installed here, or you are not root" >&2
        return 1
    fi
    mkdir -p "$dir"/{state,spool,log}
    chmod 755 "$dir"
    start_munge
    write_configuration
    if ! alive "$dir/slurmctld.pid"; then slurmctld -f "$SLURM_CONF"; fi
    if ! alive "$dir/slurmd.pid"; then slurmd -f "$SLURM_CONF" -N "$node"; fi
    for _ in $(seq 150); do
        case "$(sinfo -h -o %T 2>/dev/null || true)" in
        idle* | mixed* | alloc*)
            echo "$SLURM_CONF"
            return
            ;;
        esac
        sleep 0.2
    done
    echo "the node does not come up; see $dir/log" >&2
    return 1
}

down() {
    local pid_files=("$dir/slurmd.pid" "$dir/slurmctld.pid")
    if [ -e "$dir/started-munge" ]; then pid_files+=(/run/munge/munged.pid); fi
    for file in "${pid_files[@]}"; do
        if alive "$file"; then kill "$(cat "$file")"; fi
    done
    for file in "${pid_files[@]}"; do
        for _ in $(seq 50); do
            if ! alive "$file"; then break; fi
            sleep 0.1
        done
    done
}

case "${1:-}" in
install) install ;;
up) up ;;
down) down ;;
*)
    sed -n '2,6s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
