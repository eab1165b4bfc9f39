"""新規登録 as a person fills it in."""

import re
import sqlite3
from contextlib import closing

from playwright.sync_api import expect

from tests.browser.hands import field, fill, press, see

LOGIN_ID, PASSWORD = "Hatsuden0001", "Denki2026x"
TYPED = {
    "メールアドレス": "hatsuden@hatsuden-ichi.co.jp",
    "お名前": "発電　太郎",
    "フリガナ": "ハツデン　タロウ",
    "勤務先会社名": "株式会社発電一",
    "勤務先住所": "同上",
}


def the_digits(panel):
    """What the newest picture shows: a person sees it, we read it where it is kept."""
    with closing(sqlite3.connect(panel.file, timeout=30)) as live:
        return live.execute("SELECT answer FROM challenges ORDER BY expires_at DESC, rowid DESC LIMIT 1").fetchone()[0]


def type_phone(page, label, *parts):
    group = page.get_by_role("group", name=re.compile(f"^{label}"))
    for part, digits in zip(("市外局番", "市内局番", "加入者番号"), parts, strict=True):
        group.get_by_label(part).fill(digits)


def type_registration(page, panel):
    field(page, "ID").fill(LOGIN_ID)
    field(page, "パスワード").fill(PASSWORD)
    fill(page, TYPED)
    field(page, "郵便番号").fill("1350061")
    press(page, "住所自動入力")
    see(page, "新規登録画面")
    expect(field(page, "都道府県")).to_have_value("東京都")
    expect(field(page, "住所")).to_have_value("江東区豊洲")
    field(page, "住所").fill("江東区豊洲６丁目２番１５号")
    type_phone(page, "電話番号", "03", "1234", "5678")
    field(page, "規約に同意").check()
    field(page, "画像認証").fill(the_digits(panel))
