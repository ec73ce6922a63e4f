"""Layouts of web pages: tables, layout tables, divs, broken spans, encodings, page furniture. See ``LAYOUTS``."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial

from govreport.synthetic import habits
from govreport.synthetic.layout import Habit, Layout, NumberHabit, Parts, plain_number
from govreport.synthetic.sheet import Box, Sheet, Spot, spread

TableWriter = Callable[[Sheet], str]
CellWriter = Callable[[Box], str]

_TALL, _TOO_TALL = 10, 99
_WORD_STYLE = "border:solid windowtext 1.0pt;padding:0cm 5.4pt 0cm 5.4pt"
_STYLES = {
    "table": 'style="display:table;width:100%"',
    "row": 'style="display:table-row"',
    "cell": 'style="display:table-cell;border:1px solid #999"',
}
_CLASSES = {"table": 'class="tb-box"', "row": 'class="tb-row clearfix"', "cell": 'class="tb-cell fl"'}


def _safe(text: str) -> str:
    return html.escape(text, quote=False).replace("\u00a0", "&nbsp;").replace("\n", "<br>")


def _attributes(box: Box) -> str:
    rows = f' rowspan="{box.rowspan}"' if box.rowspan > 1 else ""
    return rows + (f' colspan="{box.colspan}"' if box.colspan > 1 else "")


def _td(box: Box, tag: str = "td") -> str:
    return f"<{tag}{_attributes(box)}>{_safe(box.text)}</{tag}>"


def _word_td(box: Box) -> str:
    body = f'<span style="font-size:9.0pt;font-family:宋体">{_safe(box.text) or "&nbsp;"}</span>'
    return (
        f'<td{_attributes(box)} valign="center" style="{_WORD_STYLE}">'
        f'<p class="MsoNormal" align="center" style="text-align:center">{body}</p></td>'
    )


def _many_paragraphs_td(box: Box) -> str:
    """A cell of several paragraphs: the text's lines, and empty ones around them."""
    lines = "".join(f"<p>{_safe(line)}</p>" for line in box.text.split("\n"))
    return f"<td{_attributes(box)}><p></p>\n  {lines}\n  <p><br></p></td>"


def _unclosed_td(box: Box) -> str:
    return f"<td{_attributes(box)}>{_safe(box.text)}"


def _wrong_spans_td(box: Box) -> str:
    """Spans as careless editors leave them: the block of all outcomes too tall, 0 or nothing for 1."""
    if box.rowspan > _TALL:
        box = box._replace(rowspan=_TOO_TALL)
    return _td(box).replace("<td>", '<td colspan="0" rowspan="">', 1)


def _table(sheet: Sheet, cell: CellWriter = _td, attributes: str = ' border="1"', row_end: str = "</tr>") -> str:
    rows = "\n".join("<tr>" + "".join(cell(box) for box in row) + row_end for row in sheet.rows)
    return f"<table{attributes}>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _thead_table(sheet: Sheet) -> str:
    first = next(n for n, row in enumerate(sheet.rows) if row[-1].kind == "value")
    head = "\n".join("<tr>" + "".join(_td(b, "th") for b in row) + "</tr>" for row in sheet.rows[:first])
    rows = "\n".join(
        "<tr>" + "".join(_td(b, "td" if b.kind == "value" else "th") for b in row) + "</tr>"
        for row in sheet.rows[first:]
    )
    return f"<table><caption></caption><thead>\n{head}\n</thead><tbody>\n{rows}\n</tbody><tfoot></tfoot></table>"


def _divs(sheet: Sheet, looks: dict[str, str], hung: bool) -> str:
    """Rows and cells of divs; ``hung`` writes an empty div for each box that hangs down from above."""

    def row(texts: list[str]) -> str:
        return f"<div {looks['row']}>" + "".join(f"<div {looks['cell']}>{_safe(t)}</div>" for t in texts) + "</div>"

    lines = [[s.box.text if s.down == 0 else None for s in line if s.right == 0] for line in spread(sheet)]
    rows = [[text or "" for text in line if text is not None or hung] for line in lines]
    return f"<div {looks['table']}>\n" + "\n".join(map(row, rows)) + "\n</div>"


def _definitions(sheet: Sheet) -> str:
    rows = []
    for row in sheet.rows:
        tags = ["dd" if box.kind == "value" else "dt" for box in row]
        rows.append("<dl>" + "".join(f"<{t}>{_safe(b.text)}</{t}>" for t, b in zip(tags, row, strict=True)) + "</dl>")
    return '<div class="report-dl">\n' + "\n".join(rows) + "\n</div>"


def _cell_paragraphs(sheet: Sheet) -> str:
    return "\n".join(f"<p>{_safe(box.text) or '&nbsp;'}</p>" for row in sheet.rows for box in row)


def _blocks(parts: Parts, table: TableWriter, heading: str = "h3") -> str:
    """The article: title, paragraphs, headings, tables."""
    made = [f"<h1>{_safe(parts.title)}</h1>"] + [f"<p>{_safe(text)}</p>" for text in parts.lead]
    for number, name in enumerate(parts.headings, start=1):
        made += [f"<{heading}>{_safe(name)}</{heading}>"] if name else []
        made += [f"<p>{_safe(text)}</p>" for text in parts.before.get(number, ())]
        made += [table(sheet) for sheet in parts.sheets if sheet.section == number]
        made += [f"<p>{_safe(text)}</p>" for text in parts.after.get(number, ())]
    return "\n".join(made + [f'<p style="text-align:right">{_safe(text)}</p>' for text in parts.closing])


def _one_table(parts: Parts) -> str:
    """Everything in one table: headings and paragraphs are rows over its whole width."""
    width = max(sheet.width for sheet in parts.sheets)

    def wide(text: str) -> str:
        return f'<tr><td colspan="{width}">{_safe(text)}</td></tr>'

    def last_widened(sheet: Sheet, row: tuple[Box, ...]) -> tuple[Box, ...]:
        return (*row[:-1], row[-1]._replace(colspan=row[-1].colspan + width - sheet.width))

    rows = [wide(text) for text in (parts.title, *parts.lead)]
    for number, name in enumerate(parts.headings, start=1):
        rows += [wide(text) for text in (name, *parts.before.get(number, ()))]
        for sheet in (s for s in parts.sheets if s.section == number):
            widened = [
                last_widened(sheet, row) if _reaches_end(line, row) else row
                for row, line in zip(sheet.rows, spread(sheet), strict=True)
            ]
            rows += ["<tr>" + "".join(map(_td, row)) + "</tr>" for row in widened]
    rows += [wide(text) for text in parts.closing]
    return '<table border="1" cellpadding="0" cellspacing="0">\n' + "\n".join(rows) + "\n</table>"


def _reaches_end(line: list[Spot], row: tuple[Box, ...]) -> bool:
    return line[-1].box is row[-1] and line[-1].down == 0


def _nested(parts: Parts) -> str:
    """Layout tables: a frame, in it a row for each section, in it the table."""
    inner = _blocks(parts, lambda sheet: f"<table width='100%'><tr><td>\n{_table(sheet)}\n</td></tr></table>")
    return (
        '<table width="1000" align="center"><tr><td class="left" width="10">&nbsp;</td><td>\n'
        f'<table width="100%"><tr><td class="bt_content"><div id="zoom">\n{inner}\n</div></td></tr></table>\n'
        "</td></tr></table>"
    )


def _hidden_copy(parts: Parts, table: TableWriter) -> str:
    """The same article twice: a hidden copy for small screens, then the visible one."""
    article = _blocks(parts, table)
    return (
        f'<div class="mobile-only" style="display:none">\n{article}\n</div>\n'
        f'<div class="pc-only">\n{article}\n</div>\n<div hidden>{_blocks(parts, table)}</div>'
    )


def _page(parts: Parts, article: Callable[[Parts], str], charset: str | None = "utf-8") -> str:
    meta = f'<meta charset="{charset}">\n' if charset else ""
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n{meta}<title>{_safe(parts.title)}</title>\n</head>\n<body>\n'
        f'{_metadata_table(parts)}<div class="article-content">\n{article(parts)}\n</div>\n</body>\n</html>\n'
    )


def _old_page(parts: Parts, article: Callable[[Parts], str], charset: str) -> str:
    return (
        '<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=' + charset + '">\n'
        f"<TITLE>{_safe(parts.title)}</TITLE></HEAD><BODY>\n{article(parts)}\n</BODY></HTML>\n"
    )


def _metadata_table(parts: Parts) -> str:
    if not parts.metadata:
        return ""
    pairs = [f"<td><b>{_safe(name)}：</b></td><td>{_safe(text)}</td>" for name, text in parts.metadata]
    rows = "\n".join(f"<tr>{a}{b}</tr>" for a, b in zip(pairs[::2], pairs[1::2], strict=True))
    return f'<table class="xxgk_table">\n{rows}\n</table>\n'


def _furnished_page(parts: Parts, article: Callable[[Parts], str]) -> str:
    """A page with the furniture of government sites: menu, path, tools, related links, footer."""
    menu = "".join(
        f'<li><a href="#">{name}</a></li>' for name in ("首页", "政务公开", "办事服务", "互动交流", "数据开放")
    )
    others = "".join(
        f'<li><a href="#">{_safe(parts.title.replace(str(parts.year), str(year)))}</a></li>'
        for year in (parts.year - 1, parts.year - 2)
    )
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{_safe(parts.title)}_样例网站</title>
<meta name="SiteName" content="样例网站">
<meta name="ColumnName" content="政府信息公开年报">
<meta content="{html.escape(parts.title)}" name="ArticleTitle">
<meta name="PubDate" content="{parts.published and parts.published + " 09:30"}">
<meta name="ContentSource" content="{html.escape(parts.closing[0])}">
<style>.hide {{ display: none }} td {{ border: 1px solid #333 }}</style>
<script>var total = "<table><tr><td>一、本年新收</td><td>999</td></tr></table>";</script>
</head>
<body>
<div class="top"><a href="#">无障碍</a> | <a href="#">关怀版</a> | <a href="#">登录</a></div>
<div class="nav"><ul>{menu}</ul></div>
<div class="path">当前位置：<a href="#">首页</a> &gt; <a href="#">政务公开</a> &gt;
<a href="#">政府信息公开年报</a></div>
{_metadata_table(parts)}<div class="tools">字号：<a href="#">大</a> <a href="#">中</a> <a href="#">小</a>
<span>浏览次数：<i>1234</i></span> <a href="#">打印</a> <a href="#">分享</a></div>
<div class="article-content" id="zoom">
{article(parts)}
</div>
<div class="related"><h4>相关链接</h4><ul>{others}</ul></div>
<table class="share"><tr><td><a href="#">微信</a></td><td><a href="#">微博</a></td></tr></table>
<div class="footer"><p>主办：样例网站 | 网站标识码 0000000000 | 备案号 00000000</p><p>手机扫码打开</p></div>
</body>
</html>
"""


def _layout(
    name: str,
    family: str,
    says: str,
    table: TableWriter,
    *changes: Habit,
    write: Callable[[Parts], str] | None = None,
    keeps_blanks: bool = True,
    number: NumberHabit = plain_number,
    encoding: str = "utf-8",
) -> Layout:
    writer = write or partial(_page, article=partial(_blocks, table=table))
    return Layout(f"html_{name}", "html", family, says, writer, keeps_blanks, changes, number, encoding)


def _plain(page: Callable[..., str], **options: str | None) -> Callable[[Parts], str]:
    return partial(page, article=partial(_blocks, table=_table), **options)


_word = partial(_table, cell=_word_td, attributes=' class="MsoTableGrid" border="1" cellspacing="0"')

HTML_LAYOUTS = (
    _layout("word", "html_tables", "a table of a word processor, merged cells with spans", _word),
    _layout("plain", "html_tables", "a bare table, merged cells with spans", _table),
    _layout("thead", "html_tables", "thead, tbody and th", _thead_table),
    _layout("one_table", "html_tables", "one big table for all sections", _table,
            write=partial(_page, article=_one_table)),
    _layout("nested", "html_tables", "tables inside layout tables", _table, write=partial(_page, article=_nested)),
    _layout("split_disclosure", "html_tables", "12: table one split at its blocks", _table, habits.split_disclosure),
    _layout("split_litigation", "html_tables", "12: table three split in three", _word, habits.split_litigation),
    _layout("trailing_row", "html_tables", "13: an empty row at the end of table one", _word, habits.trailing_row),
    _layout("extra_cells", "html_tables", "9, 10: an empty cell more at both ends of each row", _table,
            habits.extra_cells),
    _layout("glued_groups", "html_tables", "11: labels of groups glued to the first label below", _table,
            habits.glued_groups),
    _layout("wrong_spans", "html_broken", "spans too tall, 0 or empty", partial(_table, cell=_wrong_spans_td)),
    _layout("unclosed", "html_broken", "ends of cells and rows missing",
            partial(_table, cell=_unclosed_td, row_end="")),
    _layout("many_paragraphs", "html_tables", "15: cells of several paragraphs, labels broken between them",
            partial(_table, cell=_many_paragraphs_td), habits.break_labels("\n")),
    _layout("broken_labels", "html_tables", "15: labels broken by line breaks", _word, habits.break_labels("\n")),
    _layout("divs", "html_divs", "rows and cells of divs with classes", partial(_divs, looks=_CLASSES, hung=False)),
    _layout("div_styles", "html_divs", "divs displayed as a table, empty ones under merged cells",
            partial(_divs, looks=_STYLES, hung=True)),
    _layout("definitions", "html_divs", "a list of definitions for each row", _definitions),
    _layout("cell_paragraphs", "html_divs", "4: each cell a paragraph, empty ones leave no trace", _cell_paragraphs,
            keeps_blanks=False),
    _layout("gbk", "html_encodings", "GBK bytes, declared as gb2312", _table, write=_plain(_old_page, charset="gb2312"),
            encoding="gb18030"),
    _layout("gbk_one_table", "html_encodings", "the same with one big table", _table,
            write=partial(_old_page, article=_one_table, charset="gb2312"), encoding="gb18030"),
    _layout("wrong_meta", "html_encodings", "UTF-8 bytes, declared as gb2312", _table,
            write=_plain(_old_page, charset="gb2312")),
    _layout("wrong_meta_gbk", "html_encodings", "GBK bytes, declared as UTF-8", _table, write=_plain(_page),
            encoding="gb18030"),
    _layout("no_meta", "html_encodings", "UTF-8 bytes, not declared", _table, write=_plain(_page, charset=None)),
    _layout("no_meta_gbk", "html_encodings", "GBK bytes, not declared", _table, write=_plain(_page, charset=None),
            encoding="gb18030"),
    _layout("bom", "html_encodings", "byte-order mark against a wrong declaration", _table,
            write=_plain(_page, charset="gbk"), encoding="utf-8-sig"),
    _layout("utf16", "html_encodings", "UTF-16 with byte-order mark", _table, write=_plain(_page), encoding="utf-16"),
    _layout("furniture", "html_pages", "45: menu, path, tools, related links, footer", _word,
            write=partial(_furnished_page, article=partial(_blocks, table=_word))),
    _layout("metadata", "html_pages", "46: a table of metadata above the text, furniture around", _table,
            habits.metadata, write=partial(_furnished_page, article=partial(_blocks, table=_table))),
    _layout("hidden_copy", "html_pages", "hidden copies of the article for small screens", _table,
            write=partial(_page, article=partial(_hidden_copy, table=_table))),
    _layout("paragraph_headings", "html_pages", "28, 30, 41: headings as paragraphs, misnumbered, words around tables",
            _table, habits.bookmarks, habits.headings(h3="3、 {}"), habits.words_around_tables,
            write=partial(_page, article=partial(_blocks, table=_table, heading="p"))),
    _layout("no_headings", "html_pages", "28: headings of sections two to four missing", _table,
            habits.headings(h2="", h3="", h4="")),
    _layout("cut_headers", "html_labels", "16: header cut at the line break", _word, habits.cut_headers,
            habits.cut_results),
    _layout("lost_letters", "html_labels", "17: the last character of a label lost", _table, habits.lost_letters),
    _layout("typos", "html_labels", "18: typing errors in labels", _table, habits.typos),
    _layout("other_wording", "html_labels", "19: other words, half-width brackets, blanks in labels", _table,
            habits.other_wording, habits.half_brackets, habits.spaced_labels),
    _layout("subtotal_first", "html_labels", "20: a subtotal before the legal persons", _table,
            habits.subtotal(first=True)),
    _layout("subtotal_last", "html_labels", "20: a subtotal after the legal persons", _table,
            habits.subtotal(first=False)),
    _layout("unknown_row", "html_labels", "20: a row that the form does not have", _table, habits.unknown_row),
    _layout("full_width", "html_numbers", "23: digits in full width", _table, number=habits.full_width),
    _layout("commas", "html_numbers", "23: thousands commas", _word, number=habits.with_commas),
    _layout("nbsp", "html_numbers", "23: a no-break space after digits", _table, number=habits.with_nbsp),
    _layout("units", "html_numbers", "22: units in cells", _table, number=habits.with_units),
    _layout("signed", "html_numbers", "23: signed change", _table, number=habits.signed_change),
)  # fmt: skip
