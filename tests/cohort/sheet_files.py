"""Writes sheets of many kinds for the tests."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lumicohort.study.config import StudyConfig, parse_config

HEADER = "animal_id,model,arm,inoculation_date,end_date,end_reason,weight_g"
ROWS = (
    "007,MDA,vehicle,2020-01-01,2020-01-22,found dead,22.5",
    "1E5,MDA,DFO,2020-01-01,2020-02-03,humane endpoint,25",
    "3466,PC9,vehicle,2020-01-20,2020-02-20,end of study,24.25",
)
COHORT = "\n".join([HEADER, *ROWS]) + "\n"


def study(folder: Path, **sheets: Any) -> StudyConfig:
    """Return the config of a study whose data lie in `folder`; sheets are its data section."""
    more = {
        key: sheets.pop(key)
        for key in ("arms", "schedule", "exclusions", "strict", "imaging_rules")
        if key in sheets
    }
    if "imaging_rules" in more:
        more["imaging"] = more.pop("imaging_rules")
    return parse_config(
        {
            "study": "test",
            "models": {"MDA": {}, "PC9": {}},
            "arms": {"vehicle": {}, "DFO": {}},
            "reference_arm": "vehicle",
            "data": {"folder": str(folder), **sheets},
            **more,
        }
    )


def write_xlsx(
    path: Path,
    rows: list[list[Any]],
    *,
    sheet: str = "mice",
    epoch_1904: bool = False,
    hidden: tuple[int, ...] = (),
    merged: tuple[str, ...] = (),
) -> Path:
    """Write an .xlsx file with openpyxl; text that starts with `#` becomes a formula error."""
    import openpyxl
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = openpyxl.Workbook()
    if epoch_1904:
        book.epoch = CALENDAR_MAC_1904
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    for cells in page.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str) and cell.value.startswith("#"):
                cell.data_type = "e"
    for number in hidden:
        page.row_dimensions[number].hidden = True
    for cells_range in merged:
        page.merge_cells(cells_range)
    book.save(path)
    return path


def write_ods(path: Path, rows: list[list[Any]], *, sheet: str = "mice") -> Path:
    """Write a minimal .ods file; text that starts with `#` becomes a formula error."""
    body = "".join(
        "<table:table-row>" + "".join(_ods_cell(v) for v in row) + "</table:table-row>"
        for row in rows
    )
    names = " ".join(
        f'xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{v}:1.0"'
        for k, v in {"office": "office", "table": "table", "text": "text"}.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}>'
        "<office:body><office:spreadsheet>"
        f"<table:table table:name={quoteattr(sheet)}>{body}</table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, (date, datetime)):
        attributes = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, (int, float)):
        attributes = f'office:value-type="float" office:value="{value}"'
    elif value.startswith("#"):
        attributes = 'table:formula="of:=1/0" office:value-type="string" office:string-value=""'
    else:
        attributes = 'office:value-type="string"'
    text = escape(str(value))
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"
