"""Office files without dates, so that the same table gives the same bytes."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold
_DATES = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")


def without_dates(path: Path) -> None:
    """Rewrite an Office file (a zip archive) in place, leaving out all times.

    Parameters
    ----------
    path : Path
        A .docx or .xlsx file.
    """
    with zipfile.ZipFile(path) as archive:
        parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts:
            if name == "docProps/core.xml":
                content = _DATES.sub(b"", content)
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            info.create_system = 3
            archive.writestr(info, content)
