"""Prints the numbers that the tests of this package compare with, as Rust.

    python -m venv venv && venv/bin/pip install 'arviz==0.23.4' 'scipy==1.17.1'
    venv/bin/python tests/reference.py chains|psis|loo|hdi|ecdf

The draws are made as `src/fixture.rs` makes them, bit for bit.
"""

import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")
import arviz as az  # noqa: E402
from arviz.stats import diagnostics as d  # noqa: E402


class Lcg:
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 1103515245 + 12345) % 2**31
        return (self.state + 0.5) / 2147483648.0

    def bell(self):
        total = 0.0
        for _ in range(12):
            total += self.uniform()
        return total - 6.0

    def heavy(self):
        u = self.uniform()
        return (2.0 * u - 1.0) / (u * (1.0 - u))

    def autoregression(self, chains, draws, phi):
        result = []
        for _ in range(chains):
            x, chain = 0.0, []
            for _ in range(draws):
                x = phi * x + self.bell()
                chain.append(x)
            result.append(chain)
        return result


def number(x):
    x = float(x)
    if np.isnan(x):
        return "f64::NAN"
    if np.isinf(x):
        return "f64::INFINITY" if x > 0 else "f64::NEG_INFINITY"
    return repr(x)


def chain_cases():
    lcg = Lcg(1)
    yield "fast", lcg.autoregression(4, 1000, 0.3)
    lcg = Lcg(2)
    yield "slow", lcg.autoregression(4, 250, 0.97)
    lcg = Lcg(3)
    yield "antithetic", lcg.autoregression(3, 400, -0.6)
    lcg = Lcg(4)
    yield "heavy", [[lcg.heavy() for _ in range(251)] for _ in range(4)]
    lcg = Lcg(5)
    yield "apart", [[x + 0.5 * c for x in chain] for c, chain in enumerate(lcg.autoregression(4, 300, 0.2))]
    lcg = Lcg(6)
    yield "scales", [[x * (1 + c) for x in chain] for c, chain in enumerate(lcg.autoregression(4, 300, 0.0))]
    lcg = Lcg(7)
    yield "ties", [[float(int(5.0 * lcg.uniform())) for _ in range(500)] for _ in range(2)]
    lcg = Lcg(8)
    yield "short", lcg.autoregression(2, 5, 0.0)
    lcg = Lcg(9)
    yield "single", lcg.autoregression(1, 4000, 0.99)


def chains():
    for name, draws in chain_cases():
        x = np.array(draws)
        # ArviZ refuses one chain; its parts do not.
        split = d._split_chains(x)
        bulk = d._rhat(d._z_scale(split))
        tail = d._rhat(d._z_scale(abs(split - np.median(split))))
        r_hat = max(bulk, tail)
        if len(draws) > 1:
            assert r_hat == az.rhat(x)
        values = [
            r_hat,
            az.ess(x, method="bulk"),
            az.ess(x, method="tail"),
            az.ess(x, method="mean"),
            az.ess(x, method="quantile", prob=0.3),
            az.mcse(x, method="mean"),
            az.mcse(x, method="sd"),
            az.mcse(x, method="quantile", prob=0.1),
            az.mcse(x, method="quantile", prob=0.5),
        ]
        print(f'("{name}", [{", ".join(number(v) for v in values)}]),')


def psis_cases():
    lcg = Lcg(21)
    yield "light", [0.5 * lcg.bell() for _ in range(1000)], 1.0
    lcg = Lcg(22)
    yield "heavy", [2.0 * lcg.bell() for _ in range(1000)], 1.0
    lcg = Lcg(23)
    yield "hopeless", [6.0 * lcg.bell() for _ in range(2000)], 1.0
    lcg = Lcg(24)
    yield "bounded", [-lcg.bell() * lcg.bell() - 5.0 * lcg.uniform() for _ in range(400)], 0.7
    lcg = Lcg(25)
    yield "shifted", [1000.0 + 0.2 * lcg.bell() for _ in range(100)], 0.3
    lcg = Lcg(26)
    yield "small", [lcg.bell() for _ in range(30)], 1.0
    lcg = Lcg(27)
    yield "far", [400.0 * lcg.bell() for _ in range(500)], 1.0
    lcg = Lcg(28)
    yield "zeros", [-np.inf if i % 3 == 0 else lcg.bell() for i in range(600)], 1.0


def psis():
    for name, weights, reff in psis_cases():
        log_weights, k = az.psislw(np.array(weights), reff)
        w = np.exp(log_weights)
        # The mean of a value that is the index over the count, to see the order of the weights.
        index = np.arange(len(w)) / len(w)
        values = [k, np.max(log_weights), log_weights[7], np.sum(w**2), np.sum(w * index)]
        print(f'("{name}", [{", ".join(number(v) for v in values)}]),')


def log_likelihoods(seed, draws, observations, width, offset):
    """Of normal observations, the last of which is an outlier, with means that draws differ in."""
    lcg = Lcg(seed)
    y = [lcg.bell() for _ in range(observations)]
    y[-1] += 4.0
    rows = []
    for _ in range(draws):
        mean = offset + width * lcg.bell()
        rows.append([-0.5 * (v - mean) * (v - mean) - 0.9189385332046727 for v in y])
    return rows


def loo():
    models = {}
    for name, arguments in {
        "close": (31, 1000, 8, 0.3, 0.0),
        "wide": (31, 1000, 8, 0.9, 0.2),
        "off": (31, 1000, 8, 0.2, 1.5),
    }.items():
        ll = np.array(log_likelihoods(*arguments))
        data = az.from_dict(
            posterior={"x": np.zeros((1, len(ll)))}, log_likelihood={"y": ll[np.newaxis]}
        )
        for reff in (1.0, 0.6):
            e = az.loo(data, pointwise=True, reff=reff)
            if reff == 1.0:
                models[name] = e
            values = [e.elpd_loo, e.se, e.p_loo, e.loo_i.values[0], e.loo_i.values[-1]]
            values += [e.pareto_k.values[0], e.pareto_k.values[-1]]
            print(f'("{name}", {reff}, [{", ".join(number(v) for v in values)}]),')
    table = az.compare(models, method="stacking")
    for name, row in table.iterrows():
        values = [-row["elpd_diff"], row["dse"], row["weight"]]
        print(f'("{name}", [{", ".join(number(v) for v in values)}]),')


def hdi():
    lcg = Lcg(11)
    x = np.array([lcg.bell() + lcg.uniform() * 3.0 for _ in range(500)])
    for mass in (0.5, 0.89, 0.94):
        low, high = az.hdi(x, mass)
        print(f"({mass}, {number(low)}, {number(high)}),")


def ecdf():
    from arviz.stats import ecdf_utils as e

    for total, last, level in [(50, 9, 0.01), (200, 99, 0.004), (1000, 99, 0.01), (37, 20, 0.2)]:
        cdf = np.arange(1, last + 1) / (last + 1)
        lower, upper = e._get_pointwise_confidence_band(1 - level, total, cdf)
        # Rounded, since the product of a quotient may fall below the count that it came from.
        lower = np.rint(lower * total).astype(int)
        upper = np.rint(upper * total).astype(int) + 1
        before = np.insert(cdf[:-1], 0, 0)
        inside = e._ecdf_band_interior_probability((cdf - before) / (1 - before), total, lower, upper)
        print(f"({total}, {last}, {level}, {number(1 - inside)}),")


if __name__ == "__main__":
    globals()[sys.argv[1]]()
