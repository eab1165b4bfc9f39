"""The board's screens of 掲載, as a person uses them (発電設備等の情報掲示板利用マニュアル 3章, 4章)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from domain.post_template import TEMPLATE
from domain.posts import Area, Side
from domain.review import ReviewAction, ReviewState
from models import Post
from services import reviews
from services.posts import KIND
from tests.pages import plain
from views.transaction import transaction

TODAY, DAY = date(2026, 11, 20), timedelta(days=1)
TITLE = "発電設備の売り希望（東京エリア）"
TYPED = {"開始日": "2026/11/20", "終了日": "2027/11/19", "タイトル": TITLE}
GUIDED = {
    "希望の区分": "売", "事業者名": "株式会社発電一", "問合せ先 担当者名": "掲示 一郎",
    "問合せ先 メールアドレス": "baibai@example.jp", "電源所在エリア": ["東京", "関西"],
    "任意記載事項": "10万kW\n相談可",
}  # fmt: skip
FREE = "１．売\r\n２．株式会社発電一\r\n３．掲示　０３－１２３４－５６７８\r\n４．東京・関西エリア\r\n"


@pytest.fixture
def poster(make):
    return make.member()


@pytest.fixture
def reader(make):
    return make.member("kaiin0002", company="株式会社発電二")


@pytest.fixture
def mine(poster, signed_in):
    return signed_in(poster)


@pytest.fixture
def theirs(reader, signed_in):
    return signed_in(reader)


@pytest.fixture
def act(make):
    reviewer = make.reviewer()

    def run(post, action, reason=""):
        with transaction() as s:
            reviews.act(s, reviewer, KIND, post, ReviewAction(action), reason=reason)

    return run


def new(browser):
    return browser.page("/board/posts/").click("新規ニュース作成")


def titles(page):
    return [row["タイトル"] for row in page.rows()]


def the_post(session):
    session.rollback()
    return session.scalars(select(Post)).one()


# ---- tabs, template ------------------------------------------------------------------------------------------
def test_the_tabs_of_the_board(mine):
    page = mine.page("/board/")
    tabs = page.soup.find("nav", attrs={"aria-label": "主メニュー"})
    assert [plain(a.get_text()) for a in tabs.find_all("a")] == ["ホーム", "発電設備等の情報", "MYニュース", "ヘルプ"]
    assert (page.heading, page.crumbs) == ("掲示板ホーム画面", ["TOP"])
    for name, heading in (("発電設備等の情報", "発電設備等の情報画面"), ("MYニュース", "MYニュース画面")):
        found = page.click(name)
        assert (found.heading, found.crumbs) == (heading, ["TOP", heading])


def test_bbs_040_the_template_stands_there_to_be_copied(mine):
    page = mine.page("/board/posts/")
    assert page.soup.find("pre").get_text() == TEMPLATE
    button = next(b for b in page.soup.find_all("button") if plain(b.get_text()) == "コピー")
    assert page.soup.find(id=button["data-copy"]).get_text() == TEMPLATE


# ---- 新規ニュース作成 -----------------------------------------------------------------------------------------
def test_bbs_041_the_guided_form_writes_the_template(mine, session):
    page = new(mine)
    assert page.heading == "新規ニュース作成画面"
    done = page.press("新規ニュース作成", **TYPED, **GUIDED)
    assert done.heading == "MYニュース画面"
    assert done.statuses[0].startswith("info.post.complete:新規ニュースを作成しました。")
    [row] = done.rows()
    assert (row["タイトル"], row["状態"]) == (plain(TITLE), "審査待ち")
    post = the_post(session)
    assert post.body == (
        "①希望の区分：売\n②事業者名：株式会社発電一\n③問合せ先：\n担当者名：掲示 一郎\n"
        "メールアドレス：baibai@example.jp\n④電源所在エリア：東京、関西\n⑤任意記載事項：\n10万kW\n相談可"
    )
    assert (post.side, post.areas, post.remarks) == (Side.SELL, [Area.TOKYO, Area.KANSAI], "10万kW\n相談可")
    assert (post.starts_on, post.ends_on) == (TODAY, date(2027, 11, 19))


def test_the_typed_template_is_read_when_the_guided_fields_are_empty(mine, session):
    assert new(mine).press("新規ニュース作成", **TYPED, **{"電源情報 (本文)": FREE}).heading == "MYニュース画面"
    post = the_post(session)
    assert post.body == FREE.replace("\r\n", "\n").strip()  # as typed
    assert (post.side, post.company, post.areas) == (Side.SELL, "株式会社発電一", [Area.TOKYO, Area.KANSAI])
    assert post.contact == "担当者名：掲示\n電話番号：03-1234-5678"


def test_submitted_guided_fields_win(mine, session):
    new(mine).press("新規ニュース作成", **TYPED, **GUIDED, **{"電源情報 (本文)": FREE.replace("売", "買")})
    assert (the_post(session).side, "買" in the_post(session).body) == (Side.SELL, False)


def test_a_text_beside_half_filled_fields_is_told_to_be_ignored(mine, session):
    page = new(mine).press("新規ニュース作成", **TYPED, **{"事業者名": "株式会社発電一", "電源情報 (本文)": FREE})
    assert page.heading == "新規ニュース作成画面"
    assert "error.B05.00009:項目ごとの入力があるため、文章で入力した電源情報は掲載されません。" in page.alerts[0]
    assert session.query(Post).count() == 0
    page = new(mine).press("新規ニュース作成", **TYPED, 事業者名="株式会社発電一")
    assert "error.B05.00009" not in page.alerts[0]


def test_bbs_045_what_the_template_misses_is_said_and_nothing_typed_is_lost(mine, session):
    typed = "①貸\n③山田\n④関東"
    page = new(mine).press("新規ニュース作成", **TYPED, **{"電源情報 (本文)": typed})
    error = page.field_error("電源情報 (本文)")
    for message_id in (
        "error.B05.00001:電源情報の2事業者名が",
        "error.B05.00002",
        "error.B05.00003",
        "error.B05.00005",
    ):
        assert plain(message_id) in error
    assert (page.value("タイトル"), page.value("終了日")) == (TITLE, "2027/11/19")
    assert page._labelled("電源情報 (本文)").get_text().strip() == typed
    assert session.scalars(select(Post)).all() == []


def test_what_the_guided_fields_miss_is_said_beside_them(mine):
    page = new(mine).press("新規ニュース作成", **TYPED, 任意記載事項="x")
    for label, message_id in (
        ("希望の区分", "error.C00.00010"), ("事業者名", "error.C00.00001"), ("問合せ先 担当者名", "error.C00.00001"),
        ("問合せ先 メールアドレス", "error.B05.00007"),
    ):  # fmt: skip
        assert message_id in page.field_error(label), label


@pytest.mark.parametrize(
    ("typed", "label", "message_id"),
    [
        ({"開始日": ""}, "開始日", "error.C00.00001"),
        ({"終了日": ""}, "終了日", "error.C00.00001"),
        ({"タイトル": " "}, "タイトル", "error.C00.00001"),
        ({"タイトル": "あ" * 101}, "タイトル", "error.C00.00004"),
        ({"開始日": "2026/11/19"}, "開始日", "error.B06.00001"),
        ({"開始日": "2027/11/20"}, "終了日", "error.C00.00009"),
        ({"開始日": "明日"}, "開始日", "error.C00.00003"),
        ({"問合せ先 メールアドレス": "a@example.jp, b@example.jp"}, "問合せ先 メールアドレス", "error.C00.00006"),
        ({"タイトル": "件名\u2028Bcc: x@example.jp"}, "タイトル", "error.C00.00005"),
        ({"任意記載事項": "あ" * 2001}, "任意記載事項", "error.C00.00004"),
    ],
)
def test_bbs_042_044_wrong_input_is_told_beside_its_field(mine, session, typed, label, message_id):
    page = new(mine).press("新規ニュース作成", **TYPED | GUIDED | typed)
    assert page.heading == "新規ニュース作成画面"
    assert message_id in page.field_error(label)
    assert page.value("事業者名") == "株式会社発電一"
    assert session.scalars(select(Post)).all() == []


def test_bbs_042_a_year_is_a_guide_and_no_limit(mine):
    done = new(mine).press("新規ニュース作成", **TYPED | GUIDED | {"終了日": "2028/11/20"})
    assert done.statuses[0].startswith("info.post_long.complete:")
    assert "1年を超えています" in done.statuses[0]


def test_xc_011_the_button_pressed_twice_creates_one(mine, session):
    page = new(mine)
    _, path, data = page.data_of("新規ニュース作成", **TYPED, **GUIDED)
    assert [mine.post(path, data=data).status_code for _ in range(3)] == [302] * 3
    assert len(session.scalars(select(Post)).all()) == 1


@pytest.mark.meeting
def test_xc_011_pressed_ten_times_at_once_creates_one(app, mine, session):
    _, path, data = new(mine).data_of("新規ニュース作成", **TYPED, **GUIDED)
    cookie, together = mine.get_cookie("panel").value, Barrier(10)

    def press(_):
        browser = app.test_client()
        browser.set_cookie("panel", cookie)
        together.wait()
        return browser.post(path, data=data).status_code

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(press, range(10))) == [302] * 10
    assert len(session.scalars(select(Post)).all()) == 1


# ---- MYニュース ----------------------------------------------------------------------------------------------
def test_bbs_060_061_deleted_with_the_dialog_it_is_gone(make, poster, mine, theirs):
    make.post(poster, state=ReviewState.APPROVED)
    page = mine.page("/board/news/")
    icon = page.soup.find("button", attrs={"aria-label": "削除"})
    dialog = page.soup.find(id=icon["data-dialog"])
    assert [plain(b.get_text()) for b in dialog.find_all("button")] == ["キャンセル", "OK"]
    form = dialog.find("form")
    data = {i["name"]: i["value"] for i in form.find_all("input")}
    assert titles(theirs.page("/board/posts/")) == [plain(TITLE)]
    for _ in range(2):  # pressed twice: the same answer
        done = mine.follow(mine.post(form["action"], data=data))
        assert done.statuses == [plain("info.post_delete.complete : 掲載情報の削除が完了しました。")]
        assert done.rows() == []
    assert theirs.page("/board/posts/").rows() == []


def test_bbs_062_another_members_post_cannot_be_deleted(make, poster, theirs, token, session):
    post = make.post(poster, state=ReviewState.APPROVED)
    data = {"rowid": post.id, "ticket": "T" * 22, "csrf_token": token(theirs)}
    assert theirs.post("/board/news/command/delete/", data=data).status_code == 404
    assert the_post(session).state is ReviewState.APPROVED


def test_bbs_054_the_reason_stands_at_the_end_of_the_text(make, poster, mine, act):
    post = make.post(poster)
    act(post, "reject", "事業者名が略称です。")
    facts = mine.page(f"/board/news/details/?id={post.id}").facts()
    assert facts["状態"] == "否認"
    assert facts[plain("電源情報 (本文)")].endswith(plain("【否認理由】事業者名が略称です。"))


def test_bbs_058_a_rejected_post_is_copied_into_a_new_one(make, poster, signed_in, act, session, time):
    post = make.post(poster, areas=["06"])
    act(post, "reject", "x")
    time.forward(days=3)
    form = signed_in(poster).page(f"/board/news/details/?id={post.id}").click("複製して再申請")
    assert form.heading == "新規ニュース作成画面"
    assert (form.value("タイトル"), form.value("開始日")) == (TITLE, "2026/11/23")
    assert (form.value("事業者名"), form.value("問合せ先 担当者名")) == (poster.company, "掲示 一郎")
    done = form.press("新規ニュース作成")
    assert [row["状態"] for row in done.rows()] == ["審査待ち", "否認"]
    copy = session.scalars(select(Post).where(Post.id != post.id)).one()
    assert (copy.copied_from_id, copy.body, copy.areas) == (post.id, post.body, [Area.KANSAI])


@pytest.mark.parametrize(("state", "offered"), [("applied", False), ("approved", False), ("revoked", True)])
def test_bbs_057_nothing_is_changed_and_only_old_ones_are_copied(make, poster, mine, state, offered):
    post = make.post(poster, state=ReviewState(state))
    page = mine.page(f"/board/news/details/?id={post.id}")
    assert ("複製して再申請" in page.controls()) is offered
    assert "変更" not in page.controls()
    assert mine.get(f"/board/news/edit/?id={post.id}").status_code == 404


# ---- 参照 ------------------------------------------------------------------------------------------------------
HIDDEN = {"waiting": "applied", "claimed": "in_review", "rejected": "rejected", "revoked": "revoked",
          "deleted": "withdrawn", "early": "approved"}  # fmt: skip


@pytest.mark.parametrize("name", list(HIDDEN))
def test_what_others_may_not_see_is_nowhere(make, poster, theirs, name):  # issue 5, "Must hold"
    early = {"starts_on": TODAY + DAY} if name == "early" else {}
    post = make.post(poster, title=f"秘密の{TITLE}", state=ReviewState(HIDDEN[name]), **early)
    for address in ("/board/", "/board/posts/?with_ended=1", "/board/posts/?searched=1&title=秘密&area=03",
                    "/board/posts/?searched=1&with_ended=1&starts_on=2000/01/01&ends_on=2030/01/01"):  # fmt: skip
        assert "秘密" not in theirs.page(address).soup.find("main").get_text(), address
    missing = theirs.page("/board/posts/details/?id=999999")
    for address in ("/board/posts/details/", "/board/news/details/", "/board/news/new/"):
        page = theirs.page(f"{address}?id={post.id}")
        assert (page.status, page.heading) == (404, missing.heading), address
    for address in ("/board/posts/export/", f"/files/{post.id}"):
        assert theirs.get(address).status_code == 404


def test_a25_an_ended_post_is_marked_with_the_box_and_its_address_opens(make, poster, theirs):
    post = make.post(poster, state=ReviewState.APPROVED, starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY)
    page = theirs.page("/board/posts/")
    assert page.rows() == []
    found = page.press("検索", 掲載期間終了分も表示=True)
    assert [row["掲載期間"] for row in found.rows()] == [plain("2026/11/11 ~ 2026/11/19 掲載期間終了")]
    page = theirs.page(f"/board/posts/details/?id={post.id}")
    assert page.facts()["掲載期間"].endswith("掲載期間終了")


def test_bbs_070_072_tabs_search_and_the_way_to_the_detail(make, poster, theirs):
    make.post(poster, state=ReviewState.APPROVED, title="東京の売り希望", areas=["03"])
    make.post(poster, state=ReviewState.APPROVED, title="関西の買い希望", areas=["06"])
    page = theirs.page("/board/posts/")
    areas = page.soup.find("nav", attrs={"aria-label": "エリア"})
    assert [plain(a.get_text()) for a in areas.find_all("a")] == ["All", "東京", "関西"]
    assert titles(page) == ["関西の買い希望", "東京の売り希望"]
    tokyo = page.click("東京")
    assert titles(tokyo) == ["東京の売り希望"]
    kept = tokyo.press("検索", タイトル="希望")  # the tab stays
    assert titles(kept) == ["東京の売り希望"]
    assert titles(kept.click("All")) == ["関西の買い希望", "東京の売り希望"]
    none = kept.press("検索", タイトル="該当しない")
    assert none.alerts == [plain("error.U01.00001 : 検索結果が0件です。検索条件を見直してください。")]
    assert kept.press("検索", 開始日="2026/12/02", 終了日="2026/12/01").status == 200
    for name in ("東京の売り希望", "もっと見る"):
        assert tokyo.click(name).heading == "発電設備等の情報詳細画面"
    assert theirs.page("/board/posts/?area=99").status == 200


def test_bbs_075_076_the_mail_to_the_contact_is_prepared(make, poster, reader, theirs):
    post = make.post(poster, state=ReviewState.APPROVED)
    page = theirs.page(f"/board/posts/details/?id={post.id}")
    subject = "【ご連絡】発電設備等の情報掲示板について（2026/11/20：株式会社発電二）"
    assert page.soup.find(id="subject").get_text() == subject
    mailto = next(a["href"] for a in page.soup.find_all("a") if a["href"].startswith("mailto:"))
    assert unquote(mailto) == f"mailto:baibai@example.jp?subject={subject}"
    assert plain("交渉について、本機関は、原則として関与しない") in page.text


def test_bbs_051_the_text_is_shown_as_typed_and_never_run(make, poster, theirs):
    body = "①売\n<script>window.__xss=1</script>\n# 見出し **太字** https://evil.example"
    post = make.post(poster, state=ReviewState.APPROVED, body=body, title="<b>題</b>")
    for address in (f"/board/posts/details/?id={post.id}", "/board/posts/", "/board/"):
        page = theirs.page(address)
        main = page.soup.find("main")
        assert main.find_all(["script", "b", "h3"]) == []
    text = theirs.page(f"/board/posts/details/?id={post.id}").soup
    assert body in [td.get_text() for td in text.select("table.facts td")]


def test_paging_and_sorting(make, poster, theirs):
    for number in range(23):
        make.post(poster, state=ReviewState.APPROVED, title=f"希望{number:02d}")
    page = theirs.page("/board/posts/")
    assert (len(page.rows()), titles(page)[0]) == (20, "希望22")
    assert "1-20件(全23件)" in page.text
    assert titles(page.click("次へ >")) == ["希望02", "希望01", "希望00"]
    assert titles(page.click("タイトル"))[0] == "希望00"


def test_bbs_056_home_shows_the_newest_and_the_overview(make, poster, theirs):
    for number in range(6):
        make.post(poster, state=ReviewState.APPROVED, title=f"希望{number}", areas=["03", "06"])
    page = theirs.page("/board/")
    assert [plain(a.get_text()) for a in page.soup.select("ul.newest a")] == [f"希望{n}" for n in (5, 4, 3, 2, 1)]
    counts = [
        [plain(c.get_text()) for c in row.find_all(["th", "td"])] for row in page.soup.select("table.counts tbody tr")
    ]
    assert counts == [["東京", "6", "0"], ["関西", "6", "0"]]
    assert page.soup.find("svg", role="img")["aria-label"]
    assert titles(page.click("発電設備等の情報"))[0] == "希望5"


# ---- staff -------------------------------------------------------------------------------------------------------
def test_bbs_064_staff_find_what_has_ended_and_delete_it(make, poster, signed_in, theirs):
    post = make.post(poster, state=ReviewState.APPROVED, starts_on=TODAY - 99 * DAY, ends_on=TODAY - 70 * DAY)
    make.post(poster, state=ReviewState.APPROVED, title="掲載中")
    admin = signed_in(make.staff())
    data = admin.page("/admin/posts/").press("検索", 掲載期間の状況="over", 会員ID="KAIIN0001")
    assert titles(data) == [plain(TITLE)]
    detail = admin.page(f"/admin/posts/details/?id={post.id}")
    assert detail.facts()["会員ID"] == "kaiin0001"
    done = detail.press("削除")
    assert done.statuses == [plain("info.post_delete.complete : 掲載情報の削除が完了しました。")]
    assert theirs.get(f"/board/posts/details/?id={post.id}").status_code == 404
    assert "削除" not in admin.page(f"/admin/posts/details/?id={post.id}").controls()


def test_a_reviewer_reads_posts_and_deletes_none(make, poster, signed_in):
    post = make.post(poster, state=ReviewState.APPROVED)
    page = signed_in(make.reviewer()).page(f"/admin/posts/details/?id={post.id}")
    assert (page.status, "削除" in page.controls()) == (200, False)
