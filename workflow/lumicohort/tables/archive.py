"""Office files without dates, so that the same table gives the same bytes."""

from __future__ import annotations

import re
import shutil
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
    dated = path.with_name(f"{path.name}.dated")
    path.replace(dated)
    try:
        with zipfile.ZipFile(dated) as given, zipfile.ZipFile(path, "w") as archive:
            for part in given.infolist():
                info = zipfile.ZipInfo(part.filename, _EPOCH)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o600 << 16
                info.create_system = 3
                if part.filename == "docProps/core.xml":
                    archive.writestr(info, _DATES.sub(b"", given.read(part)))
                    continue
                info.file_size = part.file_size
                # In pieces: a sheet of thousands of rows is megabytes.
                with given.open(part) as whole, archive.open(info, "w") as out:
                    shutil.copyfileobj(whole, out)
    finally:
        dated.unlink()
