"""クライアント証明書 and 未登録証明書 (COM-022, COM-023)."""

from collections.abc import Mapping
from typing import Any

from domain import terms
from domain.roles import Permission as P
from forms.certificate import (
    CertificateAssignForm,
    CertificateChangeForm,
    CertificateRegisterForm,
    CertificateSearchForm,
    UnregisteredSearchForm,
)
from models.base import db
from models.certificate import MARKET_OPERATOR, ClientCertificate, UnregisteredCertificate
from services import certificate_file, certificates, unregistered
from views.frame.command import Command, Link
from views.frame.resource import ResourceView


class CertificateView(ResourceView):
    subject, explanation = (
        "クライアント証明書",
        "接続に使用するクライアント証明書の照会、登録、変更、取下げを行います。",
    )
    explanation_to_readers = "接続に使用するクライアント証明書を照会します。"
    permissions: Mapping[str, P] = {
        "search": P.CERTIFICATE_SEARCH, "register": P.CERTIFICATE_REGISTER, "change": P.CERTIFICATE_CHANGE,
    }  # fmt: skip
    visible, find = staticmethod(certificates.visible), staticmethod(certificates.find)
    create, update = staticmethod(certificates.register), staticmethod(certificates.change)
    check_create, check_update = staticmethod(certificates.check_register), staticmethod(certificates.check_change)
    search_form_class = CertificateSearchForm
    create_form_class, edit_form_class = CertificateRegisterForm, CertificateChangeForm
    column_labels = terms.CERTIFICATE
    column_list: Any = ("serial", "operator.code", "owner", "valid_from", "valid_to", "certificate_state", "note")
    column_details_list: Any = (
        "operator.code", "owner", "issuer", "serial", "valid_from", "valid_to", "certificate_state", "note",
        "created_at", "withdrawn_at",
    )  # fmt: skip
    column_sortable_list = ("serial", "valid_from", "valid_to")
    default_order = (ClientCertificate.valid_to.desc(),)
    detail_link = "serial"
    buttons: Any = (
        Command("withdraw", "取下げ", P.CERTIFICATE_WITHDRAW, certificates.withdraw,
                when=lambda row: row.withdrawn_at is None,
                confirm="info.certificate_withdraw.confirm", complete="info.certificate_withdraw.complete"),
        Link("変更", ".edit_view", P.CERTIFICATE_CHANGE, when=lambda row: row.withdrawn_at is None),
    )  # fmt: skip

    def read_upload(self, name: str, content: bytes) -> Mapping[str, Any]:
        found = certificate_file.read(name, content)
        return {key: getattr(found, key) for key in ("issuer", "serial", "valid_from", "valid_to")}

    def derived(self, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        """Whose it will be; and the number in the other notation, for whoever typed that by mistake (§3)."""
        operator = certificates.operator_for(db.session(), values["operator_code"])
        return {
            "operator_code": (terms.CERTIFICATE["owner"], operator.name if operator else MARKET_OPERATOR),
            "serial": (terms.CERTIFICATE["decimal"], str(int(values["serial"], 16))),
        }


class PortalCertificateView(CertificateView):
    """An operator's people see which certificates are theirs, and no more."""

    explanation, explanation_to_readers = "自社のクライアント証明書の登録内容と有効期間を照会します。", ""
    permissions = {"search": P.CERTIFICATE_SEARCH}
    column_list = ("serial", "issuer", "valid_from", "valid_to", "certificate_state")
    column_details_list = (
        "operator.code", "owner", "issuer", "serial", "valid_from", "valid_to", "certificate_state", "created_at",
        "withdrawn_at",
    )  # fmt: skip
    buttons = ()
    has_history = False  # what staff did, and their 備考


class UnregisteredCertificateView(ResourceView):
    subject, explanation = (
        "未登録証明書",
        "未登録のためログインできなかったクライアント証明書を照会し、事業者に割り当てます。30日間接続がないと削除されます。",
    )
    permissions = {"search": P.CERTIFICATE_ASSIGN}
    visible, find = staticmethod(unregistered.visible), staticmethod(unregistered.find)
    search_form_class = UnregisteredSearchForm
    column_labels = terms.CERTIFICATE
    column_list = ("serial", "issuer", "valid_to", "seen_at", "times")
    column_details_list = ("issuer", "serial", "valid_from", "valid_to", "seen_at", "times")
    column_sortable_list = ("serial", "valid_to", "seen_at", "times")
    default_order = (UnregisteredCertificate.seen_at.desc(),)
    detail_link, has_history = "serial", False
    buttons = (
        Command("assign", "割当", P.CERTIFICATE_ASSIGN, certificates.assign, form=CertificateAssignForm,
                confirm="info.certificate_assign.confirm", complete="info.certificate_assign.complete"),
    )  # fmt: skip
