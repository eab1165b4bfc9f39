"""事業者 (operator master): 管理 of staff, and read-only for the operator itself (事業者情報管理, COM-059)."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from domain import messages, terms
from domain.operators import same_addresses
from domain.roles import Permission as P
from forms.operator import OperatorChangeForm, OperatorRegisterForm, OperatorSearchForm
from models.operator import Operator
from services import operators
from views.frame.command import Command, Link
from views.frame.resource import ResourceView


class OperatorView(ResourceView):
    subject, explanation = "事業者", "市場に参加する事業者の照会、登録、変更、退出を行います。"
    explanation_to_readers = "市場に参加する事業者を照会します。"
    permissions = {"search": P.OPERATOR_SEARCH, "register": P.OPERATOR_REGISTER, "change": P.OPERATOR_CHANGE}
    visible, find = staticmethod(operators.visible), staticmethod(operators.find)
    create, update = staticmethod(operators.register), staticmethod(operators.change)
    check_create = staticmethod(operators.check_register)
    search_form_class = OperatorSearchForm
    create_form_class, edit_form_class = OperatorRegisterForm, OperatorChangeForm
    column_labels = terms.OPERATOR
    column_list = ("code", "name", "short_name", "is_withdrawn", "created_at")
    column_details_list = (
        "code", "long_code", "name", "short_name", "licence", "participation", "postal_code", "address",
        "contact_department", "contact_name", "contact_phone", "contact_email", "recipients", "is_withdrawn",
        "created_at",
    )  # fmt: skip
    column_sortable_list = ("code", "name", "short_name", "created_at")
    default_order = (Operator.code,)
    detail_link = "code"
    buttons: Sequence[Command | Link] = (
        Link("変更", ".edit_view", P.OPERATOR_CHANGE),
        Command("withdraw", "退出", P.OPERATOR_WITHDRAW, operators.withdraw, when=lambda row: not row.is_withdrawn,
                confirm="info.withdraw.confirm", complete="info.withdraw.complete"),
        Command("reinstate", "退出取消", P.OPERATOR_WITHDRAW, operators.reinstate, when=lambda row: row.is_withdrawn,
                confirm="info.reinstate.confirm", complete="info.reinstate.complete"),
    )  # fmt: skip

    def warnings(self, values: Mapping[str, Any], row: Operator | None = None) -> list[str]:
        addresses = [admin["email"] for admin in values.get("admins", ())]
        return [messages.text("info.same_mail.warning")] if same_addresses(addresses) else []

    def shown(self, row: Operator, column: str, value: Any) -> Any:
        if column == "recipients":
            people = (Markup("<div>{}　{}</div>").format(p.name, p.email) for p in row.recipients)
            return Markup("").join(people)
        return super().shown(row, column, value)


class PortalOperatorView(OperatorView):
    """An operator reads its own record."""

    subject, explanation = "事業者情報", "自社の事業者情報を照会します。"
    explanation_to_readers = ""
    permissions = {"search": P.OPERATOR_SEARCH}
    buttons = ()
    has_history = False  # what staff did
