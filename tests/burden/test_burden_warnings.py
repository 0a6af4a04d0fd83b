"""What the endpoint comparison warns of, wherever its numbers are told."""

from __future__ import annotations


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
