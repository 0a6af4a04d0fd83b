"""The report's flow of animals: its numbers, its words and their room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from made_up import made_up_config, write_made_up

from lumicohort.figures.data import load
from lumicohort.files import read_csv, write_csv
from lumicohort.report import pdf
from lumicohort.report.flow import Flow, flows
from lumicohort.report.pages import TEMPLATES
from lumicohort.report.pdf import flow_list


def test_one_word_has_one_number_of_animals(tmp_path: Path) -> None:
    """An animal that was imaged and left out is imaged in the figure: its flux is not analysed."""
    config = made_up_config(models=["PC9"])
    write_made_up(config, tmp_path, previews=False)
    flux = read_csv(tmp_path / "flux.csv")
    flux.loc[flux["animal_id"] == flux["animal_id"][0], "included"] = False
    write_csv(flux, tmp_path / "flux.csv")
    told = flow_list(flows(config, load(config, tmp_path)))
    names = [heading.text for heading in told.columns]
    assert told.rows[0][names.index("Flux analysed")] == "9"
    assert told.rows[0][names.index("In the sheet")] == "10"
    assert not [name for name in names if "maged" in name and "analysed" not in name]
    page = TEMPLATES / "report.html.j2"
    assert [f">{name}</th>" in page.read_text("utf-8") for name in names] == [True] * len(names)


def test_a_long_reason_leaves_the_groups_names_their_room() -> None:
    """A column of numbers keeps its width, which took that of the names beside it."""
    counts = {
        "analysed": 8,
        "events": 7,
        "censored": 1,
        "other_causes": 0,
        "with_flux": 8,
        "images": 37,
    }
    flow = Flow(
        "4T1", "Vehicle & isotype control", 9, 1, "mis-injected (1)", **counts, at_endpoint=8,
        endpoint_day=12.0,
    )  # fmt: skip
    listed = pdf._listed(flow_list([flow]))
    # what is no number shares the width that the numbers leave
    assert [c["share"] > 0 for c in listed["columns"]] == [False, True] + 8 * [False]
    assert [c["text"] for c in listed["columns"]][2:5] == [
        "In\nthe\nsheet",
        "Left\nout",
        "Survival\nanalysed",
    ]
    assert listed["rows"][0][3] == "1"
    assert listed["note"] == "Left out of 4T1, Vehicle & isotype control: mis-injected (1)."
    assert flow_list([replace(flow, reasons="")]).note == ""
    others = replace(flow, reasons="", other_causes=1)
    assert flow_list([others]).note == (
        "Of the censored of 4T1, Vehicle & isotype control, 1 died of another cause."
    )
    assert others.censored_words == "1 (1 died of another cause)"
