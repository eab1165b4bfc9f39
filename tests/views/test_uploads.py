"""添付ファイル over HTTP, without the script: COM-056, R-064…R-067. tests/trial.py stands for any record with files."""

import hashlib
import io
import re
from urllib.parse import unquote

import pytest

from domain.roles import Role
from models import Notice, db
from services import attachments, due_work, file_access
from tests import corpus, trial
from tests.pages import Page, plain
from views.guard import limits
from views.transaction import transaction

LINES = corpus.lines()
MIB = 1024 * 1024
JSON = {"Accept": "application/json"}


@pytest.fixture
def app(app, monkeypatch):
    trial.mount(app)
    monkeypatch.setitem(file_access.READERS, "notices", trial.visible)
    return app


@pytest.fixture
def staff(make, signed_in):
    return signed_in(make.staff())


@pytest.fixture
def new(staff):
    """The empty 登録画面."""
    return staff.page(f"{trial.PATH}/new/")


def given(name, made="pdf"):
    """A file as browsers send it; a backslash doubled, or the header would lose it."""
    return io.BytesIO(corpus.MADE[made]()), name.replace("\\", r"\\").replace('"', "%22")


def attach(page, name, made="pdf", **typed):
    return page.press("添付", 添付ファイル=given(name, made), **typed)


def chosen(page):
    """(No., name, size) of the files beside the field."""
    rows = page.soup.select("table.chosen:not([hidden]) tbody tr")
    return [[td.get_text() for td in row.find_all("td")[:3]] for row in rows]


def listed(page):
    """添付ファイル一覧: column heads, and rows as they are printed."""
    assert plain(page.soup.find(id="files-heading").get_text()) == "添付ファイル一覧"
    table = page.soup.find("table", class_="files")
    return [[e.get_text() for e in tr.find_all(["th", "td"])] for tr in table.find_all("tr")]


def addresses(page):
    return [a["href"] for a in page.soup.select("main a[href^='/files/']")]


def file_name(response):
    """What a browser would call the file (RFC 6266: filename* wins)."""
    found = re.fullmatch(r"attachment; filename=\"[ -!#-\[\]-~]*\"; filename\*=UTF-8''([0-9A-Za-z._~%-]*)",
                         response.headers["Content-Disposition"])  # fmt: skip
    return unquote(found[1], errors="strict")


def count(read):
    return read("SELECT count(*) FROM attachments")[0][0], read("SELECT count(*) FROM attachment_chunks")[0][0]


def saved(page, title="題"):
    done = page.press("確認", 題名=title).press("実行")
    assert done.heading == "試験登録完了画面"


# --- the corpus (R-064, R-065, R-066) ---------------------------------------------------------------------


def test_the_corpus_over_http(staff, new, read, time):
    """Stored files come back byte for byte under their names, refused ones leave nothing; no 5xx; no orphan."""
    wrong, stored = {}, 0
    for name, made, expected in LINES:
        content = corpus.MADE[made]()
        before = count(read)
        page = new.press("添付", 題名="まだ途中", 添付ファイル=given(name, made))
        assert (page.status, page.heading, page.value("題名")) == (200, "試験登録画面", "まだ途中"), name
        if expected != "stored":
            told = page.field_error("添付ファイル")
            if not told.startswith(f"{expected}:") or count(read) != before or page.alerts != [told]:
                wrong[name, made] = told
            continue
        stored += 1
        assert addresses(page), (name, page.alerts)
        [address] = addresses(page)
        answer = staff.get(address, buffered=True)
        if (answer.status_code, answer.data, file_name(answer)) != (200, content, name):
            wrong[name, made] = (answer.status_code, answer.headers)
        if stored % 5 == 0:
            page.press("削除")
    assert wrong == {}
    keys = [row.key for row in read("SELECT key FROM attachments")]
    assert all(re.fullmatch(r"[0-9A-Za-z_-]{43}", key) for key in keys)  # random, whatever the name
    assert count(read)[0] == stored - stored // 5
    time.forward(hours=24, minutes=1)
    due_work.run(transaction, limits())
    assert count(read) == (0, 0)


def test_a_refusal_is_json_for_the_script(staff, new, token):
    csrf = token(staff)
    for name, made, expected in LINES[:3] + [line for line in LINES if line[2] != "stored"][:12]:
        data = {"csrf_token": csrf, "_step": "attach:files", "files-upload": given(name, made)}
        answer = staff.post(f"{trial.PATH}/new/", data=data, headers=JSON)
        if expected == "stored":
            assert answer.status_code == 200
            assert set(answer.json) == {"key", "name", "size", "address"}
            assert answer.json["name"] == name
            assert staff.get(answer.json["address"], buffered=True).status_code == 200
        else:
            assert (name, answer.status_code) == (name, 422)
            assert answer.json["error"].startswith(f"{expected} : ")


# --- the conversation ---------------------------------------------------------------------------------------


def test_a_record_with_two_files_from_the_first_screen_to_the_download(staff, new, read):  # COM-056
    page = attach(new, "添付 ファイル①.pdf", 題名="題", 日付="２０２６－１２－２４")
    page = attach(page, "図.png", "png")
    assert (page.value("題名"), page.value("日付")) == ("題", "２０２６－１２－２４")
    size = f"{len(corpus.PDF)} B"
    assert chosen(page) == [["1", "添付 ファイル①.pdf", size], ["2", "図.png", f"{len(corpus.png())} B"]]
    confirm = page.press("確認")
    assert confirm.heading == "試験登録確認画面"
    table = [["No.", "添付ファイル名"], ["1", "添付 ファイル①.pdf"], ["2", "図.png"]]
    assert listed(confirm) == table
    back = confirm.press("戻る")
    assert [row[1] for row in chosen(back)] == ["添付 ファイル①.pdf", "図.png"]
    saved(back)
    [notice] = read("SELECT id FROM notices")
    rows = read("SELECT * FROM attachments ORDER BY place")
    assert [(r.file_name, r.record_id, r.place, r.expires_at) for r in rows] == [
        ("添付 ファイル①.pdf", notice.id, 1, None), ("図.png", notice.id, 2, None),
    ]  # fmt: skip
    detail = staff.page(f"{trial.PATH}/details/?id={notice.id}")
    assert listed(detail) == table
    answer = staff.get(addresses(detail)[0], buffered=True)
    assert answer.data == corpus.PDF
    assert hashlib.sha256(answer.data).hexdigest() == rows[0].sha256
    events = [row.event for row in read("SELECT event FROM audit_entries WHERE event LIKE 'file:%'")]
    assert events == ["file:upload", "file:upload"]


def test_a_change_adds_removes_and_reorders_and_shows_it(staff, new, read, session):
    saved(attach(attach(attach(new, "a.pdf"), "b.pdf"), "c.pdf"))
    [notice] = read("SELECT * FROM notices")
    page = staff.page(f"{trial.PATH}/edit/?id={notice.id}")
    assert [row[1] for row in chosen(page)] == ["a.pdf", "b.pdf", "c.pdf"]
    confirm = page.press("確認")
    assert "変更します" not in confirm.soup.find("main").get_text().replace("下記の情報で変更します。", "")
    a, b, c = [row.key for row in read("SELECT key FROM attachments ORDER BY place")]
    page = attach(page, "d.pdf")
    d = read("SELECT key FROM attachments WHERE place IS NULL")[0].key
    _, path, data = page.data_of("確認")
    confirm = Page(staff, staff.post(path, data=data | {"files": [c, d, a]}))
    assert "添付ファイルを変更します。" in confirm.text
    assert confirm.press("実行").heading == "試験変更完了画面"
    rows = read("SELECT file_name, place FROM attachments ORDER BY place")
    assert list(map(tuple, rows)) == [("c.pdf", 1), ("d.pdf", 2), ("a.pdf", 3)]
    assert count(read) == (3, 3)
    assert staff.get(f"/files/{b}").status_code == 404
    [after] = read("SELECT * FROM notices")
    assert after.version == notice.version + 1
    detail = staff.page(f"{trial.PATH}/details/?id={notice.id}")
    history = plain(detail.soup.find(class_="history").get_text())
    assert plain("添付ファイル: 変更前: a.pdf、b.pdf、c.pdf → 変更後: c.pdf、d.pdf、a.pdf") in history


def test_a_file_of_the_record_is_only_gone_when_the_change_is_run(staff, new, read):
    saved(attach(new, "a.pdf"))
    [notice] = read("SELECT id FROM notices")
    page = staff.page(f"{trial.PATH}/edit/?id={notice.id}").press("削除")
    assert chosen(page) == []
    assert count(read) == (1, 1)
    assert page.press("確認").press("実行").heading == "試験変更完了画面"
    assert count(read) == (0, 0)


def test_a_file_not_yet_saved_is_gone_at_once(new, read):
    page = attach(attach(new, "a.pdf"), "b.pdf")
    _, path, data = page.data_of("添付")
    key = data["files"][0]
    page = Page(page.browser, page.browser.post(path, data=data | {"_step": f"detach:files:{key}"}))
    assert [row[:2] for row in chosen(page)] == [["1", "b.pdf"]]
    assert count(read) == (1, 1)
    events = [row.event for row in read("SELECT event FROM audit_entries WHERE event LIKE 'file:%' ORDER BY id")]
    assert events == ["file:upload", "file:upload", "file:discard"]


def test_the_second_run_attaches_nothing_twice(staff, new, read):
    confirm = attach(new, "a.pdf").press("確認", 題名="題")
    assert {confirm.press("実行").heading for _ in range(3)} == {"試験登録完了画面"}
    assert count(read) == (1, 1)
    assert read("SELECT count(*) FROM notices") == [(1,)]


def test_a_conflict_names_the_files_of_both(staff, new, read):
    saved(attach(new, "a.pdf"))
    [notice] = read("SELECT id FROM notices")
    mine = attach(staff.page(f"{trial.PATH}/edit/?id={notice.id}"), "b.pdf").press("確認")
    staff.page(f"{trial.PATH}/edit/?id={notice.id}").press("確認", 題名="他").press("実行")
    page = mine.press("実行")
    assert page.status == 409
    rows = [[e.get_text() for e in tr.find_all(["th", "td"])] for tr in page.soup.select("table.conflict tbody tr")]
    assert ["添付ファイル", "a.pdf", "a.pdf、b.pdf"] in rows


def test_what_was_attached_survives_a_new_session(app, make, signed_in, read):
    person = make.staff()
    _, path, data = attach(signed_in(person).page(f"{trial.PATH}/new/"), "a.pdf").data_of("確認", 題名="題")
    browser = signed_in(person)
    token = browser.page(f"{trial.PATH}/new/").soup.find(attrs={"name": "csrf_token"})["value"]
    confirm = Page(browser, browser.post(path, data=data | {"csrf_token": token}))
    assert listed(confirm)[1:] == [["1", "a.pdf"]]
    assert confirm.press("実行").heading == "試験登録完了画面"


# --- refusals ------------------------------------------------------------------------------------------------


def test_nothing_chosen_two_at_once_and_a_chosen_one_not_sent_are_told(staff, new, read):
    assert new.press("添付").field_error("添付ファイル").startswith("error.F01.00013:")
    _, path, data = new.data_of("添付")
    both = data | {"files-upload": [given("a.pdf"), given("b.pdf")]}
    assert Page(staff, staff.post(path, data=both)).field_error("添付ファイル").startswith("error.F01.00014:")
    _, path, data = new.data_of("確認", 題名="題")
    page = Page(staff, staff.post(path, data=data | {"files-upload": "a.pdf"}))  # as browsers send it without multipart
    assert page.field_error("添付ファイル").startswith("error.F01.00018:")
    assert count(read) == (0, 0)


def test_a_record_has_ten_files_at_most(staff, new, read):
    page = new
    for number in range(10):
        page = attach(page, f"{number}.pdf")
    eleventh = attach(page, "10.pdf")
    assert eleventh.field_error("添付ファイル").startswith("error.F01.00011:")
    assert count(read) == (10, 10)
    _, path, data = page.data_of("確認", 題名="題")
    other = attach(staff.page(f"{trial.PATH}/new/"), "10.pdf")
    data["files"] += other.data_of("確認")[2]["files"]
    page = Page(staff, staff.post(path, data=data))
    assert page.field_error("添付ファイル").startswith("error.F01.00011:")
    assert read("SELECT count(*) FROM notices") == [(0,)]


def test_an_uploader_has_200_mib_waiting_at_most(new, read, write):
    attach(new, "a.pdf")
    write("UPDATE attachments SET size = :size", size=200 * MIB - len(corpus.PDF))
    page = attach(new, "b.pdf")
    write("UPDATE attachments SET size = 1")
    assert [row[1] for row in chosen(page)] == ["b.pdf"]
    write("UPDATE attachments SET size = :size", size=100 * MIB)
    page = attach(new, "c.pdf")
    assert page.field_error("添付ファイル").startswith("error.F01.00012:")
    assert count(read) == (2, 2)


def test_a_forged_or_foreign_key_is_no_file(app, make, signed_in, staff, new, read):
    theirs = attach(signed_in(make.staff()).page(f"{trial.PATH}/new/"), "theirs.pdf").data_of("確認")[2]["files"][0]
    saved(attach(new, "saved.pdf"), "別")
    of_another = read("SELECT key FROM attachments WHERE place = 1")[0].key
    _, path, data = attach(staff.page(f"{trial.PATH}/new/"), "mine.pdf").data_of("確認", 題名="題")
    for key in (theirs, of_another, "x", "x" * 43, "", "'; --", "漢" * 50, "x\0" * 20):
        page = Page(staff, staff.post(path, data=data | {"files": [*data["files"], key]}))
        assert page.field_error("添付ファイル").startswith("error.F01.00015:"), key
        assert [row[1] for row in chosen(page)] == ["mine.pdf"]
        assert "theirs.pdf" not in page.response.text
        run = data | {"_step": "execute", "ticket": "T" * 22, "files": [*data["files"], key]}
        assert Page(staff, staff.post(path, data=run)).heading == "試験登録画面"
        staff.post(path, data=data | {"_step": f"detach:files:{key}"})
    assert count(read) == (3, 3)
    assert read("SELECT count(*) FROM notices") == [(1,)]


def test_an_expired_file_is_told_before_the_record_is_saved(new, time, read):
    page = attach(new, "a.pdf", 題名="題")
    confirm = page.press("確認")
    time.forward(hours=11, minutes=59)
    assert read("SELECT count(*) FROM attachments") == [(1,)]
    with transaction() as s:
        s.execute(db.text("UPDATE attachments SET expires_at = created_at"))
    again = confirm.press("実行")
    if again.status == 200:  # else the session has timed out
        assert again.field_error("添付ファイル").startswith("error.F01.00015:")
    assert read("SELECT count(*) FROM notices") == [(0,)]


def test_only_a_form_with_files_and_a_session_takes_a_large_body(app, staff, new, token):
    large = io.BytesIO(b"a" * (3 * MIB))

    def post(browser, path, **more):
        large.seek(0)
        data = {"csrf_token": token(browser), "files-upload": (io.BytesIO(large.read()), "a.txt")} | more
        return browser.post(path, data=data).status_code

    form = f"{trial.PATH}/new/"
    assert post(staff, form, _step="attach:files") == 200
    assert post(staff, "/admin/operators/new/", _step="attach:files") == 413
    assert post(staff, "/login") == 413
    assert post(app.test_client(), form, _step="attach:files") == 413
    large = io.BytesIO(b"a" * (65 * MIB))
    assert post(staff, form, _step="attach:files") == 413
    csrf = token(staff)
    assert staff.post(form, data={"csrf_token": csrf, "title": "x" * (3 * MIB)}).status_code == 413


@pytest.mark.parametrize("mebi", [20.001, 22, 60])
def test_of_a_file_that_is_too_large_the_message_stands_beside_the_field_and_nothing_typed_is_lost(new, read, mebi):
    kept = attach(new, "前の.pdf", 題名="まだ途中", 日付="２０２６－１２－２４")
    page = kept.press("添付", 添付ファイル=(io.BytesIO(b"a" * int(mebi * MIB)), "大.txt"), 題名="まだ途中")
    assert (page.status, page.heading) == (200, "試験登録画面")
    assert page.field_error("添付ファイル") == plain(
        "error.F01.00004 : ファイルが大きすぎます。1件20MiBまで添付できます。"
    )
    assert (page.value("題名"), page.value("日付")) == ("まだ途中", "２０２６－１２－２４")
    assert [row[1] for row in chosen(page)] == ["前の.pdf"]
    assert count(read) == (1, 1)


@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")  # the parser's, of what it gave up
@pytest.mark.parametrize("kept", [0.5, 0.9, 0.999])
def test_an_upload_cut_short_leaves_nothing(staff, new, token, read, kept):
    csrf = token(staff)
    boundary = b"------cut"
    head = b'Content-Disposition: form-data; name="'
    body = b"\r\n".join(
        [boundary, head + b'csrf_token"', b"", csrf.encode(), boundary, head + b'_step"', b"", b"attach:files",
         boundary, head + b'files-upload"; filename="a.txt"', b"Content-Type: text/plain", b"", b"x" * MIB,
         boundary + b"--", b""]
    )  # fmt: skip
    length = str(len(body))
    answer = staff.post(
        f"{trial.PATH}/new/",
        input_stream=io.BytesIO(body[: int(len(body) * kept)]),
        headers={"Content-Length": length, "Content-Type": "multipart/form-data; boundary=----cut"},
    )
    assert answer.status_code == 400
    assert count(read) == (0, 0)
    headers = {"Content-Length": length, "Content-Type": "multipart/form-data; boundary=----cut"}
    whole = staff.post(f"{trial.PATH}/new/", input_stream=io.BytesIO(body), headers=headers)
    assert whole.status_code == 200
    assert count(read) == (1, 4)  # the same request whole


# --- who may read the bytes (R-066) ---------------------------------------------------------------------------


@pytest.fixture
def people(make, signed_in):
    return {
        "市場管理者": signed_in(make.staff()),
        "審査担当": signed_in(make.reviewer()),
        "管理者": signed_in(make.user(Role.OPERATOR_ADMIN)),
        "一般": signed_in(make.user()),
        "管理者 of 0002": signed_in(make.admin("0002")),
    }


def asked(people, address):
    return {who: browser.get(address, buffered=True).status_code for who, browser in people.items()}


def test_a_waiting_file_is_its_uploaders_alone(app, people, new, staff, time):
    [address] = addresses(attach(new, "a.pdf"))
    assert staff.get(address, buffered=True).status_code == 200
    assert asked(people, address) == dict.fromkeys(people, 404)
    stranger = app.test_client().get(address)
    assert (stranger.status_code, stranger.headers["Location"]) == (302, f"/login?next={address}")
    with transaction() as s:
        s.execute(db.text("UPDATE attachments SET expires_at = created_at"))
    assert staff.get(address).status_code == 404


def test_the_bytes_of_a_record_are_for_those_who_see_the_record(people, new, staff, read, write):
    saved(attach(new, "a.pdf"))
    address = f"/files/{read('SELECT key FROM attachments')[0].key}"
    nobody = {"市場管理者": 200, "審査担当": 200, "管理者": 404, "一般": 404, "管理者 of 0002": 404}
    assert asked(people, address) == nobody
    write("UPDATE notices SET state = 'published'")
    assert asked(people, address) == nobody | {"管理者": 200, "管理者 of 0002": 200}
    write("UPDATE attachments SET record_table = 'something'")
    assert asked(people, address) == dict.fromkeys(people, 404)


def test_a_foreign_and_a_missing_file_are_the_same_404(people, new):
    [address] = addresses(attach(new, "a.pdf"))

    def answer(path):
        response = people["一般"].get(path)
        body = re.sub(r"<code>[0-9a-f]{16}</code>", "", response.text)
        headers = [h for h in response.headers if h[0] != "Set-Cookie"]
        return response.status_code, headers, re.sub(r'name="csrf_token" value="[^"]*"', "", body)

    assert answer(address) == answer("/files/" + "x" * 43)
    for path in ("/files/", "/files/x", "/files/../config.py", "/files/%00", "/files/" + "漢" * 300):
        assert people["一般"].get(path).status_code == 404, path


# --- how they are sent (R-066) ------------------------------------------------------------------------------------


def test_headers_of_a_download(staff, new):
    [address] = addresses(attach(new, '契約書 "案"; ①.pdf'))
    for method in ("GET", "HEAD"):
        answer = staff.open(address, method=method, buffered=True)
        assert answer.status_code == 200
        assert answer.data == (corpus.PDF if method == "GET" else b"")
        assert answer.headers["Content-Length"] == str(len(corpus.PDF))
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert {"sandbox", "default-src 'none'"} <= set(policy)
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="___ ____ _.pdf"; '
            "filename*=UTF-8''%E5%A5%91%E7%B4%84%E6%9B%B8%20%22%E6%A1%88%22%3B%20%E2%91%A0.pdf"
        )
    assert staff.post(address).status_code in (400, 405)
    assert "sandbox" not in staff.get("/files/x").headers["Content-Security-Policy"]


def test_a_text_is_sent_as_what_it_is(staff, new):
    for made, charset in [("csv utf-8", "utf-8"), ("csv cp932", "Shift_JIS")]:
        [address] = addresses(attach(new, "a.csv", made))
        assert staff.get(address, buffered=True).headers["Content-Type"] == f"text/csv; charset={charset}"


# --- forgetting (R-067) --------------------------------------------------------------------------------------------


def test_waiting_files_are_forgotten_within_minutes_of_their_day(staff, new, read, time):
    saved(attach(new, "saved.pdf"))
    page = new
    for number in range(3):
        page = attach(page, f"{number}.pdf")
    due_work.run(transaction, limits())
    assert count(read) == (4, 4)
    time.forward(hours=23, minutes=59)
    due_work.run(transaction, limits())
    assert count(read) == (4, 4)
    time.forward(minutes=2)
    due_work.run(transaction, limits())
    assert [row.file_name for row in read("SELECT file_name FROM attachments")] == ["saved.pdf"]
    assert count(read) == (1, 1)


def test_the_sweep_takes_any_number(new, read, time, write):
    attach(new, "a.pdf")
    columns = "record_table, uploader_id, file_name, media_type, size, sha256, created_at, expires_at"
    for number in range(attachments._SWEPT * 2 + 3):
        write(f"INSERT INTO attachments (key, {columns}) SELECT '{number}', {columns} FROM attachments LIMIT 1")
    time.forward(days=1, seconds=1)
    due_work.run(transaction, limits())
    assert count(read) == (0, 0)


def test_the_usage_note_tells_the_truth():
    """The four steps of services/attachments.py name things that exist."""
    for name in ("attach", "of_record", "store", "sweep", "open_chunks", "discard"):
        assert callable(getattr(attachments, name))
    assert isinstance(file_access.READERS, dict)
    assert Notice.__tablename__ == "notices"
