"""メンテナンス: when everyone but staff is shut out (COM-081)."""

from typing import Any

from domain import terms
from domain.roles import Permission as P
from forms.maintenance import MaintenanceChangeForm, MaintenanceRegisterForm, MaintenanceSearchForm
from models.maintenance import Maintenance
from services import maintenance
from views.frame import labels
from views.frame.command import Command, Link
from views.frame.resource import ResourceView


def _minute(view: Any, context: Any, row: Maintenance, name: str) -> str:
    value = getattr(row, name)
    return terms.NO_END if value is None and name == "ends_at" else labels.minute(view, value)


class MaintenanceView(ResourceView):
    subject, explanation = (
        "メンテナンス",
        "システムを停止する期間と、利用者へのお知らせ文を照会、登録、変更、取消します。",
    )
    explanation_to_readers = "システムを停止する期間と、利用者へのお知らせ文を照会します。"
    permissions = {"search": P.MAINTENANCE_SEARCH, "register": P.MAINTENANCE_REGISTER, "change": P.MAINTENANCE_CHANGE}
    visible, find = staticmethod(maintenance.visible), staticmethod(maintenance.find)
    create, update = staticmethod(maintenance.register), staticmethod(maintenance.change)
    check_create, check_update = staticmethod(maintenance.check_register), staticmethod(maintenance.check_change)
    search_form_class = MaintenanceSearchForm
    create_form_class, edit_form_class = MaintenanceRegisterForm, MaintenanceChangeForm
    column_labels = terms.MAINTENANCE
    column_list = ("starts_at", "ends_at", "announced_from", "phase", "text")
    column_details_list = ("announced_from", "starts_at", "ends_at", "text", "phase", "cancelled_at")
    column_sortable_list = ("starts_at", "ends_at", "announced_from")
    column_formatters = column_formatters_detail = dict.fromkeys(("announced_from", "starts_at", "ends_at"), _minute)
    default_order = (Maintenance.starts_at.desc(),)
    detail_link = "starts_at"
    buttons = (
        Command("cancel", "取消", P.MAINTENANCE_CANCEL, maintenance.cancel, when=lambda row: not row.is_over,
                confirm="info.cancel.confirm", complete="info.cancel.complete"),
        Link("変更", ".edit_view", P.MAINTENANCE_CHANGE, when=lambda row: not row.is_over),
    )  # fmt: skip
