"""What a cold page costs (issue: at most 60 KiB uncompressed and 6 requests, all from the own origin)."""

from urllib.parse import urljoin

import pytest

from tests.browser.gallery_portal import publish
from tests.browser.hands import cells, sign_in
from tests.browser.panel import HANAKO, MARKET_ADMIN, REVIEWER

pytestmark = pytest.mark.browser
MOST_BYTES, MOST_REQUESTS = 61_440, 6
LONG_NAME = "新電力ホールディングス東日本支社"
LONG_ISSUER = "CN=Example Public Client Certification Authority - G3,OU=Class 1 Managed PKI,O=認証サービス株式会社,C=JP"
LISTS = {
    "/portal/users/", "/portal/certificates/", "/admin/users/", "/admin/operators/", "/admin/staff/", "/admin/audit/",
    "/admin/mails/", "/admin/notices/", "/admin/certificates/", "/admin/unregistered/",
}  # fmt: skip
PAGES = {  # who -> addresses; {} is an id
    None: ["/login", "/nothing"],
    HANAKO: [
        "/portal/",
        "/portal/registration/",
        "/portal/users/?searched=1",
        "/portal/users/details/?id={}",
        "/portal/users/new/",
        "/portal/users/edit/?id={}",
        "/portal/users/password/",
        "/portal/operators/?searched=1",
        "/portal/operators/details/?id=1",
        "/portal/notices/",
        "/portal/notices/details/?id=7301",
        "/portal/certificates/?searched=1",
        "/portal/certificates/details/?id=1",
    ],
    MARKET_ADMIN: [
        "/admin/",
        "/admin/management/",
        "/admin/users/?searched=1&with_deleted=1",
        "/admin/users/details/?id={}",
        "/admin/users/new/",
        "/admin/users/edit/?id={}",
        "/admin/users/replace/?id={}",
        "/admin/operators/?searched=1",
        "/admin/operators/new/",
        "/admin/operators/edit/?id=1",
        "/admin/staff/?searched=1",
        "/admin/staff/details/?id={}",
        "/admin/staff/new/",
        "/admin/staff/edit/?id={}",
        "/admin/audit/?searched=1",
        "/admin/mails/?searched=1",
        "/admin/notices/?searched=1",
        "/admin/notices/new/",
        "/admin/notices/edit/?id=7301",
        "/admin/certificates/?searched=1",
        "/admin/certificates/new/",
        "/admin/unregistered/?searched=1",
        "/admin/maintenance/?searched=1",
        "/admin/maintenance/new/",
        "/admin/nothing",
    ],
}


@pytest.fixture
def full_lists(panel):
    """25 rows and more in every list, with names longer than the demo's."""
    with panel.make() as make:
        for n in range(25):
            make.user(operator="0001", name=f"{LONG_NAME}{n}")
            make.operator(f"B{n:03d}", f"{LONG_NAME}株式会社{n}")
            make.staff(name=f"{LONG_NAME}{n}")
            make.certificate("0001", f"{n:040X}", issuer=LONG_ISSUER, note=LONG_NAME)
            make.unregistered(f"{n + 100:040X}", issuer=LONG_ISSUER)
    with panel.write() as session:
        for n in range(25):
            publish(session, f"{LONG_NAME}の{LONG_NAME}に関するお知らせ{n}", n)
    for n in range(25):
        panel.sql(
            "INSERT INTO audit_entries (at, actor_login_id, actor_name, event, result, target_table, target, changes,"
            " detail, address, request_no) VALUES ('2026-01-01 00:00:00.000000', 'S000000001', ?, 'staff:change', 'ok',"
            " 'accounts', ?, '{}', '{}', '127.0.0.1', '0123456789abcdef')",
            LONG_NAME,
            f"S000000002 {LONG_NAME}{n}",
        )
        panel.sql(
            "INSERT INTO outgoing_mails (message_id, event, recipient, subject, body, has_secret, state, created_at,"
            " due_at, attempts, last_error) VALUES (?, 'USR-REG', ?, ?, '', 0, 'waiting',"
            " '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', 0, '')",
            f"<{n}@panel.invalid>",
            f"{'a-long-local-part.' * 3}{n}@example.jp",
            "【容量市場システム】ユーザ情報の登録が完了しました",
        )
    return panel


def cold(new_page, state, address):
    """(url -> bytes, rows of the list) of an address in a browser that has nothing in its cache."""
    page = new_page(storage_state=state)
    fetched = {}
    page.on("response", lambda response: fetched.setdefault(response.url, response))
    page.goto(address, wait_until="load")
    # A headless browser does not fetch the icon; a real one does.
    for icon in page.locator("link[rel~=icon]").all():
        url = urljoin(page.url, icon.get_attribute("href"))
        fetched[url] = page.request.get(url)
    rows = len(cells(page)) if address.partition("?")[0] in LISTS else None
    sizes = {url: len(response.body()) for url, response in fetched.items()}
    page.context.close()
    return sizes, rows


@pytest.mark.parametrize("login_id", list(PAGES))
def test_a_cold_page_is_small(full_lists, new_page, login_id):
    state = None
    if login_id:
        page = new_page()
        sign_in(page, login_id)
        state = page.context.storage_state()
    for address in PAGES[login_id]:
        row = full_lists.id_of(REVIEWER if "staff" in address else HANAKO)
        sizes, rows = cold(new_page, state, address.format(row))
        assert rows == (20 if address.partition("?")[0] in LISTS else None), address
        assert all(url.startswith(full_lists.url) for url in sizes), sizes
        assert len(sizes) <= MOST_REQUESTS, sizes
        assert sum(sizes.values()) <= MOST_BYTES, sizes
