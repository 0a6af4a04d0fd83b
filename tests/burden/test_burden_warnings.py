"""What the endpoint comparison warns of, wherever its numbers are told."""

from __future__ import annotations

import pytest

from lumicohort.burden.endpoint_warnings import few_animals_warning


def test_an_endpoint_before_treatment_says_so_beside_its_numbers(study):
    """One early death moves the last common day to the baseline, where treatment only starts."""
    images = [
        study.image(f"{arm}{i}", arm, day, flux * (i + 1))
        for arm, flux in (("A", 1e5), ("B", 2e5))
        for i in range(4)
        for day in (7, 14)
        if (arm, i, day) != ("A", 0, 14)
    ]
    animals = [
        study.animal(f"{arm}{i}", arm, *((12, True) if (arm, i) == ("A", 0) else (40,)))
        for arm in "AB"
        for i in range(4)
    ]
    at_baseline = (
        "warning: day 7 is the baseline, and not after the first day of treatment (day 7 by the "
        "schedule): this compares the arms before treatment, and a difference is no effect of it"
    )
    tables = study.analyse(images, animals)
    assert study.primary(tables["burden_endpoint"])["note"] == at_baseline
    assert set(tables["burden_sensitivity"]["note"].str.contains("is no effect of it")) == {True}
    late = study.analyse(images, animals, schedule={"treatment_first_day": 20})
    fixed = study.analyse(images, animals, burden={"endpoint_day": 14})
    after = study.analyse(images, animals, schedule={"treatment_first_day": 3})
    assert (
        "warning: day 7 is the baseline, and not" in study.primary(late["burden_endpoint"])["note"]
    )
    assert "baseline" not in study.primary(fixed["burden_endpoint"])["note"]
    assert study.primary(after["burden_endpoint"])["note"] == (
        "warning: day 7 is the baseline, the first imaging day: no growth since then is compared, "
        "and whether the arms differed before treatment is not known"
    )
    early = study.analyse(
        images, animals, burden={"endpoint_day": 14}, schedule={"treatment_first_day": 14}
    )
    assert study.primary(early["burden_endpoint"])["note"].split("; ")[1] == (
        "warning: day 14 is not after the first day of treatment (day 14 by the schedule): this "
        "compares the arms before treatment, and a difference is no effect of it"
    )


@pytest.mark.parametrize(
    ("n", "said"),
    [
        ((4, 4), ""),  # 2 of 70 arrangements
        ((3, 4), ""),  # 1 of 35
        (
            (3, 3),
            "warning: with so few animals (3 and 3) a test that supposes no distribution cannot "
            "give P below 0.1",
        ),
        ((2, 9), "warning: with so few animals (2 and 9) the spread within an arm is hardly known"),
        (
            (2, 2),
            "warning: with so few animals (2 and 2) the spread within an arm is hardly known, and "
            "a test that supposes no distribution cannot give P below 0.33",
        ),
        ((0, 2), ""),
    ],
)
def test_arms_too_small_to_test_are_warned_of(n, said):
    assert few_animals_warning(*n) == said


def test_an_arm_below_the_lod_throughout_is_warned_of(study):
    """Its values are one constant: Welch's test takes the spread of the other arm for both."""
    images = [
        study.image(f"{arm}{i}", arm, 14, flux * (i + 1), below=arm == "A", lod_p_s=6e4)
        for arm, flux in (("A", 1e4), ("B", 2e5))
        for i in range(5)
    ]
    animals = [study.animal(f"{arm}{i}", arm) for arm in "AB" for i in range(5)]
    said = (
        "warning: every value of `A` is below the LOD and stands as one constant, without spread: "
        "P and interval depend on what such values are set to"
    )
    schedule = {"treatment_first_day": 3, "imaging_first_day": 14}
    note = study.primary(study.analyse(images, animals, schedule=schedule)["burden_endpoint"])
    assert said in note["note"].split("; ") and "so few" not in note["note"]
    images[0]["below_lod"] = "false"
    note = study.primary(study.analyse(images, animals, schedule=schedule)["burden_endpoint"])
    assert "without spread" not in note["note"]
    measured = study.analyse(
        [{**i, "below_lod": "true"} if i["arm"] == "A" else i for i in images],
        animals,
        burden={"below_lod": "measured"},
    )
    assert "every value of `A`" not in study.primary(measured["burden_endpoint"])["note"]


@pytest.mark.parametrize(
    ("quantity", "advice"),
    [
        ("total_flux_p_s", "(give their limits of detection)"),
        ("net_flux_p_s", "(analyse total_flux_p_s)"),
    ],
)
def test_values_without_a_logarithm_come_with_what_to_do(study, quantity, advice):
    """To analyse what is analysed already would be no advice."""
    images = [
        study.image(f"{arm}{i}", arm, 14, flux * i, net_flux_p_s=flux * i)
        for arm, flux in (("A", 1e5), ("B", 2e5))
        for i in range(4)
    ]
    animals = [study.animal(f"{arm}{i}", arm) for arm in "AB" for i in range(4)]
    schedule = {"treatment_first_day": 3, "imaging_first_day": 7}
    found = study.analyse(images, animals, burden={"quantity": quantity}, schedule=schedule)
    note = study.primary(found["burden_endpoint"])["note"]
    assert "2 of 8 values (A0, B0) have no logarithm and are left out" in note
    assert note.count(advice) == 1 and note.count("biased (") == 1
