"""操作履歴: who did what, for staff."""

from typing import Any

from markupsafe import Markup

from domain import terms
from domain.roles import Permission as P
from forms.audit import AuditSearchForm
from models.audit import AuditEntry
from services import audit
from views.frame import labels
from views.frame.resource import ResourceView


class AuditView(ResourceView):
    subject, explanation = "操作履歴", "ログイン、ロック、登録、変更などの操作の記録を照会します。"
    permissions = {"search": P.AUDIT_SEARCH}
    visible, find = staticmethod(audit.visible), staticmethod(audit.find)
    search_form_class = AuditSearchForm
    column_labels = terms.AUDIT
    column_list = ("at", "actor_login_id", "actor_name", "event", "target", "result")
    column_details_list = (*column_list, "address", "request_no", "detail", "changes")
    column_sortable_list = ("at", "actor_login_id", "event")
    default_order = (AuditEntry.id.desc(),)
    detail_link = "at"

    def shown(self, row: AuditEntry, column: str, value: Any) -> Any:
        if column == "event":
            return terms.EVENTS.get(row.event, row.event)
        if column == "detail":
            return "、".join(f"{terms.AUDIT_DETAIL.get(key, key)}: {value}" for key, value in row.detail.items())
        if column == "changes":
            return changes_of(row)
        return super().shown(row, column, value)


def changes_of(row: AuditEntry) -> Markup:
    """項目: before → after, a line per field, in the words of the screens."""
    words = terms.OPERATOR if row.target_table == "operators" else terms.USER | terms.STAFF
    lines = []
    for field, (before, after) in row.changes.items():
        name, old, new = words.get(field, field), labels.stored(field, before), labels.stored(field, after)
        removed = Markup('<del><span class="hidden">変更前: </span>{}</del> → ').format(old) if old else ""
        added = Markup('<ins><span class="hidden">変更後: </span>{}</ins>').format(new)
        lines.append(Markup("<div>{}: {}{}</div>").format(name, removed, added))
    return Markup("").join(lines)
