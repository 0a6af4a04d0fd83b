"""`lumicohort randomise`: fair, balanced, repeatable, recorded, never twice."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lumicohort.cli import main
from lumicohort.files import read_csv, sha256
from lumicohort.planning.allocation import Candidate, allocate
from lumicohort.planning.balance import balance_lines, balance_table

TWO = {"vehicle": 1, "DFO": 1}


def pool(seed: int, n: int = 20) -> list[Candidate]:
    """Return animals in cages of four, each cage of one sex."""
    rng = np.random.default_rng(seed)
    return [
        Candidate(
            f"a{i:02d}",
            "MDA",
            {"sex": "fm"[i // 4 % 2], "cage": f"C{i // 4}"},
            {"flux": float(rng.normal()), "weight": float(rng.normal())},
        )
        for i in range(n)
    ]


def arms(animals: list[Candidate], method: str, seed: int, ratio: dict[str, int]) -> dict[str, str]:
    found = allocate(animals, ratio, method, seed)  # type: ignore[arg-type]
    assert sorted(entry.order for entry in found) == list(range(1, len(animals) + 1))
    return {entry.animal_id: entry.arm for entry in found}


@pytest.mark.parametrize("method", ["block", "minimisation"])
def test_the_same_seed_gives_the_same_whatever_the_order_of_rows(method: str) -> None:
    animals = pool(1)
    first = arms(animals, method, 5, TWO)
    assert arms(animals[::-1], method, 5, TWO) == first
    assert arms(animals, method, 6, TWO) != first


@pytest.mark.parametrize("method", ["block", "minimisation"])
def test_every_animal_has_the_same_chance(method: str) -> None:
    animals = pool(1, 10)
    went = Counter(
        name
        for seed in range(400)
        for name, arm in arms(animals, method, seed, TWO).items()
        if arm == "DFO"
    )
    # Half of 400, and five standard errors.
    assert all(abs(went[animal.animal_id] - 200) < 50 for animal in animals)


@pytest.mark.parametrize("method", ["block", "minimisation"])
@pytest.mark.parametrize(("n", "ratio"), [(20, TWO), (13, TWO), (24, {"a": 1, "b": 2, "c": 1})])
def test_arms_have_their_shares(method: str, n: int, ratio: dict[str, int]) -> None:
    for seed in range(20):
        counts = Counter(arms(pool(seed, n), method, seed, ratio).values())
        share = n / sum(ratio.values())
        assert all(
            abs(counts[arm] - part * share) < max(ratio.values()) for arm, part in ratio.items()
        )
        if n % sum(ratio.values()) == 0:
            assert counts == {arm: int(part * share) for arm, part in ratio.items()}


def spread(animals: list[Candidate], arm_of: dict[str, str], factor: str) -> float:
    groups = [[a.measures[factor] for a in animals if arm_of[a.animal_id] == arm] for arm in TWO]
    return float(np.mean(groups[0]) - np.mean(groups[1]))


@pytest.mark.parametrize(("method", "gain"), [("block", 0.8), ("minimisation", 0.9)])
def test_arms_are_more_alike_than_by_chance_alone(method: str, gain: float) -> None:
    by_method, by_chance = [], []
    for seed in range(150):
        animals = pool(seed)
        by_method.append(spread(animals, arms(animals, method, seed, TWO), "flux"))
        deal = np.random.default_rng(seed).permutation(["vehicle"] * 10 + ["DFO"] * 10)
        chance = {a.animal_id: str(arm) for a, arm in zip(animals, deal, strict=True)}
        by_chance.append(spread(animals, chance, "flux"))
    assert np.std(by_method) < gain * np.std(by_chance)


def test_blocks_split_every_cage_evenly() -> None:
    animals = pool(2)
    arm_of = arms(animals, "block", 3, TWO)
    for cage in {a.classes["cage"] for a in animals}:
        inside = Counter(arm_of[a.animal_id] for a in animals if a.classes["cage"] == cage)
        assert inside == {"vehicle": 2, "DFO": 2}


def test_minimisation_by_hand() -> None:
    # Certain to take the better arm: the second animal of a class always joins the other arm.
    animals = [Candidate(f"a{i}", "M", {"cage": f"C{i // 2}"}, {}) for i in range(8)]
    for seed in range(20):
        found = allocate(animals, TWO, "minimisation", seed, probability=1 - 1e-12)
        arm_of = {entry.animal_id: entry.arm for entry in found}
        assert all(arm_of[f"a{i}"] != arm_of[f"a{i + 1}"] for i in range(0, 8, 2))


def test_models_are_allocated_on_their_own() -> None:
    animals = [Candidate(f"a{i}", "MP"[i % 2], {}, {}) for i in range(16)]
    arm_of = arms(animals, "block", 1, TWO)
    for model in "MP":
        counts = Counter(arm_of[a.animal_id] for a in animals if a.model == model)
        assert counts == {"vehicle": 4, "DFO": 4}


def test_balance_by_hand() -> None:
    animals = [
        Candidate(f"a{i}", "", {"sex": sex}, {"w": w})
        for i, (sex, w) in enumerate([("f", 1.0), ("f", 3.0), ("m", 2.0), ("m", 6.0)])
    ]
    table = balance_table(animals, {"a0": "v", "a1": "v", "a2": "t", "a3": "t"}, ["v", "t"])
    measure = table[table["factor"] == "w"].set_index("arm")
    assert measure["mean"].to_dict() == {"v": 2.0, "t": 4.0}
    # (4 - 2) / sqrt((2 + 8) / 2)
    assert measure.loc["t", "standardised_difference"] == pytest.approx(2 / 5**0.5)
    assert "sex (v:t): f 2:0, m 0:2" in balance_lines(table, ["v", "t"])


SHEET = "animal_id,model,arm,sex,cage,weight_g,end_date,inoculation_date\n" + "".join(
    f"0{i},MDA,,f,C{i // 4},{20 + i % 5}.5,,2026-01-01\n" for i in range(10, 22)
)


def write(folder: Path, text: str = SHEET, name: str = "mice.csv") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def run(sheet: str, *more: str) -> int:
    return main(["randomise", sheet, "--arm", "vehicle", "--arm", "DFO", *more])


def test_record_and_repetition(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = write(tmp_path)
    before = (tmp_path / "mice.csv").read_bytes()
    assert run(sheet, "--seed", "4") == 0
    said = capsys.readouterr().out
    assert "12 animals allocated by block, seed 4: 6 vehicle, 6 DFO" in said
    assert "Factors given to the method: weight_g, sex, cage. How alike the arms" in said
    out = tmp_path / "randomisation"
    table = read_csv(out / "allocation.csv")
    assert table["animal_id"].tolist() == [f"0{i}" for i in range(10, 22)]
    assert Counter(table["arm"]) == {"vehicle": 6, "DFO": 6}
    record = json.loads((out / "allocation.json").read_text())
    assert record["seed"] == 4 and record["seed_was"] == "given"
    assert record["inputs"] == [{"file": sheet, "sha256": sha256(sheet)}]
    assert record["allocation_csv_sha256"] == sha256(out / "allocation.csv")
    assert record["factors"] == ["weight_g", "sex", "cage"] and record["method"] == "block"
    assert record["balance"] and record["software"]["lumicohort"]
    assert run(sheet, "--seed", "4", "--out", str(tmp_path / "again")) == 0
    assert (tmp_path / "again" / "allocation.csv").read_bytes() == (
        out / "allocation.csv"
    ).read_bytes()
    # Never a second time in the same place, and the sheet stays as it is.
    assert run(sheet, "--seed", "4") == 2
    assert "never overwritten" in capsys.readouterr().err
    assert (tmp_path / "mice.csv").read_bytes() == before


def test_without_a_seed_one_is_drawn_and_recorded(tmp_path: Path) -> None:
    sheet = write(tmp_path)
    seeds = set()
    for name in ("a", "b"):
        assert run(sheet, "--out", str(tmp_path / name)) == 0
        record = json.loads((tmp_path / name / "allocation.json").read_text())
        assert record["seed_was"] == "drawn by the computer"
        seeds.add(record["seed"])
    assert len(seeds) == 2


def test_flux_of_a_measured_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = write(tmp_path)
    flux = "".join(
        f"0{i},{region},{value}\n"
        for i in range(10, 22)
        for region, value in (("neuraxis", 10.0 ** (4 + i % 3)), ("neuraxis", 5.0), ("x", 1e9))
    )
    rois = write(tmp_path, "animal_id,region,total_flux_p_s\n" + flux, "rois.csv")
    assert run(sheet, "--flux", rois, "--seed", "1", "--method", "minimisation") == 0
    table = read_csv(tmp_path / "randomisation" / "allocation.csv")
    # The largest exposure of the region, on the logarithm.
    assert table["log10 total_flux_p_s"].tolist() == [4.0 + i % 3 for i in range(10, 22)]
    record = json.loads((tmp_path / "randomisation" / "allocation.json").read_text())
    assert [Path(e["file"]).name for e in record["inputs"]] == ["mice.csv", "rois.csv"]
    assert record["probability"] == 0.8
    fewer = "".join(line + "\n" for line in (tmp_path / "rois.csv").read_text().split()[:-3])
    rois = write(tmp_path, fewer, "fewer.csv")
    capsys.readouterr()
    assert run(sheet, "--flux", rois, "--out", str(tmp_path / "o")) == 2
    assert "`021` has no total_flux_p_s" in capsys.readouterr().err
    days = write(tmp_path, "animal_id,day,total_flux_p_s\n010,7,1e5\n010,14,1e6\n", "days.csv")
    assert run(sheet, "--flux", days, "--out", str(tmp_path / "o")) == 2
    assert "several days (7, 14)" in capsys.readouterr().err


def test_a_flux_that_is_no_number_is_told_by_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would pass for an animal that was not imaged."""
    table = tmp_path / "rois.csv"
    table.write_text("animal_id,day,total_flux_p_s\nA,7,1e6\nB,7,1;2e6\nC,day 7,NA\n")
    sheet = write(tmp_path)
    assert run(sheet, "--flux", str(table), "--out", str(tmp_path / "o")) == 2
    told = capsys.readouterr().err
    assert f"{table}, row 3, column total_flux_p_s: `1;2e6` is not a number." in told
    assert f"{table}, row 4, column day: `day 7` is not a number." in told


def config(folder: Path, **sheets: str) -> str:
    data = {"folder": str(folder), "cohort": {"file": "cohort.csv"}}
    data |= {name: {"file": f"{name}.csv"} for name in sheets}
    write(folder, SHEET, "cohort.csv")
    for name, text in sheets.items():
        write(folder, text, f"{name}.csv")
    study = {
        "study": "s",
        "models": {"MDA": {}},
        "arms": {"vehicle": {}, "DFO": {}},
        "reference_arm": "vehicle",
        "data": data,
        "exclusions": {"animals": {"010": "leaked"}},
    }
    return write(folder, json.dumps(study), "study.json")


def test_of_a_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["randomise", config(tmp_path), "--seed", "1"]) == 0
    assert "not allocated: 010 (excluded by the config: leaked)" in capsys.readouterr().out
    table = read_csv(tmp_path / "randomisation" / "allocation.csv")
    assert len(table) == 11 and set(table["model"]) == {"MDA"}


def test_treated_animals_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doses = "animal_id,date,dose_ug\n012,2026-01-08,50\n"
    assert main(["randomise", config(tmp_path, doses=doses)]) == 2
    assert "`012` has been treated already" in capsys.readouterr().err
    assert not (tmp_path / "randomisation").exists()


@pytest.mark.parametrize(
    ("old", "new", "arguments", "words"),
    [
        ("010,MDA,,", "010,MDA,DFO,", [], "`010` is in arm `DFO` already"),
        ("011,", "010,", [], "`010` stands in row 2 already"),
        ("C2,20.5", "C2,", [], "has no weight_g"),
        ("C2,20.5", "C2,heavy", [], "is not a number"),
        ("", "", ["--factor", "wieght_g"], "did you mean `weight_g`"),
        ("", "", ["--arm", "DFO"], "names `DFO` twice"),
        ("", "", ["--arm", "x=0"], "whole number"),
        ("", "", ["--probability", "1"], "foretold"),
        ("", "", ["--seed", "-3"], "--seed must be"),
        ("", "", ["--flux", "nowhere.csv"], "no such file"),
    ],
)
def test_what_is_refused(
    old: str,
    new: str,
    arguments: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sheet = write(tmp_path, SHEET.replace(old, new, 1) if old else SHEET)
    assert run(sheet, *arguments) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "randomisation").exists()


def test_dead_animals_are_left_out_with_the_reason(tmp_path: Path) -> None:
    sheet = write(tmp_path, SHEET.replace("010,MDA,,f,C2,20.5,,", "010,MDA,,f,C2,20.5,2026-01-04,"))
    assert run(sheet, "--seed", "1") == 0
    record = json.loads((tmp_path / "randomisation" / "allocation.json").read_text())
    assert record["left_out"] == {"010": "ended before the allocation"}


def test_a_bare_sheet_needs_arms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["randomise", write(tmp_path)]) == 2
    assert "a bare sheet needs --arm" in capsys.readouterr().err
    assert main(["randomise", write(tmp_path), "--arm", "a"]) == 2
    assert "one arm only" in capsys.readouterr().err


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    text = SHEET.replace("C3,", '"=cmd|x",')
    assert run(write(tmp_path, text), "--seed", "1") == 0
    written = (tmp_path / "randomisation" / "allocation.csv").read_text()
    assert "'=cmd|x" in written and ",=cmd" not in written
