"""Cells of covariates: numbers, words, and what is neither."""

from __future__ import annotations

import pytest

from lumicohort.errors import InputError
from lumicohort.survival.covariates import Adjustment


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["24", "25 g", "26", "27"], "row 3, column weight_g: `25 g` is not a finite number"),
        (["", "NA", "", "nan"], "column weight_g: the covariate has no value"),
        (["1", "inf", "2", "3"], "`inf` is not a finite number"),
    ],
)
def test_refuses_cells(cells: list[str], said: str) -> None:
    with pytest.raises(InputError) as error:
        Adjustment.from_columns({"weight_g": cells}, file="s.csv", rows=[2, 3, 4, 5])
    assert said in str(error.value)


def test_refuses_too_many_words() -> None:
    names = [f"name {i}" for i in range(12)]
    with pytest.raises(InputError, match="12 different words are too many"):
        Adjustment.from_columns({"note": names})


def test_a_level_called_none_is_no_missing_value() -> None:
    """Animals without pretreatment must not leave the model."""
    found = Adjustment.from_columns({"steroid": ["none", "dexa", "", "none"]})
    assert found.words["steroid"] == ("none", "dexa", "", "none")
    with pytest.raises(InputError, match="`none` is not a finite number"):
        Adjustment.from_columns({"dose_mg": ["none", "5", "10", "20"]})


def test_cages_numbered_are_groups() -> None:
    found = Adjustment.from_columns({"cage": [1, 2, 3], "day": [1, 2, 3]})
    assert found.words["cage"] == ("1", "2", "3") and found.numbers["day"].tolist() == [1, 2, 3]
