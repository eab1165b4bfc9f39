"""情報掲示板 of staff: 会員, 利用申込 and メールドメイン (掲示板 2.1, 5.1, 5.2)."""

from domain import terms
from domain.roles import Permission as P
from forms.mail_domain import MailDomainChangeForm, MailDomainForm, MailDomainSearchForm
from forms.member import BindOperatorForm, MemberSearchForm
from forms.registration import RegistrationSearchForm
from models.board import MailDomain
from models.member import Member, Registration
from services import mail_domains, members, registrations
from views.frame.command import Command, Link
from views.frame.resource import ResourceView


class MemberView(ResourceView):
    """Nobody lifts a freeze (BBS-033), nobody changes what a member has registered (BBS-008)."""

    subject, explanation = "会員", "情報掲示板の会員の照会、パスワード再設定、IDの削除を行います。"
    permissions = {"search": P.MEMBER_SEARCH}
    visible, find = staticmethod(members.visible), staticmethod(members.find)
    search_form_class = MemberSearchForm
    column_labels = terms.MEMBER
    column_list = ("login_id", "name", "company", "email", "created_at", "is_deleted")
    column_details_list = (
        "login_id", "name", "registration.kana", "company", "market_operator.code", "email", "registration.email2",
        "registration.phone", "created_at", "is_frozen", "is_signed_in", "is_deleted", "deleted_at",
    )  # fmt: skip
    column_sortable_list = ("login_id", "name", "email", "created_at")
    default_order = (Member.id,)
    detail_link = "login_id"
    buttons = (
        Command("reissue", "パスワード再設定", P.MEMBER_REISSUE, members.reissue, when=lambda row: not row.is_deleted,
                confirm="info.member_reissue.confirm", complete="info.member_reissue.complete"),
        Command("bind", "事業者コードの対応付け", P.REGISTRATION_REVIEW, members.bind_operator, form=BindOperatorForm,
                when=lambda row: not row.is_deleted,
                confirm="info.member_bind.confirm", complete="info.member_bind.complete"),
        Command("delete", "IDの削除", P.MEMBER_DELETE, members.delete, when=lambda row: not row.is_deleted,
                confirm="info.member_delete.confirm", complete="info.member_delete.complete"),
    )  # fmt: skip


class RegistrationView(ResourceView):
    """Read-only: decisions are made at the review desk."""

    subject, explanation = "利用申込", "情報掲示板の利用申込を照会します。承認と否認は、審査の画面で行います。"
    permissions = {"search": P.REGISTRATION_SEARCH}
    visible, find = staticmethod(registrations.visible), staticmethod(registrations.find)
    search_form_class = RegistrationSearchForm
    column_labels = terms.REGISTRATION
    column_list = ("login_id", "name", "company", "applied_at", "review_state")
    column_details_list = (*registrations.FACTS, "mail_flagged", "review_state")
    column_sortable_list = ("login_id", "name", "company", "applied_at")
    default_order = (Registration.id.desc(),)
    detail_link = "login_id"


class MailDomainView(ResourceView):
    subject, explanation = (
        "メールドメイン",
        "新規登録で拒否するメールドメインと、審査で表示するメールドメインの照会、登録、変更、削除を行います。",
    )
    permissions = {"search": P.DOMAIN_SEARCH, "register": P.DOMAIN_REGISTER, "change": P.DOMAIN_CHANGE}
    visible, find = staticmethod(mail_domains.visible), staticmethod(mail_domains.find)
    create, update = staticmethod(mail_domains.register), staticmethod(mail_domains.change)
    check_create = staticmethod(mail_domains.check_register)
    search_form_class = MailDomainSearchForm
    create_form_class, edit_form_class = MailDomainForm, MailDomainChangeForm
    column_labels = terms.MAIL_DOMAIN
    column_list = ("domain", "rule", "created_at")
    column_details_list = column_list
    column_sortable_list = ("domain", "rule", "created_at")
    default_order = (MailDomain.domain,)
    detail_link = "domain"
    buttons = (
        Command("delete", "削除", P.DOMAIN_DELETE, mail_domains.delete,
                confirm="info.domain_delete.confirm", complete="info.domain_delete.complete"),
        Link("変更", ".edit_view", P.DOMAIN_CHANGE),
    )  # fmt: skip
