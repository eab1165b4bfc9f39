"""事業者 (operator master)."""

from domain import terms
from domain.roles import Permission as P
from forms.operator import OperatorChangeForm, OperatorRegisterForm, OperatorSearchForm
from models.operator import Operator
from services import operators
from views.frame.command import Link
from views.frame.resource import ResourceView


class OperatorView(ResourceView):
    subject, explanation = "事業者", "市場に参加する事業者の照会、登録、変更を行います。"
    permissions = {"search": P.OPERATOR_SEARCH, "register": P.OPERATOR_REGISTER, "change": P.OPERATOR_CHANGE}
    visible, find = staticmethod(operators.visible), staticmethod(operators.find)
    create, update = staticmethod(operators.register), staticmethod(operators.change)
    search_form_class = OperatorSearchForm
    create_form_class, edit_form_class = OperatorRegisterForm, OperatorChangeForm
    column_labels = terms.OPERATOR
    column_list = column_details_list = ("code", "name", "created_at")
    column_sortable_list = ("code", "name", "created_at")
    default_order = (Operator.code,)
    detail_link = "code"
    buttons = (Link("変更", ".edit_view", P.OPERATOR_CHANGE),)
