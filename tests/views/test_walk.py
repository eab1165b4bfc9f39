def test_first(make, signed_in):
    admin = make.admin(name="事業者 太郎", login_id="U280003303")
    b = signed_in(admin)
    page = b.page("/portal/")
    assert page.heading == "ポータルトップ"
    page = page.click("参加登録")
    page = page.click("ユーザ情報管理")
    assert page.heading == "ユーザ情報一覧画面"
    page = page.press("検索")
    assert page.rows()


def test_staff(make, signed_in):
    b = signed_in(make.staff())
    page = b.page("/admin/staff/").click("新規登録")
    page = page.press("確認", 権限区分=["3:審査担当"], ユーザ名="広域 次郎", メールアドレス="a@example.jp")
    assert page.heading == "職員情報登録確認画面", page.alerts
    page = page.press("実行")
    assert page.heading == "職員情報登録完了画面"
