"""情報掲載用テンプレート: the five items of 電源情報 (発電設備等の情報掲示板利用マニュアル ■掲載, 3.1②③).

`write` makes the text others read from the fields of the guided form; `parse` reads what people typed by hand.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

from domain.posts import AREAS, Area, Side


class Item(IntEnum):
    """The value is its number in the template."""

    SIDE = 1
    COMPANY = 2
    CONTACT = 3
    AREAS = 4
    REMARKS = 5

    @property
    def label(self) -> str:
        """①希望の区分"""
        return f"{'①②③④⑤'[self - 1]}{_NAMES[self][0]}"


# How the template calls an item, and what people write instead.
_NAMES = {
    Item.SIDE: ("希望の区分", "希望区分"),
    Item.COMPANY: ("事業者名",),
    Item.CONTACT: (
        "問合せ先",
        "問い合わせ先",
        "問合わせ先",
        "問い合せ先",
        "お問合せ先",
        "お問い合わせ先",
        "お問合わせ先",
        "お問い合せ先",
        "連絡先",
        "ご連絡先",
    ),
    Item.AREAS: ("電源所在エリア", "所在エリア", "エリア"),
    Item.REMARKS: ("任意記載事項", "任意事項"),
}
PERSON, EMAIL, PHONE = "担当者名", "メールアドレス", "電話番号"  # the lines of ③
TEMPLATE = "\n".join(f"{item.label}：" for item in Item)

_SELL = {"売", "売り", "売却", "売希望", "売り希望"}
_BUY = {"買", "買い", "購入", "買希望", "買い希望"}
_NO_AREA = {"", "なし", "無し", "指定なし", "特になし", "-", "ー"}
LONGEST_EMAIL = 254

_ROWS = ("①②③④⑤", "➀➁➂➃➄", "❶❷❸❹❺", "⑴⑵⑶⑷⑸")
_CIRCLED = {sign: number for signs in _ROWS for number, sign in enumerate(signs, start=1)}
_BY_ITEM_NAME = {name: item for item, names in _NAMES.items() for name in names}
_ANY_NAME = "|".join(name for names in _NAMES.values() for name in names)
_NUMBER = re.compile(
    rf"\s*(?:(?P<circled>[{''.join(_CIRCLED)}])[ \t　]*[.．:：、)）]?"
    r"|[(（\[［]\s*(?P<inside>[1-5１-５])\s*[)）\]］]"
    r"|(?P<plain>[1-5１-５])\s*(?:[:：、,，)）]|[.．](?![0-9０-９]))"
    rf"|(?P<bare>[1-5１-５])(?=\s*(?:{_ANY_NAME})))"
)
# ■希望の区分：, 【①希望の区分】, ① 【希望の区分】: the name says which item it is.
_GAP = r"[ \t　]{0,3}"
_HEADING = re.compile(
    rf"[■□◆◇●○◎・※*＊]{{0,3}}{_GAP}(?:[{''.join(_CIRCLED)}]{_GAP})?(?:"
    rf"[【［\[〔]{_GAP}[{''.join(_CIRCLED)}]?{_GAP}(?P<inside>{_ANY_NAME}){_GAP}[】］\]〕]{_GAP}[:：]?"
    rf"|(?P<plain>{_ANY_NAME}){_GAP}[:：])[ \t　]*"
)
_COLON = re.compile(r"[ \t　]*(?:[(（][^()（）\n]{1,30}[)）][ \t　]*(?=[:：]|$))?[:：]?[ \t　]*")
_QUOTES = str.maketrans("", "", "〝〟”“\"'’‘「」『』【】[]()<>《》〈〉 ")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"\(?0[0-9]{1,4}\)?[ \-‐‑–—−ー.(]{0,2}[0-9]{1,4}[ \-‐‑–—−ー.)]{0,2}[0-9]{3,4}(?![0-9])")
_CONTACT_WORDS = re.compile(
    r"(?:売買)?担当者?(?:名|氏名)?[ ]*[:/]?|氏名[ ]*:|e-?mail(?:アドレス)?[ ]*[:/]?|メール(?:アドレス)?[ ]*[:/]?"
    r"|電話(?:番号)?[ ]*[:/]?|tel\.?[ ]*[:/]?|phone[ ]*:|mail[ ]*[:/]",
    re.IGNORECASE,
)
_APART = re.compile(r"[・、,，/／|&\s;；。]+|及び|および|と")
_AREA_NAMES = re.compile("|".join(AREAS.values()))
_AREA_ENDING = re.compile(r"(?:電力)?(?:エリア|地域|管内)?$")
_BY_NAME = {name: area for area, name in AREAS.items()}


class Problem(NamedTuple):
    """What is wrong with one item."""

    item: Item
    message_id: str
    params: dict[str, Any]


@dataclass
class Parsed:
    """The five items. Of a text with problems: as far as they could be read."""

    side: Side | None = None
    company: str = ""
    person: str = ""
    email: str = ""
    phone: str = ""
    areas: list[Area] = field(default_factory=list)
    remarks: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def contact(self) -> str:
        """③ in lines."""
        return contact(self.person, self.email, self.phone)


def tidy(text: str) -> str:
    """LF line ends, no spaces at the ends of lines, no blank lines around."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n").rstrip()


def contact(person: str, email: str, phone: str) -> str:
    pairs = ((PERSON, person), (EMAIL, email), (PHONE, phone))
    return "\n".join(f"{name}：{value}" for name, value in pairs if value)


def write(
    side: Side, company: str, person: str, email: str, phone: str, areas: Iterable[Area] = (), remarks: str = ""
) -> str:
    """The template, filled in; optional items that are empty are left out with their number (3.1④)."""
    chosen = set(areas)
    parts = [
        f"{Item.SIDE.label}：{side.label}",
        f"{Item.COMPANY.label}：{company}",
        f"{Item.CONTACT.label}：\n{contact(person, email, phone)}",
    ]
    if chosen:
        parts.append(f"{Item.AREAS.label}：{'、'.join(area.label for area in Area if area in chosen)}")
    if remarks := tidy(remarks):
        parts.append(f"{Item.REMARKS.label}：\n{remarks}")
    return "\n".join(parts)


def parse(text: str) -> Parsed:
    """Read the five items out of a text as people type it. Never raises; `problems` name the items by number."""
    found, twice = _items(_unfolded(tidy(text)))
    parsed = Parsed(problems=[Problem(item, "error.B05.00008", {"item": item.label}) for item in twice])
    _side(parsed, found.get(Item.SIDE, ""))
    _company(parsed, found.get(Item.COMPANY, ""))
    _contact(parsed, found.get(Item.CONTACT, ""))
    _areas(parsed, found.get(Item.AREAS, ""))
    parsed.remarks = tidy(found.get(Item.REMARKS, ""))
    parsed.problems.sort(key=lambda problem: problem.item)
    return parsed


def email_of(contact: str) -> str:
    """The first mail address in ③, or nothing."""
    found = _MAIL.search(unicodedata.normalize("NFKC", contact))
    return found[0] if found and len(found[0]) <= LONGEST_EMAIL else ""


def _unfolded(text: str) -> str:
    """A text in which all five stand in one line, in lines: ①売②…③…"""
    started = [line for line in text.split("\n") if _NUMBER.match(line)]
    if len(started) != 1:
        return text
    before, rest = "", text
    for sign in "②③④⑤":
        head, found, tail = rest.partition(sign)
        if found:
            before, rest = f"{before}{head}\n{sign}", tail
    return before + rest


def _items(text: str) -> tuple[dict[Item, str], list[Item]]:
    """(item -> its text, items that were given twice). Whatever follows ⑤ belongs to it."""
    found: dict[Item, list[str]] = {}
    twice: list[Item] = []
    now: Item | None = None
    for line in text.split("\n"):
        item, rest = _start(line) if now is not Item.REMARKS else (None, line)
        if item is now is Item.CONTACT and not _NUMBER.match(line):  # 連絡先：… as a line of ③
            found[item].append(rest)
        elif item in found and item is not None:
            twice.append(item)
        elif item is not None:
            now, found[item] = item, [rest]
        elif now is not None:
            found[now].append(line)
    return {item: "\n".join(lines) for item, lines in found.items()}, list(dict.fromkeys(twice))


def _start(line: str) -> tuple[Item | None, str]:
    """(the item that begins in this line, the rest of the line)."""
    if heading := _HEADING.match(line.lstrip()):
        return _BY_ITEM_NAME[heading["inside"] or heading["plain"]], line.lstrip()[heading.end() :]
    match = _NUMBER.match(line)
    if match is None:
        return None, line
    digit = next(group for group in match.groups() if group)
    item = Item(_CIRCLED.get(digit) or int(digit))
    rest = line[match.end() :].lstrip()
    name = next((name for name in _NAMES[item] if rest.startswith(name)), "")
    colon = _COLON.match(rest, len(name))
    return item, rest[colon.end() if colon else len(name) :]


def _wrong(parsed: Parsed, where: Item, message_id: str, **params: Any) -> None:
    parsed.problems.append(Problem(where, message_id, params))


def _side(parsed: Parsed, text: str) -> None:
    word = "".join(unicodedata.normalize("NFKC", text).split()).translate(_QUOTES)
    if not word:
        return _wrong(parsed, Item.SIDE, "error.B05.00001", item=Item.SIDE.label)
    parsed.side = Side.SELL if word in _SELL else Side.BUY if word in _BUY else None
    if parsed.side is None:
        _wrong(parsed, Item.SIDE, "error.B05.00002")
    return None


def _company(parsed: Parsed, text: str) -> None:
    parsed.company = " ".join(part.strip() for part in text.split("\n") if part.strip())
    if not parsed.company:
        _wrong(parsed, Item.COMPANY, "error.B05.00001", item=Item.COMPANY.label)


def _contact(parsed: Parsed, text: str) -> None:
    if not text.strip():
        return _wrong(parsed, Item.CONTACT, "error.B05.00001", item=Item.CONTACT.label)
    folded = unicodedata.normalize("NFKC", text)
    parsed.email = email_of(folded)
    parsed.phone = _phone(folded)
    parsed.person = _labelled(text) or _rest(folded)
    if not parsed.email and not parsed.phone:
        _wrong(parsed, Item.CONTACT, "error.B05.00003")
    if not parsed.person:
        _wrong(parsed, Item.CONTACT, "error.B05.00004")
    return None


def _labelled(text: str) -> str:
    """担当者名：…, as `write` has it; an address or number in the same line is none of it."""
    found = re.search(rf"^[ \t　]*{PERSON}[ \t　]*[:：][ \t　]*(\S.*)$", text, re.MULTILINE)
    if found is None:
        return ""
    folded = unicodedata.normalize("NFKC", found[1])
    return _rest(folded) if _MAIL.search(folded) or _PHONE.search(folded) else found[1].strip()


def _phone(folded: str) -> str:
    """電話番号：… as `write` has it, or whatever looks like a number; in groups with hyphens."""
    labelled = re.search(rf"^ *{PHONE} *: *(0[0-9]*-[0-9]+-[0-9]+)$", folded, re.MULTILINE)
    found = _PHONE.search(_MAIL.sub(" ", folded))
    return labelled[1] if labelled else _hyphened(found[0]) if found else ""


def _rest(folded: str) -> str:
    """The name of the person in charge: what is left without addresses, numbers and the words before them."""
    left = _CONTACT_WORDS.sub(" ", _PHONE.sub(" ", _MAIL.sub(" ", folded)))
    words = [word.strip(" 　:/、,・()[]<>-;。") for word in re.split(r"[\s/、,;]+", left)]
    name = " ".join(word for word in words if word)
    return name if any(unicodedata.category(sign)[0] == "L" for sign in name) else ""


def _hyphened(number: str) -> str:
    """A telephone number with hyphens, as far as its groups were told."""
    return "-".join(re.findall("[0-9]+", number))


def _areas(parsed: Parsed, text: str) -> None:
    unknown: list[str] = []
    chosen: set[Area] = set()
    for word in _APART.split(unicodedata.normalize("NFKC", text)):
        plain = word.translate(_QUOTES)
        names = _AREA_NAMES.findall(plain)
        chosen |= {_BY_NAME[name] for name in names}
        left = _AREA_ENDING.sub("", _AREA_NAMES.sub("", plain).removeprefix("電力")).strip(".:")
        if left not in _NO_AREA:
            unknown.append(plain)
    parsed.areas = [area for area in Area if area in chosen]
    if unknown:
        _wrong(parsed, Item.AREAS, "error.B05.00005", names="、".join(unknown)[:100])


def too_long(parsed: Parsed, limits: Sequence[tuple[Item, str, int]]) -> list[Problem]:
    """limits: (item, its text, the longest it may be)."""
    return [
        Problem(item, "error.B05.00006", {"item": item.label, "longest": longest})
        for item, text, longest in limits
        if len(text) > longest
    ]
