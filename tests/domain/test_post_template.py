"""情報掲載用テンプレート: what people really type is read, and what is missing is named (BBS-045…050)."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain import messages, post_template
from domain.post_template import TEMPLATE, Item, parse, tidy, write
from domain.posts import Area, Side
from domain.text import unstorable

MISSING = "error.B05.00001"
FULL = """①希望の区分：売
②事業者名：株式会社0001
③問合せ先：掲示 太郎 baibai@example.jp
④電源所在エリア：東京、関西
⑤任意記載事項：LNG火力 10万kW"""


def problems(text):
    """item's number -> message ids."""
    found = {}
    for item, message_id, params in parse(text).problems:
        assert messages.text(message_id, **params)  # every placeholder is filled
        found.setdefault(int(item), []).append(message_id)
    return found


def test_bbs_040_the_template_has_the_five_items_of_the_manual():
    assert [line.rstrip("：") for line in TEMPLATE.split("\n")] == [
        "①希望の区分", "②事業者名", "③問合せ先", "④電源所在エリア", "⑤任意記載事項",
    ]  # fmt: skip


def test_bbs_045_a_filled_in_template_is_read():
    found = parse(FULL)
    assert (found.side, found.company, found.areas) == (Side.SELL, "株式会社0001", [Area.TOKYO, Area.KANSAI])
    assert (found.person, found.email, found.phone) == ("掲示 太郎", "baibai@example.jp", "")
    assert found.remarks == "LNG火力 10万kW"
    assert found.problems == []


@pytest.mark.parametrize(
    "text",
    [
        "1．希望の区分：売\n2．事業者名：株式会社A\n3．問合せ先：山田 a@example.jp",
        "１.売\n２.株式会社A\n３.山田 a@example.jp",
        "(1)売\n(2)株式会社A\n(3)山田 a@example.jp",
        "（１）希望の区分：売\n（２）事業者名：株式会社A\n（３）問合せ先：山田 a@example.jp",
        "1:売\n2:株式会社A\n3:山田 a@example.jp",
        "１：売\n２：株式会社A\n３：山田 a@example.jp",
        "1希望の区分 売\n2事業者名 株式会社A\n3問合せ先 山田 a@example.jp",
        "① 売り　\r\n\r\n② 株式会社A  \r\n\r\n\r\n③ 山田 a@example.jp\r\n",
        "①希望の区分\n売\n②事業者名\n株式会社A\n③問合せ先\n山田\na@example.jp\n",
        "①〝売”\n②株式会社A\n③担当：山田　メール：ａ＠ｅｘａｍｐｌｅ．ｊｐ",
        "①「売」\n②（正式名称）：株式会社A\n③問合せ先（担当者）：山田 a@example.jp",
        "希望の区分：売\n事業者名：株式会社A\n問い合わせ先：山田 a@example.jp",
        "①売②株式会社A③山田 a@example.jp",
        "■希望の区分：売\n■事業者名：株式会社A\n■問合せ先：山田 a@example.jp",
        "・希望の区分：売\n・事業者名：株式会社A\n・お問い合せ先：山田 a@example.jp",
        "【希望の区分】売\n【事業者名】株式会社A\n【問合せ先】山田 a@example.jp",
        "【①希望の区分】売\n【②事業者名】株式会社A\n【③問合せ先】\n山田 a@example.jp",
        "① 【希望の区分】：売\n② 【事業者名】：株式会社A\n③ 【問合せ先】：山田 a@example.jp",
        "⑴売\n⑵株式会社A\n⑶問い合せ先：山田 a@example.jp",
        "②株式会社A\n①売\n③山田 a@example.jp",
        "掲載をお願いします。\n①売\n②株式会社A\n③山田 a@example.jp",
    ],
)
def test_bbs_045_numbers_are_written_in_many_ways(text):
    found = parse(text)
    assert found.problems == []
    assert (found.side, found.company, found.person, found.email) == (Side.SELL, "株式会社A", "山田", "a@example.jp")


@pytest.mark.parametrize(
    ("typed", "side"),
    [("売", Side.SELL), ("売り", Side.SELL), ("〝売〟", Side.SELL), ("“売”", Side.SELL), ("【売り希望】", Side.SELL),
     ("買", Side.BUY), ("買い", Side.BUY), ("「買」", Side.BUY), (" 買　", Side.BUY)],
)  # fmt: skip
def test_bbs_046_the_side_with_or_without_quotes(typed, side):
    assert parse(FULL.replace("売", typed, 1)).side is side


@pytest.mark.parametrize("typed", ["賃貸", "売又は買", "売・買", "どちらでも", "sell or buy"])
def test_bbs_046_another_side_is_refused(typed):
    assert problems(FULL.replace("売", typed, 1)) == {1: ["error.B05.00002"]}


@pytest.mark.parametrize(
    ("typed", "phone"),
    [("山田 03-1234-5678", "03-1234-5678"), ("山田 ０３－１２３４－５６７８", "03-1234-5678"),
     ("山田 TEL 03(1234)5678", "03-1234-5678"), ("電話：090-1234-5678 山田", "090-1234-5678"),
     ("山田 0312345678", "0312345678")],
)  # fmt: skip
def test_bbs_048_a_telephone_number_instead_of_an_address(typed, phone):
    found = parse(FULL.replace("掲示 太郎 baibai@example.jp", typed))
    assert (found.person, found.phone, found.email, found.problems) == ("山田", phone, "", [])


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("山田", ["error.B05.00003"]),  # neither mail nor telephone
        ("a@example.jp", ["error.B05.00004"]),  # nobody in charge
        ("メールアドレス：a@example.jp\n電話番号：03-1234-5678", ["error.B05.00004"]),
        ("-", ["error.B05.00003", "error.B05.00004"]),
        ("", [MISSING]),
    ],
)
def test_bbs_048_the_contact_is_a_name_and_an_address_or_a_number(typed, wrong):
    assert problems(FULL.replace("掲示 太郎 baibai@example.jp", typed)) == {3: wrong}


@pytest.mark.parametrize(
    ("typed", "areas"),
    [
        ("東京", ["東京"]),
        ("東京・中部", ["東京", "中部"]),
        ("沖縄、北海道", ["北海道", "沖縄"]),
        ("東京,中部，北陸／関西 九州　四国", ["東京", "中部", "北陸", "関西", "四国", "九州"]),
        ("東京エリア及び東北電力エリア", ["東北", "東京"]),
        ("東京関西", ["東京", "関西"]),
        ("東京\n関西\n", ["東京", "関西"]),
        ("なし", []),
        ("", []),
    ],
)
def test_bbs_049_several_areas(typed, areas):
    found = parse(FULL.replace("東京、関西", typed))
    assert ([a.label for a in found.areas], found.problems) == (areas, [])


@pytest.mark.parametrize("typed", ["関東", "東京、関東", "全国", "東京都"])
def test_bbs_049_an_unknown_area_is_named(typed):
    [problem] = parse(FULL.replace("東京、関西", typed)).problems
    assert (problem.item, problem.message_id) == (Item.AREAS, "error.B05.00005")
    assert problem.params["names"] == typed.removeprefix("東京、")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_bbs_045_a_missing_item_is_named(number):
    lines = FULL.split("\n")
    del lines[number - 1]
    [problem] = parse("\n".join(lines)).problems
    assert (problem.item, problem.message_id) == (number, MISSING)
    assert messages.text(problem.message_id, **problem.params) == (
        f"{MISSING} : 電源情報の{['①希望の区分', '②事業者名', '③問合せ先'][number - 1]}がありません。記入してください。"
    )


@pytest.mark.parametrize("number", [4, 5])
def test_bbs_045_optional_items_may_be_dropped_with_their_number(number):
    lines = FULL.split("\n")
    del lines[number - 1]
    assert parse("\n".join(lines)).problems == []


def test_bbs_048_the_lines_of_the_contact_may_be_named():
    found = parse(FULL.replace("掲示 太郎 baibai@example.jp", "\n担当者：掲示 太郎\n連絡先：03-1234-5678"))
    assert (found.person, found.phone, found.problems) == ("掲示 太郎", "03-1234-5678", [])


def test_an_item_given_twice_is_named():
    assert problems(FULL.replace("④電源所在エリア", "③問合せ先")) == {3: ["error.B05.00008"]}
    assert problems(FULL.replace("④電源所在エリア：東京、関西", "②株式会社B")) == {2: ["error.B05.00008"]}


def test_what_follows_the_fifth_item_belongs_to_it():
    remarks = "次のとおりです。\n①出力 10万kW\n2. 期間 10年\n\n希望の区分：売買とも"
    found = parse(f"{FULL.rpartition('LNG')[0]}{remarks}")
    assert (found.remarks, found.problems) == (remarks, [])


def test_the_empty_template_misses_the_mandatory_items():
    assert problems(TEMPLATE) == {1: [MISSING], 2: [MISSING], 3: [MISSING]}
    assert problems("") == {1: [MISSING], 2: [MISSING], 3: [MISSING]}


# ---- properties --------------------------------------------------------------------------------------------
PIECES = ["①", "②", "③", "④", "⑤", "1.", "２：", "(3)", "希望の区分", "事業者名：", "問合せ先", "エリア", "売", "買",
          "東京", "a@example.jp", "03-1234-5678", "\n", "\r\n", "　", "：", "担当者名：", "(", "）"]  # fmt: skip
anything = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


@settings(max_examples=400)
@given(anything)
@example("\ud800①")
@example("①" * 1000)
@example("0" * 4000)
@example("③" + "a@a." * 900)
@example("③" + "((((" * 900)
def test_the_parser_never_crashes(text):
    found = parse(text)
    for problem in found.problems:
        assert messages.text(problem.message_id, **problem.params)
    assert bool(found.side) or any(p.item is Item.SIDE for p in found.problems)
    assert bool(found.company) or any(p.item is Item.COMPANY for p in found.problems)
    contact = found.person and (found.email or found.phone)
    assert bool(contact) or any(p.item is Item.CONTACT for p in found.problems)


def line(most):
    """What a text field of one line holds."""
    typed = st.text(min_size=1, max_size=most).map(str.strip)
    return typed.filter(lambda text: text and not unstorable(text) and "\n" not in text)


# Without what would be read as an address or number inside a name.
names = line(50).filter(lambda name: "@" not in name and "＠" not in name and not any(c.isdigit() for c in name))
emails = st.from_regex(r"[a-z0-9._%+'-]{1,20}@[a-z0-9]{1,10}\.(jp|com|co\.jp)", fullmatch=True)
phones = st.sampled_from(["03-1234-5678", "090-1234-5678", "0120-000-000", "0-123-456789", "012345-6-789"])
remarks = st.text(max_size=200).filter(lambda text: not unstorable(text, multiline=True)).map(tidy)


@settings(max_examples=400)
@given(
    st.sampled_from(Side), line(100), names, st.one_of(st.just(""), emails), phones, st.sets(st.sampled_from(Area)),
    remarks,
)  # fmt: skip
@example(Side.SELL, "②事業者名：①", "①", "", "03-1234-5678", set(), "①買\n⑤x")
@example(Side.BUY, "：(株)A", "電話番号", "a@example.jp", "0120-000-000", {Area.OKINAWA}, "")
def test_what_the_guided_form_writes_is_read_back(side, company, person, email, phone, areas, remarks):
    found = parse(write(side, company, person, email, phone, areas, remarks))
    assert found.problems == []
    assert (found.side, found.company, found.person) == (side, company, person)
    assert (found.email, found.phone) == (email, phone)
    assert found.areas == [area for area in Area if area in areas]
    assert found.remarks == remarks


@settings(max_examples=200)
@given(st.sets(st.sampled_from([1, 2, 3, 4, 5])), st.sampled_from(["\n", "\r\n", "\n\n", "  \n"]))
def test_exactly_the_missing_items_are_named(kept, end):
    text = end.join(part for number, part in enumerate(FULL.split("\n"), start=1) if number in kept)
    assert problems(text) == {number: [MISSING] for number in (1, 2, 3) if number not in kept}


def test_the_address_for_the_mail_is_found_in_the_contact():
    assert post_template.email_of("担当者名：山田\nメールアドレス：a@example.jp") == "a@example.jp"
    assert post_template.email_of("山田 03-1234-5678") == ""
    assert post_template.email_of("a@b\nc@example.jp?cc=x@example.jp") == "c@example.jp"
