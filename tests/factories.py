"""Saved rows for tests. Defaults are the manual's own examples (#020 3章)."""

from datetime import date, timedelta
from itertools import count

from domain import clock, post_template
from domain.company import company_key
from domain.credentials import BOARD
from domain.posts import Area, Side
from domain.review import ReviewState
from domain.roles import SLOTS, AccountKind, Role
from models import (
    Account,
    ClientCertificate,
    Member,
    Operator,
    Post,
    PostedArea,
    Registration,
    SignInCounter,
    Staff,
    UnregisteredCertificate,
    User,
)
from services import hashing, passwords, reviews

PASSWORD = "Yoryo#2026test"
BOARD_PASSWORD = "Yoryo2026test"
# A 利用申込 as it is stored.
REGISTRATION = {
    "postal_code": "1350061", "prefecture": "東京都", "address": "江東区豊洲６丁目２番１５号", "phone": "03-1234-5678",
    "name": "掲示　一郎", "kana": "ケイジ　イチロウ", "company": "株式会社発電一", "company_address": "同上",
    "terms_version": "2019-04-11",
}  # fmt: skip
# 新規登録 as its form is sent, but the password and the 画像認証; and by label.
SENT_REGISTRATION = {
    "login_id": "hatsuden01", "email": "hatsuden@hatsuden-ichi.co.jp", "postal_code": "1350061",
    "prefecture": "東京都", "address": "江東区豊洲６丁目２番１５号", "phone-area": "03", "phone-exchange": "1234",
    "phone-subscriber": "5678", "name": "発電　太郎", "kana": "ハツデン　タロウ", "company": "株式会社発電一",
    "company_address": "同上", "agreed": "1",
}  # fmt: skip
# What 事業者登録画面 asks for beside 事業者コード and 参加登録申請者名: by label, and as it is sent.
NEW_OPERATOR = {
    "事業者名略称": "株会_容",
    "管理者1所属部署": "市場部", "管理者1ユーザ名": "新任 一", "管理者1メールアドレス": "one@example.jp",
    "管理者2所属部署": "市場部", "管理者2ユーザ名": "新任 二", "管理者2メールアドレス": "two@example.jp",
}  # fmt: skip
SENT_OPERATOR = {
    "short_name": "株会_容", "area": "", "licence": "",
    "admin1_department": "市場部", "admin1_name": "新任 一", "admin1_email": "one@example.jp",
    "admin2_department": "市場部", "admin2_name": "新任 二", "admin2_email": "two@example.jp",
}  # fmt: skip
# The same as services.operators.register gets it, and what services.operators.change gets.
OPERATOR_FACTS = {
    "name": "株式会社0003", "short_name": "株会_容", "area": "", "licence": "", "participation": frozenset(),
    "postal_code": "", "address": "", "contact_department": "", "contact_name": "", "contact_phone": "",
    "contact_email": "", "recipients": [],
}  # fmt: skip
OPERATOR_DATA = OPERATOR_FACTS | {
    "code": "0003",
    "admins": [
        {"department": "市場部", "name": "新任 一", "phone": "03-1234-5678", "email": "one@example.jp"},
        {"department": "市場部", "name": "新任 二", "phone": "", "email": "two@example.jp"},
    ],
}
POST_TITLE = "発電設備の売り希望（東京エリア）"  # 3.1③
ISSUER = "CN=発行認証局,O=認証株式会社,C=JP"
_number = count(500000001)


class Make:
    """make.user(), make.staff(), make.operator(): each commits one row."""

    def __init__(self, session):
        self.session = session

    def _save(self, row):
        self.session.add(row)
        self.session.flush()
        if isinstance(row, Account):
            passwords.remember(self.session, row, row.password_hash)
        self.session.commit()
        return row

    def operator(self, code="0001", name=None):
        found = self.session.query(Operator).filter_by(code=code).one_or_none()
        return found or self._save(Operator(code=code, name=name or f"株式会社{code}", short_name="株会_容"))

    def user(self, role=Role.OPERATOR_GENERAL, operator="0001", **values):
        owner = self.operator(operator)
        taken = {u.slot for u in self.session.query(User).filter_by(operator_id=owner.id, role=role)}
        slot = next((n for n in range(1, SLOTS[role] + 1) if n not in taken), None)
        return self._save(
            User(
                kind=AccountKind.USER,
                operator_id=owner.id,
                role=role,
                slot=slot,
                **{"department": "総合エネルギー事業部", "phone": "03-1234-5678"}
                | self._account(f"U{next(_number)}", "事業者 花子", values),
            )
        )

    def admin(self, operator="0001", **values):
        return self.user(Role.OPERATOR_ADMIN, operator, **values)

    def staff(self, *rights, **values):
        rights = frozenset(rights or {Role.MARKET_ADMIN})
        return self._save(
            Staff(kind=AccountKind.STAFF, rights=rights, **self._account(f"S{next(_number)}", "広域 太郎", values))
        )

    def reviewer(self, **values):
        return self.staff(Role.REVIEWER, **values)

    def registration(self, login_id="kaiin0001", **values):
        facts = REGISTRATION | {"email": f"{login_id.lower()}@denki-ichi.co.jp"} | values
        return self._save(Registration(login_id=login_id, login_key=BOARD.key(login_id), **facts))

    def member(self, login_id="kaiin0001", *, company="株式会社発電一", operator=None, **values):
        """A member of the board with the approved 利用申込 it stands on."""
        application = self.registration(login_id, company=company, state=ReviewState.APPROVED)
        facts = self._account(login_id, application.name, {"password": BOARD_PASSWORD} | values)
        return self._save(
            Member(
                kind=AccountKind.MEMBER,
                registration_id=application.id,
                market_operator_id=self.operator(operator).id if operator else None,
                **facts | {"login_key": BOARD.key(login_id), "email": application.email} | values,
            )
        )

    def post(self, member=None, *, areas=("03",), **values):
        """A 掲載 of the first member, waiting for its decision; state=… for one that is past it."""
        member = member or self.session.query(Member).order_by(Member.id).first() or self.member()
        facts = {
            "starts_on": clock.today(), "ends_on": clock.today() + timedelta(days=100), "title": POST_TITLE,
            "side": Side.SELL, "company": member.company, "remarks": "",
            "contact": post_template.contact("掲示 一郎", "baibai@example.jp", ""),
        } | values  # fmt: skip
        chosen = [Area(code) for code in areas]
        body = post_template.write(facts["side"], facts["company"], "掲示 一郎", "baibai@example.jp", "", chosen)
        post = Post(member_id=member.id, **{"body": body} | facts)
        post.areas = chosen
        self._save(post)
        review = reviews.submit(
            self.session, "post", post, days=3, title=post.title, applicant=member.company,
            applicant_key=company_key(member.company), applicant_id=member.id,
        )  # fmt: skip
        review.state = post.state
        if post.state is ReviewState.APPROVED:
            for area in chosen:
                shown = self.session.get(PostedArea, area) or PostedArea(area=area, since=post.starts_on)
                shown.since = min(shown.since, post.starts_on)
                self.session.add(shown)
        self.session.commit()
        return post

    def certificate(self, operator="0001", serial="A1B2", **values):
        """operator: None is 広域機関."""
        return self._save(
            ClientCertificate(
                operator_id=self.operator(operator).id if operator else None,
                serial=serial,
                **{"issuer": ISSUER, "note": ""} | self._period() | values,
            )
        )

    def unregistered(self, serial="C3D4", **values):
        return self._save(UnregisteredCertificate(serial=serial, **{"issuer": ISSUER} | self._period() | values))

    @staticmethod
    def _period():
        return {"valid_from": clock.now() - timedelta(days=10), "valid_to": clock.now() + timedelta(days=365)}

    def locked(self, account):
        self.session.add(
            SignInCounter(
                entrance="market",
                login_key=account.login_key,
                failures=5,
                last_failed_at=clock.now(),
                locked_at=clock.now(),
            )
        )
        self.session.commit()
        return account

    @staticmethod
    def _account(login_id, name, values):
        password = values.pop("password", PASSWORD)
        login_id = values.pop("login_id", login_id)
        return {
            "login_id": login_id,
            "login_key": login_id,
            "name": name,
            "email": f"{login_id.lower()}@example.jp",
            "password_hash": hashing.make(password),
            "valid_from": date(2019, 12, 23),
        } | values
