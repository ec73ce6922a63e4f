"""Names that do not belong in a report: left over from another agency's text that served as a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from govreport.forms.words import words_of
from govreport.model import Finding
from govreport.parse.clues import pattern, values
from govreport.parse.gazetteer import Mention, Place
from govreport.parse.names import kind_of

_HAN = re.compile("[一-鿿]")
_UP_TO_PLACE = re.compile("^.*[省市县区旗盟州](?=.)")
_NEAR = 14  # signs between a quoted name and the kind of account


@cache
def _any_of(use: str) -> re.Pattern[str]:
    """The words of one use as a pattern; all begin with the same sign, which makes the search fast."""
    found = words_of(use)
    return re.compile(f"{found[0][0]}(?:{'|'.join(word[1:] for word in found)})")


def foreign_names(
    agency: str | None, kind: str, place: Place | None, body: str, named: Sequence[tuple[str, str]],
    mentions: Sequence[Mention],
) -> tuple[Finding, ...]:  # fmt: skip
    """One ``foreign_name`` finding (warning) with all names in the prose that are not the agency's own, or none.

    Args:
        agency: name of the agency, None when not known: then nothing can be foreign to it.
        kind: its kind.
        place: where it is, None when not known.
        body: the prose.
        named: agencies that stand as subjects, each with the text after it.
        mentions: the places named in the prose.
    """
    if not agency:
        return ()
    found = [
        *_self_words(agency, kind, place, body),
        *_bureau(kind, body),
        *_other_agencies(agency, kind, named),
        *(_other_places(agency, place, body, mentions) if place else ()),
        *_accounts(agency, place, body),
    ]
    if not found:
        return ()
    texts = list(dict.fromkeys(text for text, _ in found))
    reasons = " ".join(dict.fromkeys(reason for _, reason in found))
    message = f"The report is that of “{agency}”. {reasons} Text may have been taken over from another body."
    return (Finding("foreign_name", "warning", (), agency, " ".join(texts), message),)


def _self_words(agency: str, kind: str, place: Place | None, body: str) -> list[tuple[str, str]]:
    found = []
    known, follow = values("self"), values("self_follow")
    for match in _any_of("self").finditer(body):
        word, after = match[0], body[match.end() : match.end() + 1]
        # 自我局限, 我区别: parts of other words
        if body[match.start() - 1 : match.start()] == "自" or after in follow.get(word, ()):
            continue
        if _contradicts(word, known[word], agency, kind, place):
            found.append((word, f"It calls itself “{word}”."))
    return found


def _contradicts(word: str, parts: tuple[str, ...], agency: str, kind: str, place: Place | None) -> bool:
    if parts:
        return kind != "other" and not any(part in agency for part in parts)
    if place is None or place.level < 3 or kind == "zone" or place.province.endswith("自治区"):
        return False
    return word[-1] not in (place.name[-1], "区" if place.name.endswith(("新区", "林区", "特区")) else word[0])


def _bureau(kind: str, body: str) -> list[tuple[str, str]]:
    """A street or township that speaks of the organs of a bureau without naming which."""
    if kind not in ("street", "township"):
        return []
    found = []
    for match in _any_of("bureau_of_own").finditer(body):
        before = body[max(0, match.start() - 2) : match.start()]
        if not before or not _HAN.match(before[-1]) or before.endswith(words_of("bureau_before")):
            found.append((match[0], f"It speaks of “{match[0]}” as its own, though it is no bureau (局)."))
    return found


@lru_cache(maxsize=1024)
def _core(name: str) -> str:
    """A name without places before and kind of body after: 小店 for 博野县小店镇政府."""
    return _UP_TO_PLACE.sub("", pattern("org_end").sub("", name)).removeprefix("人民政府")


def _other_agencies(agency: str, kind: str, named: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Another body of the same kind that reports on itself."""
    if kind not in ("street", "township", "department"):
        return []
    own, found = _core(agency), []
    for name, after in named:
        same = kind_of(name) == kind or {kind_of(name), kind} == {"street", "township"}
        core = _core(name)
        if not same or len(core) < 2 or not pattern("self_verb").match(after):
            continue
        if core in agency or own in name or _short_of(core, own) or _short_of(own, core):
            continue
        found.append((name, f"A sentence has “{name}” for its subject."))
    return found


def _short_of(short: str, long: str) -> bool:
    """Whether the signs of one name stand in the other in the same order: 人社, 人力资源和社会保障."""
    rest = iter(long)
    return all(sign in rest for sign in short)


def _other_places(agency: str, place: Place, body: str, mentions: Sequence[Mention]) -> list[tuple[str, str]]:
    """Another place whose government or rules the prose speaks of."""
    found = []
    for mention in mentions:
        if any(p.related(place) for p in mention.places) or len(mention.name) < 3 or mention.name in agency:
            continue
        quoted = body[mention.start - 1 : mention.start] == "《"
        if not pattern("official").match(body, mention.end):
            continue
        if pattern("visit").search(body, max(0, mention.start - 3), mention.start) and not quoted:
            continue
        text = body[mention.start : mention.end + 6]
        found.append((mention.name, f"It speaks of “{text}…”, which is not its own place ({place.full})."))
    return found


def _accounts(agency: str, place: Place | None, body: str) -> list[tuple[str, str]]:
    """An account named after another place, where a second account is named after the agency's own."""
    names = [m[1] for m in pattern("quoted").finditer(body) if _is_account(body, m.start(), m.end())]
    if len(names) < 2:
        return []
    own = agency + (place.full + place.short if place else "")
    local = [name for name in names if _shares(name, own)]
    found = []
    for name in names if local else ():
        stem = _stem(name)
        if stem and not _shares(name, own):
            reason = f"The account “{name}” seems to be named after another place than “{local[0]}”; please check."
            found.append((name, reason))
    return found


def _is_account(body: str, start: int, end: int) -> bool:
    account = pattern("account")
    return bool(account.search(body, max(0, start - _NEAR), start) or account.search(body, end, end + _NEAR))


def _shares(name: str, own: str) -> bool:
    return any(name[i : i + 2] in own for i in range(len(name) - 1) if _HAN.match(name[i]) and _HAN.match(name[i + 1]))


def _stem(name: str) -> str | None:
    """What is left of an account's name without the usual words, where it may be a place: two or three signs."""
    stem = name
    for word in words_of("brand_word"):
        stem = stem.removeprefix(word).removesuffix(word)
    if stem == name or not 2 <= len(stem) <= 3 or any(word in stem for word in words_of("brand_common")):
        return None
    return stem if all(_HAN.match(sign) for sign in stem) else None
