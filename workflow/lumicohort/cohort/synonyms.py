"""Headings that labs use for our columns: guesses for messages, never read by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORDS = {
    "animal_id": "mouse, mouse id, mouse no, mouse number, mouse name, animal, animal no, "
    "animal number, id, ear tag, eartag, tag, subject, subject id, maus, maus nr, tier, tier nr, "
    "tiernummer, mausnummer, ohrmarke, souris, animal ref",
    "model": "cell line, tumour model, tumor model, tumour, tumor, line, zelllinie, modell, "
    "tumormodell, xenograft",
    "arm": "tx, treatment, treatment group, group, groups, arm name, therapy, gruppe, "
    "behandlung, behandlungsgruppe, therapie, condition, groupe, traitement",
    "inoculation_date": "inj date, injection date, date of injection, injected, injected on, "
    "injection, inoculation, inoculated, inoculated on, date of inoculation, implantation, "
    "implantation date, date of implantation, implanted, implanted on, day 0, d0, surgery date, "
    "date of surgery, injektion, injiziert am, implantiert am, injektionsdatum, tumour injection, "
    "tumor injection",
    "end_date": "date of death, death date, death, died, died on, dod, sacrificed, sac date, "
    "sacrifice date, date of sacrifice, date sacrificed, euthanised, euthanized, euthanasia date, "
    "end, end point, endpoint, endpoint date, date of endpoint, todesdatum, gestorben am, "
    "getötet am, tod, endpunkt, euthanised on, euthanized on",
    "end_reason": "cause, cause of death, reason, reason of death, reason for death, outcome, "
    "fate, status, death reason, reason for euthanasia, todesursache, grund, abgangsgrund, ursache",
    "birth_date": "dob, date of birth, birth, birthday, born, geb datum, geburtsdatum, geboren, "
    "geboren am, wurfdatum",
    "sex": "gender, m/f, geschlecht, sexe",
    "cage": "cage no, cage number, cage id, box, käfig, käfig nr, cage card",
    "strain": "mouse strain, background, stamm, genotype",
    "weight_g": "weight, body weight, bw, bw d0, weight d0, baseline weight, mass, weight g, "
    "bw g, gewicht, körpergewicht, gewicht g",
    "cells_injected": "cells, cell number, number of cells, cells inoculated, zellzahl, zellen",
    "time_days": "days, survival, survival days, survival time, time, "
    "days survived, überleben, überlebenszeit, tage",
    "event": "censor, censored, dead, zensiert",
    "date": "day of measurement, measured on, date measured, datum, weighed on, messdatum",
    "signs": "clinical signs, observation, observations, symptoms, score, befund",
    "batch": "session, imaging session, folder, imaging date",
    "click": "image, image name, image number, click number, file name, sequence",
    "position": "pos, place, slot, lane",
    "luciferin_time": "luciferin, time of luciferin, luciferin injection, d-luciferin time",
    "dose_ug": "dose ug, dose µg, dosis µg",
    "dose_mg_per_kg": "dose, mg/kg, dosis",
    "agent": "drug, compound, treatment given, substanz",
    "reason": "why, cause, grund, comment",
}


def _plain(heading: str) -> str:
    """Return a heading without case, marks and what stands in brackets at its end."""
    text = re.sub(r"[(\[][^)\]]*[)\]]\s*$", "", heading.casefold()) or heading.casefold()
    return re.sub(r"[\W_]+", " ", text).strip()


_KNOWN = {name: frozenset(_plain(w) for w in words.split(",")) for name, words in _WORDS.items()}


def looks_like(name: str, headings: Iterable[str]) -> str | None:
    """Return the one heading that labs use for a column of ours; None where none or several are.

    Parameters
    ----------
    name : str
        Our column name.
    headings : iterable of str
        The sheet's headings.

    Returns
    -------
    str or None
        The heading as it stands in the sheet.
    """
    words = _KNOWN.get(name, frozenset()) | {_plain(name)}
    found = [heading for heading in headings if _plain(heading) in words]
    return found[0] if len(found) == 1 else None


def usual_headings(headings: Iterable[str]) -> int:
    """Return how many of the texts are headings that labs use for columns of ours."""
    return sum(any(_plain(text) in words for words in _KNOWN.values()) for text in headings if text)


def unread(names: Sequence[str], headings: Sequence[str]) -> dict[str, str]:
    """Return our columns that a sheet seems to have under headings that are not read.

    Parameters
    ----------
    names : sequence of str
        Our columns that were not found.
    headings : sequence of str
        The headings that are none of ours.

    Returns
    -------
    dict
        Our name to the heading; no heading twice.
    """
    found: dict[str, str] = {}
    for name in names:
        heading = looks_like(name, [h for h in headings if h not in found.values()])
        if heading is not None:
            found[name] = heading
    return found
