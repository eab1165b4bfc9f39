"""Journeys through お知らせ and クライアント証明書, as tests/browser/gallery.py has the others."""

from datetime import timedelta

from domain import clock
from domain.notices import NoticeState
from models.notice import Notice
from tests import certificates as real
from tests import corpus
from tests.browser.hands import (
    alert,
    answer,
    button,
    dialog,
    done,
    field,
    fill,
    follow,
    link,
    main,
    menu,
    press,
    see,
    sign_in,
)
from tests.browser.panel import HANAKO, ICHIRO, MARKET_ADMIN, TARO

TITLE = "2027年度 容量市場メインオークションの参加登録受付の開始について"
BODY = """# 受付期間

参加登録の受付を、次の日程で開始します。**期限を過ぎた申込は受け付けません。**

| 手続 | 開始 | 終了 | 提出先 |
|---|---|---|---|
| 事業者情報の登録 | 2027/04/01 | 2027/04/15 | 容量市場システム |
| 電源等情報の登録 | 2027/04/16 | 2027/05/31 | 容量市場システム（添付ファイルを含む） |

## 必要な書類

1. 参加登録申請書
2. 登記事項証明書
   - 発行後3か月以内のもの
   - PDFで提出

> 詳細は、募集要綱を確認してください。

資料: https://www.example.jp/capacity-market/2027/main-auction/application-guidelines/registration-of-operators.html

```
capacity-market-registration-2027-main-auction-operator-information-template-version-1.0.xlsx
```
"""
FILE = "2027年度_参加登録申込書（記入例）_株式会社とても長い名前の新電力ホールディングス_第2版.pdf"
LONG_ISSUER = "CN=Example Public Client Certification Authority - G3,OU=Class 1 Managed PKI,O=認証サービス株式会社,C=JP"


def attach(page, name=FILE, made="pdf"):
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": corpus.MADE[made]()}
    )


def listed(page, name):
    """The list of `name`, everything in it."""
    menu(page, name)
    press(page, "検索")
    page.get_by_role("region").wait_for()


def publish(session, title, days, **values):
    start = clock.now() - timedelta(days=days)
    facts = {"body": "本文", "state": NoticeState.PUBLISHED, "shown_to": start + timedelta(days=60)} | values
    session.add(Notice(title=title, shown_from=start, **facts))


def reading_notices(page, panel, new_page):
    with panel.write() as session:
        publish(session, TITLE, 1, pinned=True, body=BODY)
        publish(session, "システム停止のお知らせ（2026年12月5日 20時から翌6日 8時まで）" * 2, 2)
        for n in range(22):
            publish(session, f"需要曲線の公表について（第{n + 1}回）", 9 + n)
    soon = {days: (panel.now() + timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S.%f") for days in (0, 0.5)}
    panel.sql(
        "INSERT INTO sign_in_counters (login_key, entrance, failures, last_failed_at, locked_at)"
        " VALUES (?, 'market', 5, ?, ?)",
        TARO,
        soon[0],
        soon[0],
    )
    panel.sql("UPDATE accounts SET temporary_until = ? WHERE login_id = ?", soon[0.5], ICHIRO)
    with panel.make() as make:
        make.certificate("0001", "F3A90000" * 4, valid_to=clock.now() + timedelta(days=13))
    sign_in(page, HANAKO)
    page.get_by_role("region", name="対応が必要な事項").wait_for()
    yield "portal-home-notices"
    follow(main(page), TITLE)
    see(page, "お知らせ詳細画面")
    yield "portal-notice-prose"
    page.get_by_role("link", name="ホーム").first.click()
    follow(main(page), "すべてのお知らせ")
    see(page, "お知らせ一覧画面")
    yield "portal-notices"
    follow(main(page), "お知らせ")
    see(page, "お知らせ詳細画面")
    link(page, "添付ファイル.pdf").wait_for()
    yield "portal-notice-file"


def managing_notices(page, panel, new_page):
    start, end = (f"{panel.now() + timedelta(days=days, hours=9):%Y/%m/%d %H}:00" for days in (-1, 30))
    sign_in(page, MARKET_ADMIN)
    menu(page, "お知らせ管理")
    see(page, "お知らせ一覧画面")
    yield "admin-notices"
    follow(page, "新規登録")
    see(page, "お知らせ登録画面")
    yield "admin-notice-register"
    fill(page, {"表示期間（開始）": "2026/11/21 10:30", "表示期間（終了）": "明日"})
    attach(page, "一覧.exe", "exe")
    page.locator("#error-files").get_by_text("error.F01.00001").wait_for()
    page.get_by_label("公開先", exact=True).select_option(label="事業者を指定")
    press(page, "確認")
    alert(page).first.wait_for()
    yield "admin-notice-register-errors"
    fill(page, {"タイトル": TITLE, "本文": BODY, "表示期間（開始）": start, "表示期間（終了）": end})
    press(page, "プレビュー")
    page.get_by_role("region", name="プレビュー").wait_for()
    yield "admin-notice-register-preview"
    field(page, "公開先の事業者コード").fill("0001 0009")
    attach(page)
    link(page, FILE).wait_for()
    attach(page, "様式.xlsx", "xlsx")
    link(page, "様式.xlsx").wait_for()
    page.get_by_label("お知らせ一覧の先頭に固定する").check()
    page.get_by_label("公開時にメールで知らせる").check()
    press(page, "確認")
    alert(page).get_by_text("error.N01.00003").wait_for()
    yield "admin-notice-register-refused"
    field(page, "公開先の事業者コード").fill("0001、0002")
    press(page, "確認")
    see(page, "お知らせ登録確認画面")
    yield "admin-notice-register-confirm"
    press(page, "実行")
    see(page, "お知らせ登録完了画面")
    yield "admin-notice-register-complete"
    listed(page, "お知らせ管理")
    yield "admin-notices-list"
    page.get_by_role("row", name=TITLE).get_by_role("link").click()
    see(page, "お知らせ詳細画面")
    yield "admin-notice"
    follow(main(page), "変更")
    see(page, "お知らせ変更画面")
    yield "admin-notice-change"
    button(page, "様式.xlsxを削除").click()
    link(page, "様式.xlsx").wait_for(state="detached")
    field(page, "タイトル").fill(TITLE + "（訂正）")
    press(page, "確認")
    see(page, "お知らせ変更確認画面")
    yield "admin-notice-change-confirm"
    press(page, "実行")
    see(page, "お知らせ変更完了画面")
    yield "admin-notice-change-complete"
    listed(page, "お知らせ管理")
    page.get_by_role("row", name=TITLE).get_by_role("link").click()
    press(page, "公開")
    dialog(page).wait_for()
    yield "admin-notice-publish-dialog"
    answer(page, "OK")
    see(page, "お知らせ公開完了画面")
    yield "admin-notice-publish-complete"
    listed(page, "お知らせ管理")
    page.get_by_role("row", name=TITLE).get_by_role("link").click()
    yield "admin-notice-published"
    press(page, "取下げ")
    dialog(page).wait_for()
    yield "admin-notice-takedown-dialog"
    answer(page, "OK")
    see(page, "お知らせ取下げ完了画面")
    yield "admin-notice-takedown-complete"


def managing_certificates(page, panel, new_page):
    with panel.make() as make:
        make.certificate("0002", "5A" * 20, issuer=LONG_ISSUER, note="大阪本社 第2事業所で使用している予備の端末のもの")
        make.certificate(None, "00FF", valid_to=clock.now() + timedelta(days=12))
        make.certificate("0001", "77AA", valid_to=clock.now() - timedelta(days=1))
        make.certificate("0001", "77AB", withdrawn_at=clock.now())
    sign_in(page, MARKET_ADMIN)
    menu(page, "クライアント証明書")
    see(page, "クライアント証明書一覧画面")
    yield "admin-certificates"
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "admin-certificates-list"
    follow(page, "新規登録")
    see(page, "クライアント証明書登録画面")
    yield "admin-certificate-register"
    chooser = page.get_by_label("証明書ファイル")
    chooser.set_input_files({"name": "client.p12", "mimeType": "application/x-pkcs12", "buffer": b"\x30\x82"})
    press(page, "ファイルから読み取る")
    alert(page).get_by_text("error.K01.00011").wait_for()
    yield "admin-certificate-register-p12"
    press(page, "確認")
    alert(page).get_by_text("error.C00.00001").first.wait_for()
    yield "admin-certificate-register-errors"
    content = real.der(real.made())
    chooser.set_input_files({"name": "事業者0001.cer", "mimeType": "application/pkix-cert", "buffer": content})
    press(page, "ファイルから読み取る")
    done(page).get_by_text("info.certificate_file.complete").wait_for()
    yield "admin-certificate-register-filled"
    fill(page, {"事業者コード": "0001", "備考": "本社 総合エネルギー事業部"})
    press(page, "確認")
    see(page, "クライアント証明書登録確認画面")
    yield "admin-certificate-register-confirm"
    press(page, "実行")
    see(page, "クライアント証明書登録完了画面")
    yield "admin-certificate-register-complete"
    listed(page, "クライアント証明書")
    follow(page, "F3A9000001")
    see(page, "クライアント証明書詳細画面")
    yield "admin-certificate"
    follow(main(page), "変更")
    see(page, "クライアント証明書変更画面")
    yield "admin-certificate-change"
    field(page, "備考").fill("大阪支社")
    press(page, "確認")
    see(page, "クライアント証明書変更確認画面")
    yield "admin-certificate-change-confirm"
    press(page, "実行")
    see(page, "クライアント証明書変更完了画面")
    listed(page, "クライアント証明書")
    follow(page, "F3A9000001")
    press(page, "取下げ")
    dialog(page).wait_for()
    yield "admin-certificate-withdraw-dialog"
    answer(page, "OK")
    see(page, "クライアント証明書取下げ完了画面")
    yield "admin-certificate-withdraw-complete"
    listed(page, "クライアント証明書")
    follow(page, "F3A9000001")
    see(page, "クライアント証明書詳細画面")
    yield "admin-certificate-withdrawn"


def assigning_certificates(page, panel, new_page):
    with panel.make() as make:
        make.unregistered(times=3)
        make.unregistered("B7" * 20, issuer=LONG_ISSUER, times=120)
    sign_in(page, MARKET_ADMIN)
    menu(page, "未登録証明書")
    see(page, "未登録証明書一覧画面")
    yield "admin-unregistered"
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "admin-unregistered-list"
    follow(page, "B7" * 20)
    see(page, "未登録証明書詳細画面")
    yield "admin-unregistered-one"
    press(page, "割当")
    dialog(page).wait_for()
    yield "admin-unregistered-assign-dialog"
    field(dialog(page), "事業者コード").fill("0009")
    answer(page, "OK")
    dialog(page).get_by_text("error.U02.00003").wait_for()
    yield "admin-unregistered-assign-refused"
    field(dialog(page), "事業者コード").fill("0001")
    answer(page, "OK")
    done(page).wait_for()
    yield "admin-unregistered-assign-complete"


def reading_certificates(page, panel, new_page):
    with panel.make() as make:
        make.certificate("0001", "F3A9000001", note="本社 総合エネルギー事業部")
        make.certificate("0001", "5A" * 20, issuer=LONG_ISSUER, valid_to=clock.now() + timedelta(days=12))
    sign_in(page, HANAKO)
    menu(page, "クライアント証明書")
    see(page, "クライアント証明書一覧画面")
    yield "portal-certificates"
    press(page, "検索")
    page.get_by_role("region").wait_for()
    yield "portal-certificates-list"
    follow(page, "5A" * 20)
    see(page, "クライアント証明書詳細画面")
    yield "portal-certificate"


JOURNEYS = [reading_notices, managing_notices, managing_certificates, assigning_certificates, reading_certificates]
