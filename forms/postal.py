"""住所自動入力: the button beside 郵便番号."""

from domain.errors import DomainError
from domain.postal import parts_of
from forms.base import InputForm


def look_up(form: InputForm, name: str) -> tuple[str, str] | None:
    """(都道府県, the rest) of the 郵便番号 in field `name`; None if that is wrong and tells so itself.

    Raises DomainError: error.C00.00001, error.O01.00002.
    """
    box = form[name]
    if not box.data:
        raise DomainError("error.C00.00001", field=name, label=box.label.text)
    if not box.validate(form):
        return None
    found = parts_of(box.data)
    if found is None:
        raise DomainError("error.O01.00002", field=name, code=box.data)
    return found
