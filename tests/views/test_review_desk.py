"""審査一覧画面 and 審査画面 with a kind of the tests' own: a new kind needs no new screen (BBS-025, BBS-026, R-059)."""

import re

import pytest
from sqlalchemy import Engine, event, select

from domain.roles import Role
from models import AuditEntry, Phrase, Review
from services import desk, reviews
from services.desk import Seen
from tests import staff_request
from tests.pages import Page, plain
from tests.staff_request import OTHER, record_of
from views.transaction import transaction

LIST, DETAIL = "/admin/reviews/", "/admin/reviews/details/"


@pytest.fixture(autouse=True)
def kinds(app):
    with staff_request.declared():
        staff_request.make_table()
        yield


@pytest.fixture
def author(make):
    return make.staff(Role.REVIEWER, Role.MARKET_ADMIN, name="申請 花子")


@pytest.fixture
def reviewer(make):
    return make.reviewer(name="広域 審査")


@pytest.fixture
def browser(signed_in, reviewer):
    return signed_in(reviewer)


@pytest.fixture
def submit(session, author):
    def run(subject="届出", **values):
        return staff_request.submit(session, values.pop("author", author), subject, **values)

    return run


def details(browser, place, back=""):
    return browser.page(f"{DETAIL}?id={place.id}" + (f"&back={back}" if back else ""))


def choose(page, decision, reason=None):
    """What [確認] sends."""
    typed = {"審査結果": decision} | ({"理由": reason} if reason is not None else {})
    return page.press("確認", **typed)


def decide(browser, place, decision, reason=None):
    return choose(details(browser, place), decision, reason).press("実行")


def states(session, place):
    session.rollback()
    review = session.get(Review, place.id, populate_existing=True)
    return review.state, record_of(session, review).state


# ---- the queue ------------------------------------------------------------------------------------------


def test_the_queue_is_one_list_over_every_kind_sorted_by_deadline(browser, submit, time):  # BBS-026
    monday = submit("月曜", kind=OTHER)
    time.forward(days=-2)
    first = submit("水曜")
    time.forward(days=2)
    page = browser.page(LIST)
    assert page.heading == "審査一覧画面"
    assert page.crumbs == ["TOP", "審査", "審査一覧画面"]
    assert [(row["申請番号"], row["種類"], row["件名"]) for row in page.rows()] == [
        (first.number, "届出", "水曜"), (monday.number, "別の届出", "月曜"),
    ]  # fmt: skip
    newest = browser.page(f"{LIST}?order=newest")
    assert [row["件名"] for row in newest.rows()] == ["水曜", "月曜"]  # by the number, the greatest first


# Submitted on Friday 2026-11-20 12:00: due on 11/26, for Monday 11/23 is 勤労感謝の日.
BADGES = [
    (0, "2026/11/26あと3営業日", "later"),
    (4, "2026/11/26あと2営業日", "later"),  # Tuesday 24
    (5, "2026/11/26あと1営業日", "soon"),
    (6, "2026/11/26本日期限", "today"),
    (7, "2026/11/26期限超過1営業日", "over"),  # Friday 27
    (8, "2026/11/26期限超過1営業日", "over"),  # Saturday 28
    (10, "2026/11/26期限超過2営業日", "over"),
]


@pytest.mark.parametrize(("days", "text", "look"), BADGES)
def test_the_badge_counts_business_days(browser, submit, time, days, text, look, signed_in, reviewer):
    """BBS-026, XC-012: overdue ones are highlighted."""
    submit()
    time.forward(days=days)
    page = signed_in(reviewer).page(LIST)
    [row] = page.rows()
    assert row["期限"] == text
    [badge] = page.soup.select("table .due")
    assert look in badge["class"]
    assert bool(page.soup.select("tr.late")) == (look == "over")


def test_the_queue_is_filtered_by_kind_by_person_and_by_deadline(browser, submit, time, signed_in, reviewer):
    mine, other = submit("自分の担当"), submit("別", kind=OTHER)
    details(browser, mine).press("審査開始")
    time.forward(days=5)
    nobody = submit("未着手")
    browser = signed_in(reviewer)

    def found(query):
        return [row["件名"] for row in browser.page(f"{LIST}?{query}").rows()]

    assert found("kind=other") == [plain(other.title)]
    assert found("who=mine") == ["自分の担当"]
    assert found("who=nobody") == ["別", "未着手"]
    assert found("due=soon") == ["自分の担当", "別"]
    assert found("due=over") == []
    assert found(f"text={nobody.number}") == ["未着手"]
    assert found("text=担当") == ["自分の担当"]
    assert found("state=decided") == []
    assert browser.page(f"{LIST}?kind=nothing").alerts != []


def test_the_queue_is_paged_and_an_absurd_page_is_the_last_one(browser, submit):
    for number in range(21):
        submit(f"届出{number}")
    assert len(browser.page(LIST).rows()) == 20
    last = browser.page(f"{LIST}?page=1")
    assert [row["件名"] for row in last.rows()] == ["届出20"]
    assert "21-21件(全21件)" in last.text
    assert [row["件名"] for row in browser.page(f"{LIST}?page=9999999999").rows()] == ["届出20"]


def test_the_tab_tells_how_many_wait_outside_its_link(browser, submit, signed_in, make):
    submit()
    submit(kind=OTHER)
    page = browser.page("/admin/")
    [tab] = [a for a in page.soup.select("nav.tabs a") if plain(a.get_text()) == "審査"]
    assert tab["href"] == LIST
    assert plain(tab.find_next_sibling().get_text()) == "(2件)"
    boss = signed_in(make.staff()).page("/admin/")
    assert "審査" not in [plain(a.get_text()) for a in boss.soup.select("nav.tabs a")]


def test_the_home_page_of_a_reviewer_counts_with_links_that_carry_the_condition(browser, submit, time, make, signed_in):
    submit("超過")
    time.forward(days=5)
    submit("通常")
    time.forward(days=2)  # 11/27, Friday: the first was due on 11/26, the second is on Monday 11/30
    browser = signed_in(make.reviewer())
    page = browser.page("/admin/")
    links = {plain(a["aria-label"]): a["href"] for a in page.soup.select(".numbers a")}
    assert links == {
        "審査待ち2件": LIST,
        "期限超過1件": f"{LIST}?due=over",
        "本日期限0件": f"{LIST}?due=today",
        "あと1営業日1件": f"{LIST}?due=soon",
    }
    assert [row["件名"] for row in browser.page(links["期限超過1件"]).rows()] == ["超過"]
    assert signed_in(make.staff()).page("/admin/").soup.select(".numbers") == []


# ---- one submission -------------------------------------------------------------------------------------


def test_the_screen_tells_who_what_when_and_until_when(signed_in, reviewer, submit, time):
    place = submit("至急の届出")
    time.forward(days=5)
    page = details(signed_in(reviewer), place)
    assert page.heading == "審査画面"
    assert page.crumbs == ["TOP", "審査", "審査一覧画面", "審査画面"]
    assert f"申請番号{place.number}届出2026/11/2012:00申請者広域機関" in page.text
    assert "あと1営業日(目安3営業日・11/26が期限)。担当:未着手" in page.text
    assert plain(page.soup.select_one(".remarks li").get_text()) == "件名に「至急」が含まれています。"
    assert page.facts() == {"件名": "至急の届出", "場所": "東京", "内容": "休みます。"}


def test_claiming_is_told_and_can_be_taken_over(browser, submit, session, reviewer, make, signed_in):
    place = submit()
    page = details(browser, place).press("審査開始")
    assert page.statuses == [plain("担当になりました。")] or "担当になりました。" in page.statuses[0]
    assert "担当:広域審査" in page.text
    assert states(session, place) == ("in_review", "in_review")
    assert "審査開始" not in page.controls()
    assert "担当を引き継ぐ" not in page.controls()
    other = signed_in(make.reviewer(name="広域 次郎"))
    page = details(other, place)
    assert "担当を引き継ぐ" in page.controls()
    _, path, data = page.data_of("担当を引き継ぐ")
    data["_step"] = ["claim"]
    assert other.post(path, data=data).status_code == 302
    assert "担当:広域次郎" in details(other, place).text


def test_an_approval_publishes_records_and_mails_at_once(browser, submit, session, mails):  # BBS-053
    place = submit()
    confirm = choose(details(browser, place), "承認")
    assert confirm.heading == "審査確認画面"
    assert confirm.facts()["審査結果"] == "承認"
    [shown] = [str(td.get_text()) for td in confirm.soup.select(".outgoing tr:last-child td")]
    assert states(session, place) == ("applied", "applied")  # nothing has happened yet
    assert mails() == []
    done = confirm.press("実行")
    assert done.heading == "審査完了画面"
    assert f"{place.number}の審査が完了しました。(承認)" in done.text
    assert states(session, place) == ("approved", "approved")
    review = session.get(Review, place.id)
    assert record_of(session, review).published_at is not None
    assert review.decided_by.name == review.claimed_by.name == "広域 審査"
    [mail] = mails()
    assert mail.body == shown, "the text that was confirmed is the text that goes out"
    events = session.scalars(select(AuditEntry.event).where(AuditEntry.target_table == "staff_requests")).all()
    assert events == ["request:approve"]


def test_a_rejection_needs_a_reason_and_mails_it(browser, submit, session, mails):  # BBS-054
    place = submit()
    page = choose(details(browser, place), "否認", " \n ")
    assert page.heading == "審査画面"
    assert page.field_error("理由") == plain("error.R01.00002 : 否認の理由を入力してください。")
    confirm = choose(page, "否認", "内容が不足しています。")
    assert "内容が不足しています。" in confirm.text
    assert confirm.press("実行").heading == "審査完了画面"
    assert states(session, place) == ("rejected", "rejected")
    assert mails()[0].facts["理由"] == "内容が不足しています。"


def test_nothing_is_decided_without_a_choice(browser, submit, session):
    place = submit()
    page = details(browser, place).press("確認", 理由="書きかけ")
    assert page.heading == "審査画面"
    assert page.soup.select_one("textarea").get_text().strip() == "書きかけ"
    assert page.field_error("審査結果").startswith("error.C00.00010")


def test_what_was_typed_comes_back_from_the_confirm_screen(browser, submit):
    confirm = choose(details(browser, submit()), "否認", "一行目\n二行目")
    page = confirm.press("戻る")
    assert page.soup.select_one("textarea").get_text().strip() == "一行目\n二行目"
    assert page.soup.select_one("input[name=action][checked]")["value"] == "reject"


def test_what_was_approved_can_be_rejected_later(browser, submit, session, mails):  # BBS-055
    place = submit()
    decide(browser, place, "承認")
    [row] = browser.page(f"{LIST}?state=decided").rows()
    assert (row["申請番号"], row["審査者"], row["状態"]) == (place.number, "広域審査", "承認")
    page = details(browser, place, back="state%3Ddecided")
    assert [plain(e.get_text()) for e in page.soup.select(".decision .choices label")] == ["否認"]
    done = choose(page, "否認", "不適当と判明しました。").press("実行")
    assert done.heading == "審査完了画面"
    assert states(session, place) == ("revoked", "revoked")
    assert record_of(session, session.get(Review, place.id)).published_at is None
    assert [m.facts["審査結果"] for m in mails()] == ["承認", "否認（承認後）"]


def test_what_was_rejected_stays_rejected(browser, submit):  # house-style §5
    place = submit()
    decide(browser, place, "否認", "理由")
    page = details(browser, place)
    assert page.soup.select(".decision") == []
    assert "理由:理由" in page.text


def test_after_a_decision_the_next_one_of_the_same_queue_follows(browser, submit):
    first, second, third = submit("一"), submit("二"), submit("三")
    page = details(browser, second)
    assert page.link("前の申請").endswith(f"id={first.id}")
    assert page.link("次の申請").endswith(f"id={third.id}")
    done = choose(page, "承認").press("実行")
    assert done.link("次の申請へ").endswith(f"id={third.id}")
    done = choose(done.click("次の申請へ"), "承認").press("実行")
    assert done.link("次の申請へ").endswith(f"id={first.id}"), "at the end it begins anew"
    done = choose(done.click("次の申請へ"), "承認").press("実行")
    assert "この条件の申請は、ほかにありません。" in done.text


def test_the_neighbours_are_those_of_the_conditions_one_came_from(browser, submit):
    first, other, third = submit("一"), submit("別", kind=OTHER), submit("三")
    page = details(browser, first, back="kind%3Drequest%26order%3Dnewest")
    assert page.link("前の申請").split("&")[0].endswith(f"id={third.id}")
    assert "次の申請" not in page.controls()
    assert other.number not in page.text
    assert page.link("一覧へ戻る") == f"{LIST}?kind=request&order=newest"


# ---- what is new ----------------------------------------------------------------------------------------


def test_a_resubmission_stands_beside_the_former_one_changed_rows_first(browser, submit):
    first = submit(place="東京", text="11月20日に休みます。")
    decide(browser, first, "否認", "日付が違います。")
    second = submit(place="東京", text="11月21日に休みます。")
    page = details(browser, second)
    table = page.soup.select_one("table.conflict")
    assert plain(table.caption.get_text()) == plain("変更箇所（1 / 3項目）")
    [row] = table.select("tbody tr")
    assert plain(row.th.get_text()) == "内容"
    assert [e.get_text() for e in row.select("del, ins")] == ["削除: 20", "追加: 21"]
    rest = page.soup.select_one("details")
    assert plain(rest.summary.get_text()) == plain("変更のない項目（2項目）")
    [former] = page.soup.select(".earlier li")
    assert plain(former.get_text()).startswith(f"{first.number}届出届出2026/11/2012:00否認")
    assert plain(former.p.get_text()) == plain("理由：日付が違います。")


def test_another_applicant_s_submission_is_no_former_one(browser, submit):
    submit(text="別の会社", company="別会社")
    page = details(browser, submit())
    assert page.soup.select("table.conflict, .earlier") == []


# ---- phrases --------------------------------------------------------------------------------------------


def test_a_phrase_joins_the_reason_without_a_script(browser, submit, session):
    session.add_all([Phrase(place=2, text="二番目の文。"), Phrase(place=1, text="事業者名が正式名称ではありません。")])
    session.commit()
    page = details(browser, submit())
    options = [o.get_text() for o in page.soup.select("#phrase option")]
    assert options == ["選択してください", "事業者名が正式名称ではありません。", "二番目の文。"]
    value = page.soup.select("#phrase option")[1]["value"]
    page = page.press("挿入", 審査結果="否認", 理由="先に書いた。", 定型文=value)
    assert page.soup.select_one("textarea").get_text().strip() == "先に書いた。\n事業者名が正式名称ではありません。"
    assert page.soup.select_one("input[name=action][checked]")["value"] == "reject"
    page = page.press("挿入", 定型文="")
    assert page.field_error("理由") == plain("error.R01.00011 : 挿入する定型文を選択してください。")


# ---- refusals -------------------------------------------------------------------------------------------


def refused(page, *ids):
    assert page.status == 409
    assert page.heading == "審査画面"
    told = "".join(page.alerts)
    assert re.findall(r"error\.R01\.\d{5}", told) == list(ids), told


@pytest.mark.parametrize("at", ["確認", "実行"])
@pytest.mark.meeting
def test_the_second_of_two_reviewers_is_told_who_decided(browser, submit, session, make, signed_in, at, mails):
    place = submit()
    second = signed_in(make.reviewer(name="広域 次郎"))
    page = details(second, place)
    if at == "実行":
        page = choose(page, "否認", "私の理由")
    decide(browser, place, "承認")
    answer = page.press("実行") if at == "実行" else choose(page, "否認", "私の理由")
    refused(answer, "error.R01.00003", "error.R01.00005")
    assert plain("広域 審査が2026/11/20 12:00:00に審査しました。（承認）") in answer.text
    assert answer.soup.select_one("textarea").get_text().strip() == "私の理由", "what was typed is kept"
    assert states(session, place) == ("approved", "approved")
    assert len(mails()) == 1


def test_a_decision_on_a_record_that_has_changed_meanwhile_is_refused(browser, submit, session):
    place = submit()
    confirm = choose(details(browser, place), "承認")
    record = record_of(session, place)
    record.text = "別の内容。"
    session.commit()
    answer = confirm.press("実行")
    refused(answer, "error.R01.00003")
    assert answer.facts()["内容"] == "別の内容。", "what is decided on next is what is seen now"
    assert states(session, place) == ("applied", "applied")
    assert choose(answer, "承認").press("実行").heading == "審査完了画面"


def test_a_take_over_meanwhile_is_told(browser, submit, make, signed_in):
    place = submit()
    details(browser, place).press("審査開始")
    page = details(browser, place)
    other = signed_in(make.reviewer(name="広域 次郎"))
    _, path, data = details(other, place).data_of("担当を引き継ぐ")
    other.post(path, data=data | {"_step": ["claim"]})
    answer = choose(page, "承認")
    refused(answer, "error.R01.00003", "error.R01.00006")


def test_nobody_reviews_the_own(signed_in, submit, author, browser, session, mails):
    place = submit()
    own = signed_in(author)
    page = details(own, place)
    assert plain("自分が申請したものは、審査できません。") in page.text
    assert page.soup.select(".decision") == []
    assert "審査開始" not in page.controls()
    _, path, data = details(browser, place).data_of("確認", 審査結果="承認")
    token = page.soup.find(attrs={"name": "csrf_token"})["value"]
    for step in ("confirm", "execute"):
        data |= {"csrf_token": [token], "_step": [step], "ticket": ["T" * 22]}
        answer = Page(own, own.post(path, data=data))
        refused(answer, "error.R01.00004")
    assert states(session, place) == ("applied", "applied")
    assert mails() == []


@pytest.mark.meeting
def test_the_same_decision_sent_twice_happens_once(browser, submit, session, mails):
    place = submit()
    confirm = choose(details(browser, place), "承認")
    _, path, data = confirm.data_of("実行")
    data["_step"] = ["execute"]
    for _ in range(2):
        answer = browser.post(path, data=data)
        assert answer.status_code == 302
        assert browser.follow(answer).heading == "審査完了画面"
    assert len(mails()) == 1


def test_a_decision_without_a_version_is_refused(browser, submit, session):
    place = submit()
    _, path, data = choose(details(browser, place), "承認").data_of("実行")
    data |= {"_step": ["execute"], "version": ["x"], "place": [""]}
    refused(Page(browser, browser.post(path, data=data)), "error.R01.00003")


def test_a_review_of_a_kind_one_does_not_decide_on_does_not_exist(browser, submit, session, monkeypatch):
    place = submit()
    reviews.KINDS.pop("request")
    assert browser.get(f"{DETAIL}?id={place.id}").status_code == 404
    assert browser.page(LIST).rows() == []
    for id in ("", "abc", "0", "9" * 30, "-1", str(2**31)):
        assert browser.get(f"{DETAIL}?id={id}").status_code == 404


# ---- 一括承認 ---------------------------------------------------------------------------------------------


def tick(page, *places):
    values = [b["value"] for b in page.soup.select("input[name=rowid]")]
    return [v for v in values if int(v.split(":")[0]) in {p.id for p in places}]


def bulk(browser, page, values):
    _, path, data = page.data_of("一括承認")
    return Page(browser, browser.post(path, data=data | {"rowid": values}))


def test_the_ticked_ones_of_one_kind_are_approved_together(browser, submit, session, mails):
    places = [submit(f"届出{n}") for n in range(3)]
    page = browser.page(LIST)
    confirm = bulk(browser, page, tick(page, *places[:2]))
    assert confirm.heading == "一括承認確認画面"
    assert plain("選択した2件を承認します。よろしいですか。") in confirm.text
    assert [row["件名"] for row in confirm.rows()] == ["届出0", "届出1"]
    done = confirm.press("実行")
    assert done.heading == "一括承認完了画面"
    assert "2件の承認が完了しました。" in done.text
    assert [states(session, p)[0] for p in places] == ["approved", "approved", "applied"]
    assert len(mails()) == 2


def test_what_to_look_at_first_is_told_before_a_bulk_approval_too(browser, submit):  # BBS-006, BBS-007
    places = [submit("至急の届出"), submit("届出")]
    confirm = bulk(browser, (page := browser.page(LIST)), tick(page, *places))
    assert [row["確認事項"] for row in confirm.rows()] == [plain("件名に「至急」が含まれています。"), "なし"]


def test_a_bulk_approval_is_all_or_nothing(browser, submit, session, mails):
    places = [submit(f"届出{n}") for n in range(3)]
    page = browser.page(LIST)
    values = tick(page, *places)
    confirm = bulk(browser, page, values)
    record = record_of(session, places[1])
    record.text = "別の内容。"
    session.commit()
    answer = confirm.press("実行")
    assert answer.status == 409
    assert (
        f"error.R01.00008:選択後に変更または審査された申請が含まれているため、一括承認できません。({places[1].number})"
        in (answer.alerts[0])
    )
    assert answer.heading == "審査一覧画面"
    assert [states(session, p)[0] for p in places] == ["applied"] * 3
    assert mails() == []
    assert len(answer.soup.select("input[name=rowid][checked]")) == 2, "the tick of what has changed is gone"


def test_a_bulk_approval_takes_one_kind_never_the_own_and_something(browser, submit, reviewer, session):
    mixed = [submit("一"), submit("二", kind=OTHER)]
    own = submit("自分", author=reviewer)
    page = browser.page(LIST)
    for values, id in (
        ([], "error.R01.00007"),
        (tick(page, *mixed), "error.R01.00010"),
        (tick(page, mixed[0], own), "error.R01.00009"),
        ([*tick(page, mixed[0]), "999999:1:1"], "error.R01.00008"),
    ):
        answer = bulk(browser, page, values)
        assert answer.status == 409
        assert answer.alerts[0].startswith(id)
    assert [states(session, p)[0] for p in (*mixed, own)] == ["applied"] * 3


def test_the_own_among_many_stops_them_all_in_the_service_too(session, reviewer, submit):
    """Not only at the screen: R-059."""
    first, own = submit("一"), submit("自分", author=reviewer)
    chosen = {p.id: Seen(p.version, record_of(session, p).version) for p in (first, own)}
    with pytest.raises(Exception, match=r"error\.R01\.00009"), transaction() as s:
        desk.approve_all(s, reviewer, chosen)
    assert states(session, first)[0] == "applied"


# ---- separation of duties -------------------------------------------------------------------------------


def test_a_market_admin_alone_has_no_desk(signed_in, make, submit, token):  # issue 5, item 7
    place = submit()
    boss = signed_in(make.staff())
    for path in (LIST, f"{DETAIL}?id={place.id}", "/admin/reviews/complete/"):
        assert boss.get(path).status_code == 403
    data = {"csrf_token": token(boss)}
    for path in ("/admin/reviews/approve/", f"{DETAIL}?id={place.id}"):
        assert boss.post(path, data=data).status_code == 403


def test_a_reviewer_alone_keeps_phrases_but_no_calendar(browser, token):
    data = {"csrf_token": token(browser)}
    assert browser.get("/admin/phrases/new/").status_code == 200
    assert browser.get("/admin/closures/").status_code == 200
    assert browser.get("/admin/closures/new/").status_code == 403
    assert browser.post("/admin/closures/command/delete/", data=data | {"rowid": "1"}).status_code == 403


def test_both_roles_are_both(signed_in, make, submit):
    both = signed_in(make.staff(Role.MARKET_ADMIN, Role.REVIEWER))
    assert both.get(LIST).status_code == 200
    assert both.get("/admin/closures/new/").status_code == 200


def test_nothing_typed_or_submitted_runs_as_a_script(browser, submit):
    bad = "<img src=x onerror=alert(1)>"
    submit(f"前回{bad}", text=f"x{bad}", company=bad)
    place = submit(f"今回{bad}", text=f"y{bad}", company=bad)
    for page in (browser.page(LIST), details(browser, place), choose(details(browser, place), "否認", bad)):
        assert page.soup.select("img") == []
        assert plain(bad) in page.text


@pytest.fixture
def statements(browser):
    """statements(path): how many a page costs."""
    seen = []

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    def count(path):
        seen.clear()
        assert browser.get(path).status_code == 200
        return len(seen)

    event.listen(Engine, "before_cursor_execute", note)
    yield count
    event.remove(Engine, "before_cursor_execute", note)


def test_the_queue_costs_the_same_number_of_statements_whatever_it_holds(statements, submit):
    first = submit()
    paths = (LIST, f"{DETAIL}?id={first.id}")
    few = [statements(path) for path in paths]
    for n in range(15):
        submit(f"{n}", company=f"{n}")
    assert [statements(path) for path in paths] == few
