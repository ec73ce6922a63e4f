"""One site: what it answers at which address, and the truth about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from govreport.errors import UsageError
from govreport.forms import read_csv
from govreport.forms.words import line_of
from govreport.synthetic.sites.plan import Body, Plan, edition_of, figures_of, make_plans
from govreport.synthetic.sites.wire import Reply, Request

Maker = Callable[[Request], Reply]
OUTSIDE = "outside"
"""Name of the host that no crawl should ask: links, redirects and base tags of the sites lead to it."""

_SAFE = "/?&=;%:@!$'()*+,-._~[]"


class Target(NamedTuple):
    """An address that a good crawl must find, and what is there.

    Attributes:
        site: name of the site.
        url: absolute address, percent-encoded, without a session number.
        kind: "report" for a page with the tables, "attachment" for a file.
        file: kind of file: html, docx, pdf, xlsx or xls.
        agency: name of the body.
        year: year reported on.
        edition: edition of the form.
        title: title of the report.
        published: date of publication as ISO 8601.
        figures: key of the true figures, see ``figures_of``.
        copy_of: address of the same report that counts as the original; "" for originals.
    """

    site: str
    url: str
    kind: str
    file: str
    agency: str
    year: int
    edition: str
    title: str
    published: str
    figures: str
    copy_of: str

    @property
    def values(self) -> dict[str, int | float]:
        """The true figures: every cell of the edition by its full name."""
        return figures_of(self.figures)


class Trap(NamedTuple):
    """An address that misbehaves: its kind in ``forms/sites_traps.csv``, and what it does in one line."""

    kind: str
    url: str
    says: str


@dataclass(frozen=True, slots=True)
class Site:
    """A site of the web, as a test sees it.

    Attributes:
        name: its name in the log.
        style: its style in ``forms/sites_styles.csv``.
        front_url: address of the front page.
        report_urls: every address of a report or attachment that a good crawl must find.
        list_urls: pages on the way there: columns, lists and their further pages, covers of attachments.
        forbidden_urls: addresses that robots.txt closes.
        traps: addresses that misbehave.
    """

    name: str
    style: str
    front_url: str
    report_urls: tuple[str, ...]
    list_urls: tuple[str, ...]
    forbidden_urls: tuple[str, ...]
    traps: tuple[Trap, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """How bad the bad sites are.

    Attributes:
        slow_seconds: silence before each answer of the slow host.
        drip_seconds: pause between two pieces of its trickled body, which has forty.
        silent_seconds: how long the silent address says nothing before it closes the connection.
        crawl_delay: seconds that robots.txt of the site ``robots`` asks for.
        retry_after: seconds that the busy host asks for.
        big_bytes: size of bodies over the limit.

    Raises:
        UsageError: a number is negative, or ``retry_after`` is no whole number of seconds from 1 on.
    """

    slow_seconds: float = 0.2
    drip_seconds: float = 0.02
    silent_seconds: float = 60.0
    crawl_delay: float = 0.5
    retry_after: int = 1
    big_bytes: int = 40_000_000

    def __post_init__(self) -> None:
        numbers = asdict(self)
        if wrong := [name for name, value in numbers.items() if value < 0]:
            raise UsageError(f"Trouble.{wrong[0]} is 0 or more; found {numbers[wrong[0]]!r}")
        if not isinstance(self.retry_after, int) or self.retry_after < 1:
            raise UsageError(f"Trouble.retry_after is a whole number of seconds from 1 on; found {self.retry_after!r}")


class Host:
    """A site while it is built and while it answers. Styles fill it; the web asks it."""

    def __init__(self, style: Mapping[str, str], bases: Mapping[str, str], seed: int, trouble: Trouble) -> None:
        self.style = dict(style)
        self.name, self.place = style["style"], style["place"]
        self.column, self.path = style["column"], style["path"]
        self.bases, self.base, self.outside = bases, bases[self.name], bases[OUTSIDE]
        self.trouble, self.seed = trouble, seed
        self.site_title = self.place + word("site")
        self.plans = make_plans(self.style, seed) if self.name != OUTSIDE else ()
        self.article = ('<div class="article-content">', "</div>")
        self.targets: list[Target] = []
        self.charset, self.old = "utf-8", False
        self.change: Callable[[Request, Reply], Reply] = lambda request, reply: reply  # noqa: ARG005
        self.missing: Maker = lambda request: Reply(b"", 404)  # noqa: ARG005
        self._pages: dict[str, Maker] = {}
        self._patterns: list[tuple[re.Pattern[str], Maker]] = []
        self._turns: Counter[tuple[str, str]] = Counter()
        self._lists: list[str] = []
        self._forbidden: list[str] = []
        self._traps: list[Trap] = []

    def url(self, target: str) -> str:
        """Absolute address, percent-encoded."""
        return self.base + quote(target, safe=_SAFE)

    def plans_of_bodies(self) -> dict[Body, list[Plan]]:
        """The reports of each body, in order."""
        made: dict[Body, list[Plan]] = {}
        for plan in self.plans:
            made.setdefault(plan.body, []).append(plan)
        return made

    def add(self, target: str, maker: Maker) -> str:
        """Answer an address; gives the address."""
        key = _key(target)
        assert key not in self._pages, f"site {self.name} answers {target} twice"
        self._pages[key] = maker
        return target

    def add_pattern(self, pattern: str, maker: Maker) -> None:
        """Answer all addresses that match, if no page does."""
        self._patterns.append((re.compile(pattern), maker))

    def add_list(self, target: str, maker: Maker) -> str:
        """Answer an address that leads to reports."""
        self._lists.append(self.url(target))
        return self.add(target, maker)

    def add_report(
        self, target: str, plan: Plan, maker: Maker, *, file: str = "html", copy_of: str = "", true: bool = True
    ) -> str:
        """Answer an address of a report or an attachment. ``true`` is false where no crawl can have it."""
        if true:
            self.expect(target, plan, file=file, copy_of=copy_of)
        return self.add(target, maker)

    def expect(self, target: str, plan: Plan, *, file: str = "html", copy_of: str = "") -> None:
        """Put an address into the truth that is answered by other means."""
        original = self.url(copy_of) if copy_of.startswith("/") else copy_of
        kind = "report" if file == "html" else "attachment"
        self.targets.append(
            Target(
                self.name, self.url(target), kind, file, plan.body.agency, plan.year, edition_of(plan.year),
                plan.title, plan.published, plan.key, original,
            )
        )  # fmt: skip

    def forbid(self, target: str) -> str:
        """Note an address that robots.txt closes."""
        self._forbidden.append(self.url(target))
        return target

    def forbid_all(self) -> None:
        """Note that robots.txt closes all lists and reports: none of them is left to find."""
        self._forbidden += [*self._lists, *(target.url for target in self.targets)]
        self._lists.clear()
        self.targets.clear()

    def trap(self, kind: str, target: str) -> str:
        """Note an address that misbehaves; gives the address."""
        self._traps.append(Trap(kind, self.url(target), _says()[kind]))
        return target

    def site(self) -> Site:
        """The site as a test sees it."""
        reports = tuple(target.url for target in self.targets)
        return Site(
            self.name, self.name, self.url("/"), reports, tuple(self._lists), tuple(self._forbidden), tuple(self._traps)
        )

    def answer(self, request: Request) -> Reply:
        """The reply to a request. Counts how often each address was asked."""
        key = (request.method, request.target)
        request = request._replace(turn=self._turns[key])
        self._turns[key] += 1
        if request.method not in ("GET", "HEAD", "POST"):
            return Reply(b"", 405)
        return self.change(request, self._find(request)(request))

    def _find(self, request: Request) -> Maker:
        page = self._pages.get(_key(request.target))
        if page is not None:
            return page
        matching = (maker for pattern, maker in self._patterns if pattern.fullmatch(request.target))
        return next(matching, self.missing)


def once(make: Callable[[], Reply]) -> Maker:
    """A page that is the same each time: made when it is first asked for, and kept."""
    kept = cache(make)
    return lambda request: kept()  # noqa: ARG005


def first(times: int, bad: Callable[[Reply], Reply], good: Maker) -> Maker:
    """A page that is bad the first few times; ``bad`` makes the bad answer from the good one."""
    return lambda request: bad(good(request)) if request.turn < times else good(request)


def always(bad: Callable[[Reply], Reply], good: Maker) -> Maker:
    """A page that is never right; ``bad`` makes the bad answer from the good one."""
    return lambda request: bad(good(request))


def with_headers(reply: Reply, *headers: tuple[str, str]) -> Reply:
    """The same answer with further headers."""
    return replace(reply, headers=(*reply.headers, *headers))


def word(name: str) -> str:
    """A word of ``forms/sites_words.csv`` in Chinese.

    Raises:
        FormError: there is no such word.
    """
    return both(name)[0]


def both(name: str) -> tuple[str, str]:
    """A word of ``forms/sites_words.csv`` in Chinese and in English.

    Raises:
        FormError: there is no such word.
    """
    found = line_of("sites_words", "word", name)
    return found["zh"], found["en"]


@cache
def _says() -> dict[str, str]:
    return {row["kind"]: row["says"] for row in read_csv("sites_traps")}


def _key(target: str) -> str:
    """One spelling for one address, whatever is percent-encoded in it."""
    return unquote(target)
