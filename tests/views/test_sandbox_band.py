"""検証環境: said on every page where demo data is loaded, error screens included (ui.md §3, issue 4 item 9)."""

import pytest

from app import create_app
from models import db
from tests import databases
from tests.conftest import Browser
from tests.factories import PASSWORD
from tests.pages import Page, plain
from tests.views.conftest import token_of


@pytest.mark.parametrize("demo", ["on", "off"])
def test_the_sandbox_says_so_on_every_page_and_production_on_none(database, tmp_path, time, make, demo):  # item 9
    settings = databases.settings(tmp_path, database[1], DEMO=demo)
    app = create_app(settings, TESTING=True, BCRYPT_COST=4, PROPAGATE_EXCEPTIONS=False)
    app.test_client_class = Browser
    account = make.user()
    browser = app.test_client()
    pages = {"login": browser.page("/login"), "404": browser.page("/nothing"), "help": browser.page("/help/")}
    pages["405"] = browser.page("/logout")
    browser.post("/login", data={"csrf_token": token_of(browser), "login_id": account.login_id,
                                 "password": PASSWORD})  # fmt: skip
    pages |= {"home": browser.page("/portal/"), "403": browser.page("/admin/"), "400": browser_400(browser)}
    with app.app_context():
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE sessions RENAME TO sessions_gone")
        pages["500"] = browser.page("/portal/")
        db.session.remove()
        db.engine.dispose()
    assert [pages[n].status for n in ("login", "404", "help", "405", "home", "403", "400", "500")] == [
        200, 404, 200, 405, 200, 403, 400, 500,
    ]  # fmt: skip
    bands = {name: [plain(e.get_text()) for e in page.soup.select("header .band")] for name, page in pages.items()}
    assert bands == dict.fromkeys(pages, ["検証環境"] if demo == "on" else [])


def browser_400(browser):
    return Page(browser, browser.post("/portal/users/export/"))
