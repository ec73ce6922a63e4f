"""What became of the requests: figures of ``Frames.applications`` and of ``Headlines.outcomes``.

Shares are drawn from whole reports alone, with their denominators; prose names a reason mostly when it occurred,
so headline figures are counted and never made into shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from govreport.analysis import outcome_order
from govreport.errors import UsageError
from govreport.plots.style import (
    FAINT,
    GROUP_COLOURS,
    INK,
    MUTED,
    SOURCE_HEADLINES,
    SOURCE_REPORTS,
    Chart,
    Lang,
    Words,
    canvas,
    count_scale,
    drawable,
    figure,
    finish,
    in_strip,
    label,
    need,
    nothing_to_draw,
    swarm,
)
from govreport.plots.volumes import HeadlineFrames

MIN_REQUESTS = 30
"""Below this many requests processed no share is drawn: a single request would move it by more than three points."""

PANELS = 4
STRESSED = ("not_held", "process_information")
_KEYS = ("report_id", "outcome", "applicant", "count", "status")


class ReportFrames(Protocol):
    """What the figures of whole reports need: the DataFrames of ``govreport.frames.Frames``."""

    @property
    def reports(self) -> pd.DataFrame:
        """One row a report."""

    @property
    def applications(self) -> pd.DataFrame:
        """One row a cell of section three."""


def outcome_counts(frames: ReportFrames) -> pd.DataFrame:
    """Requests by outcome, a row a report and a column an outcome, with ``processed`` and ``unknown``.

    The 总计 column counts. Where a report leaves row totals blank, the counts printed for the kinds of applicant are
    added up, and only if all rows then make the printed sum; ``summed`` says so. What cannot be told apart is
    ``unknown``. NA: the row is not in the edition of the form, or its number cannot be told.

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    cells = need(frames.applications, "applications", _KEYS)
    cells = cells[cells["status"].astype("string") != "absent"]
    outcomes = list(outcome_order())
    is_total = cells["applicant"].astype("string") == "total"
    total, parts = _wide(cells[is_total]), _wide(cells[~is_total])
    on_page = _on_page(cells[is_total]).reindex(columns=outcomes, fill_value=False)
    made = total.reindex(columns=outcomes)
    processed = total["processed"] if "processed" in total else pd.Series(np.nan, index=total.index)
    filled = made.fillna(parts.reindex(index=made.index, columns=outcomes))
    use = (made.isna() & on_page).any(axis=1) & (filled.sum(axis=1) == processed)
    made = made.where(~use, filled.where(filled.notna() | ~on_page, 0.0))
    return made.assign(processed=processed, unknown=(processed - made.sum(axis=1)).clip(lower=0), summed=use)


def _wide(cells: pd.DataFrame) -> pd.DataFrame:
    rows = cells.assign(outcome=cells["outcome"].astype("string"), count=cells["count"].astype("Float64"))
    return rows.groupby(["report_id", "outcome"])["count"].sum(min_count=1).unstack().astype(float)


def _on_page(cells: pd.DataFrame) -> pd.DataFrame:
    rows = cells.assign(outcome=cells["outcome"].astype("string"))
    return rows.groupby(["report_id", "outcome"]).size().unstack(fill_value=0) > 0


def reason_table(frames: ReportFrames) -> pd.DataFrame:
    """Not held, process information and the groups of outcomes, as counts and as shares of all requests processed.

    Returns:
        One row a report, most requests first, by agency and year. ``n`` is the requests processed, the denominator;
        ``*_share`` is in percent, NA where n is below 30. NA counts cannot be told from the page.

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    counts = outcome_counts(frames).dropna(subset=["processed"]).sort_values("processed", ascending=False)
    groups = grouped(counts).rename(columns={"exempt": "exempt_1_to_7"})
    made = groups.drop(columns="unknown").assign(
        not_held=counts["not_held"], process_information=counts["process_information"]
    )
    share = made.div(counts["processed"].where(counts["processed"] >= MIN_REQUESTS), axis=0) * 100
    made.insert(0, "n", counts["processed"])
    made = made.astype("Int64").join(share.round(1).astype("Float64").add_suffix("_share"))
    keys = frames.reports.set_index("report_id").loc[made.index, ["agency", "year"]]
    return made.set_index([keys["agency"], keys["year"]])


def refusal_rates(frames: ReportFrames) -> pd.DataFrame:
    """Three rates that are all called refusal, in percent of all requests processed, for reports with 30 or more.

    Returns:
        One row a report by agency and year: ``n``; ``exemptions`` (rows 1 to 7 of the refusals, articles 14 to 16);
        ``refused_or_unable`` (all eight rows and what could not be provided); ``not_granted`` (all but granted and
        partly granted).

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    table = reason_table(frames)
    table = table[table["n"] >= MIN_REQUESTS]
    sums = {
        "exemptions": table["exempt_1_to_7"],
        "refused_or_unable": table["exempt_1_to_7"] + table["inquiry"] + table["unable"],
        "not_granted": table["n"] - table["granted"] - table["partly_granted"],
    }
    return pd.DataFrame({"n": table["n"]} | {name: (part / table["n"] * 100).round(1) for name, part in sums.items()})


@figure
def outcomes_of_reports(frames: ReportFrames, *, lang: Lang = "zh") -> Chart:
    """Each report's outcomes as a bar of 100 percent, beside the number of requests processed.

    Reports with fewer than 30 requests get their counts in words instead of shares; those with none are named.

    Args:
        frames: ``Frames`` or anything with the same reports and applications.
        lang: "zh" or "en".

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    title = Words("申请办理结果：各报告的构成与件数", "Outcomes of requests: composition and counts").get(lang)
    found = outcome_counts(frames)
    counts = found.dropna(subset=["processed"]).sort_values("processed", ascending=False)
    if counts.empty:
        return nothing_to_draw(title, _none(lang))
    groups = grouped(counts)
    groups["unknown"] = (counts["processed"] - groups.drop(columns="unknown").sum(axis=1)).clip(lower=0)
    groups = groups.fillna(0.0)
    chart, (left, right) = canvas(10.4, 2.3 + 0.42 * len(counts), 1, 2, sharey=True, width_ratios=[5, 1.5])
    _draw_shares(left, groups, counts["processed"], lang)
    _draw_counts(right, counts["processed"], lang)
    left.set_yticks(range(len(counts)), names(frames, counts.index))
    left.set_ylim(len(counts) - 0.5, -0.5)
    big = int((counts["processed"] >= MIN_REQUESTS).sum())
    subtitle = Words(
        f"{len(counts)}份报告。办理总数不足{MIN_REQUESTS}件的不作百分比，只列件数。办理总数（分母）见右侧。",
        f"{len(counts)} reports. With under {MIN_REQUESTS} requests processed, counts instead of shares. "
        "The denominators stand on the right.",
    ).get(lang)
    handles, texts = left.get_legend_handles_labels()
    if big:
        columns = 4 if lang == "zh" else 3
        left.legend(handles, texts, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, handlelength=1)
    notes = _summed_note(counts, lang) + _no_total_note(len(found) - len(counts), lang)
    return finish(chart, title, subtitle + notes, SOURCE_REPORTS.get(lang))


def grouped(counts: pd.DataFrame) -> pd.DataFrame:
    """Outcomes added up by the groups of figures, ``unknown`` last; NA where a part of the group cannot be told."""
    order = outcome_order()
    made = {}
    for group in dict.fromkeys(order.values()):
        parts = counts[[o for o in order if order[o] == group]]
        made[group] = parts.sum(axis=1).mask(parts.isna().any(axis=1) & (counts["unknown"] > 0))
    return pd.DataFrame(made).assign(unknown=counts["unknown"])


def _draw_shares(ax: Axes, groups: pd.DataFrame, processed: pd.Series, lang: Lang) -> None:
    left = np.zeros(len(groups))
    share = groups.div(processed.where(processed >= MIN_REQUESTS), axis=0).fillna(0.0) * 100
    for group in map(str, groups.columns):
        if not groups[group].any():
            continue
        width = share[group].to_numpy()
        ax.barh(range(len(groups)), width, left=left, height=0.66, color=GROUP_COLOURS[group], edgecolor="white",
                hatch="////" if group == "unknown" else None, lw=0.8, label=label("group", group, lang))  # fmt: skip
        for at, (low, wide) in enumerate(zip(left, width, strict=True)):
            if wide >= 4:
                ink = "white" if group in ("granted", "exempt", "unable") else INK
                ax.text(low + wide / 2, at, f"{wide:.0f}", ha="center", va="center", size=8.5, color=ink)
        left = left + width
    for at, n in enumerate(processed):
        if n < MIN_REQUESTS:
            ax.text(1, at, _in_words(groups.iloc[at], lang), va="center", size=8.5, color=MUTED)
    ax.set_xlim(0, 100)
    ax.set_xlabel(Words("占办理总数的百分比", "Percent of requests processed").get(lang))
    ax.tick_params(axis="y", length=0)


def _in_words(groups: pd.Series, lang: Lang) -> str:
    met = groups[groups > 0]
    if met.empty:
        return Words("没有办结的申请", "no request processed").get(lang)
    texts = [Words(f"{name}{int(n)}", f"{name}: {int(n)}").get(lang)
             for name, n in zip((label("group", g, lang) for g in met.index), met, strict=True)]  # fmt: skip
    return Words("，", "; ").get(lang).join(texts)


def _draw_counts(ax: Axes, processed: pd.Series, lang: Lang) -> None:
    count_scale(ax, "x", float(max(processed.max(), 10)), lang, zero=True, sparse=True)
    ax.barh(range(len(processed)), processed, height=0.66, color=FAINT, lw=0)
    for at, n in enumerate(processed):
        ax.text(max(n, 0.75), at, f" {int(n):,}", va="center", size=8.5)
    ax.set_xlabel(Words("办理总数（件，对数刻度）", "Processed (log scale)").get(lang))
    ax.set_xlim(-0.6, float(max(processed.max(), 10)) * 30)
    ax.tick_params(axis="y", length=0)


@figure
def refusal_reasons(frames: ReportFrames, reports: Sequence[str] | None = None, *, lang: Lang = "zh") -> Chart:
    """Why requests were not granted: a panel a report, a bar a row of the form, as shares of all processed.

    Not held (本机关不掌握) and process information (过程性信息) stand out. Colours keep the statutory exemptions
    (rows 1 to 7) apart from register look-ups (row 8), from what could not be provided and from what was not handled.

    Args:
        frames: ``Frames`` or anything with the same reports and applications.
        reports: ids of the reports to draw, at most four; without it the ones with most requests processed.
        lang: "zh" or "en".

    Raises:
        UsageError: a DataFrame or column is missing, or an id is unknown.
    """
    title = Words(
        "为什么没有公开：各项理由占办理总数的比例", "Why requests were not granted: reasons as shares of all"
    ).get(lang)
    counts = outcome_counts(frames)
    counts = counts[counts["processed"] >= MIN_REQUESTS].sort_values("processed", ascending=False)
    if reports is not None:
        counts = counts.loc[_known(reports, counts)]
    if counts.empty:
        return nothing_to_draw(title, _too_few(lang))
    drawn = counts.head(PANELS)
    order = {o: g for o, g in outcome_order().items() if g not in ("granted", "partly_granted")}
    chart, axes = canvas(11.4, 7.4, 1, len(drawn), sharey=True)
    highest = float((drawn[list(order)].div(drawn["processed"], axis=0)).max().max()) * 100
    for ax, (_, row), name in zip(axes, drawn.iterrows(), names(frames, drawn.index), strict=True):
        _draw_reasons(ax, row, order, highest)
        ax.set_title(f"{name}\nn={int(row['processed']):,}", size=9.5, linespacing=1.35)
    axes[0].set_yticks(range(len(order)), [label("outcome", o, lang) for o in order])
    for tick, outcome in zip(axes[0].get_yticklabels(), order, strict=True):
        tick.set_color(INK if outcome in STRESSED else MUTED)
    _bracket_groups(axes[-1], order, lang)
    subtitle = Words(
        f"每栏一份报告；n为办理总数，即分母；条旁为百分比和件数；“–”为该版格式没有此项。"
        f"深色：本机关不掌握、过程性信息。办理不足{MIN_REQUESTS}件的报告未画。",
        f"A panel a report; n is all requests processed, the denominator; beside each bar percent and count; "
        f"– is not in that edition. Dark: not held, process information. Under {MIN_REQUESTS} processed: left out.",
    )
    return finish(chart, title, subtitle.get(lang) + _summed_note(drawn, lang), SOURCE_REPORTS.get(lang))


def _known(reports: Sequence[str], counts: pd.DataFrame) -> list[str]:
    if strangers := [r for r in reports if r not in counts.index]:
        raise UsageError(
            f"reports should be ids with {MIN_REQUESTS} or more requests processed; "
            f"found {', '.join(strangers)}; there are {', '.join(counts.index) or 'none'}"
        )
    return list(reports)


def _draw_reasons(ax: Axes, row: pd.Series, order: dict[str, str], highest: float) -> None:
    for at, (outcome, group) in enumerate(order.items()):
        count = row[outcome]
        if np.isnan(count):
            ax.text(0, at, " –", va="center", size=8, color=MUTED)
            continue
        share = count / row["processed"] * 100
        ax.barh(at, share, height=0.7, color=GROUP_COLOURS[group], alpha=1.0 if outcome in STRESSED else 0.45, lw=0)
        percent = "<0.1%" if 0 < share < 0.05 else f"{share:.1f}%"
        text = f" {percent}  {int(count):,}" if count else " 0"
        ax.text(share, at, text, va="center", size=8, color=INK if count else MUTED)
    ax.set_xlim(0, highest * 1.75)
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(length=0)


def _bracket_groups(ax: Axes, order: dict[str, str], lang: Lang) -> None:
    """Names of the groups at the right edge, each beside a line as tall as its rows."""
    across = ax.get_yaxis_transform()
    for group in dict.fromkeys(order.values()):
        rows = [i for i, g in enumerate(order.values()) if g == group]
        ends = [rows[0] - 0.35, rows[-1] + 0.35]
        line = ax.plot([1.0, 1.0], ends, color=GROUP_COLOURS[group], lw=4, transform=across, clip_on=False)
        line[0].set_solid_capstyle("butt")
        name = label("group", group, lang).replace("（", "\n（").replace(" (", "\n(")
        ax.text(1.04, float(np.mean(rows)), name, transform=across, va="center", size=8.5, color=INK, linespacing=1.25)


@figure
def not_held_and_process(frames: ReportFrames, *, lang: Lang = "zh") -> Chart:
    """Not held against process information and against all statutory exemptions, as shares of all processed.

    One row a report; each dot carries its count. Reports with fewer than 30 requests processed show counts alone.
    Arguments as ``outcomes_of_reports``.
    """
    title = Words("本机关不掌握，还是过程性信息？", "Not held, or process information?").get(lang)
    counts = outcome_counts(frames)
    counts = counts[counts["processed"] > 0].sort_values("processed", ascending=False)
    if counts.empty:
        return nothing_to_draw(title, _none(lang))
    all_exempt = grouped(counts)["exempt"]
    series = (
        (Words("过程性信息（第6项）", "Process information (row 6)"), counts["process_information"], "#8a3c00", "D"),
        (
            Words("法定例外合计（第1—7项）", "All statutory exemptions (rows 1–7)"),
            all_exempt,
            GROUP_COLOURS["exempt"],
            "s",
        ),
        (Words("本机关不掌握", "Not held by the agency"), counts["not_held"], GROUP_COLOURS["unable"], "o"),
    )
    chart, (ax,) = canvas(9.4, 2.2 + 0.62 * len(counts))
    for words, values, colour, marker in series:
        _draw_dots(ax, values, counts["processed"], colour, marker, words.get(lang))
    for at, (n, held, process) in enumerate(
        counts[["processed", "not_held", "process_information"]].itertuples(index=False)
    ):
        if n < MIN_REQUESTS:
            ax.text(0, at, _pair(held, process, n, lang), va="center", size=8.5, color=MUTED)
    labels = [f"{name}\nn={int(n):,}" for name, n in zip(names(frames, counts.index), counts["processed"], strict=True)]
    ax.set_yticks(range(len(counts)), labels)
    ax.set_ylim(len(counts) - 0.4, -0.6)
    ax.set_xlim(left=-1)
    ax.grid(axis="x")
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(Words("占办理总数的百分比", "Percent of requests processed").get(lang))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handletextpad=0.2, columnspacing=1.4)
    subtitle = Words(
        f"每行一份报告；n为办理总数，即分母；点旁为件数。“不掌握”既含信息不存在，也含不属本机关公开，表格不能区分。不足{MIN_REQUESTS}件的只列件数。",
        f"A row a report; n is all requests processed, the denominator; counts beside the dots. Not held covers both "
        f"'does not exist' and 'not ours to disclose'. Under {MIN_REQUESTS} processed: counts alone.",
    )
    return finish(chart, title, subtitle.get(lang) + _summed_note(counts, lang), SOURCE_REPORTS.get(lang))


def _draw_dots(ax: Axes, values: pd.Series, processed: pd.Series, colour: str, marker: str, name: str) -> None:
    at = np.flatnonzero((processed >= MIN_REQUESTS) & values.notna())
    share = values.iloc[at] / processed.iloc[at] * 100
    ax.scatter(share, at, s=46, color=colour, marker=marker, label=name, zorder=3)
    for x, y, n in zip(share, at, values.iloc[at], strict=True):
        ax.annotate(f"{int(n):,}", (x, y), xytext=(0, 7), textcoords="offset points", ha="center", size=8, color=colour)


def _pair(held: float, process: float, n: float, lang: Lang) -> str:
    if np.isnan(held) or np.isnan(process):
        return Words("页面未能区分", "not told apart on the page").get(lang)
    return Words(
        f"{int(n)}件中：不掌握{int(held)}，过程性信息{int(process)}",
        f"of {int(n)}: not held {int(held)}, process information {int(process)}",
    ).get(lang)


@figure
def reasons_in_headlines(headlines: HeadlineFrames, *, lang: Lang = "zh") -> Chart:
    """Requests not granted as far as headline figures name the reason: one dot a report, zeros in a strip.

    No shares: prose names a reason mostly when it occurred. Group totals, where a page gives no more, stand below.

    Args:
        headlines: ``Headlines`` or anything with the same DataFrames.
        lang: "zh" or "en".

    Raises:
        UsageError: a DataFrame or column is missing.
    """
    title = Words("报告开头提到的不公开理由", "Reasons named in the opening of reports").get(lang)
    rows = need(headlines.outcomes, "outcomes", ("report_id", "outcome", "is_group", "count"))
    rows = rows.assign(outcome=rows["outcome"].astype("string"))
    order = [o for o, g in outcome_order().items() if g not in ("granted", "partly_granted")]
    colours = (
        {o: GROUP_COLOURS[g] for o, g in outcome_order().items()} | GROUP_COLOURS | {"refused": GROUP_COLOURS["exempt"]}
    )
    shown = [o for o in [*order, "refused", "unable", "declined", "other_handling"] if (rows["outcome"] == o).any()]
    if not shown:
        return nothing_to_draw(title, _none(lang))
    chart, (ax,) = canvas(8.6, 1.9 + 0.3 * len(shown))
    count_scale(ax, "x", float(rows["count"].max()), lang, zero=True)
    texts = []
    for at, outcome in enumerate(shown):
        values = rows.loc[rows["outcome"] == outcome, "count"].to_numpy(dtype=float)
        ax.scatter(in_strip(values), at + swarm(values, 0.3, 0.08), s=18, color=colours[outcome], alpha=0.85, lw=0)
        sum_of = Words("（小计）", " (group total)").get(lang) if outcome not in order else ""
        name = label("outcome" if outcome in order else "group", outcome, lang)
        texts.append(f"{name}{sum_of}  n={len(values)}")
    ax.set_yticks(range(len(shown)), texts)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(Words("申请（件，对数刻度，灰带为零）", "Requests (logarithmic scale, zeros in the strip)").get(lang))
    subtitle = Words(
        f"每点一份报告，n为见到该项数字的份数（全部{len(headlines.reports)}份中）。理由多在发生时才提及，故不计算比例；页面只给小计的另列。",
        f"One dot a report; n reports show the figure, of {len(headlines.reports)}. Reasons are mostly named when they "
        "occur, so no shares are drawn. Group totals stand apart where a page gives no more.",
    )
    return finish(chart, title, subtitle.get(lang), SOURCE_HEADLINES.get(lang))


def names(frames: ReportFrames, ids: Sequence[str] | pd.Index) -> list[str]:
    """Agency and year of reports, for axes; the id stands for an agency whose name cannot be drawn here."""
    reports = need(frames.reports, "reports", ("report_id", "agency", "year")).set_index("report_id")
    chosen = reports.loc[list(ids), ["agency", "year"]].astype("object").fillna("?")
    return [f"{drawable(agency, str(key))} {year}" for key, agency, year in chosen.itertuples()]


def _summed_note(counts: pd.DataFrame, lang: Lang) -> str:
    if not counts["summed"].any():
        return ""
    n = int(counts["summed"].sum())
    return Words(
        f"有{n}份报告的行总计为空白，由各类申请人件数相加（与总计核对无误）。",
        f" In {n} of them row totals are blank and were added up from the applicants (they match the sum printed).",
    ).get(lang)


def _no_total_note(reports: int, lang: Lang) -> str:
    if not reports:
        return ""
    return Words(
        f"另有{reports}份没有办理总数的数字，未画。", f" {reports} more give no number processed and are left out."
    ).get(lang)


def _none(lang: Lang) -> str:
    return Words(
        "所选报告中没有申请办理结果的数字。没有见到不等于零。",
        "None of the reports chosen shows a figure of outcomes. Not seen is not zero.",
    ).get(lang)


def _too_few(lang: Lang) -> str:
    return Words(
        f"所选报告的办理总数都不足{MIN_REQUESTS}件，不作百分比。",
        f"No report chosen has {MIN_REQUESTS} requests processed or more, so there are no shares to draw.",
    ).get(lang)
