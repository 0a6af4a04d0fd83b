"""Blinding: codes from the sheet on, so that no result knows an arm's name."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lumicohort.cohort.blinding import MASKED
from lumicohort.cohort.cohort import read_cohort
from lumicohort.cohort.study import write_cohort
from lumicohort.errors import InputError
from lumicohort.figures.draw import draw_figure
from lumicohort.figures.style import arm_looks
from lumicohort.files import read_csv
from lumicohort.palette import REFERENCE_COLOUR
from lumicohort.study.config import StudyConfig, parse_config
from lumicohort.survival.study import analyse_survival

ARMS = ("PlaceboArm", "DrugArm")


def raw(folder: Path, **more: Any) -> dict[str, Any]:
    published = {"source": "x", "arms": {"DrugArm": {"median_days": 33}}}
    return {
        "study": "s",
        "models": {"MDA": {"published": published}},
        "arms": {"PlaceboArm": {"label": "The placebo"}, "DrugArm": {"colour": "#0072B2"}},
        "reference_arm": "PlaceboArm",
        "data": {"folder": str(folder), "cohort": {"file": "cohort.csv"}},
        "analysis": {"survival": {"bootstrap_samples": 999, "permutation_draws": 1000}},
        "blinding": {"seed": 3},
        **more,
    }


def write_sheet(folder: Path) -> None:
    lines = ["animal_id,model,arm,inoculation_date,end_date,end_reason,remark"]
    for i in range(12):
        arm = ARMS[i % 2]
        day = 12 + i if arm == "PlaceboArm" else 16 + i
        lines.append(f"m{i:02d},MDA,{arm},2026-01-01,2026-01-{day},found dead,had {arm.lower()}")
    (folder / "cohort.csv").write_text("\n".join(lines) + "\n")


def test_a_blinded_config_knows_codes_alone(tmp_path: Path) -> None:
    config = parse_config(raw(tmp_path))
    assert config.blinded and config.blinding is not None
    assert list(config.arms) == ["A", "B"]
    assert config.reference_arm == "A"
    assert set(config.sheet_arms) == set(ARMS)
    assert config.control_arm == config.sheet_arms["PlaceboArm"] == config.blinding.control
    assert config.arm_label("A") == "Group A"
    assert config.models["MDA"].published is None
    # No arm is grey or dashed as the reference is.
    assert REFERENCE_COLOUR not in {look.colour for look in arm_looks(config)}
    # The jobs read the dumped config: it is the same study.
    assert parse_config(json.loads(config.model_dump_json())) == config


def test_the_seed_deals_the_codes_whatever_the_order_of_the_arms(tmp_path: Path) -> None:
    dealt = set()
    for seed in range(20):
        config = parse_config(raw(tmp_path, blinding={"seed": seed}))
        turned = raw(tmp_path, blinding={"seed": seed})
        turned["arms"] = dict(reversed(turned["arms"].items()))
        assert parse_config(turned).sheet_arms == config.sheet_arms
        dealt.add(config.sheet_arms["PlaceboArm"])
    assert dealt == {"A", "B"}


def test_unblinded_is_the_study_as_it_was(tmp_path: Path) -> None:
    config = parse_config(raw(tmp_path, blinding={"seed": 3, "unblinded": True}))
    plain = parse_config({k: v for k, v in raw(tmp_path).items() if k != "blinding"})
    assert not config.blinded and config.blinding_note == ""
    assert config.arms == plain.arms and config.reference_arm == "PlaceboArm"
    assert config.sheet_arms == {"PlaceboArm": "PlaceboArm", "DrugArm": "DrugArm"}


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ({"PlaceboArm": "X"}, "give each arm"),
        ({"PlaceboArm": "X", "DrugArm": "X"}, "the same code"),
        ({"PlaceboArm": "DrugArm", "DrugArm": "Y"}, "the name of an arm"),
        ({"PlaceboArm": "../x", "DrugArm": "Y"}, "letters or digits"),
    ],
)
def test_codes_that_cannot_be_meant(key: dict[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        parse_config(raw(tmp_path, blinding={"key": key}))


def test_codes_of_ones_own(tmp_path: Path) -> None:
    key = {"PlaceboArm": "Z", "DrugArm": "K"}
    config = parse_config(raw(tmp_path, blinding={"key": key}))
    assert list(config.arms) == ["K", "Z"] and config.control_arm == "Z"


def test_options_of_figures_tell_nothing(tmp_path: Path) -> None:
    options = {
        "arms": ["PlaceboArm", "DrugArm"],
        "labels": {"DrugArm": "deferoxamine", "MDA": "MDA231"},
        "colours": {"PlaceboArm": "#4D4D4D"},
    }
    show = [
        {"name": "a", "kind": "survival", "caption": "{n} The Placebo died first.", **options},
        {"name": "b", "kind": "composite", "rows": [[{"kind": "survival", **options}]]},
        {"name": "c", "kind": "survival", "caption": "All: {n}"},
    ]
    config = parse_config(raw(tmp_path, figures={"show": show}))
    a, b, c = config.figures.show
    for drawing in (a, b.rows[0][0]):
        assert drawing.arms == ["A", "B"]
        assert drawing.labels == {"MDA": "MDA231"} and drawing.colours == {}
    assert a.caption is None and c.caption == "All: {n}"
    assert c.arms is None and "arms" not in c.model_fields_set


def test_an_arm_that_the_sheet_alone_knows_is_still_named(tmp_path: Path) -> None:
    write_sheet(tmp_path)
    text = (tmp_path / "cohort.csv").read_text().replace("m00,MDA,PlaceboArm", "m00,MDA,Placeboarm")
    (tmp_path / "cohort.csv").write_text(text)
    with pytest.raises(InputError, match="did you mean `PlaceboArm`"):
        read_cohort(parse_config(raw(tmp_path)))


def contents(path: Path) -> str:
    """Return all text of a file, that of its parts where it is an archive."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return " ".join(archive.read(n).decode("utf-8", "replace") for n in archive.namelist())
    return path.read_bytes().decode("utf-8", "replace")


def test_no_result_names_an_arm(tmp_path: Path) -> None:
    write_sheet(tmp_path)
    results = tmp_path / "results"

    def analyse(config: StudyConfig) -> None:
        write_cohort(config, results)
        analyse_survival(config, results)

    config = parse_config(raw(tmp_path))
    analyse(config)
    survival = read_csv(results / "survival.csv")
    placebo = config.sheet_arms["PlaceboArm"]
    assert survival["arm"].tolist() == [placebo, config.sheet_arms["DrugArm"]] * 6
    assert set(survival["remark"]) == {MASKED}
    files = [path for path in results.rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in files:
        text = contents(path).casefold()
        assert "placebo" not in text and "drugarm" not in text, path
    tests = read_csv(results / "statistics" / "survival_tests.csv")
    assert set(tests["reference"]) == {"A"}
    blinded_p = tests.loc[tests["primary"], "p_value"].tolist()
    analyse(parse_config(raw(tmp_path, blinding={"seed": 3, "unblinded": True})))
    tests = read_csv(results / "statistics" / "survival_tests.csv")
    # The same comparison, now under its name.
    assert set(tests["reference"]) == {"PlaceboArm"}
    assert tests.loc[tests["primary"], "p_value"].tolist() == pytest.approx(blinded_p)


def test_figures_and_tables_say_so(tmp_path: Path) -> None:
    write_sheet(tmp_path)
    days = "".join(
        f"m{i:02d},7,{(1 + i * 7 % 5) * 1e5}\nm{i:02d},11,{(3 + i * 5 % 7) * 1e5}\n"
        for i in range(12)
    )
    (tmp_path / "flux.csv").write_text("animal_id,day,total_flux_p_s\n" + days)
    more = raw(tmp_path)
    more["data"]["flux"] = {"file": "flux.csv"}
    more["figures"] = {"formats": ["svg"], "show": [{"name": "km", "kind": "survival"}]}
    config, results = parse_config(more), tmp_path / "results"
    from lumicohort.burden.study import analyse_burden
    from lumicohort.study.assemble import assemble_flux
    from lumicohort.tables.study import write_tables

    write_cohort(config, results)
    assemble_flux(config, [], results)
    analyse_survival(config, results)
    analyse_burden(config, results)
    write_tables(config, results)
    draw_figure(config, "km", results)
    caption = (results / "figures" / "km.txt").read_text()
    assert "Arms are blinded" in caption and "Group B" in caption
    assert "Group A" in contents(results / "figures" / "km.svg")
    for name in ("table1_survival.docx", "table2_burden.xlsx", "table1_survival.html"):
        assert "Arms are blinded" in contents(results / "tables" / name)
    for path in results.rglob("*"):
        if path.is_file():
            text = contents(path).casefold()
            assert "placebo" not in text and "drugarm" not in text, path


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        (("PlaceboArm-{i}", "DrugArm-{i}"), 2),
        (("m{i}", "drugarm{i}"), 1),
        (("m{i}", "m{i}"), 0),
        (("DrugArm-{i}", "DrugArm-{i}"), 0),  # the batch's name, say: it tells nothing
    ],
)
def test_ids_that_tell_the_arm_are_refused(tmp_path: Path, ids: tuple[str, str], told: int) -> None:
    write_sheet(tmp_path)
    path = tmp_path / "cohort.csv"
    lines = path.read_text().splitlines()
    for i in range(12):
        lines[i + 1] = lines[i + 1].replace(f"m{i:02d}", ids[i % 2].format(i=i))
    path.write_text("\n".join(lines))
    assert read_cohort(parse_config(raw(tmp_path, blinding=None)))
    if not told:
        assert read_cohort(parse_config(raw(tmp_path)))
        return
    with pytest.raises(
        InputError, match="the arm's name stands in the ids of 6 animals"
    ) as refused:
        read_cohort(parse_config(raw(tmp_path)))
    assert len(refused.value.problems) == told
