"""Script text in every field that is stored or echoed stays text (R-069 and the issue's XSS corpus).

These browsers ignore the Content-Security-Policy: it must not be what saves us.
"""

import json
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.hands import (
    alert,
    answer,
    dialog,
    field,
    fill,
    follow,
    main,
    menu,
    press,
    see,
    sign_in,
    type_sign_in,
)
from tests.browser.panel import HANAKO, MARKET_ADMIN, TARO
from tests.factories import NEW_OPERATOR

pytestmark = pytest.mark.browser
CORPUS = [
    "<script>window.__xss=1</script>",
    "\"><img src=x onerror='window.__xss=2'>",
    "'><svg/onload=window.__xss=3>",
    "' autofocus onfocus='window.__xss=4' x='",
    '" autofocus onfocus="window.__xss=5" x="',
    "</title><script>window.__xss=6</script>",
    "<!--<script>window.__xss=7</script>",
    "javascript:window.__xss=8",
    "{{7*191}}{% raw %}${7*191}",
    "&lt;img src=x onerror=window.__xss=9&gt;",
    "<iframe srcdoc='<script>parent.__xss=10</script>'>",
]
TOGETHER = ["".join(CORPUS), "".join(reversed(CORPUS))]
# Addresses a page may lead to, and nothing that runs.
STRANGE_LINKS = """() => [...document.querySelectorAll("a[href], form, [src], button[formaction]")]
  .map((e) => e.href || e.action || e.src || "")
  .filter((url) => url && new URL(url, location).origin !== location.origin)"""


@pytest.fixture
def page(new_page):
    return new_page(bypass_csp=True)


def unharmed(page):
    """What is open has only our elements: no planted image, frame, handler or foreign address."""
    assert page.evaluate("document.querySelectorAll('img, svg, iframe, body script').length") == 0
    assert page.evaluate("[...document.querySelectorAll('*')].filter((e) => e.onfocus || e.onerror).length") == 0
    assert page.evaluate(STRANGE_LINKS) == []


def test_the_watch_sees_a_script_that_runs(new_page, reports):
    """Or the tests of this file would prove nothing."""
    page = new_page(bypass_csp=True)
    page.goto("/login")
    page.evaluate("e => document.body.insertAdjacentHTML('beforeend', e)", CORPUS[1])
    page.locator("img").wait_for(state="attached")
    page.wait_for_function("performance.getEntriesByType('resource').some((e) => e.name.endsWith('/x'))")
    page.evaluate("window.open('/')")
    assert "window.open was called" in reports
    assert "XSS: 2" in reports
    reports.clear()


def test_the_watch_sees_a_policy_violation(new_page, reports):
    page = new_page()
    page.goto("/login")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">')")
    page.wait_for_function("true")
    assert any(r.startswith("CSP: style-src") for r in reports), reports
    reports.clear()


@pytest.mark.parametrize("text", TOGETHER, ids=["forward", "backward"])
def test_names_that_are_scripts(page, panel, text):
    """ユーザ名, 所属部署, 電話番号, 参加登録申請者名, 職員のユーザ名, 操作履歴の対象: on every page that shows them."""
    panel.sql("UPDATE accounts SET name = ?, name_folded = ?, email = ?", text, text, text)
    panel.sql("UPDATE operators SET name = ?, name_folded = ?, address = ?, contact_name = ?", text, text, text, text)
    panel.sql("UPDATE operator_recipients SET name = ?, email = ?", text, text)
    panel.sql("UPDATE users SET department = ?, phone = ?", text, text)
    facts = json.dumps({"name": [text, text], text: [None, text]})
    panel.sql(
        "INSERT INTO audit_entries (at, actor_login_id, actor_name, event, result, target_table, target, changes,"
        " detail, address, request_no) VALUES ('2026-01-01 00:00:00.000000', ?, ?, ?, 'ok', 'accounts', ?, ?, ?, ?, ?)",
        *(text, text, text, text, facts, json.dumps({text: text}), text, text),
    )
    hanako, taro = panel.id_of(HANAKO), panel.id_of(TARO)
    for who, addresses in {
        HANAKO: [
            "/portal/",
            "/portal/users/?searched=1",
            f"/portal/users/details/?id={hanako}",
            f"/portal/users/details/?id={taro}",
            "/portal/users/password/",
            "/portal/operators/?searched=1",
            "/portal/operators/details/?id=1",
        ],
        MARKET_ADMIN: [
            "/admin/",
            "/admin/users/?searched=1",
            f"/admin/users/details/?id={hanako}",
            "/admin/operators/?searched=1",
            "/admin/operators/details/?id=1",
            "/admin/operators/edit/?id=1",
            "/admin/staff/?searched=1",
            f"/admin/staff/details/?id={panel.id_of(MARKET_ADMIN)}",
            f"/admin/staff/edit/?id={panel.id_of(MARKET_ADMIN)}",
            "/admin/audit/?searched=1",
            "/admin/audit/details/?id=2",
        ],
    }.items():
        page.context.clear_cookies()
        sign_in(page, who)
        for address in addresses:
            page.goto(address)
            unharmed(page)
            expect(page.get_by_text(f"ユーザ名: {text}", exact=True)).to_be_visible()


def test_scripts_typed_into_every_field(page):
    """Registered, confirmed, changed, looked at: through the screens themselves."""
    sign_in(page, MARKET_ADMIN)
    for n, text in enumerate((CORPUS[0], CORPUS[1], CORPUS[4])):
        menu(page, "事業者")
        follow(page, "新規登録")
        everywhere = dict.fromkeys(("事業者コード", "参加登録申請者名", "住所", "連絡者氏名", "担当者1氏名"), text)
        fill(page, NEW_OPERATOR | everywhere | {"担当者1メールアドレス": "tantou@example.jp"})
        press(page, "確認")
        expect(alert(page)).to_contain_text("error.C00.00002")
        expect(field(page, "事業者コード")).to_have_value(text)
        unharmed(page)
        field(page, "事業者コード").fill(f"X{n:03d}")
        press(page, "確認")
        see(page, "事業者登録確認画面")
        expect(main(page).get_by_text(text, exact=True)).to_have_count(4)
        unharmed(page)
        press(page, "戻る")
        expect(field(page, "参加登録申請者名")).to_have_value(text)
        press(page, "確認")
        press(page, "実行")
        see(page, "事業者登録完了画面")
    menu(page, "職員情報管理")
    follow(page, "新規登録")
    page.get_by_label("3:審査担当").check()
    field(page, "ユーザ名").fill(CORPUS[1])
    field(page, "メールアドレス").fill(CORPUS[4])
    press(page, "確認")
    expect(field(page, "メールアドレス")).to_have_value(CORPUS[4])
    unharmed(page)
    field(page, "メールアドレス").fill("jiro@example.jp")
    press(page, "確認")
    press(page, "実行")
    unharmed(page)
    for name in ("事業者", "職員情報管理", "操作履歴"):
        menu(page, name)
        press(page, "検索")
        page.get_by_role("region").wait_for()
        unharmed(page)


@pytest.mark.parametrize("text", CORPUS, ids=lambda text: f"corpus-{CORPUS.index(text)}")
def test_scripts_in_searches_and_addresses(page, text):
    page.goto(f"/login?next={quote(text)}")
    unharmed(page)
    type_sign_in(page, text, "machigai")
    expect(alert(page)).to_be_visible()
    expect(field(page, "ユーザID")).to_have_value(text)
    unharmed(page)
    page.goto(f"/login?next=/{quote('/evil.example/')}{quote(text)}")
    type_sign_in(page, HANAKO, "Yoryo#2026demo")
    see(page, "ポータルトップ")
    menu(page, "ユーザ情報管理")
    field(page, "ユーザID").fill(text)
    field(page, "ユーザ名").fill(text)
    press(page, "検索")
    expect(alert(page)).to_be_visible()
    expect(field(page, "ユーザ名")).to_have_value(text)
    unharmed(page)
    for address in (
        f"/portal/users/?searched=1&{quote(text)}={quote(text)}&sort=0&page={quote(text)}&enabled={quote(text)}",
        f"/portal/users/?searched=1&name=&back={quote(text)}",
        f"/portal/users/details/?id={quote(text)}",
        f"/{quote(text, safe='')}",
    ):
        page.goto(address)
        unharmed(page)
    press(page, "閉じる")


@pytest.mark.parametrize("text", TOGETHER, ids=["forward", "backward"])
def test_scripts_in_the_way_back(page, panel, text):
    sign_in(page, MARKET_ADMIN)
    row = panel.id_of(MARKET_ADMIN)
    page.goto(f"/admin/staff/details/?id={row}&back={quote(text)}")
    unharmed(page)
    press(page, "セッション終了")
    answer(page, "OK")
    expect(alert(page)).to_contain_text("error.S01.00006")
    unharmed(page)
    follow(page, "戻る")
    see(page, "職員情報一覧画面")
    unharmed(page)
    page.goto(f"/admin/audit/?searched=1&target={quote(text)}&request_no={quote(text)}&event={quote(text)}")
    expect(dialog(page)).to_have_count(0)
    unharmed(page)
