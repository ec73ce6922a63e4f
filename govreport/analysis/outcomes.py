"""The outcomes of section three in the order of the form, with the groups that comparisons are made in."""

from __future__ import annotations

from functools import cache

from govreport.forms import read_csv


@cache
def outcome_order() -> dict[str, str]:
    """Rows of section three that add up to the total, in the order of the form, each with its group.

    Row 8 of the refusals, look-ups in registers, is a group of its own (``inquiry``): it rests on article 36(7), not
    on the exemptions of articles 14 to 16 (``exempt``).

    >>> list(dict.fromkeys(outcome_order().values()))
    ['granted', 'partly_granted', 'exempt', 'inquiry', 'unable', 'declined', 'other_handling']
    """
    made = {}
    for row in read_csv("rows"):
        if row["table"] == "applications" and row["parent"] == "processed":
            group = row["group"] or row["row"]
            if group == "refused":
                group = "inquiry" if row["row"] == "administrative_inquiry" else "exempt"
            made[row["row"]] = group
    return made
