"""メール送信履歴: what was sent, what waits, what was given up."""

from typing import Any

from domain import terms
from domain.mails import SECRET_MARK
from domain.roles import AccountKind
from domain.roles import Permission as P
from forms.mail import MailSearchForm
from models.mail import MailState, OutgoingMail
from services import mails
from views.frame.command import Command, Link
from views.frame.resource import ResourceView

# A 仮パスワード is not sent twice: [パスワード再発行] of the account's 詳細画面 makes a new one.
REISSUE = Link("パスワード再発行", ".details_view", P.MAIL_RESEND, when=lambda row: row.has_secret and row.about)
_DETAILS = {
    AccountKind.USER: "admin_users",
    AccountKind.STAFF: "admin_staff",
    AccountKind.MEMBER: "admin_members",
}


class MailView(ResourceView):
    subject, explanation = (
        "メール送信履歴",
        "送信したメール、送信待ちのメール、送信できなかったメールを照会し、再送します。",
    )
    permissions = {"search": P.MAIL_SEARCH}
    visible, find = staticmethod(mails.visible), staticmethod(mails.find)
    search_form_class = MailSearchForm
    column_labels = terms.MAIL
    column_list = ("created_at", "event", "recipient", "subject", "state", "attempts", "last_error")
    column_details_list = (*column_list, "sent_at", "due_at", "body")
    column_sortable_list = ("created_at", "event", "recipient", "attempts")
    default_order = (OutgoingMail.id.desc(),)
    detail_link, has_history = "created_at", False
    buttons = (
        Command("resend", "再送", P.MAIL_RESEND, mails.resend, when=lambda row: not row.has_secret,
                confirm="info.resend.confirm", complete="info.resend.complete"),
        REISSUE,
    )  # fmt: skip

    def button_url(self, button: Command | Link, row: OutgoingMail) -> str:
        if button is REISSUE and row.about:
            endpoint = {AccountKind.USER: "admin_users", AccountKind.STAFF: "admin_staff"}[row.about.kind]
            return self.get_url(f"{endpoint}.details_view", id=row.about_id)
        return super().button_url(button, row)

    def shown(self, row: OutgoingMail, column: str, value: Any) -> Any:
        if column == "event":
            return f"{row.event} {terms.MAIL_EVENTS[row.event]}"
        if column == "due_at" and row.state is not MailState.WAITING:
            return ""
        if column == "body":
            return row.body.replace(SECRET_MARK, "（表示できません）")
        return super().shown(row, column, value)
