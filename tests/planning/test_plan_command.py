"""`lumicohort plan` from its command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumicohort.cli import main
from lumicohort.files import read_csv


def plan(out: Path, *arguments: str, simulations: str = "300") -> int:
    return main(["plan", *arguments, "--simulations", simulations, "--out", str(out)])


def test_the_answer_is_a_sentence_a_table_and_a_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan(tmp_path / "a", "--median-vehicle", "23", "--median-treated", "35") == 0
    said = capsys.readouterr().out
    assert said.startswith("7 animals per arm (14 in all)")
    for words in ("Monte-Carlo", "permutation", "Weibull shape 5", "Schoenfeld", "seed 20201111"):
        assert words in said
    table = read_csv(tmp_path / "a" / "plan.csv")
    chosen = table[table["chosen"]]
    assert chosen[["n", "n_reference", "animals"]].to_numpy().tolist() == [[7, 7, 14]]
    assert chosen["lower_95"].item() < chosen["power"].item() < chosen["upper_95"].item()
    assert {p.name for p in (tmp_path / "a").iterdir()} == {
        "plan.csv",
        "plan.txt",
        "plan.pdf",
        "plan.svg",
        "plan.png",
    }
    assert (tmp_path / "a" / "plan.txt").read_text() in said
    svg = (tmp_path / "a" / "plan.svg").read_text()
    assert "Animals per arm" in svg and "Assumed survival" in svg


def test_several_arms_and_a_given_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ratios = ["--hazard-ratio", "0.4", "--hazard-ratio", "0.2"]
    assert plan(tmp_path, *ratios, "--animals", "5", "--ratio", "2", simulations="100") == 0
    said = capsys.readouterr().out
    assert "With 5 vehicle, 10 treated 1, 10 treated 2 animals (25 in all) the power is" in said
    assert "Holm-adjusted over 2 comparisons" in said
    assert "28 days are assumed" in said
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    plan(tmp_path, *ratios, "--animals", "5", "--ratio", "2", simulations="100")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "neither is given"),
        (["--median-treated", "35"], "needs --median-vehicle"),
        (["--hazard-ratio", "0.3", "--median-treated", "9"], "both are given"),
        (["--hazard-ratio", "1"], "no effect"),
        (["--median-vehicle", "23", "--median-treated", "23"], "no effect"),
        (["--hazard-ratio", "-1"], "--hazard-ratio must be"),
        (["--hazard-ratio", "nan"], "--hazard-ratio must be"),
        (["--median-vehicle", "0", "--median-treated", "3"], "--median-vehicle must be"),
        (["--hazard-ratio", ".3", "--alpha", "2"], "--alpha must be"),
        (["--hazard-ratio", ".3", "--power", "1"], "--power must be"),
        (["--hazard-ratio", ".3", "--lost-percent", "100"], "--lost-percent must be"),
        (["--hazard-ratio", ".3", "--study-days", "40"], "--study-days needs --median-vehicle"),
        (["--hazard-ratio", ".3", "--animals", "1"], "--animals must be"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert plan(out, *arguments) == 2
    assert words in capsys.readouterr().err
    assert not out.exists()
