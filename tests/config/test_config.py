"""The study config: what is accepted, and that every fault is named at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lumicohort.errors import InputError
from lumicohort.study.config import load_config, parse_config

SMALLEST = {
    "study": "s",
    "models": {"PC9": None},
    "arms": {"vehicle": None, "DFO": {"colour": "#0072B2"}},
    "reference_arm": "vehicle",
}


def faults(raw: dict) -> str:
    with pytest.raises(InputError) as refused:
        parse_config(raw, "my.yaml")
    return str(refused.value)


def test_smallest_config_has_all_defaults() -> None:
    study = parse_config(SMALLEST)
    assert study.analysis.burden.region == "neuraxis"
    assert study.imaging.calibration.cosmic == "isolated"
    assert str(study.data_folder) == "data/s"
    assert str(study.results_folder) == "results/s"
    assert not study.simulated
    assert [figure.name for figure in study.figures.show] == [
        "survival",
        "flux_over_time",
        "endpoint_burden",
        "montage",
        "flow",
        "swimmer",
        "growth_diagnostics",
    ]


def test_all_problems_are_listed_at_once_with_key_paths() -> None:
    text = faults(
        {
            **SMALLEST,
            "reference_arm": "vehicel",
            "imging": {},
            "imaging": {"calibration": {"cosmic": "none"}, "regions": {"spinal_with": 1}},
            "schedule": {"dose_mg_per_kg": "two"},
            "figures": {"show": [{"name": "a", "kind": "survival", "models": ["PC8"]}]},
        }
    )
    assert text.startswith("6 problems:")
    assert "key reference_arm: `vehicel` is not among `arms` (`vehicle`, `DFO`)" in text
    assert "did you mean `vehicle`?" in text
    assert "key imging: unknown key — did you mean `imaging`?" in text
    assert "key imaging.calibration.cosmic: `off`, `isolated` or `living_image` is needed" in text
    assert "key imaging.regions.spinal_with: unknown key — did you mean `spinal_width`?" in text
    assert "key schedule.dose_mg_per_kg" in text
    assert "found 'two'" in text
    assert "key figures.show.0.models: `PC8` is not among `models` (`PC9`)" in text
    assert "my.yaml" in text


def test_a_key_in_the_wrong_place_is_told_its_own() -> None:
    text = faults(
        {
            **SMALLEST,
            "analysis_region": "cranial",
            "lod_level": 0.95,
            "analysis": {"ci_type": "log", "seed": 1, "surviva": {}},
        }
    )
    assert "key analysis_region: unknown key — did you mean `analysis.burden.region`? A" in text
    assert "key lod_level: unknown key — did you mean `imaging.detection.lod_level`? A" in text
    assert "key analysis.ci_type: unknown key — did you mean `analysis.survival.ci_type`?" in text
    assert "key analysis.seed: unknown key. Allowed here: burden, survival." in text
    assert "key analysis.surviva: unknown key — did you mean `survival`?" in text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"study": "../up"}, "key study"),
        ({"study": ""}, "key study"),
        ({"models": {}}, "key models"),
        (
            {"models": ["MDA", "PC9"]},
            "key models: each name here is a key and has a colon: `models: { MDA: {}, PC9: {} }`",
        ),
        (
            {"arms": {"vehicle": "grey", "DFO": {}}},
            "key arms.vehicle: keys are needed here",
        ),
        ({"schedule": 7}, "key schedule: keys are needed here, each with a colon"),
        (
            {"data": {"cohort": {"file": "c.csv"}, "imaging": {"file": "i.csv"}}},
            "key data.imaging: one text is needed here, and no keys below it — did you mean "
            "`imaging_sheet`?",
        ),
        ({"title": {"a": 1}}, "key title: one text is needed here, and no keys below it."),
        ({"imaging": "none"}, "key imaging: keys are needed here, each with a colon"),
        ({"imaging": {"regions": ["cranial"]}}, "has a colon: `regions: { cranial: {} }`"),
        ({"imaging": {"views": "sum", "view": "dorsal"}}, "key imaging: views: sum adds dorsal"),
        ({"imaging": {"emission_filter": ""}}, "emission_filter: string should have at least 1"),
        ({"figures": {"show": 3}}, "a list is needed here, also of one: `show: [ … ]`; found 3."),
        ({"arms": {"vehicle": {"colour": "grey"}}}, "key arms.vehicle.colour"),
        ({"imaging": {"regions": {"cranial": [0.5, 0.2]}}}, "cranial must be two rising"),
        ({"imaging": {"detection": {"lod_level": 99}}}, "key imaging.detection.lod_level"),
        ({"end_reasons": {"found dead": "dead"}}, "key end_reasons.found dead"),
        (
            {"figures": {"show": [{"name": "../a", "kind": "survival"}]}},
            "key figures.show.0.name",
        ),
        (
            {"figures": {"show": [{"name": "a", "kind": "survival"}] * 2}},
            "two figures are called `a`",
        ),
        (
            {"models": {"PC9": {"published": {"source": "x", "arms": {"dfo": {}}}}}},
            "did you mean `DFO`?",
        ),
        (
            {"arms": {"vehicle": {}, "DFO": {}, "Vehicle": {}}},
            "key arms.Vehicle: `vehicle` and `Vehicle` differ in capitals or spaces only",
        ),
        (
            {"arms": {"vehicle": {"label": "Control"}, "DFO": {"label": "control "}}},
            "key arms.DFO.label: `vehicle` and `DFO` have the same label, `control `: nobody",
        ),
        (
            {"arms": {"vehicle": {"colour": "#00aa00"}, "DFO": {"colour": "#00AA00"}}},
            "key arms.DFO.colour: `vehicle` and `DFO` have the same colour, `#00AA00`",
        ),
        (
            {
                "analysis": {
                    "survival": {
                        "hazard_ratio": "logrank_oe",
                        "covariates": ["sex"],
                        "print_adjusted": True,
                    }
                }
            },
            "key analysis.survival.hazard_ratio: `logrank_oe` is not adjusted (covariates)",
        ),
        (
            {"models": {"A": {"label": "B"}, "B": {}}},
            "key models.B.label: `A` and `B` have the same label, `B`",
        ),
        (
            {"end_reasons": {"found dead": "event", "Found dead": "censored"}},
            "key end_reasons.Found dead: `found dead` and `Found dead` differ in capitals",
        ),
    ],
)
def test_each_fault_is_named(change: dict, expected: str) -> None:
    assert expected in faults({**SMALLEST, **change})


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: 1\narms: { vehicle: {}, DFO: {}\nb: 1\n", "The bracket of line 2 is not closed"),
        ("columns: { animal_id: Mouse #, arm: Tx }\nb: 1\n", "begins a comment: put text"),
        ("arms:\n\tvehicle: {}\n", "Indent with spaces, not with tabs."),
        ("title: DFO: a study\n", "put text that holds # : , { } [ ] in quotation marks"),
        ("arms:\n  vehicle {}\n  DFO: {}\n", "The line before may lack its colon"),
        ("a: 1\nb\n", "every key needs a colon"),
    ],
)
def test_bad_yaml_comes_with_what_to_do(tmp_path: Path, text: str, hint: str) -> None:
    (tmp_path / "my.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_config(tmp_path / "my.yaml")
    assert hint in str(caught.value)


def test_two_spellings_of_one_end_reason_are_allowed() -> None:
    reasons = {"found dead": "event", "Found dead": "event"}
    assert parse_config({**SMALLEST, "end_reasons": reasons}).end_reasons == reasons


@pytest.mark.parametrize("missing", ["study", "models", "arms", "reference_arm"])
def test_required_keys(missing: str) -> None:
    raw = {key: value for key, value in SMALLEST.items() if key != missing}
    assert f"key {missing}: this key is required and missing." in faults(raw)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("study: a\nstudy: b\n", "line 2, column 1: not valid YAML: the key `study` is written"),
        ("study: [a\n", "not valid YAML"),
        ("- a\n", "must be a mapping"),
        ("", "must be a mapping"),
    ],
)
def test_bad_yaml_names_file_and_line(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        load_config(path)
    assert expected in str(refused.value)
    assert "my.yaml" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"study": "a",\n "study": "b"}', "the key `study` is written twice"),
        ('{"study": "a",\n "models"}', "line 2, column 10: not valid JSON"),
        ('["a"]', "must be a mapping"),
    ],
)
def test_bad_json_names_file_and_place(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "my.json"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        load_config(path)
    assert expected in str(refused.value)
    assert "my.json" in str(refused.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such config file"):
        load_config(tmp_path / "none.yaml")


def test_scientific_notation_without_sign_is_a_number(tmp_path: Path) -> None:
    """YAML 1.1 reads 1.5e7 as text; the models make it the number that was meant."""
    path = tmp_path / "my.yaml"
    path.write_text(
        "study: s\nreference_arm: v\narms: {v: }\n"
        "models: {M: {published: {source: x, arms: {v: {burden_p_s: 1.5e7}}}}}\n"
    )
    published = load_config(path).models["M"].published
    assert published is not None
    assert published.arms["v"].burden_p_s == 1.5e7


@pytest.mark.parametrize(
    ("data", "mark"),
    [
        ({}, "data/s/SIMULATED.txt"),
        ({}, "data/s/truth/truth.csv"),
        ({"imaging": "../demo/imaging"}, "data/demo/SIMULATED.txt"),
        ({"folder": "data/demo"}, "data/demo/SIMULATED.txt"),
    ],
)
def test_data_simulated_for_another_study_are_known_as_such(
    data: dict, mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    study = parse_config({**SMALLEST, "data": data})
    assert not study.simulated
    (tmp_path / "data/s").mkdir(parents=True)
    (tmp_path / mark).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / mark).touch()
    assert study.simulated
    assert not study.simulates


def test_the_demo_config_is_valid(root: Path) -> None:
    study = load_config(root / "config" / "config.yaml")
    assert study.study == "demo"
    assert study.simulated
    assert study.simulates
    assert set(study.arms) == {"vehicle", "DFO"}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            {"analysis": {"burden": {"endpoint_day": "last common"}}},
            "key analysis.burden.endpoint_day: `last_common` or a whole number is needed here; "
            "found 'last common' — did you mean `last_common`?",
        ),
        (
            {"analysis": {"burden": {"endpoint_day": 20.5}}},
            "key analysis.burden.endpoint_day: `last_common` or a whole number is needed here; "
            "found 20.5.",
        ),
        (
            {"figures": {"show": [{"name": "s", "kind": "swimer"}]}},
            "`flow`, `qc_summary` or `composite` is needed here; found 'swimer' — did you mean "
            "`swimmer`?",
        ),
        ({"title": None}, "key title: a text is needed here; found nothing."),
        ({"strict": "maybe"}, "key strict: true or false is needed here; found 'maybe'."),
        (
            {"data": {"cohort": {"file": "c.csv", "columns": {"arm": 5}}}},
            "key data.cohort.columns.arm: a text is needed here; found 5.",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_once_with_what_is_allowed(
    raw: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_config(
            {
                "study": "s",
                "models": {"m": {}},
                "arms": {"a": {}, "b": {}},
                "reference_arm": "a",
                "data": {"cohort": {"file": "c.csv"}},
                **raw,
            }
        )
    (problem,) = caught.value.problems
    assert said in str(problem)
