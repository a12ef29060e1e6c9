#!/usr/bin/env bash
# A Ray cluster inside of a Slurm job, and one command on it:
#
#     sbatch --nodes=4 --cpus-per-task=16 --gpus-per-node=4 --time=08:00:00 scripts/slurm_ray.sh \
#         feed benchmark run --method emoportraits --device cuda --out /shared/runs/mine
#
# Adds --executor ray --ray-address HOST:PORT to the command. Each node gives all cores and GPUs that Slurm gave it. The
# environment (conda, venv, modules) has to be active where the job is submitted. --out has to lie in a folder that
# all nodes see; without one add --store URL. Given again, the same command goes on where a job ended.
#
# RAY_PORT (6379) is the head's; FEED_RAY_START_S (300) how long nodes may take to come.
#SBATCH --ntasks-per-node=1
#SBATCH --job-name=feed-ray
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "error: expected a command, such as: sbatch scripts/slurm_ray.sh feed benchmark run --out DIR" >&2
    exit 2
fi
if [ -z "${SLURM_JOB_ID:-}" ]; then
    echo "error: expected to run inside of a Slurm job; start it with: sbatch scripts/slurm_ray.sh COMMAND" >&2
    exit 2
fi
if ! command -v ray >/dev/null; then
    echo 'error: expected the package ray but it is not installed; get it with: pip install "feed-benchmark[ray]"' >&2
    exit 2
fi

# Nothing is sent home, and nobody else on the network can give this cluster work.
export RAY_USAGE_STATS_ENABLED=0 RAY_AUTH_MODE=token
RAY_AUTH_TOKEN=$(python -c 'import secrets; print(secrets.token_hex(32))')
export RAY_AUTH_TOKEN
port=${RAY_PORT:-6379}
cores=${SLURM_CPUS_PER_TASK:-1}
gpus=${SLURM_GPUS_ON_NODE:-0}
nodes=($(scontrol show hostnames "$SLURM_JOB_NODELIST"))
head=${nodes[0]}
address=$head:$port

# `ray start --block` ends with its node, and with this job.
started=()
trap 'kill "${started[@]}" 2>/dev/null || true' EXIT
srun --nodes=1 --ntasks=1 --nodelist="$head" \
    ray start --head --block --port="$port" --num-cpus="$cores" --num-gpus="$gpus" --include-dashboard=false &
started+=($!)
if [ ${#nodes[@]} -gt 1 ]; then
    others=$(IFS=,; echo "${nodes[*]:1}")
    # Those that come before the head wait for it.
    srun --nodes=$((${#nodes[@]} - 1)) --ntasks=$((${#nodes[@]} - 1)) --nodelist="$others" bash -c "
        until ray health-check --address $address >/dev/null 2>&1; do sleep 2; done
        exec ray start --block --address=$address --num-cpus=$cores --num-gpus=$gpus" &
    started+=($!)
fi

python - "$address" "${#nodes[@]}" "${FEED_RAY_START_S:-300}" <<'PYTHON'
import subprocess
import sys
import time

import ray

address, wanted, limit_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
deadline = time.monotonic() + limit_s
while subprocess.run(["ray", "health-check", "--address", address], capture_output=True).returncode != 0:
    if time.monotonic() > deadline:
        sys.exit(f"error: expected the head of a Ray cluster at {address} but it did not come within {limit_s:.0f} s")
    time.sleep(1)
ray.init(address=address, log_to_driver=False, configure_logging=False)
while (found := sum(node["Alive"] for node in ray.nodes())) < wanted:
    if time.monotonic() > deadline:
        sys.exit(f"error: expected {wanted} nodes at {address} but only {found} came within {limit_s:.0f} s")
    time.sleep(1)
PYTHON

"$@" --executor ray --ray-address "$address"
