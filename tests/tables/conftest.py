"""Results of a small study, shared by the tests of tables."""

from __future__ import annotations

import pytest
from statistics_on_disk import write_statistics


@pytest.fixture
def results(tmp_path):
    write_statistics(
        tmp_path,
        [
            ("M1", "vehicle", 10, 10, 23, 20, 25.5),
            ("M1", "DFO", 10, 9, 35, 33, None),
            ("M2", "vehicle", 8, 8, 21, 19, 22),
            ("M2", "DFO", 8, 2, None, 30, None),
        ],
        [
            ("M1", "DFO", "vehicle", "logrank", 2e-6, 2e-6, "false", "", ""),
            ("M1", "DFO", "vehicle", "logrank_permutation", 1.1e-5, 1.1e-5, "true", "", "exact"),
            ("M2", "DFO", "vehicle", "logrank_permutation", 0.0323, 0.0323, "true", "", "random"),
        ],
        [
            ("M1", "neuraxis", 21, "DFO", "vehicle", 10, 9, 5.1e6, 1.53e7, 66.7, -11, 80,
             0.3, 0.2, 0.45,
             "welch_t_log10", 0.0004, 0.0004, "true", "day 21 is last", "M3 (saturated)"),
            ("M1", "cranial", 21, "DFO", "vehicle", 10, 9, 1, 2, 3, 4, 5,
             1, 1, 1, "welch_t_log10", 0.9, 0.9, "false", "", ""),
            ("M2", "neuraxis", None, "DFO", "vehicle", 0, 0, None, None, None, None, None,
             None, None, None, "welch_t_log10", None, None, "true", "there is no image", "nothing"),
        ],
        [("M1", "DFO", "vehicle", "cox_firth", 0.0163, 0.0001, 0.13, 1e-5, "true")],
    )  # fmt: skip
    return tmp_path
