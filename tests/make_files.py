"""Make the files in tests/containers/files again, with LibreOffice: invented reports as Word, Excel and the like.

    python tests/make_files.py

The files are kept, since the tests that read them must run where LibreOffice is not installed.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path

from govreport.synthetic import invent, render

FILES = Path(__file__).parent / "containers" / "files"
YEARS = {"2014": 2016, "2019": 2020, "2021": 2023}
ONLY_ONCE = ("odt", "doc", "rtf")


def convert(source: Path, target: str, *options: str) -> Path:
    """What LibreOffice makes of a file."""
    profile = source.parent / "profile"
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", *options, "--convert-to", target,
               "--outdir", str(source.parent), str(source)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return source.with_suffix("." + target.partition(":")[0])


def main() -> None:
    """Every file: pages go through the text program for texts, through the table program for sheets."""
    FILES.mkdir(parents=True, exist_ok=True)
    for edition, year in YEARS.items():
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / f"report-{edition}.html"
            values = invent(edition, random.Random(1), 40)
            page.write_bytes(render(values, edition, "html_word", agency="样例县水利局", year=year))
            text = convert(page, "odt:writer8", "--infilter=HTML (StarWriter)")
            sheet = convert(page, "ods:calc8", "--infilter=HTML (StarCalc)")
            made = [text, sheet, *(convert(text, kind) for kind in ("docx", "doc", "rtf"))]
            made += [convert(sheet, kind) for kind in ("xlsx", "xls")]
            for file in made:
                if edition == "2021" or file.suffix[1:] not in ONLY_ONCE:
                    (FILES / file.name).write_bytes(file.read_bytes())


if __name__ == "__main__":
    main()
