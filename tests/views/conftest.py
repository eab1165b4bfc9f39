"""Looking at the panel from outside: a sign-in attempt, the database as it is, every page of a person."""

from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from sqlalchemy import func, inspect, select, text

from models import db
from tests.pages import Page
from tests.staff_request import StaffRequest

MOST_PAGES = 200  # of one person; more means the crawl runs in circles


@pytest.fixture
def enter():
    """enter(browser, ID, password): one attempt at the sign-in page; the page that answers, redirects not followed."""

    def attempt(browser, login_id, password, address=None, next_page=None, **kwargs):
        if address:
            kwargs["environ_base"] = {"REMOTE_ADDR": address}
        _, path, data = browser.page("/login").data_of("ログイン", ユーザID=login_id, パスワード=password)
        if next_page is not None:
            data["next"] = next_page
        return Page(browser, browser.post(path, data=data, **kwargs))

    return attempt


@pytest.fixture
def read(app):
    """read(sql, **values): rows as they are committed now; write(…) below changes them behind the panel's back."""

    def rows(sql, **values):
        with db.engine.connect() as connection:
            return connection.execute(text(sql), values).all()

    return rows


@pytest.fixture
def write(app, session):
    def run(sql, **values):
        session.rollback()
        session.execute(text(sql), values)
        session.commit()

    return run


def _rows_of(connection, table):
    """Every row; of the 14,000 mail domains, which no request writes in bulk, their sums."""
    if table.name != "mail_domains":
        return sorted(map(repr, connection.execute(table.select()).all()))
    columns = [func.count(), func.sum(table.c.id), func.sum(table.c.version), func.max(table.c.created_at)]
    return connection.execute(select(*columns)).all()


@pytest.fixture
def snapshot(app):
    """snapshot(but=("sessions",)): every row of every table, to see that nothing changed."""

    def take(but=()):
        tables = dict(db.metadata.tables)  # the database's own, says test_schema.py
        own = StaffRequest.__table__
        with db.engine.connect() as connection:
            if inspect(connection).has_table(own.name):
                tables[own.name] = own
            return {name: _rows_of(connection, table) for name, table in tables.items() if name not in but}

    return take


def token_of(browser):
    """The CSRF token of this browser's session, from a form it can see."""
    return browser.page("/login").soup.find(attrs={"name": "csrf_token"})["value"]


@pytest.fixture
def token():
    return token_of


@pytest.fixture
def crawl():
    """crawl(browser, "/portal/"): every page that links lead to from there, as {address: Page}."""

    def walk(browser, *starts):
        seen, waiting = {}, list(starts)
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            page = seen[address] = browser.page(address)
            assert len(seen) < MOST_PAGES, sorted(seen)
            for a in page.soup.find_all("a", href=True):
                target = urldefrag(urljoin(address, a["href"])).url
                assert not urlsplit(target).netloc, f"{address} leads to another host: {target}"
                if not a["href"].startswith("#"):
                    waiting.append(target)
        return seen

    return walk


PEOPLE = {
    "一般": lambda make: make.user(),
    "管理者": lambda make: make.admin(),
    "市場管理者": lambda make: make.staff(),
    "審査担当": lambda make: make.reviewer(),
}


@pytest.fixture
def reader(app, make, signed_in):
    """reader("審査担当") -> (browser, the address of ヘルプ)."""

    def sign_in(who):
        if who == "stranger":
            return app.test_client(), "/help/"
        account = PEOPLE[who](make)
        return signed_in(account), f"/{account.site}/help/"

    return sign_in
