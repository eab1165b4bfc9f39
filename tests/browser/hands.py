"""What a person does and sees: by visible label, button, link and heading only (contract.md)."""

import re

from playwright.sync_api import expect

from tests.browser.panel import PASSWORD


def field(page, label):
    """The input with this printed label; the mark `*` does not belong to its name."""
    return page.get_by_label(re.compile(rf"^{re.escape(label)}\s*\*?$"))


def button(scope, name):
    return scope.get_by_role("button", name=name, exact=True)


def link(scope, name):
    return scope.get_by_role("link", name=name, exact=True)


def main(page):
    return page.get_by_role("main")


def press(scope, name):
    button(scope, name).click()


def follow(scope, name):
    link(scope, name).click()


def see(page, heading):
    """The screen with this 画面名 is open."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def see_crumbs(page, *names):
    """COM-026: TOP > … > this screen; all but the last are links."""
    crumbs = page.get_by_role("navigation", name="パンくず")
    expect(crumbs).to_have_text(" > ".join(names))
    expect(crumbs.get_by_role("link")).to_have_text(list(names[:-1]))


def alert(page):
    return page.get_by_role("alert")


def done(page):
    return page.get_by_role("status")


def dialog(page):
    """The one open dialog."""
    return page.get_by_role("dialog")


def answer(page, name):
    press(dialog(page), name)


def fill(page, texts):
    """Every input by its label."""
    for label, text in texts.items():
        field(page, label).fill(text)


def fact(page, name):
    """The value beside 項目名 on 詳細画面 or 確認画面."""
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))
    return row.get_by_role("cell")


def cells(page):
    """The list below: one list of texts per row, without 選択."""
    region = page.get_by_role("region")
    expect(region).to_be_visible()
    rows = region.locator("tbody tr")
    return [[c.inner_text().strip() for c in row.locator("td:not(.select)").all()] for row in rows.all()]


def type_sign_in(page, login_id, password):
    see(page, "ログイン画面")
    field(page, "ユーザID").fill(login_id)
    field(page, "パスワード").fill(password)
    press(page, "ログイン")


def sign_in(page, login_id, password=PASSWORD):
    page.goto("/")
    type_sign_in(page, login_id, password)
    see(page, "ポータルトップ")


def menu(page, name):
    """画面左上部の[メニュー] → name."""
    press(page, "メニュー")
    follow(page.get_by_role("navigation", name="メニュー", exact=True), name)


def type_passwords(page, current, new, again=None):
    field(page, "現在のパスワード").fill(current)
    field(page, "新しいパスワード").fill(new)
    field(page, "新しいパスワード (確認)").fill(new if again is None else again)
