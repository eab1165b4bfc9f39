"""情報掲示板 of staff, and what members meet: freeze, reset, deletion, help (BBS-008, 026, 031…036, 080…097)."""

import pytest

from models import SignInCounter
from services import mail_domains
from tests.factories import BOARD_PASSWORD
from tests.pages import plain

FROZEN = plain("error.B01.00001 : このアカウントは現在使用できません")
CONTENTS = {
    "目的と利用ルール", "動作環境", "IDとパスワードの規則", "運営とご利用いただけない機能", "新規登録の手順",
    "発電設備等の情報の掲載", "発電設備等の情報の参照", "パスワード再設定", "IDの変更、削除",
}  # fmt: skip


def attempt(browser, password, login_id="kaiin0001"):
    return browser.page("/board/login").submit("ログイン", ID=login_id, パスワード=password)


def alert_of(browser, password, login_id="kaiin0001"):
    page = browser.page("/board/login").press("ログイン", ID=login_id, パスワード=password)
    return page.alerts[0] if page.alerts else page.heading


# ---- the freeze, by its screen ----------------
def test_five_wrong_passwords_freeze_the_id_for_exactly_24_hours(make, browser, time):  # BBS-031, BBS-032, BBS-034
    make.member()
    for _ in range(4):
        assert "error.Y05.00001" in alert_of(browser, "Wrong2026x")
    assert alert_of(browser, "Wrong2026x") == FROZEN
    for hours in range(1, 24):
        time.forward(hours=1)
        assert alert_of(browser, "Wrong2026x" if hours % 2 else BOARD_PASSWORD) == FROZEN
    time.forward(minutes=59, seconds=59)
    assert alert_of(browser, BOARD_PASSWORD) == FROZEN
    time.forward(seconds=1)
    assert "error.Y05.00001" in alert_of(browser, "Wrong2026x")  # the first of five again
    assert attempt(browser, BOARD_PASSWORD).headers["Location"] == "/board/"


def test_spellings_of_an_id_share_their_failures_known_or_not(make, browser, read):
    make.member()
    for known, spellings in (
        (True, ["kaiin0001", "KAIIN0001", "ｋａｉｉｎ０００１", " kaiin0001", "Kaiin0001"]),
        (False, ["nobody0001", "NOBODY0001", "ｎｏｂｏｄｙ０００１", " nobody0001", "Nobody0001"]),
    ):
        answers = [alert_of(browser, "Wrong2026x", spelling) for spelling in spellings]
        assert [answer == FROZEN for answer in answers] == [False] * 4 + [True], known
    assert len(read("SELECT login_key FROM sign_in_counters WHERE entrance = 'board'")) == 2


def test_a_frozen_member_is_shown_and_can_be_neither_unlocked_nor_reset(make, browser, signed_in, session):
    """BBS-033, BBS-082."""
    member = make.member()
    for _ in range(5):
        attempt(browser, "Wrong2026x")
    staff = signed_in(make.staff())
    page = staff.page(f"/admin/members/details/?id={member.id}")
    assert page.facts()["凍結"] == "凍結中"
    assert {"パスワード再設定", "IDの削除"} <= set(page.controls())
    assert not [c for c in page.controls() if "解除" in c or "変更" in c]
    refused = page.press("パスワード再設定")
    assert "error.B01.00005" in refused.alerts[0]
    session.expire_all()
    assert session.query(SignInCounter).filter(SignInCounter.locked_at.is_not(None)).count() == 1


# ---- reset and forced change ----------------
def test_a_reset_member_signs_in_with_the_mailed_password_and_must_change_it(make, app, signed_in, mails):  # BBS-081
    member = make.member()
    page = signed_in(make.staff()).page(f"/admin/members/details/?id={member.id}").press("パスワード再設定")
    assert (page.heading, page.statuses[0][:31]) == (
        "会員パスワード再設定完了画面",
        "info.member_reissue.complete:パス",
    )
    [mail] = mails("BBS-RPW")
    browser = app.test_client()
    assert "error.Y05.00001" in alert_of(browser, BOARD_PASSWORD)
    assert attempt(browser, mail.facts["仮パスワード"]).headers["Location"] == "/board/"
    page = browser.page("/board/", follow_redirects=True)
    assert page.heading == "パスワード変更画面"
    assert plain("半角英数字の組み合わせで、8桁以上") in page.text  # the board's hint, not the market's
    assert "記号" not in page.text
    typed = {"現在のパスワード": mail.facts["仮パスワード"]}
    for new, message in (("abcdefgh", "error.B01.00003"), ("kaiin0001", "error.B02.00002"), ("ab1", "error.B02.00001")):
        page = page.press("変更", **typed, **{"新しいパスワード": new, "新しいパスワード (確認)": new})
        assert message in page.field_error("新しいパスワード")
    page = page.press("変更", **typed, **{"新しいパスワード": "Momiji2026", "新しいパスワード (確認)": "Momiji2026"})
    assert page.heading == "パスワード変更完了画面"
    assert attempt(browser, "Momiji2026").headers["Location"] == "/board/"


def test_a_member_changes_the_own_password_from_the_header(make, signed_in):  # BBS-088
    browser = signed_in(make.member())
    page = browser.page("/board/").click("パスワード変更")
    page = page.press("変更", **{"現在のパスワード": BOARD_PASSWORD, "新しいパスワード": "Momiji2026",
                               "新しいパスワード (確認)": "Momiji2026"})  # fmt: skip
    assert (page.heading, page.statuses[0][:21]) == ("パスワード変更完了画面", "info.password.complet")


# ---- deletion ----------------
def test_a_deleted_member_is_out_and_the_id_is_never_free_again(make, signed_in, app, mails, time):  # BBS-004, BBS-085
    member = make.member()
    inside, staff = signed_in(member), signed_in(make.staff())
    page = staff.page(f"/admin/members/details/?id={member.id}").press("IDの削除")
    assert page.heading == "会員IDの削除完了画面"
    assert inside.get("/board/").status_code == 401
    assert [mail.event for mail in mails()] == ["BBS-DEL"]
    assert "error.Y05.00001" in alert_of(app.test_client(), BOARD_PASSWORD)
    page = staff.page(f"/admin/members/details/?id={member.id}")
    assert page.facts()["削除状態"] == "削除済"
    assert not {"パスワード再設定", "IDの削除"} & set(page.controls())
    again = staff.page(f"/admin/members/?searched=1&login_id={member.login_id}")
    assert [row["ID"] for row in again.rows()] == [member.login_id]


# ---- the other screens ----------------
def test_applications_are_read_and_not_written(make, signed_in):  # BBS-008, BBS-026
    make.registration("kaiin0007", state="applied", password_hash="x", mail_flagged=True)
    browser = signed_in(make.reviewer())
    page = browser.page("/admin/registrations/?searched=1&state=applied&company=㈱発電一")
    [row] = page.rows()
    assert (row["ID"], row["状態"]) == ("kaiin0007", "審査待ち")
    detail = page.click("kaiin0007")
    assert (detail.heading, detail.facts()["プロバイダ等のメール"], detail.controls()[-1]) == (
        "利用申込詳細画面", "該当", "戻る",
    )  # fmt: skip
    assert browser.page("/admin/registrations/?searched=1&state=rejected").alerts


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Free.Example.NET", "free.example.net"),
        ("＠ｆｒｅｅ．ｅｘａｍｐｌｅ．ｎｅｔ", "free.example.net"),
        ("@a.jp.", "a.jp"),
    ],
)
def test_staff_keep_the_mail_domains(make, signed_in, session, typed, stored):  # BBS-015
    browser = signed_in(make.staff())
    page = browser.page("/admin/mail-domains/new/").press("確認", メールドメイン=typed, 扱い="free")
    assert page.heading == "メールドメイン登録確認画面"
    assert page.press("実行").heading == "メールドメイン登録完了画面"
    session.rollback()
    assert mail_domains.rule_of(session, f"a@sub.{stored}") == "free"
    page = browser.page(f"/admin/mail-domains/?searched=1&domain={stored}&rule=free").click(stored)
    changed = page.click("変更").press("確認", 扱い="flagged").press("実行")
    assert changed.heading == "メールドメイン変更完了画面"
    page = browser.page(f"/admin/mail-domains/?searched=1&domain={stored}").click(stored)
    assert page.press("削除").heading == "メールドメイン削除完了画面"
    session.rollback()
    assert mail_domains.rule_of(session, f"a@{stored}") is None


@pytest.mark.parametrize(("typed", "message"), [("gmail.com", "error.B04.00002"), ("gmail", "error.B04.00001"),
    ("a b.jp", "error.B04.00001"), ("", "error.C00.00001"), ("-a.jp", "error.B04.00001")])  # fmt: skip
def test_a_wrong_or_known_domain_is_told(make, signed_in, typed, message):
    page = signed_in(make.staff()).page("/admin/mail-domains/new/").press("確認", メールドメイン=typed, 扱い="free")
    assert message in page.field_error("メールドメイン")


def test_a_reviewer_names_the_operator_of_a_member(make, signed_in, session):  # A22
    make.operator("0001")
    member = make.member()
    browser = signed_in(make.reviewer())
    page = browser.page(f"/admin/members/details/?id={member.id}").press("事業者コードの対応付け", 事業者コード="0001")
    assert page.heading == "会員事業者コードの対応付け完了画面"
    page = browser.page(f"/admin/members/details/?id={member.id}")
    assert page.facts()["事業者コード"] == "0001"
    assert "事業者コードの対応付け" in plain(page.soup.select_one(".history").get_text())


# ---- help ----------------
def test_strangers_and_members_read_the_same_guides(make, browser, signed_in, crawl):  # BBS-080, 085, 090…097
    public = browser.page("/board/login").click("ヘルプ")
    inside = signed_in(make.member()).page("/board/").click("ヘルプ")
    for index in (public, inside):
        found = {plain(a.get_text()) for a in index.soup.select("main ul.links a")}
        assert found >= set(map(plain, CONTENTS))
        for title in CONTENTS:
            page = index.click(title)
            assert (page.status, page.heading) == (200, plain(title))
    assert inside.browser.get("/board/help/setup/").status_code == 404
    assert browser.get("/board/guide/users/").status_code == 404
    assert browser.get("/help/board-rules/").status_code == 404


SAYINGS = {
    "board-password": (
        "【発電掲示板】パスワード再設定依頼",
        "事業者名、会員ＩＤを必ず記載",
        "原則として翌営業日以降",
        "対応いたしかねます",
    ),
    "board-deletion": (
        "発電設備等の情報掲示板のログインＩＤ削除（事業者名）",
        "①削除対象のログインＩＤ",
        "②申請事業者名",
        "③申請者名",
        "通常3営業日程度",
    ),
    "board-rules": (
        "事業者一者に対して、会員IDは一つのみ",
        "担当者お一人に対して、IDは一つ",
        "原則として関与しません",
    ),
    "board-environment": ("Microsoft Edge", "Cookie", "board@localhost", "board-contact@example.jp"),
    "board-policy": ("このアカウントは現在使用できません", "24時間", "8文字以上"),
    "board-service": ("広域機関", "board-contact@example.jp"),
    "board-posting": (
        "新規ニュース作成", "情報掲載用テンプレート", "当日以降", "1年を目安", "①希望の区分", "正式名称",
        "メーリングリスト等", "北海道、東北、東京、中部、北陸、関西、中国、四国、九州、沖縄", "番号から省略",
        "MYニュース", "通常3営業日程度", "否認理由", "複製して再申請", "変更することができません", "[OK]",
        "他の利用者からも参照できなく",
    ),
    "board-browsing": (
        "All", "過去を含めて掲載のないエリア", "入力した文字を含む", "どちらか一方", "掲載期間終了分も表示",
        "[もっと見る]",
        "【ご連絡】発電設備等の情報掲示板について（YYYY/MM/DD：貴社名）", "原則として関与しません",
    ),
    "board-registration": ("通常3営業日程度", "登録受付完了画面", "規約に同意"),
}  # fmt: skip


@pytest.mark.parametrize(("slug", "texts"), SAYINGS.items())
def test_each_guide_says_what_the_manual_says(browser, slug, texts):
    page = browser.page(f"/board/guide/{slug}/")
    assert [text for text in texts if plain(text) not in page.text] == []
    assert not [w for w in ("SmartCore", "イーストゲート", "MYフォト") if w in page.text]  # BBS-090, BBS-097


def test_the_contact_stands_at_the_foot_of_every_page_of_the_board_and_of_no_other(make, browser, signed_in):  # BBS-094
    member = signed_in(make.member())
    for visitor, paths in (
        (browser, ["/board/login", "/board/register", "/board/guide/", "/board/terms", "/board/nothing"]),
        (member, ["/board/", "/board/help/", "/board/password/"]),
    ):
        for path in paths:
            footer = visitor.page(path).soup.find("footer").get_text()
            assert "board-contact@example.jp" in footer, path
    assert "board-contact" not in browser.page("/login").soup.find("footer").get_text()


def test_the_terms_have_the_version_that_is_stored(browser):  # BBS-021
    assert "版:2019-04-11" in browser.page("/board/terms").text


def test_mails_of_the_board_have_its_sender_and_address(app, make, session, tmp_path):  # BBS-092
    from email import message_from_bytes, policy

    from services import mail
    from views import worker

    session.info["mail"] = app.config["MAIL_SETTINGS"]
    mail.plain(session, "BBS-RCV", ["taro@hatsuden-ichi.co.jp"], {"お名前": "発電　太郎"})
    mail.about_user(session, "USR-UNL", make.user(), make.staff())
    session.commit()
    while worker.step():
        pass
    files = [message_from_bytes(f.read_bytes(), policy=policy.default) for f in (tmp_path / "mail").glob("*.eml")]
    senders = {m["To"]: m["From"] for m in files}
    assert senders.pop("taro@hatsuden-ichi.co.jp") == "発電設備等の情報掲示板 <board@localhost>"
    assert set(senders.values()) == {"容量市場システム <panel@localhost>"}
    [board] = [m for m in files if m["To"] == "taro@hatsuden-ichi.co.jp"]
    assert "/board/login" in board.get_content()


def test_a_members_page_has_nothing_of_a_registration_that_is_not_theirs(make, signed_in):
    make.registration("kaiin0009", company="CANARY株式会社", state="applied", password_hash="x")
    browser = signed_in(make.member())
    for path in ("/board/", "/board/help/", "/board/register"):
        assert "CANARY" not in browser.get(path).text
