"""A reviewer's corrections of regions."""

from __future__ import annotations

import numpy as np
import pytest

from lumicohort.regions.region import Region, cropped
from lumicohort.regions.review import Correction, replaces_all, review_regions, usable

N, PIXEL = 40, 0.5
IDS = ["a", "b", "c"]
SHA = "0" * 64
SQUARE = ((1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0))


def said(
    action: str,
    animal: str = "a",
    region: str = "",
    geometry: tuple[tuple[float, float], ...] = (),
    new: str = "",
    sha256: str = SHA,
    row: int = 2,
) -> Correction:
    return Correction(
        "AA", animal, region, action, geometry, new, "why", "me", "2024-05-03", sha256, "r.csv", row
    )


def regions() -> list[Region]:
    out = []
    for place in (1, 2, 3):
        mask = np.zeros((N, N), dtype=bool)
        mask[5:35, 12 * place - 8 : 12 * place] = True
        head, rest = mask.copy(), mask.copy()
        head[15:], rest[:15] = False, False
        names = ("whole_body", "cranial", "spinal", "neuraxis")
        for name, m in zip(names, (mask, head, rest, mask), strict=True):
            out.append(cropped(place, name, m))
    return out


def reviewed(*corrections: Correction) -> dict[tuple[str, str], Region]:
    found = review_regions(regions(), corrections, IDS, N, PIXEL)
    assert found.not_applied == ()
    return {(r.animal_id or IDS[r.place - 1], r.name): r for r in found.regions}


def test_replacing_gives_the_pixels_of_the_polygon() -> None:
    found = reviewed(said("replace", region="whole_body", geometry=SQUARE))
    region = found["a", "whole_body"]
    expected = np.zeros((N, N), dtype=bool)
    expected[2:6, 2:6] = True  # 1 … 3 cm of pixels of half a cm
    assert (region.full((N, N)) == expected).all()
    assert region.method == "review"
    assert region.flags == ("review_replaced",)
    assert region.placed == "polygon of 4 corners by me: why, 2024-05-03"
    assert found["b", "whole_body"].method == ""


def test_the_neuraxis_follows_its_parts() -> None:
    found = reviewed(said("replace", region="cranial", geometry=SQUARE))
    neuraxis = found["a", "neuraxis"]
    shape = (N, N)
    union = found["a", "cranial"].full(shape) | found["a", "spinal"].full(shape)
    assert (neuraxis.full(shape) == union).all()
    assert (neuraxis.method, found["a", "spinal"].method) == ("review", "")
    own = ((5.0, 5.0), (6.0, 5.0), (6.0, 6.0))
    both = reviewed(
        said("replace", region="neuraxis", geometry=own),
        said("replace", region="cranial", geometry=SQUARE),
    )
    assert both["a", "neuraxis"].n_pixels == 3  # its own polygon, not the union


def test_a_region_that_the_method_does_not_make_is_added_in_its_place() -> None:
    found = review_regions(
        regions(), [said("replace", "b", "tumour", SQUARE)], IDS, N, PIXEL
    ).regions
    assert [(r.place, r.name) for r in found if r.name == "tumour"] == [(2, "tumour")]
    assert [r.place for r in found] == sorted(r.place for r in found)


def test_rejected_regions_stay_and_say_why() -> None:
    found = reviewed(said("reject", region="cranial"))
    assert found["a", "cranial"].rejected == "rejected by me: why"
    assert found["a", "cranial"].n_pixels > 0
    assert found["a", "whole_body"].rejected == ""
    assert found["a", "neuraxis"].flags == ("review_part_rejected",)
    all_of_b = reviewed(said("reject", "b"))
    assert [r.rejected != "" for (who, _), r in all_of_b.items() if who == "b"] == [True] * 4


def test_accepting_marks_what_was_looked_at() -> None:
    found = reviewed(said("accept", "c"))
    assert [r.accepted for (who, _), r in found.items() if who == "c"] == [True] * 4
    assert not found["a", "cranial"].accepted


def test_two_animals_are_exchanged() -> None:
    before = {(IDS[r.place - 1], r.name): r.window for r in regions()}
    found = reviewed(said("reassign", "a", new="b"), said("reassign", "b", new="a", row=3))
    assert found["a", "cranial"].window == before["b", "cranial"]
    assert found["b", "spinal"].window == before["a", "spinal"]
    assert found["c", "spinal"].window == before["c", "spinal"]
    assert found["a", "cranial"].flags == ("review_reassigned",)


def test_an_animal_is_given_another_id() -> None:
    assert ("z", "cranial") in reviewed(said("reassign", "a", new="z"))


def test_reassigning_never_gives_an_animal_a_region_twice() -> None:
    # a -> b, b -> c, but c stays: then b goes back, and so does a
    chain = [said("reassign", "a", new="b"), said("reassign", "b", new="c", row=3)]
    found = review_regions(regions(), chain, IDS, N, PIXEL)
    assert {r.animal_id for r in found.regions} == {""}
    assert [n.correction.row for n in found.not_applied] == [3, 2]
    assert "reassign both" in found.not_applied[0].reason
    assert not any(r.flags for r in found.regions)


def test_what_no_region_answers_to_is_told() -> None:
    found = review_regions(regions(), [said("reject", "a", "tumour")], IDS, N, PIXEL)
    assert found.not_applied[0].reason == (
        "animal `a` has no region `tumour` on this click (whole_body, cranial, spinal, neuraxis)."
    )


def test_a_polygon_over_another_animal_is_flagged() -> None:
    over = ((2.5, 4.0), (11.0, 4.0), (11.0, 8.0), (2.5, 8.0))
    found = reviewed(said("replace", region="whole_body", geometry=over))
    assert "overlaps_another_animal" in found["a", "whole_body"].flags
    assert "overlaps_another_animal" in found["b", "cranial"].flags
    assert "overlaps_another_animal" not in found["c", "cranial"].flags


def test_corrections_of_another_image_are_not_used() -> None:
    outside = ((1.0, 1.0), (25.0, 1.0), (25.0, 3.0))
    given = [
        said("accept"),
        said("reject", sha256="1" * 64, row=3),
        said("reject", "z", row=4),
        said("replace", region="cranial", geometry=outside, row=5),
    ]
    fit, others = usable(given, IDS, SHA, N * PIXEL)
    assert [c.row for c in fit] == [2]
    assert [n.correction.row for n in others] == [3, 4, 5]
    assert "is not the one that was reviewed" in others[0].reason
    assert "`z` is not on this click (`a`, `b`, `c`)" in others[1].reason
    assert "does not lie within the image, which is 20 cm wide" in others[2].reason


@pytest.mark.parametrize(("animals", "all_"), [("ab", False), ("abc", True), ("abbc", True)])
def test_whether_all_animals_were_drawn(animals: str, all_: bool) -> None:
    drawn = [said("replace", animal, "neuraxis", SQUARE) for animal in animals]
    assert replaces_all(drawn, IDS) is all_
