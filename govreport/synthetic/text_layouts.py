"""Layouts of running text: how tables look after a page was turned into text. See ``LAYOUTS``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from govreport.synthetic import habits
from govreport.synthetic.layout import Habit, Layout, NumberHabit, Parts, plain_number
from govreport.synthetic.sheet import Sheet, Spot, spread

TableWriter = Callable[[Sheet], str]

_LONG_LABEL = 18


def _own(sheet: Sheet) -> list[list[str]]:
    """Each row as the texts of the boxes that begin in it."""
    return [[box.text for box in row] for row in sheet.rows]


def _hung(sheet: Sheet) -> list[list[str]]:
    """The same with an empty text for every box that hangs down from a row above."""
    return [[s.box.text if s.down == 0 else "" for s in line if s.right == 0] for line in spread(sheet)]


def _padded(sheet: Sheet, front: bool = False) -> list[list[str]]:
    """Full rows: merged places are empty, behind the text, or before it where it is the label of a row."""

    def text(spot: Spot) -> str:
        at_front = front and spot.box.kind in ("row", "group")
        return spot.box.text if (spot.down, spot.right) == (0, spot.box.colspan - 1 if at_front else 0) else ""

    return [[text(spot) for spot in line] for line in spread(sheet)]


def _copied(sheet: Sheet) -> list[list[str]]:
    """Full rows: merged boxes stand in each place they cover, as converters of tables write them."""
    return [[spot.box.text for spot in line] for line in spread(sheet)]


def _repeated(sheet: Sheet) -> list[list[str]]:
    """The same with labels of groups repeated in each row."""
    return [
        [s.box.text if s.box.kind == "group" or s.down == 0 else "" for s in line if s.right == 0]
        for line in spread(sheet)
    ]


def _pipes(texts: list[str]) -> str:
    return "".join(f"{text} | " if text else "|" for text in texts).rstrip()


def _pipe_rows(sheet: Sheet, spill: bool = False) -> str:
    lines = []
    for texts in _own(sheet):
        line = _pipes(texts + [""] * (sheet.width - len(texts)))
        label, last = max(texts, key=len), texts[-1]
        if spill and len(label) > _LONG_LABEL and len(texts) > 2 and last:
            line = _pipes(texts[:-1]) + "\n" + _pipes([last] + [""] * (sheet.width - len(texts)))
        lines.append(line)
    return "\n".join(lines)


def _joined_rows(sheet: Sheet, rows: Callable[[Sheet], list[list[str]]], between: str) -> str:
    return "\n".join(between.join(texts) for texts in rows(sheet))


def _extra_cells(sheet: Sheet) -> str:
    return "\n".join("|  | " + " | ".join(texts) + " |  |" for texts in _padded(sheet))


def _leading_pipes(sheet: Sheet) -> str:
    return "\n".join("| " + " | ".join(texts) + " | |" for texts in _own(sheet))


def _one_line(sheet: Sheet) -> str:
    return "".join(f"{text} | " if text else "| " for texts in _own(sheet) for text in texts).rstrip()


def _dense_line(sheet: Sheet) -> str:
    return " | ".join(text for texts in _own(sheet) for text in texts if text)


def _tabbed_cells(sheet: Sheet) -> str:
    rows = ("\n".join(f"\t{text}" for text in texts) for texts in _hung(sheet))
    return "\n" + "\n\n".join(rows) + "\n\n"


def _cell_lines(sheet: Sheet, between: str = "\n", blanks: bool = False) -> str:
    return between.join(text for texts in _own(sheet) for text in texts if text or blanks)


def _cell_line_ends(sheet: Sheet, end: str) -> str:
    return "\n".join(f"{text}{end}" if text else "|" for texts in _own(sheet) for text in texts)


def _pipe_before(sheet: Sheet) -> str:
    return "\n".join(f"|\n{' | '.join(texts)}" for texts in _own(sheet))


def _markdown(sheet: Sheet, front: bool) -> str:
    lines = ["| " + " | ".join(texts) + " |" for texts in _padded(sheet, front)]
    lines.insert(1, "|" + " --- |" * sheet.width)
    return "\n".join(lines)


def _space_rows(sheet: Sheet) -> str:
    return "\n".join("   ".join(text for text in texts if text) for texts in _own(sheet))


def _flat_litigation(sheet: Sheet, between: str, blanks: bool) -> str:
    """Table three as all labels in one line and fifteen numbers in the next; other tables in pipe rows."""
    if sheet.table != "litigation":
        return _pipe_rows(sheet)
    labels = [box.text for row in sheet.rows[:-1] for box in row]
    values = [box.text for box in sheet.rows[-1] if box.text or blanks]
    return between.join(labels) + "\n" + between.join(values)


def _paragraphs(parts: Parts, table: TableWriter) -> list[str]:
    """Every paragraph and table of the page in order."""
    made = [" | ".join(f"{name} | {text}" for name, text in parts.metadata) + " |"] if parts.metadata else []
    made += [parts.title, *parts.lead]
    for number, heading in enumerate(parts.headings, start=1):
        made += _section(parts, number, heading, table)
    return [*made, *parts.closing]


def _section(parts: Parts, number: int, heading: str, table: TableWriter) -> list[str]:
    tables = [table(sheet) for sheet in parts.sheets if sheet.section == number]
    texts = [heading, *parts.before.get(number, ()), *tables, *parts.after.get(number, ())]
    return [text for text in texts if text]


def _page(parts: Parts, table: TableWriter, end: str = "\n") -> str:
    return ("\n".join(_paragraphs(parts, table)) + "\n").replace("\n", end)


def _page_on_one_line(parts: Parts, table: TableWriter) -> str:
    return " ".join(paragraph.replace("\n", " ") for paragraph in _paragraphs(parts, table))


def _section_lines(parts: Parts, table: TableWriter) -> str:
    """Heading, text and table of a section on one line; sections one and two, five and six share a line."""
    lines = [" ".join(_section(parts, n, heading, table)) for n, heading in enumerate(parts.headings, start=1)]
    first, second, third, fourth, fifth, sixth = lines
    head = " ".join([*parts.lead, first, second])
    return "\n".join([parts.title, head, third, fourth, f"{fifth} {sixth}", *parts.closing, "|", ""])


def _layout(
    name: str,
    family: str,
    says: str,
    table: TableWriter,
    *changes: Habit,
    page: Callable[[Parts, TableWriter], str] = _page,
    keeps_blanks: bool = True,
    number: NumberHabit = plain_number,
    encoding: str = "utf-8",
) -> Layout:
    def write(parts: Parts) -> str:
        return page(parts, table)

    return Layout(f"text_{name}", "text", family, says, write, keeps_blanks, changes, number, encoding)


_spilled = partial(_pipe_rows, spill=True)
_own_rows = partial(_joined_rows, rows=_own, between=" | ")
_flat = partial(_flat_litigation, between=" | ", blanks=True)

TEXT_LAYOUTS = (
    _layout("pipes", "pipes", "1: rows with pipes, padded behind to the width of the table", _pipe_rows),
    _layout("pipes_spilled", "pipes", "1, 8, 15, 19: last values of long rows on the next line, half-width brackets",
            _spilled, habits.half_brackets, habits.break_labels(" ")),
    _layout("pipes_cut", "pipes", "8, 12, 16: as before, with labels of results cut at their line break",
            _spilled, habits.half_brackets, habits.cut_results),
    _layout("leading_pipes", "pipes", "1, 9: rows that begin and end with a pipe and an empty cell", _leading_pipes),
    _layout("pipe_before", "pipes", "5: a pipe on a line of its own before each row", _pipe_before),
    _layout("extra_cells", "pipes", "9: an empty cell more at both ends of each row", _extra_cells),
    _layout("repeated_groups", "pipes", "11: labels of groups repeated in each row",
            partial(_joined_rows, rows=_repeated, between=" | ")),
    _layout("glued_groups", "pipes", "11: labels of groups glued to the first label below", _own_rows,
            habits.glued_groups),
    _layout("lost_groups", "pipes", "11: labels of groups lost", _own_rows, habits.lost_groups),
    _layout("one_line", "one_line", "2: each table in one line, cells joined by pipes", _one_line),
    _layout("one_line_dense", "one_line", "2: the same, empty cells leave no trace", _dense_line, keeps_blanks=False),
    _layout("section_lines", "one_line", "2, 15, 29: heading, text and table of a section on one line", _one_line,
            habits.break_labels(" "), habits.half_brackets, page=_section_lines),
    _layout("article_line", "one_line", "2: the whole article on one line", _one_line, page=_page_on_one_line),
    _layout("tabbed_cells", "lines", "3: a cell a line with a leading tab, a blank line between rows", _tabbed_cells),
    _layout("tabbed_broken", "lines", "3, 13, 15, 30: the same, labels on two lines, an empty row, bookmarks",
            _tabbed_cells, habits.break_labels("\n"), habits.trailing_row, habits.bookmarks),
    _layout("tabbed_spaced", "lines", "3, 15, 19: the same, labels with blanks inside", _tabbed_cells,
            habits.break_labels("\n "), habits.spaced_labels),
    _layout("cell_lines", "lines", "4: a cell a line, row ends lost, empty cells leave no trace", _cell_lines,
            keeps_blanks=False),
    _layout("cell_lines_blanks", "lines", "4: a cell a line, an empty cell is an empty line",
            partial(_cell_lines, blanks=True)),
    _layout("cell_lines_apart", "lines", "4: a cell a line with a blank line between all cells",
            partial(_cell_lines, between="\n\n"), keeps_blanks=False),
    _layout("cell_then_pipe", "lines", "5: a cell on one line, a pipe on the next",
            partial(_cell_line_ends, end="\n|")),
    _layout("cell_line_pipe", "lines", "6: each line of a cell ends with a pipe, an empty cell is a pipe alone",
            partial(_cell_line_ends, end=" |")),
    _layout("markdown_front", "markdown", "1: a Markdown table, merged labels padded in front",
            partial(_markdown, front=True)),
    _layout("markdown_copied", "markdown", "1: a Markdown table, merged cells copied into all places they cover",
            lambda sheet: "\n".join("| " + " | ".join(texts) + " |" for texts in _copied(sheet))),
    _layout("tabs_copied", "columns", "9: rows of tabs, merged cells copied into all places they cover",
            partial(_joined_rows, rows=_copied, between="\t")),
    _layout("markdown_behind", "markdown", "1: a Markdown table, merged labels padded behind",
            partial(_markdown, front=False)),
    _layout("tabs", "columns", "1: rows with tabs", partial(_joined_rows, rows=_padded, between="\t")),
    _layout("spaces", "columns", "1: rows with blanks between cells, empty cells leave no trace", _space_rows,
            keeps_blanks=False),
    _layout("flat_litigation", "split", "12: table three as a line of labels and a line of fifteen numbers", _flat),
    _layout("flat_numbers", "split", "12: the same with blanks for pipes",
            partial(_flat_litigation, between=" ", blanks=False), keeps_blanks=False),
    _layout("split_litigation", "split", "12: table three split in three", _pipe_rows, habits.split_litigation),
    _layout("split_disclosure", "split", "12: table one split at its blocks", _own_rows, habits.split_disclosure),
    _layout("misnumbered", "headings", "28: headings with wrong numbers", _pipe_rows,
            habits.headings(h2="(二)(一){}", h3="3、 {}", h4="三、{}")),
    _layout("unnumbered", "headings", "28: numerals of headings lost, or a bullet for them", _tabbed_cells,
            habits.headings(h1="- {}", h2="{}", h3="{}", h4="{}", h5="{}", h6="{}")),
    _layout("inline_headings", "headings", "29, 41: headings inside paragraphs, sentences around the tables",
            _one_line, habits.words_around_tables, page=_section_lines),
    _layout("no_heading", "headings", "28: the heading of section three missing", _pipe_rows, habits.headings(h3="")),
    _layout("no_headings", "headings", "28: the headings of sections two to four missing", _tabbed_cells,
            habits.headings(h2="", h3="", h4="")),
    _layout("words_around", "headings", "41: sentences before and after the tables", _own_rows,
            habits.words_around_tables),
    _layout("metadata", "headings", "14, 46: a block of metadata in pipes before the text", _pipe_rows,
            habits.metadata),
    _layout("cut_headers", "labels", "16: header cut at the line break", _tabbed_cells, habits.cut_headers),
    _layout("lost_letters", "labels", "17: the last character of a label lost", _pipe_rows, habits.lost_letters),
    _layout("typos", "labels", "18: typing errors in labels", _own_rows, habits.typos),
    _layout("other_wording", "labels", "19: other words in labels", _tabbed_cells, habits.other_wording,
            habits.no_article_sign),
    _layout("no_row_numbers", "labels", "19: labels of rows without numbers", _pipe_rows, habits.no_row_numbers),
    _layout("subtotal", "labels", "20: a subtotal among the legal persons", _own_rows, habits.subtotal(first=False)),
    _layout("unknown_row", "labels", "20: a row that the form does not have", _tabbed_cells, habits.unknown_row),
    _layout("full_width", "numbers", "23: digits in full width", _pipe_rows, number=habits.full_width),
    _layout("commas", "numbers", "23: thousands commas", _own_rows, number=habits.with_commas),
    _layout("nbsp", "numbers", "23: a no-break space after digits", _tabbed_cells, number=habits.with_nbsp),
    _layout("units", "numbers", "22: units in cells", _tabbed_cells, number=habits.with_units),
    _layout("signed", "numbers", "23: signed change", _pipe_rows, number=habits.signed_change),
    _layout("gbk", "encodings", "GBK bytes", _tabbed_cells, encoding="gb18030"),
    _layout("crlf", "encodings", "byte-order mark and lines that end in CR LF", _pipe_rows,
            page=partial(_page, end="\r\n"), encoding="utf-8-sig"),
    _layout("utf16", "encodings", "UTF-16 with byte-order mark", _tabbed_cells, encoding="utf-16"),
)  # fmt: skip
