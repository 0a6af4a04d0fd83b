"""How numbers are printed."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicohort.tables.format import (
    format_benefit,
    format_days,
    format_flux,
    format_interval,
    format_p,
    format_p_equation,
    format_percent,
    format_ratio,
)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.1e-5, "<0.0001"),
        (0.0001, "0.00010"),
        (0.00323, "0.0032"),
        (0.0417, "0.042"),
        (0.0496, "0.0496"),
        (0.0504, "0.0504"),
        (0.04999, "0.04999"),
        (0.05, "0.050"),
        (0.41, "0.41"),
        (0.2, "0.20"),
        (1.0, ">0.99"),
        (0.0, "<0.0001"),
        (math.nan, "NA"),
        (None, "NA"),
    ],
)
def test_p(p, text):
    assert format_p(p) == text


def test_p_with_another_limit_and_sign():
    assert format_p(0.0004, 0.001) == "<0.001"
    assert format_p(2e-6, 0.00001) == "<0.00001"
    assert format_p_equation(0.0032) == "P = 0.0032"
    assert format_p_equation(1e-9) == "P < 0.0001"
    assert format_p_equation(1.0) == "P > 0.99"
    assert format_p_equation(None) == "P = NA"


@given(st.floats(min_value=1e-4, max_value=0.99))
def test_p_never_crosses_significance(p):
    text = format_p(p)
    assert "e" not in text
    assert (float(text) < 0.05) == (p < 0.05) and (float(text) > 0.05) == (p > 0.05)
    assert float(text) == pytest.approx(p, rel=0.051)


@pytest.mark.parametrize(
    ("flux", "text"),
    [
        (1.5e7, "1.5 × 10⁷"),
        (4.96e6, "5.0 × 10⁶"),
        (9.97e6, "1.0 × 10⁷"),
        (3.2e-3, "3.2 × 10⁻³"),
        (1.2e12, "1.2 × 10¹²"),
        (-1.5e4, "\N{MINUS SIGN}1.5 × 10⁴"),
        (0, "0"),
        (None, "NA"),
        (math.inf, "NA"),
    ],
)
def test_flux(flux, text):
    assert format_flux(flux) == text


@pytest.mark.parametrize(
    ("median", "reference", "text"),
    [
        (35, 23, "+12 days (+52%)"),
        (33, 21, "+12 days (+57%)"),
        (20, 23, "\N{MINUS SIGN}3 days (\N{MINUS SIGN}13%)"),
        (24, 23, "+1 day (+4%)"),
        (23, 23, "0 days (0%)"),
        (24.5, 23, "+1.5 days (+7%)"),
        (None, 23, "NA"),
        (35, math.nan, "NA"),
        (3, 0, "+3 days"),
    ],
)
def test_benefit(median, reference, text):
    assert format_benefit(median, reference) == text


def test_days_percent_ratio_and_interval():
    assert [format_days(v) for v in (23.0, 22.5, 22.45, 22.04, 100, None)] == [
        "23",
        "22.5",
        "22.5",
        "22",
        "100",
        "NA",
    ]
    assert format_days(-3.0, signed=True) == "\N{MINUS SIGN}3"
    assert [format_percent(v) for v in (66.7, 67.0, -20.4, -0.2)] == [
        "67%",
        "67%",
        "\N{MINUS SIGN}20%",
        "0%",
    ]
    # What is not the whole is not printed as the whole.
    assert [format_percent(v) for v in (99.4, 99.5, 99.93, -99.9996, 100, 100.2, 100 - 1e-9)] == [
        "99%",
        "99.5%",
        "99.9%",
        "\N{MINUS SIGN}99.9996%",
        "100%",
        "100%",
        "100%",
    ]
    assert [format_ratio(v) for v in (0.1935, 12.3, 3.9e-9, 123456, 0)] == [
        "0.19",
        "12",
        "3.9 × 10⁻⁹",
        "120000",
        "0",
    ]
    assert format_interval(18, None) == "18\N{EN DASH}NA"
    assert format_interval(52, 78, format_percent) == "52\N{EN DASH}78%"
    assert format_interval(-5, 78, format_percent) == "\N{MINUS SIGN}5 to 78%"
    assert format_interval(None, math.nan) == "NA"


def test_a_ratio_that_is_not_1_is_not_printed_as_1() -> None:
    values = (1.0145, 0.9972, 1.04, 1.06, 1.0, 1.000001)
    expected = ["1.01", "0.997", "1.04", "1.1", "1.0", "1.0000"]
    assert [format_ratio(value) for value in values] == expected


def test_module_is_light():
    code = "import sys, lumicohort.tables.format; print([m for m in ('numpy', 'pandas', 'docx') if m in sys.modules])"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_per_cent_of_next_to_nothing_has_no_page_of_digits():
    assert format_percent(-1.2345e300) == "\N{MINUS SIGN}1.23e+300%"
    assert format_percent(123456789.0) == "123456789%"
