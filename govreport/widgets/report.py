"""One report beside the picture: the statutory form filled in, and the figures of its prose next to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from govreport.frames import Frames
from govreport.model import Report, escape
from govreport.plots.style import label
from govreport.widgets.tables import link
from govreport.widgets.words import say

if TYPE_CHECKING:
    from govreport.bundled import Headlines
    from govreport.plots.style import Lang

_LONGEST_QUOTE = 160


def opened_html(data: Frames | Headlines, report_id: str, lang: Lang) -> str:
    """A report as HTML, all text of the page escaped: the form, what is in doubt, the figures of the prose.

    A data set of headline figures has no forms; the figures it has are listed instead.

    Raises:
        UsageError: no report has this key.
    """
    from govreport.show import report_html

    if isinstance(data, Frames):
        report = data.show(report_id)
        form, aside = report_html(report), _prose_html(report, lang)
    else:
        form, aside = _headline_html(data, report_id, lang), f"<p>{say('headline_only', lang)}</p>"
    return f'<div class="gr-report"><div class="gr-form">{form}</div><aside class="gr-aside">{aside}</aside></div>'


def _prose_html(report: Report, lang: Lang) -> str:
    from govreport.show import number_text

    if not report.statements:
        return f"<h3>{say('prose', lang)}</h3><p>{say('no_prose', lang)}</p>"
    items = "".join(
        f"<li><b>{escape(label('measure', s.measure, lang))}: "
        f"{say('about', lang) if s.approximate else ''}{number_text(s.value)}</b><br>"
        f'<span class="gr-quiet">{escape(_short(s.quote))} ({escape(s.place)})</span></li>'
        for s in report.statements
    )
    return f"<h3>{say('prose', lang)}</h3><ul>{items}</ul>"


def _short(quote: str) -> str:
    return quote if len(quote) <= _LONGEST_QUOTE else quote[:_LONGEST_QUOTE] + "…"


def _headline_html(data: Headlines, report_id: str, lang: Lang) -> str:
    from govreport.show import number_text

    part = data.where(report_id=report_id)
    report = part.reports.iloc[0]
    figures = [
        *(("measure", row.measure, row.value) for row in part.volumes.itertuples()),
        *(("measure", row.measure, row.value) for row in part.requests.itertuples()),
        *(("group" if grouped else "outcome", name, count)
          for name, grouped, count in zip(*(part.outcomes[c] for c in ("outcome", "is_group", "count")), strict=True)),
        *(("item", row.item, row.value) for row in part.enforcement.itertuples()),
    ]  # fmt: skip
    rows = "".join(
        f'<tr><th scope="row">{escape(label(domain, name, lang))}</th>'
        f'<td class="gr-number">{number_text(value)}</td></tr>'
        for domain, name, value in figures
    )
    table = f'<div class="gr-rows" tabindex="0"><table>{rows}</table></div>'
    return f'{_who(report)}{table}<p class="gr-quiet">{say("unseen", lang)}</p>'


def _who(report: Any) -> str:
    known = [report["agency"], report["year"]]
    names = " · ".join(escape(value) for value in known if not pd.isna(value))
    return f"<h3>{names}</h3><p>{link(report['url'], report['url'])}</p>"
