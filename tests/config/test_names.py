"""Names of the config that hold what nobody sees are the names of the sheet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lumicohort.cohort.cohort import read_cohort
from lumicohort.errors import InputError
from lumicohort.plain import plain
from lumicohort.study.config import load_config, parse_config

CONFIG = """\ufeffstudy: s\r
reference_arm: "Vehicle\u00a0(PBS)"\r
models: {PC9: {label: "PC9\u00a0LeptoM"}}\r
arms:\r
  Vehicle (PBS): {}\r
  DFO\u200950\u2003\u00b5g: {colour: "#0072B2"}\r
end_reasons: {"humane\u00a0endpoint": event}\r
data:\r
  folder: .\r
  cohort:\r
    file: "co\u00a0hort.csv"\r
    columns: {arm: "Gru\u0308ppe\u00a0A"}\r
    values: {model: "PC9\u200b"}\r
"""
SHEET = """animal_id,Gr\u00fcppe A,inoculation_date,end_date,end_reason
1,Vehicle (PBS),\u200e2020-01-01,2020-01-22,humane endpoint
2,\u200bDFO 50\u202f\u00b5g\u00ad,2020-01-01,2020-02-03,humane\u2007endpoint
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DFO\u00a0low ", "DFO low"),
        ("\u3000DFO\u2003low\u200b", "DFO low"),
        ("\u200e04/03/2020\u202c", "04/03/2020"),
        ("dose\u00adlimit", "doselimit"),
        ("Gru\u0308n", "Gr\u00fcn"),
        ("a\tb", "a b"),
        ("\uff10\uff17", "\uff10\uff17"),  # full-width digits are seen, and stay
    ],
)
def test_what_nobody_sees_goes(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_names_of_config_and_sheet_meet_whatever_spaces_they_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_bytes(CONFIG.encode())
    (tmp_path / "co\u00a0hort.csv").write_text(SHEET, encoding="utf-8")
    config = load_config("s.yaml")
    assert list(config.arms) == ["Vehicle (PBS)", "DFO 50 \u00b5g"]
    assert config.reference_arm == "Vehicle (PBS)"
    assert config.model_label("PC9") == "PC9\u00a0LeptoM"  # a label is printed as it is written
    animals = read_cohort(config).animals
    assert [a.arm for a in animals] == ["Vehicle (PBS)", "DFO 50 \u00b5g"]
    assert [a.end_reason for a in animals] == ["humane endpoint"] * 2
    assert animals[0].inoculation_date == date(2020, 1, 1)


@pytest.mark.parametrize("other", ["DFO\u00a0low", "DFO low\u200b", " DFO low"])
def test_two_keys_that_look_alike_are_refused(other: str) -> None:
    raw = {
        "study": "s",
        "models": {"PC9": None},
        "arms": {"DFO low": None, other: None},
        "reference_arm": "DFO low",
    }
    with pytest.raises(InputError) as refused:
        parse_config(raw, "my.yaml")
    assert str(refused.value) == (
        "my.yaml, key arms.DFO low: `DFO low` is written twice, with spaces or characters that "
        "nobody sees: keep one."
    )


def test_a_key_of_the_config_itself_may_end_in_a_no_break_space() -> None:
    raw = {"study": "s", "models": {"PC9": None}, "arms": {"v": None}, "reference_arm\u00a0": "v"}
    assert parse_config(raw).reference_arm == "v"
