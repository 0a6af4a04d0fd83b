from __future__ import annotations

import base64
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from made_up import made_up_config, write_made_up

from lumicohort.cohort.balance import CAGES
from lumicohort.errors import InputError
from lumicohort.figures.data import load
from lumicohort.figures.draw import draw_figure
from lumicohort.files import read_csv, write_csv
from lumicohort.report import pdf
from lumicohort.report.alt import SHOWN, drawn_width
from lumicohort.report.answer import answers
from lumicohort.report.content import gather, report_figures
from lumicohort.report.flow import flows
from lumicohort.report.groups import cage_list, group_lines
from lumicohort.report.lists import statistics_lists
from lumicohort.report.methods import methods
from lumicohort.report.pdf import _data
from lumicohort.report.qc import write_qc
from lumicohort.report.report import write_report
from lumicohort.study.config.output import PanelKind

CONFIG = made_up_config(figures={"formats": ["svg"]})
EVIL = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Collects tags, addresses and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_report_leads_with_the_answer_in_numbers(reported: Path) -> None:
    text = page(reported / "report.html").text
    arms = read_csv(reported / "statistics" / "survival_arms.csv")
    rows = arms[arms["model"] == "PC9-LeptoM"].set_index("arm")["median_days"]
    gain = rows["DFO"] - rows["vehicle"]
    assert f"Median survival was {rows['DFO']:g} days with DFO" in text
    assert f"against {rows['vehicle']:g} days with vehicle" in text
    assert f"+{gain:g} days (+{100 * gain / rows['vehicle']:.0f}%)" in text
    assert "95% CI of the difference 9–15 days" in text
    assert "permutation log-rank test, P = 0.00032" in text
    assert "hazard ratio 0.11 (95% CI 0.030–0.41; Cox with Firth's penalty)" in text
    endpoint = read_csv(reported / "statistics" / "burden_endpoint.csv")
    row = endpoint[(endpoint["model"] == "PC9-LeptoM") & (endpoint["primary"])].iloc[0]
    assert f"{row['reduction_percent']:.0f}% lower" in text
    assert f"On day {row['day']:g} mean neuraxis flux was" in text
    assert text.index("Median survival was") < text.index("Flow of animals")


def test_report_has_every_part_and_needs_no_other_file(reported: Path) -> None:
    found = page(reported / "report.html")
    for part in ("Flow of animals", "Tables", "Left out", "Protocol deviations", "Image quality"):
        assert part in found.text
    assert "Simulated data: no animal was used" in found.text
    assert "no tumour at necropsy" in found.text
    assert "28 clicks of 4 imaging batches: 3 with a flag" in found.text
    assert "dark_refused × 3" in found.text
    assert "script" not in found.tags
    assert "link" not in found.tags
    for address in found.addresses:
        assert address.startswith(("data:image/", "#", "figures/", "tables/", "qc/")), address[:60]
    embedded = [a for a in found.addresses if a.startswith("data:image/svg+xml;base64,")]
    drawn = [base64.b64decode(a.split(",", 1)[1]) for a in embedded]
    assert drawn == [
        (reported / "figures" / f"{f.name}.svg").read_bytes() for f in CONFIG.figures.show
    ]


def test_other_codings_of_end_reasons_stand_in_the_report(tmp_path: Path) -> None:
    path = tmp_path / "statistics" / "survival_sensitivity.csv"
    assert statistics_lists(CONFIG, tmp_path) == []
    row = {
        "model": "PC9-LeptoM",
        "end_reason": "found dead",
        "configured_as": "event",
        "counted_as": "censored",
        "arm": "DFO",
        "reference": "vehicle",
        "median_days": 39.0,
        "median_reference_days": 23.0,
        "p_value": 0.00013,
        "hr_method": "cox_firth",
        "hr": 0.0165,
        "lower_95": 0.00012,
        "upper_95": 0.1436,
    }
    write_csv(pd.DataFrame([row]), path)
    (found,) = statistics_lists(CONFIG, tmp_path)
    assert found.title == "If an end reason had been coded the other way"
    cells = dict(zip([column.text for column in found.columns], found.rows[0], strict=True))
    assert cells["Coding"] == "found dead counted as censored"
    assert (cells["Median (days)"], cells["Its median (days)"]) == ("39", "23")
    assert (cells["P value"], cells["95% CI"]) == ("0.00013", "0.00012–0.14")


def test_statistics_stand_in_the_report_as_they_stand_in_the_tables(reported: Path) -> None:
    found = {x.title: x for x in statistics_lists(CONFIG, reported)}
    differences = found["Differences in survival time"]
    assert differences.rows[0] == [
        *("MDA231-LeptoM", "DFO", "vehicle", "difference of medians (days)", "+12", "9–15", "NA")
    ]
    assert differences.note == "Method of all rows: made up."  # a column would say it in each
    ratios = found["Hazard ratios"]
    assert ratios.rows[0][3:] == ["0.11", "0.030–0.41", "yes"]
    assert "Method of all rows: Cox with Firth's penalty." in ratios.note
    assert "Note" not in [column.text for column in ratios.columns]  # no row has one
    text = page(reported / "report.html").text
    assert "Hazard ratios (2)" in text and "Survival tests (2)" in text


def test_balance_lists_weight_and_age_beside_the_analysed_region(tmp_path: Path) -> None:
    (tmp_path / "statistics").mkdir()
    row = {"model": "MDA231-LeptoM", "arm": "DFO", "reference": "vehicle", "n": 10, "note": ""}
    rows = [
        {**row, "quantity": "baseline_log10_p_s", "region": "neuraxis", "mean": 5.9},
        {**row, "quantity": "baseline_log10_p_s", "region": "cranial", "mean": 5.7},
        {**row, "quantity": "weight_g", "region": "NA", "mean": 22.6},
        {**row, "quantity": "age_days", "region": "NA", "mean": 49.1},
    ]
    made = [{**r, "mean_reference": 6.0, "standardised_difference": -1.34} for r in rows]
    write_csv(pd.DataFrame(made), tmp_path / "statistics" / "baseline_balance.csv")
    (found,) = statistics_lists(CONFIG, tmp_path)
    place = [column.text for column in found.columns].index("Quantity")
    assert [r[place] for r in found.rows] == [
        *("log10 flux at baseline (p/s)", "weight (g)", "age (days)")
    ]
    assert found.rows[1][-1] == "−1.34"


def test_a_study_without_flux_shows_nothing_of_it(reported: Path, tmp_path: Path) -> None:
    assert [t.name for t in gather(CONFIG, reported).tables][1] == "table2_burden"
    results = tmp_path / "results"
    shutil.copytree(reported, results)
    write_csv(read_csv(results / "flux.csv").iloc[:0], results / "flux.csv")
    imaged = gather(CONFIG, results)  # images of which nothing came: what failed must be seen
    assert len(imaged.tables) == 3 and len(imaged.figures) == len(CONFIG.figures.show)
    shutil.rmtree(results / "imaging")
    content = gather(CONFIG, results)
    assert [t.name for t in content.tables] == ["table1_survival", "tableS1_animals"]
    kept = [f.name for f in content.figures]
    assert "survival" in kept and not {"endpoint_burden", "flux_over_time", "montage"} & set(kept)
    assert [f.number for f in content.figures] == list(range(1, len(kept) + 1))
    titles = {x.title for x in content.lists}
    assert "Hazard ratios" in titles
    assert not any("burden" in title.lower() or "growth" in title.lower() for title in titles)


def test_downloads_lead_to_files_that_are_there(reported: Path) -> None:
    figures = [a for a in page(reported / "report.html").addresses if a.startswith("figures/")]
    assert len(figures) == len(CONFIG.figures.show)
    assert all((reported / address).is_file() for address in figures)
    assert (reported / "qc" / "index.html").is_file()


def test_a_second_run_gives_the_same_bytes(reported: Path) -> None:
    paths = [reported / name for name in ("report.html", "report.pdf", "qc/index.html")]
    before = [path.read_bytes() for path in paths]
    write_qc(CONFIG, reported)
    write_report(CONFIG, reported)
    assert [path.read_bytes() for path in paths] == before


def test_flow_counts_every_animal_once(reported: Path) -> None:
    survival = read_csv(reported / "survival.csv")
    left_out = survival["animal_id"] == "M003"
    survival["included"] = ~left_out
    survival.loc[left_out, "reason"] = "ulcer"
    changed = load(CONFIG, reported)
    changed.survival = survival
    first = flows(CONFIG, changed)[0]
    assert (first.in_sheet, first.excluded, first.analysed) == (10, 1, 9)
    assert first.reasons == "ulcer (1)"
    assert first.events + first.censored == 9
    assert sum(f.in_sheet for f in flows(CONFIG, changed)) == 40


def test_no_events_claim_no_median_and_no_test(tmp_path: Path) -> None:
    config = made_up_config(models=["PC9"])
    write_made_up(config, tmp_path, all_censored=True, previews=False, animals_per_arm=3)
    answer = answers(config, load(config, tmp_path))[0]
    assert answer.survival == [
        "All 6 animals are censored: no event has been recorded, so no median survival can be "
        "given and nothing can be tested."
    ]


def test_one_arm_has_nothing_to_compare(tmp_path: Path) -> None:
    config = made_up_config(models=["PC9"], arms=["vehicle"])
    write_made_up(config, tmp_path, previews=False)
    answer = answers(config, load(config, tmp_path))[0]
    assert "There is no other arm to compare with." in answer.survival[0]
    assert re.search(r"mean neuraxis flux [\d.]+ × 10\S+ p/s with vehicle on day", answer.burden[0])
    assert "Nothing was compared" in answer.burden[0]


def test_several_arms_get_a_sentence_each_with_adjusted_p(tmp_path: Path) -> None:
    config = made_up_config(models=["PC9"], arms=["vehicle", "DFO", "DFP"])
    write_made_up(config, tmp_path, previews=False)
    answer = answers(config, load(config, tmp_path))[0]
    assert len(answer.survival) == 2
    assert "Holm-adjusted, P = 0.00064" in answer.survival[0]
    assert len(answer.burden) == 2


def test_whatever_stands_in_the_input_is_escaped(tmp_path: Path) -> None:
    config = made_up_config(
        models=["PC9"],
        labels={"DFO": EVIL},
        title=EVIL,
        figures={"formats": ["svg"], "show": [{"name": "survival", "kind": "survival"}]},
    )
    write_made_up(config, tmp_path, animals_per_arm=5, days=(7, 14))
    for name in ("exclusions.csv", "protocol_deviations.csv"):
        table = read_csv(tmp_path / name)
        write_csv(table.map(lambda _: EVIL), tmp_path / name)
    clicks = next((tmp_path / "imaging").glob("*/clicks.csv"))
    write_csv(read_csv(clicks).assign(flags=EVIL, acquired_at=EVIL), clicks)
    rename = {"M001": EVIL}
    for path in (tmp_path / "imaging").glob("*/rois.csv"):
        write_csv(read_csv(path).replace({"animal_id": rename}), path)
    from lumicohort.figures.draw import draw_figure

    draw_figure(config, "survival", tmp_path)
    write_qc(config, tmp_path)
    write_report(config, tmp_path)
    for path in (tmp_path / "report.html", tmp_path / "qc" / "index.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert EVIL not in (tmp_path / "figures" / "survival.svg").read_text(encoding="utf-8")


def test_missing_figures_are_all_named(tmp_path: Path) -> None:
    write_made_up(CONFIG, tmp_path, previews=False, animals_per_arm=2)
    with pytest.raises(InputError) as caught:
        write_report(CONFIG, tmp_path)
    assert {Path(str(p.file)).name for p in caught.value.problems} == {
        f"{f.name}.{ending}" for f in CONFIG.figures.show for ending in ("svg", "txt")
    }
    assert not (tmp_path / "report.html").exists()


def test_qc_page_stands_where_nothing_was_imaged(tmp_path: Path) -> None:
    config = made_up_config(models=["PC9"])
    write_made_up(config, tmp_path, previews=False)
    write_qc(config, tmp_path)
    assert "No click was measured." in page(tmp_path / "qc" / "index.html").text


def test_methods_follow_the_config() -> None:
    words = " ".join(text for _, text in methods(CONFIG))
    assert "division by the lens’s flat field" in words
    assert "log-log" in words
    changed = made_up_config(
        imaging={"calibration": {"flat_field": False}, "emission_filter": 620},
        analysis={
            "survival": {"ci_type": "plain", "test": "logrank"},
            "burden": {"endpoint_day": 14},
        },
    )
    words = " ".join(text for _, text in methods(changed))
    assert "flat field" not in words
    assert "from the plain band" in words
    assert "Only images through the emission filter 620 were used" in words
    assert "by the log-rank test;" in words
    assert "day 14, fixed in the config" in words


def test_a_real_study_carries_no_banner(reported: Path, tmp_path: Path) -> None:
    config = made_up_config(simulated=False, models=["PC9"])
    write_made_up(config, tmp_path, previews=False)
    write_qc(config, tmp_path)
    assert "Simulated" not in page(tmp_path / "qc" / "index.html").text


def test_deviations_are_counted_by_check(reported: Path) -> None:
    table = read_csv(reported / "protocol_deviations.csv")
    text = page(reported / "report.html").text
    assert f"{len(table)} deviations from the protocol" in text
    for check, rows in pd.DataFrame(table).groupby("check"):
        assert f"{check} {len(rows)} {rows['animal_id'].nunique()}" in text


def test_cages_and_group_sizes_stand_in_the_report(tmp_path: Path) -> None:
    planned = {"vehicle": {"animals_planned": 4}, "DFO": {"animals_planned": 5}}
    config = made_up_config(models=["PC9"], arm_options=planned)
    write_made_up(config, tmp_path, previews=False, animals_per_arm=4)
    (tmp_path / "cohort").mkdir(exist_ok=True)
    rows = [("PC9", "c1", "vehicle", 4), ("PC9", "c1", "DFO", 0), ("PC9", "c2", "vehicle", 0)]
    table = pd.DataFrame([*rows, ("PC9", "c2", "DFO", 4)], columns=CAGES)
    write_csv(table, tmp_path / "cohort" / "cage_by_arm.csv")
    first, second = group_lines(config, tmp_path)
    assert first == "PC9, DFO: 4 animals, and 5 were planned (-1)."
    assert "cage and arm are fully confounded" in second
    cages = cage_list(config, tmp_path)
    assert cages is not None
    assert [column.text for column in cages.columns] == ["Model", "Cage", "vehicle", "DFO"]
    assert cages.rows == [["PC9", "c1", "4", "0"], ["PC9", "c2", "0", "4"]]


def test_every_kind_of_figure_has_words_for_those_who_do_not_see_it() -> None:
    assert set(SHOWN) == set(get_args(PanelKind))


def test_pictures_say_what_they_show_to_those_who_do_not_see_them(reported: Path) -> None:
    page = (reported / "report.html").read_text(encoding="utf-8")
    alts = re.findall(r'<img [^>]*alt="(Figure [^"]*)"', page)
    assert len(alts) == len(CONFIG.figures.show)
    survival = next(alt for alt in alts if "survival curves" in alt and "panels" not in alt)
    assert survival == (
        f"{survival[: survival.index(':')]}: Kaplan–Meier survival curves with a table of animals "
        "at risk. Models: MDA231-LeptoM and PC9-LeptoM. Groups: vehicle and DFO; vehicle is what "
        "the comparison is with. n = 10 vehicle and 10 DFO (MDA231-LeptoM); 10 vehicle and 10 DFO "
        "(PC9-LeptoM). Simulated data."
    )


def test_a_figure_is_shown_as_wide_as_it_was_drawn(reported: Path, tmp_path: Path) -> None:
    """A flow of animals takes a wider page than its preset suggests; its type stays readable."""
    show = [{"name": "flow", "kind": "flow", "formats": ["svg", "pdf"]}]
    config = made_up_config(figures={"show": show})
    folder = tmp_path / "r"
    shutil.copytree(reported, folder, ignore=shutil.ignore_patterns("imaging", "qc"))
    draw_figure(config, "flow", folder)
    figure = report_figures(config, folder)[0]
    assert figure.width_cm == pytest.approx(18.4, abs=0.01)
    assert drawn_width({"pdf": figure.files["pdf"]}) == pytest.approx(18.4, abs=0.01)
    assert drawn_width({}) is None
    assert "inoculated, " in figure.alt and "for burden." in figure.alt


def test_headings_of_tables_make_no_column_wider_than_its_cells_need(
    reported: Path, tmp_path: Path
) -> None:
    data = _data(gather(CONFIG, reported), tmp_path)
    headings = [c["text"] for table in data["tables"] for c in table["columns"]]
    assert any("\n" in heading for heading in headings)
    longest = [line for h in headings for line in h.split("\n") if " " in line]
    assert max(map(len, longest)) <= 12


def test_what_reading_the_sheets_noted_stands_in_the_report(reported: Path, tmp_path: Path) -> None:
    note = "cohort.csv, row 7: the row is hidden; it is read."
    assert note in page(reported / "report.html").text
    content = gather(CONFIG, reported)
    assert content.notes == [note]
    sections = _data(content, tmp_path)["sections"]
    found = [s for s in sections if s["title"] == pdf.NOTED]
    assert [s["paragraphs"] for s in found] == [[note]]
    many = _data(replace(content, notes=[note] * 50), tmp_path)["sections"]
    last = next(s for s in many if s["title"] == pdf.NOTED)["paragraphs"][-1]
    assert last == "10 more stand in report.html and cohort/notes.csv."
    none = _data(replace(content, notes=[]), tmp_path)["sections"]
    assert pdf.NOTED not in [s["title"] for s in none]
