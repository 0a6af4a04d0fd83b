"""The effect of burden on survival, against R's coxph."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lumicohort.burden.baseline_effect import cox_per_unit

TIME = np.array([21.0, 23, 23, 25, 28, 30, 30, 33, 33, 36, 38, 40])
EVENT = np.array([1] * 11 + [0], dtype=bool)
BURDEN = np.array([6.3, 6.1, 6.25, 5.9, 6.0, 5.7, 6.2, 5.95, 6.3, 5.8, 6.02, 5.6])
ARM = ["A"] * 6 + ["B"] * 6


def cohort(study, event=EVENT):
    images, animals = [], []
    for i, (arm, time, died, burden) in enumerate(zip(ARM, TIME, event, BURDEN, strict=True)):
        animals.append(study.animal(f"m{i}", arm, time, bool(died)))
        images += [
            study.image(f"m{i}", arm, day, 10 ** (burden + 0.1 * day - 0.7)) for day in (7, 14)
        ]
    return images, animals


def test_equals_coxph():
    """R survival 3.5-3: coxph(Surv(t, e) ~ x + strata(a)); profile limits by uniroot on offset."""
    result = cox_per_unit(TIME, EVENT, BURDEN, ARM)
    assert result["hr_per_log10"] == pytest.approx(282.645555979, rel=1e-6)
    assert result["lower_95"] == pytest.approx(3.34372691257, rel=1e-6)
    assert result["upper_95"] == pytest.approx(23892.0559015, rel=1e-6)
    assert result["p_value"] == pytest.approx(0.0126612017031, rel=1e-6)
    assert result["profile_lower_95"] == pytest.approx(5.56133591091, rel=1e-5)
    assert result["profile_upper_95"] == pytest.approx(54499.3149479, rel=1e-5)
    assert result["p_value_lrt"] == pytest.approx(0.00331795919878, rel=1e-6)
    assert result["note"] == ""


def test_arms_of_a_config_may_differ_in_capitals_only():
    twins = ["dfo"] * 6 + ["DFO"] * 6
    assert cox_per_unit(TIME, EVENT, BURDEN, twins) == cox_per_unit(TIME, EVENT, BURDEN, ARM)


def test_the_table(study):
    table = study.analyse(*cohort(study))["baseline_effect"].set_index("quantity")
    row = table.loc["baseline_log10_p_s"]
    assert float(row["hr_per_log10"]) == pytest.approx(282.645555979, rel=1e-6)
    assert (row["n"], row["events"], row["day"], row["stratified_by"]) == ("12", "11", "7", "arm")
    parts = [BURDEN[:6], BURDEN[6:]]
    sd = math.sqrt(sum(((p - p.mean()) ** 2).sum() for p in parts) / 10)
    assert float(row["sd_log10"]) == pytest.approx(sd)
    assert float(row["hr_per_sd"]) == pytest.approx(282.645555979**sd, rel=1e-6)
    assert "spans at most 5-fold" in row["note"]
    # Every animal grew alike, so the landmark on day 14 tells the same.
    late = table.loc["endpoint_log10_p_s"]
    assert late["day"] == "14" and "landmark" in late["options"]
    assert float(late["hr_per_log10"]) == pytest.approx(282.645555979, rel=1e-6)


def test_values_that_hardly_differ_are_fitted_as_well():
    # log10 flux within 0.01 of each other, as when all animals start alike. By R 4.2.2:
    # coxph(Surv(time, event) ~ I(value / 1e4) + strata(arm)) has 1e4 times less.
    wide = cox_per_unit(TIME, EVENT, BURDEN, ARM)
    result = cox_per_unit(TIME, EVENT, 5 + BURDEN / 1e4, ARM)
    assert math.isnan(result["hr_per_log10"]) and "too large for a number" in result["note"]
    assert result["logs"][0] == pytest.approx(1e4 * wide["logs"][0], rel=1e-6)
    assert result["p_value"] == pytest.approx(wide["p_value"], rel=1e-6)
    assert result["p_value_lrt"] == pytest.approx(wide["p_value_lrt"], rel=1e-6)


def test_separation_is_no_number():
    burden = np.array([6.0, 5.8, 5.6, 5.4])
    result = cox_per_unit(np.arange(1.0, 5), np.ones(4, dtype=bool), burden, ["A"] * 4)
    assert math.isnan(result["hr_per_log10"]) and math.isnan(result["profile_upper_95"])
    assert 1 < result["profile_lower_95"] < math.inf
    assert "animal with most flux at risk died" in result["note"]
    other = cox_per_unit(np.arange(1.0, 5), np.ones(4, dtype=bool), -burden, ["A"] * 4)
    assert "animal with least flux" in other["note"]
    same = cox_per_unit(np.arange(1.0, 5), np.ones(4, dtype=bool), burden * 0, ["A"] * 4)
    assert "tell the animals at risk apart" in same["note"]


def test_no_death_no_image_and_few_deaths_say_so(study):
    images, animals = cohort(study, event=EVENT * False)
    row = study.primary(study.analyse(images, animals)["baseline_effect"])
    assert row["hr_per_log10"] == "NA" and "no animal with a value died" in row["note"]
    row = study.primary(study.analyse([], animals)["baseline_effect"])
    assert row["hr_per_log10"] == row["day"] == "NA" and row["n"] == "0"
    images, animals = cohort(study)
    dark = [{**i, "below_lod": "true", "lod_p_s": i["total_flux_p_s"]} for i in images]
    row = study.primary(study.analyse(dark, animals)["baseline_effect"])
    assert row["hr_per_log10"] == row["p_value_lrt"] == "NA" and row["n_below_lod"] == "12"
    assert "every value is below the LOD" in row["note"]
    images, animals = cohort(study, event=np.arange(12) < 3)
    row = study.primary(study.analyse(images, animals)["baseline_effect"])
    assert "3 events are too few" in row["note"] and row["hr_per_log10"] != "NA"
    images, animals = cohort(study, event=np.arange(12) < 1)
    dark = [{**images[0], "below_lod": "true", "lod_p_s": images[0]["total_flux_p_s"]}]
    row = study.primary(study.analyse(dark + images[1:], animals)["baseline_effect"])
    assert "1 event is too few to trust a coefficient" in row["note"]
    assert "1 value below the LOD" in row["note"]


def test_animals_without_a_value_or_an_end_are_named(study):
    images, animals = cohort(study)
    images = [i for i in images if (i["animal_id"], i["day"]) != ("m0", 7)]
    animals[5]["time_days"] = None
    animals[5]["event"] = "false"
    row = study.primary(study.analyse(images, animals)["baseline_effect"])
    keep = ~np.isin(np.arange(12), (0, 5))
    expected = cox_per_unit(TIME[keep], EVENT[keep], BURDEN[keep], list(np.array(ARM)[keep]))
    assert row["n"] == "10" and "without a value or an end: m0, m5" in row["note"]
    assert float(row["hr_per_log10"]) == pytest.approx(expected["hr_per_log10"], rel=1e-6)
