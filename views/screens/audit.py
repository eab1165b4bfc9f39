"""操作履歴: who did what, for staff."""

from typing import Any

from domain import terms
from domain.roles import Permission as P
from forms.audit import AuditSearchForm
from models.audit import AuditEntry
from services import audit
from views.frame import labels
from views.frame.resource import ResourceView


class AuditView(ResourceView):
    subject, explanation = "操作履歴", "ログイン、ロック、登録、変更などの操作の記録を照会します。"
    permissions = {"search": P.AUDIT_SEARCH, "export": P.AUDIT_EXPORT}
    visible, find = staticmethod(audit.visible), staticmethod(audit.find)
    search_form_class = AuditSearchForm
    column_labels = terms.AUDIT
    column_list = ("at", "actor_login_id", "actor_name", "event", "target", "result")
    column_details_list = (*column_list, "address", "request_no", "detail", "changes")
    column_sortable_list = ("at", "actor_login_id", "event")
    default_order = (AuditEntry.id.desc(),)
    detail_link, has_history = "at", False

    def shown(self, row: AuditEntry, column: str, value: Any) -> Any:
        if column == "event":
            return terms.EVENTS.get(row.event, row.event)
        if column == "detail":
            return "、".join(f"{terms.AUDIT_DETAIL.get(key, key)}: {value}" for key, value in row.detail.items())
        if column == "changes":
            return labels.changes(row)
        return super().shown(row, column, value)

    def csv_text(self, row: AuditEntry, column: str) -> str:
        if column == "changes":
            return "、".join(f"{name}: {old} → {new}" for name, old, new in labels.changed_fields(row))
        if column in ("event", "detail"):
            return str(self.shown(row, column, None))
        return super().csv_text(row, column)
