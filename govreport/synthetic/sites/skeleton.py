"""What every site has: a front page, a page of columns, news, and lists with their articles that are no reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from govreport.forms import read_csv
from govreport.synthetic.sites.chrome import MENU, Entry, Trail, entry_of, link, listing, page, small_page
from govreport.synthetic.sites.host import Host, Maker, once, word
from govreport.synthetic.sites.plan import Plan
from govreport.synthetic.sites.wire import Reply

OPEN = "/zwgk/index.html"
Columns = Sequence[tuple[str, str]]


def build_skeleton(host: Host, columns: Columns | None = None) -> None:
    """Front page, page of columns, and the pages that any site has beside its reports.

    Args:
        host: the site.
        columns: names and addresses that the page of columns links to; None for the column of the style.
    """
    shown = [(host.column, f"{host.path}/index.html")] if columns is None else list(columns)
    host.missing = once(lambda: small_page("missing_page", status=404))
    news = [_article(host, row, f"/news/{row['code']}.html") for row in _articles("news")]
    host.add("/", once(lambda: _front(host, news)))
    host.add_list(OPEN, once(lambda: _columns_page(host, shown)))
    for name, target in MENU[2:]:
        host.add(target, once(partial(_filler, host, word(name), target)))


def _front(host: Host, news: Sequence[Entry]) -> Reply:
    return page(
        host, host.site_title, f"<h3>{word('news')}</h3>\n{listing(host, news)}\n<p>{link(OPEN, word('open'))}</p>"
    )


def _columns_page(host: Host, columns: Columns) -> Reply:
    items = "".join(f"<li>{link(href, name)}</li>" for name, href in columns)
    return page(host, word("open"), f"<ul>{items}</ul>", trail=[(word("open"), OPEN)])


def _filler(host: Host, name: str, target: str) -> Reply:
    return page(host, name, f"<p>{word('no_data')}</p>", trail=[(name, target)])


def _articles(*kinds: str) -> list[dict[str, str]]:
    return [row for row in read_csv("sites_articles") if row["kind"] in kinds]


def _article(host: Host, row: Mapping[str, str], target: str) -> Entry:
    """A page that is no report, and its line in a list."""
    year = host.plans[0].year
    title = row["title"].format(place=host.place, year=year)
    host.add(target, once(lambda: page(host, title, f"<h1>{title}</h1>\n<p>{row['text']}</p>")))
    return Entry(title, target, f"{year}-11-20")


def decoys(host: Host, folder: str | None = None) -> list[Entry]:
    """Pages in the column of reports that are none: a guide, a notice, the return of a website, an explanation."""
    at = host.path if folder is None else folder
    return [
        _article(host, row, f"{at}/{row['code']}.html") for row in _articles("guide", "notice", "website", "reading")
    ]


def trail_of(host: Host, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Names and addresses above a page of the column."""
    return [(word("open"), OPEN), (host.column, f"{host.path}/index.html"), *more]


def address(host: Host, plan: Plan) -> str:
    """A plain address for a report, by month and number."""
    return f"{host.path}/{plan.published[:4]}{plan.published[5:7]}/{plan.number}.html"


def report(host: Host, plan: Plan, *, trail: Trail | None = None, after: str = "") -> Maker:
    """The page of a report.

    Args:
        host: the site.
        plan: the report.
        trail: what stands above it; None for the column of the style.
        after: HTML that follows the article.
    """
    opening, closing = host.article
    steps = trail_of(host) if trail is None else trail

    def make() -> Reply:
        info = f"<p>{word('published')}：{plan.published}　{word('source')}：{plan.body.agency}</p>"
        main = f"{info}\n{opening}\n{plan.article()}\n{closing}\n{after}"
        return page(host, plan.title, main, trail=steps, plan=plan)

    return once(make)


def list_page(
    host: Host, entries: Sequence[Entry], *, trail: Trail | None = None, after: str = "", head: str = ""
) -> Maker:
    """A page with a list, and what follows the list: links or a script for its further pages."""
    steps = trail_of(host) if trail is None else trail

    def make() -> Reply:
        return page(
            host, steps[-1][0], f"<h3>{steps[-1][0]}</h3>\n{listing(host, entries)}\n{after}", trail=steps, head=head
        )

    return once(make)


def plain_column(host: Host, makers: Mapping[int, Maker] | None = None, extra: Sequence[Entry] = ()) -> None:
    """One list with all reports at plain addresses, and the skeleton around it.

    Args:
        host: the site.
        makers: other pages for some reports, by their position; the others answer as they should.
        extra: further lines of the list.
    """
    build_skeleton(host)
    chosen = makers or {}
    entries = []
    for position, plan in enumerate(host.plans):
        target = host.add_report(address(host, plan), plan, chosen.get(position) or report(host, plan))
        entries.append(entry_of(host, plan, target))
    host.add_list(f"{host.path}/index.html", list_page(host, [*entries, *extra, *decoys(host)]))
