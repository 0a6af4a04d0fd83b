"""Every quantity that R has a result for, on the edge cases kept here and all shared sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from agreement import ARTEFACTS, Case, artefact, compare, document, read_case, shared_cases

HERE = Path(__file__).parent / "data"
EDGES = sorted(p.stem for p in HERE.glob("edge_*.csv"))


def _check(case: Case) -> int:
    rows = list(compare(case))
    wrong = [r for r in rows if not r.agrees and not (r.ours_is_na and artefact(r))]
    assert not wrong, "\n".join(f"{r.quantity}: {r.ours} and R {r.theirs}" for r in wrong)
    return len(rows)


@pytest.mark.parametrize("name", EDGES)
def test_edge_cases_agree_with_r(name: str) -> None:
    assert _check(read_case(name, HERE / f"{name}.csv", HERE / f"{name}.json")) > 30


def test_edge_cases_are_all_here() -> None:
    assert len(EDGES) == 21


def test_every_listed_artefact_is_one() -> None:
    """A listed disagreement that no longer exists must go from the list."""
    used = set()
    for name in {a[0] for a in ARTEFACTS}:
        case = read_case(name, HERE / f"{name}.csv", HERE / f"{name}.json")
        rows = [r for r in compare(case) if not r.agrees]
        for i, (data_set, start, _) in enumerate(ARTEFACTS):
            if any(r.data_set == data_set and r.quantity.startswith(start) for r in rows):
                used.add(i)
    assert used == set(range(len(ARTEFACTS)))


SHARED = os.environ.get("LUMICOHORT_SHARED")
SHARED_NAMES = (
    sorted(p.stem for p in Path(SHARED, "reference/survival/inputs").glob("*.csv"))
    if SHARED
    else []
)


@pytest.fixture(scope="module")
def all_cases(shared: Path) -> dict[str, Case]:
    return {case.name: case for case in shared_cases(shared / "reference" / "survival")}


@pytest.mark.parametrize("name", [n for n in SHARED_NAMES if n not in EDGES] or ["none"])
def test_shared_sets_agree_with_r(name: str, all_cases: dict[str, Case]) -> None:
    assert _check(all_cases[name]) > 30


def test_the_documents_table_is_what_comes_out_now(all_cases: dict[str, Case]) -> None:
    """Else: python tests/survival/agreement.py SHARED/reference/survival > the document."""
    page = Path(__file__).parents[2] / "docs" / "survival_agreement.md"
    assert page.read_text(encoding="utf-8") == document(list(all_cases.values()))
