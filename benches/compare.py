#!/usr/bin/env python3
"""Runs our program and a peer's in turn, several times, and prints the median of the ratios of each pair.

    compare.py --ours PROGRAM --peer "PYTHON numpyro_bench.py" --data DIR [--workload NAME ...] [--dtype f64] [--rounds 5]

The two runs of a pair follow each other within the minute, so that a busy machine slows both. A ratio above 1 says how
many times less time we take. `cpu` compares the CPU time a step (the median window), `min` the best window's wall time.
"""
import argparse, json, os, shlex, statistics, subprocess, sys

WORKLOADS = ["eight_schools", "coin", "logreg_full", "logreg_mb", "logreg_mb_seq", "hier_poisson", "gp_full_rank"]


def run(command, workload, arguments):
    words = shlex.split(command) + ["--workload", workload, "--dtype", arguments.dtype, "--steps", str(arguments.steps),
                                    "--seconds", str(arguments.seconds), "--threads", str(arguments.threads), "--data", arguments.data]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--ours", default=os.environ.get("PPL_BENCH"), help="the built ppl-bench, or $PPL_BENCH")
    p.add_argument("--peer", default=os.environ.get("PPL_PEER"), help="the peer's command, or $PPL_PEER")
    p.add_argument("--data", default=os.environ.get("PPL_BENCH_DATA"), help="the data sets, or $PPL_BENCH_DATA")
    p.add_argument("--workload", action="append", help="may be repeated; all by default")
    p.add_argument("--dtype", default="f64", choices=["f32", "f64"])
    p.add_argument("--steps", type=int, default=1000)
    p.add_argument("--seconds", type=float, default=2)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--rounds", type=int, default=5)
    arguments = p.parse_args()
    for name in ("ours", "peer", "data"):
        if not getattr(arguments, name):
            p.error(f"--{name} is missing")
    print(f"{'workload':<15} {'ours cpu':>10} {'peer cpu':>10} {'cpu ratio':>10} {'min ratio':>10}   spread of the cpu ratio")
    for workload in arguments.workload or WORKLOADS:
        pairs = [(run(arguments.ours, workload, arguments), run(arguments.peer, workload, arguments)) for _ in range(arguments.rounds)]
        cpu = [b["cpu_us_per_step"] / a["cpu_us_per_step"] for a, b in pairs]
        least = [b["us_min"] / a["us_min"] for a, b in pairs]
        middle = statistics.median
        print(f"{workload:<15} {middle(a['cpu_us_per_step'] for a, _ in pairs):>10.2f} {middle(b['cpu_us_per_step'] for _, b in pairs):>10.2f} "
              f"{middle(cpu):>10.2f} {middle(least):>10.2f}   {min(cpu):.2f} to {max(cpu):.2f}", flush=True)


if __name__ == "__main__":
    main()
