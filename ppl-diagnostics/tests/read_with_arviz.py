"""Prints what ArviZ reads of files that were written.

    python tests/read_with_arviz.py array.npy chain_1.csv chain_2.csv ..

First the shape and the sum of the array; then for each element of each quantity its name, indices, mean, R-hat, effective size of the bulk,
and highest-density interval of 94 %.
"""

import sys

import arviz
import numpy

array = numpy.load(sys.argv[1])
print("array", *array.shape, repr(float(array.sum())))
data = arviz.from_cmdstan(posterior=sys.argv[2:])
assert "lp" in data.sample_stats and data.sample_stats.diverging.dtype == bool
for name, draws in data.posterior.items():
    values = draws.values
    assert values.shape[0] == len(sys.argv) - 2, values.shape
    for index in numpy.ndindex(values.shape[2:]):
        of_one = values[(slice(None), slice(None), *index)]
        numbers = [of_one.mean(), arviz.rhat(of_one), arviz.ess(of_one), *arviz.hdi(of_one.ravel(), 0.94)]
        print(name, ".".join(map(str, index)) or "-", *(repr(float(x)) for x in numbers))
