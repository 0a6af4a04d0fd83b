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


def test_typographic_quotation_marks_are_no_part_of_a_name() -> None:
    raw = {
        "study": "s",
        "models": {"\u201ePC9\u201c": None},
        "arms": {"v": 1},
        "reference_arm": "v",
    }
    with pytest.raises(InputError, match=r"key models\.\u201ePC9\u201c: .* typographic quotation"):
        parse_config(raw, "my.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"models:\n\xc2\xa0\xc2\xa0PC9: {}\n",
            "line 2: the line begins with no-break or other odd",
        ),
        (b"arms:\n  v:\n    colour: #0072B2\n", "line 3: `#0072B2` is taken for a comment"),
        ("study: s\ntitle: M\u00e4use".encode("cp1252"), "line 2: the config is not in UTF-8"),
        ("study: s".encode("utf-16"), "line 1: the config is not in UTF-8"),
        ("study: s".encode("utf-16-le"), "not in UTF-8, or damaged"),
        (b"{\\rtf1\\ansi study: s}", "this is formatted text (RTF), no config"),
        (b"study: my study", "key study: a name here may hold letters (A to Z), digits, ."),
    ],
)
def test_what_word_processors_leave_is_told(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(content)
    with pytest.raises(InputError) as refused:
        load_config(tmp_path / "s.yaml")
    assert message in str(refused.value)


def test_a_colour_in_a_comment_is_one(tmp_path: Path) -> None:
    text = "study: s  # colour: #0072B2\nmodels: {P: }\narms: {v: {colour: '#0072B2'}}\n"
    (tmp_path / "s.yaml").write_text(text + "reference_arm: v\n", encoding="utf-8")
    assert load_config(tmp_path / "s.yaml").arms["v"].colour == "#0072B2"


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is a folder"):
        load_config(tmp_path)
