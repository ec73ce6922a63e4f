"""Reports that are attached files: the page holds nothing but a link, or the list leads to the file itself."""

from __future__ import annotations

from govreport.synthetic.sites.chrome import Entry, entry_of, link, page
from govreport.synthetic.sites.files import docx, pdf, xls, xlsx
from govreport.synthetic.sites.host import Host, once, word
from govreport.synthetic.sites.plan import Plan
from govreport.synthetic.sites.skeleton import build_skeleton, decoys, list_page, report, trail_of
from govreport.synthetic.sites.wire import Reply

_MAKERS = {"docx": docx, "pdf": pdf, "xlsx": xlsx, "xls": xls}
_KINDS = tuple(_MAKERS)
_WITH_PAGE = 5  # position of the report that has both tables on its page and a file
_DIRECT = 7  # position of the report that the list links as a file


def build(host: Host) -> None:
    """The style ``attachments``."""
    build_skeleton(host)
    entries = [_entry(host, plan, position) for position, plan in enumerate(host.plans)]
    host.add_list(f"{host.path}/index.html", list_page(host, [*entries, *decoys(host)]))


def _entry(host: Host, plan: Plan, position: int) -> Entry:
    file = _KINDS[position % len(_KINDS)]
    name = f"{plan.title}.{file}"
    cover = f"{host.path}/{plan.year}/{plan.number}.html"
    target = _address(plan, name, file, position)
    copy_of = cover if position == _WITH_PAGE else ""
    attached = f"<p>{word('attached')}：{link(target, name)}</p>"
    if position == _WITH_PAGE:
        host.add_report(cover, plan, report(host, plan, after=attached))
    elif position != _DIRECT:
        host.add_list(cover, once(lambda: _cover(host, plan, attached)))
    host.add_report(target, plan, _MAKERS[file](plan, name), file=file, copy_of=copy_of)
    return entry_of(host, plan, target if position == _DIRECT else cover)


def _address(plan: Plan, name: str, file: str, position: int) -> str:
    """Where files stand: in a folder of the month, under their Chinese name, or behind a download page."""
    month = f"{plan.published[:4]}/{plan.published[5:7]}"
    if position % 3 == 0:
        return f"/uploads/{month}/{plan.number}.{file}"
    if position % 3 == 1:
        return f"/attach/{month}/{name}"
    return f"/module/download/downfile.jsp?filename={plan.number}.{file}"


def _cover(host: Host, plan: Plan, attached: str) -> Reply:
    main = f"<h1>{plan.title}</h1>\n<p>{word('see_attachment')}</p>\n{attached}"
    return page(host, plan.title, main, trail=trail_of(host), plan=plan)
