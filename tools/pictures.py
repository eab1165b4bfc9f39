"""Takes the pictures of ヘルプ and of the README: our own screens, with demo data, in a headless Chromium.

A panel of its own is started in a temporary folder: SQLite, DEMO=off so that the pictures carry no 検証環境, and a
clock that stands still, so that they change only when a screen does. Each picture is the window, 1366 px wide and as
tall as the screen, within limits: what the text next to it names, buttons at the end included, can be seen.

    make pictures
"""

import logging
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from flask_migrate import upgrade
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session
from waitress import create_server, wasyncore

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
import small_png  # noqa: E402 - beside this file

from app import create_app  # noqa: E402
from config import load  # noqa: E402
from domain import clock  # noqa: E402
from domain.actors import Console  # noqa: E402
from models import Account, ClientCertificate, Operator, UnregisteredCertificate, db  # noqa: E402
from seed import demo  # noqa: E402
from services import passwords  # noqa: E402
from views import worker  # noqa: E402
from views.transaction import transaction  # noqa: E402

TARGET = ROOT / "static" / "help"
README_PICTURE = ("portal-full-users", ROOT / "docs" / "pictures" / "users.png")
WIDTH, LOWEST, TALLEST = 1366, 480, 1280
LARGEST = 150_000  # bytes of one picture
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # 10:00 in Tokyo
HANAKO, ICHIRO, NEWCOMER = "U280003304", "U520008303", "U040008304"
MARKET_ADMIN, REVIEWER = "S000000001", "S000000002"
PASSWORD = demo.data()["password"]
ISSUER = "CN=発行認証局,O=認証株式会社,C=JP"
CHROMIUM = ("chromium-headless-shell", "chromium", "google-chrome")


class Panel:
    """A running panel with fresh demo data."""

    def __init__(self, folder: Path) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        keys = {name: secrets.token_urlsafe(32) for name in ("SECRET_KEY", "OUTBOX_KEY")}
        settings = load({"INSTANCE_DIR": str(folder), "DEMO": "off", "BASE_URL": self.url} | keys)
        self.app = create_app(settings, BCRYPT_COST=4)
        with self.app.app_context():
            upgrade()
            with transaction() as session:
                demo.load(session)
                _add_certificates(session)
        self.server = create_server(self.app, sockets=[listener], threads=4, ident=None)
        self.thread = Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def reissue(self, login_id: str) -> str:
        """The 仮パスワード of an account that has to change it."""
        with self.app.app_context(), transaction() as session:
            account = session.scalar(select(Account).where(Account.login_id == login_id))
            return passwords.reissue(session, Console(), account).password

    def send_mails(self) -> None:
        with self.app.app_context():
            while worker.step():
                pass

    def stop(self) -> None:
        self.server.close()
        wasyncore.close_all(self.server._map, ignore_all=True)
        self.thread.join(timeout=10)
        self.server.task_dispatcher.shutdown()
        with self.app.app_context():
            db.engine.dispose()


def _add_certificates(session: Session) -> None:
    """One that is registered, one that was refused at a sign-in."""
    operator = session.scalar(select(Operator).where(Operator.code == "0001"))
    assert operator is not None
    facts = {"issuer": ISSUER, "valid_from": NOW - timedelta(days=30), "valid_to": NOW + timedelta(days=335)}
    session.add(ClientCertificate(operator_id=operator.id, serial="2B8F04A1C77E", note="本社", **facts))
    session.add(UnregisteredCertificate(serial="2B8F04A1C9D3", **facts))


class Hand:
    """One person's browser, and the camera."""

    def __init__(self, page: Page, blank: Page, folder: Path) -> None:
        self.page, self.blank, self.folder = page, blank, folder

    def go(self, path: str) -> None:
        self.page.goto(path)

    def field(self, label: str, text: str) -> None:
        """The input with this printed label; the mark of 必須 does not belong to its name."""
        found = self.page.get_by_label(label, exact=True).or_(self.page.get_by_label(f"{label} *", exact=True))
        found.fill(text)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def see(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def menu(self, name: str) -> None:
        self.press("メニュー")
        self.page.get_by_role("navigation", name="メニュー", exact=True).get_by_role("link", name=name).click()

    def search(self) -> None:
        self.press("検索")
        expect(self.page.get_by_role("region").first).to_be_visible()

    def sign_in(self, login_id: str, password: str = PASSWORD) -> None:
        self.go("/login")
        self.field("ユーザID", login_id)
        self.field("パスワード", password)
        self.press("ログイン")

    def shoot(self, name: str) -> None:
        self.page.mouse.move(0, 0)
        height = self.page.evaluate("document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": WIDTH, "height": min(height, TALLEST)})
        self.page.evaluate("document.fonts.ready")
        (self.folder / f"{name}.png").write_bytes(small_png.make(self.blank, self.page.screenshot()))
        self.page.set_viewport_size({"width": WIDTH, "height": LOWEST})


def before_signing_in(hand: Hand, panel: Panel) -> None:
    hand.go("/login")
    hand.field("ユーザID", HANAKO)
    hand.shoot("login")
    hand.sign_in(HANAKO, "machigai")
    hand.page.get_by_role("alert").wait_for()
    hand.shoot("login-error")
    hand.go("/no-such-page")
    hand.see("404エラー画面")
    hand.page.locator("code").evaluate("e => { e.textContent = '0123456789abcdef'; }")  # リクエスト番号: never the same
    hand.shoot("error-404")
    hand.sign_in(NEWCOMER, panel.reissue(NEWCOMER))
    hand.see("パスワード変更画面")
    hand.shoot("password-forced")


def reading(site: str, seen_by: str, login_id: str, other: str) -> Callable[[Hand, Panel], None]:
    """What every person of a site sees, as this one sees it."""

    def walk(hand: Hand, panel: Panel) -> None:
        hand.sign_in(login_id)
        hand.see("ポータルトップ")
        hand.shoot(f"{seen_by}-home")
        hand.menu("ユーザ情報管理")
        hand.search()
        hand.shoot(f"{seen_by}-users")
        hand.follow(other)
        hand.see("ユーザ情報詳細画面")
        hand.shoot(f"{seen_by}-user")
        user = hand.page.url
        if seen_by == "portal-read":
            hand.menu("事業者情報管理")
            hand.search()
            hand.follow("0001")
            hand.see("事業者情報詳細画面")
            hand.shoot("portal-operator")
            hand.menu("クライアント証明書")
            hand.search()
            hand.follow("2B8F04A1C77E")
            hand.see("クライアント証明書詳細画面")
            hand.shoot("portal-certificate")
            hand.go("/portal/")
            hand.follow("お知らせ")
            hand.see("お知らせ詳細画面")
            hand.shoot("portal-notice")
            hand.go(user)
        if seen_by.endswith("read"):
            hand.follow("パスワード変更") if site == "portal" else hand.go("/admin/password/")
            hand.see("パスワード変更画面")
            hand.shoot(f"{site}-password")
            hand.press("ログアウト")
            hand.shoot(f"{site}-logout")

    return walk


def writing(site: str, seen_by: str, login_id: str) -> Callable[[Hand, Panel], None]:
    """登録, 変更, 削除 of users."""

    def walk(hand: Hand, panel: Panel) -> None:
        hand.sign_in(login_id)
        hand.menu("ユーザ情報管理")
        hand.search()
        hand.page.get_by_label(f"{ICHIRO}を選択").check()
        hand.press("一括削除")
        hand.shoot(f"{seen_by}-users-bulk")
        hand.press("キャンセル")
        hand.follow(ICHIRO)
        hand.follow("変更")
        hand.see("ユーザ情報変更画面")
        hand.shoot(f"{seen_by}-user-edit")
        hand.page.go_back()
        hand.follow("削除")
        hand.see("ユーザ情報削除画面")
        hand.shoot(f"{seen_by}-user-delete")
        hand.go(f"/{site}/users/new/")
        hand.see("ユーザ情報登録画面")
        hand.shoot(f"{seen_by}-user-new")
        if site == "admin":
            hand.field("事業者コード", "0001")
        new = {
            "所属部署": "総合エネルギー事業部", "ユーザ名": "事業者 三郎", "メールアドレス": "saburo@example.jp",
            "市外局番": "03", "市内局番": "1234", "加入者番号": "5678",
        }  # fmt: skip
        for label, text in new.items():
            hand.field(label, text)
        hand.press("確認")
        hand.see("ユーザ情報登録確認画面")
        hand.shoot(f"{seen_by}-user-new-confirm")

    return walk


def staff_screens(hand: Hand, panel: Panel) -> None:
    hand.sign_in(MARKET_ADMIN)
    hand.menu("ユーザ情報管理")
    hand.search()
    hand.follow(HANAKO)
    hand.follow("管理者交代")
    hand.see("ユーザ情報管理者交代画面")
    hand.shoot("admin-user-replace")
    hand.menu("ユーザ情報管理")
    hand.search()
    hand.follow(NEWCOMER)
    hand.press("パスワード再発行")
    hand.press("OK")
    hand.see("ユーザ情報パスワード再発行完了画面")
    panel.send_mails()
    hand.go("/admin/operators/new/")
    hand.see("事業者登録画面")
    hand.shoot("admin-operator-new")
    hand.go("/admin/notices/new/")
    hand.see("お知らせ登録画面")
    hand.shoot("admin-notice-new")
    hand.go("/admin/certificates/new/")
    new = {
        "事業者コード": "0001", "発行者": ISSUER, "シリアル番号": "2b 8f 04 a1 d5 16", "備考": "大阪支社",
        "有効期間（開始）": "2026/11/01 09:00:00", "有効期間（終了）": "2027/11/01 08:59:59",
    }  # fmt: skip
    for label, text in new.items():
        hand.field(label, text)
    hand.press("確認")
    hand.see("クライアント証明書登録確認画面")
    hand.shoot("admin-certificate-new-confirm")
    hand.menu("未登録証明書")
    hand.search()
    hand.shoot("admin-unregistered")
    hand.go("/admin/maintenance/new/")
    hand.see("メンテナンス登録画面")
    hand.shoot("admin-maintenance-new")
    hand.go("/admin/staff/new/")
    hand.see("職員情報登録画面")
    hand.shoot("admin-staff-new")
    for item, name in (
        ("事業者", "admin-full-operators"),
        ("職員情報管理", "admin-staff"),
        ("操作履歴", "admin-audit"),
        ("メール送信履歴", "admin-mails"),
    ):
        hand.menu(item)
        hand.search()
        hand.shoot(name)


def reviewing(hand: Hand, panel: Panel) -> None:
    hand.sign_in(REVIEWER)
    hand.menu("事業者")
    hand.search()
    hand.shoot("admin-read-operators")


WALKS = (
    before_signing_in,
    reading("portal", "portal-read", ICHIRO, ICHIRO),
    reading("portal", "portal-full", HANAKO, HANAKO),
    reading("admin", "admin-read", REVIEWER, ICHIRO),
    reading("admin", "admin-full", MARKET_ADMIN, ICHIRO),
    writing("portal", "portal-full", HANAKO),
    writing("admin", "admin-full", MARKET_ADMIN),
    staff_screens,
    reviewing,
)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        sys.exit("Chromium is missing: make deps installs it.")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def take_all(folder: Path, instance: Path) -> None:
    panel = Panel(instance)
    try:
        with chromium() as browser:
            for walk in WALKS:
                with closing(
                    browser.new_context(
                        base_url=panel.url,
                        locale="ja-JP",
                        viewport={"width": WIDTH, "height": LOWEST},
                        color_scheme="light",
                        reduced_motion="reduce",
                    )
                ) as context:
                    context.set_default_timeout(10_000)
                    walk(Hand(context.new_page(), context.new_page(), folder), panel)
    finally:
        panel.stop()


def main() -> None:
    os.umask(0o022)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="panel-pictures-") as place, clock.reading(lambda: NOW):
        new, instance = Path(place, "new"), Path(place, "instance")
        new.mkdir()
        take_all(new, instance)
        large = [p.name for p in new.iterdir() if p.stat().st_size > LARGEST]
        if large:
            sys.exit(f"larger than {LARGEST} bytes: {', '.join(sorted(large))}")
        shutil.rmtree(TARGET, ignore_errors=True)  # only now: a walk that fails changes nothing
        shutil.copytree(new, TARGET)
    name, copy = README_PICTURE
    shutil.copyfile(TARGET / f"{name}.png", copy)
    print(f"{len(list(TARGET.iterdir()))} pictures in {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
