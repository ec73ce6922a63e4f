"""Sites that answer 200 and give nothing: challenge pages, shells, error pages."""

from __future__ import annotations

from functools import partial

from govreport.synthetic.sites.chrome import Entry, short_notice, small_page
from govreport.synthetic.sites.host import Host, once, with_headers, word
from govreport.synthetic.sites.skeleton import address, plain_column
from govreport.synthetic.sites.wire import Reply, Request

_COOKIE = "sample_clearance=1"
_SCRIPT = f'<script>document.cookie = "{_COOKIE}; path=/"; location.reload();</script>'


def _challenge() -> Reply:
    return with_headers(small_page("challenge_page", _SCRIPT), ("Set-Cookie", f"{_COOKIE}; Path=/"))


def build(host: Host) -> None:
    """The style ``challenge``: whatever is asked, the check comes, robots.txt excepted."""
    for target in ("/", f"{host.path}/index.html", address(host, host.plans[0])):
        host.trap("challenge", target)
    page = _challenge()
    host.change = lambda request, reply: reply if request.path == "/robots.txt" else page


def build_first(host: Host) -> None:
    """The style ``challenge_first``: the check comes once an address, and not to whoever has the cookie."""
    plain_column(host)
    for plan in host.plans:
        host.trap("challenge_first", address(host, plan))
    page = _challenge()

    def check(request: Request, reply: Reply) -> Reply:
        known = request.turn > 0 or _COOKIE in request.headers.get("cookie", "") or request.path == "/robots.txt"
        return reply if known else page

    host.change = check


def build_shell(host: Host) -> None:
    """The style ``shell``: the same empty page for every address; scripts would fill it."""
    text = (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{host.site_title}</title>'
        '<script defer src="/js/app.3f2a1c.js"></script></head>\n'
        f'<body><noscript>{word("forbidden")}</noscript><div id="app"></div>\n'
        f"<!-- {short_notice()} --><p>{short_notice()}</p></body></html>\n"
    )
    for target in ("/", f"{host.path}/index.html"):
        host.trap("shell", target)
    host.add("/js/app.3f2a1c.js", once(lambda: Reply(f"/* {short_notice()} */\n".encode(), kind="text/javascript")))
    host.missing = once(lambda: Reply(text.encode()))


def build_errors(host: Host) -> None:
    """The style ``errors``: lines of the list that lead to error pages, with status 200 and with honest ones."""
    pages = {
        "error_200": ("error_page", 200),
        "soft_404": ("missing_page", 200),
        "dead_404": ("missing_page", 404),
        "dead_410": ("missing_page", 410),
    }
    title, year = host.plans[0].title, host.plans[0].year
    extra = []
    for number, (kind, (name, status)) in enumerate(pages.items()):
        target = host.add(
            host.trap(kind, f"{host.path}/gone/{number}.html"), once(partial(small_page, name, status=status))
        )
        extra.append(Entry(title.replace(str(year), str(year - 9 - number)), target))
    plain_column(host, extra=extra)
    host.missing = once(lambda: small_page("missing_page"))
    host.add("/robots.txt", once(lambda: small_page("missing_page", status=404)))
    host.trap("soft_404", "/nowhere.html")
