#!/usr/bin/env python3
"""Runs our program and a peer's in turn, several times, and prints the median of the ratios of each pair.

    compare.py --ours PROGRAM --peer "PYTHON numpyro_bench.py" --data DIR [--workload NAME ...] [--dtype f64] [--rounds 5]

`--peer` may be repeated, and may hold arguments of its own: "PYTHON numpyro_bench.py --variant manual" is another peer.
The two runs of a pair follow each other within the minute, so that a busy machine slows both. A ratio above 1 says how
many times less time we take. `cpu` compares the CPU time a step (the median window), `min` the best window's wall time.
With `--aim` the program fails if the median of the CPU ratios is below it for any workload.
"""
import argparse, json, os, shlex, statistics, subprocess, sys

WORKLOADS = ["eight_schools", "coin", "logreg_full", "logreg_mb", "logreg_mb_seq", "hier_poisson", "gmm_enum", "hmm_enum",
             "factorial_hmm", "nvil", "gp_full_rank"]


def run(command, workload, arguments):
    words = shlex.split(command) + ["--workload", workload, "--dtype", arguments.dtype, "--steps", str(arguments.steps),
                                    "--seconds", str(arguments.seconds), "--threads", str(arguments.threads), "--data", arguments.data]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def title(command):
    """The script's name with its own arguments."""
    words = shlex.split(command)
    first = next((k for k, w in enumerate(words) if w.endswith(".py")), 0)
    return " ".join([os.path.basename(words[first]).removesuffix(".py"), *words[first + 1:]])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--ours", default=os.environ.get("PPL_BENCH"), help="the built ppl-bench, or $PPL_BENCH")
    p.add_argument("--peer", action="append", help="a peer's command, may be repeated; or $PPL_PEER")
    p.add_argument("--data", default=os.environ.get("PPL_BENCH_DATA"), help="the data sets, or $PPL_BENCH_DATA")
    p.add_argument("--workload", action="append", help="may be repeated; all by default")
    p.add_argument("--dtype", default="f64", choices=["f32", "f64"])
    p.add_argument("--steps", type=int, default=1000)
    p.add_argument("--seconds", type=float, default=2)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--aim", type=float, help="the least median of the CPU ratios")
    arguments = p.parse_args()
    if not arguments.peer and "PPL_PEER" in os.environ:
        arguments.peer = [os.environ["PPL_PEER"]]
    for name in ("ours", "peer", "data"):
        if not getattr(arguments, name):
            p.error(f"--{name} is missing")
    missed = []
    print(f"{'workload':<15} {'peer':<32} {'ours cpu':>10} {'peer cpu':>10} {'cpu ratio':>10} {'min ratio':>10}   spread of the cpu ratio")
    for workload in arguments.workload or WORKLOADS:
        for peer in arguments.peer:
            pairs = [(run(arguments.ours, workload, arguments), run(peer, workload, arguments)) for _ in range(arguments.rounds)]
            cpu = [b["cpu_us_per_step"] / a["cpu_us_per_step"] for a, b in pairs]
            least = [b["us_min"] / a["us_min"] for a, b in pairs]
            middle = statistics.median
            print(f"{workload:<15} {title(peer):<32} {middle(a['cpu_us_per_step'] for a, _ in pairs):>10.2f} "
                  f"{middle(b['cpu_us_per_step'] for _, b in pairs):>10.2f} {middle(cpu):>10.2f} {middle(least):>10.2f}   "
                  f"{min(cpu):.2f} to {max(cpu):.2f}", flush=True)
            if arguments.aim and middle(cpu) < arguments.aim:
                missed.append(f"{workload} beside {title(peer)}")
    if missed:
        sys.exit(f"below {arguments.aim}: {', '.join(missed)}")


if __name__ == "__main__":
    main()
