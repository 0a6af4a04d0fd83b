"""How many threads the libraries of linear algebra start."""

from __future__ import annotations

import os

_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",  # NumPy's and SciPy's wheels
    "MKL_NUM_THREADS",  # conda's builds
    "VECLIB_MAXIMUM_THREADS",  # NumPy's wheels for new macOS
)


def keep_to_one() -> None:
    """Have each process compute with one thread, unless the environment says otherwise.

    Clicks are measured and jobs are run side by side, one process for each core. The libraries'
    own threads would only get in each other's way: OpenBLAS's wait for work by spinning, which
    made measuring clicks on two cores more than twice as slow. It has to be said before NumPy
    is imported, since its library reads the environment once, when it is loaded.
    """
    for variable in _VARIABLES:
        os.environ.setdefault(variable, "1")
