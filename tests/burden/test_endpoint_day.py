"""The day of the endpoint comparison, where animals are gone or not yet there."""

from __future__ import annotations

from small_cohort import N, cohort


def test_a_death_before_the_first_image_is_told_and_the_others_are_compared(study):
    """An animal without any image has a flux on no day: it does not decide on the day either."""
    images, animals = cohort(study, ends={"A0": 5.0, "B1": 25.0})
    row = study.primary(study.analyse(images, animals)["burden_endpoint"])
    images, animals = cohort(study, ends={"B1": 25.0})
    without = [[x for x in table if x["animal_id"] != "A0"] for table in (images, animals)]
    expected = study.primary(study.analyse(*without)["burden_endpoint"])
    assert row["day"] == expected["day"] == "21"
    assert row["p_value"] == expected["p_value"] != "NA"
    assert f"all {2 * N - 1} animals of `A` and `B` were alive" in row["day_rule"]
    assert "but for 1 gone before the first imaging: the death of A0 on day 5" in row["day_rule"]
    assert "the death of B1 on day 25" in row["day_rule"]
    assert f"1 of {2 * N} animals had died by day 21 (the first on day 5)" in row["note"]


def test_animals_that_come_under_observation_later_were_not_under_study(study):
    images, animals = cohort(study, days=(7, 14), ends={"A0": 10.0})
    for animal in animals:
        animal["came"] = 9 if animal["animal_id"] in ("B1", "B2") else 0
    images = [i for i in images if i["animal_id"] not in ("B1", "B2") or float(i["day"]) > 9]
    analysis = {"survival": {"entry": "came"}}
    row = study.primary(study.analyse(images, animals, analysis=analysis)["burden_endpoint"])
    assert row["day"] == "7"
    assert f"on which all {2 * N - 2} animals of `A` and `B` were alive" in row["day_rule"]
    assert "beside 2 that came under observation later" in row["day_rule"]
    assert "B1 (under observation from day 9 only)" in row["note"]


def test_all_gone_before_the_first_image(study):
    images, animals = cohort(study, n=1, ends={"A0": 5.0, "B0": 6.0})
    images = [study.image("A0", "A", 7.0, 1e6) | {"included": "false"}, *images]
    row = study.primary(study.analyse(images, animals)["burden_endpoint"])
    assert row["day"] == row["p_value"] == "NA"
