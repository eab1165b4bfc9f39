"""What staff keep for the board and its reviewers: 定型文 and 休業日 (XC-012)."""

from domain import terms
from domain.roles import Permission as P
from forms.review import (
    ClosureChangeForm,
    ClosureForm,
    ClosureSearchForm,
    PhraseChangeForm,
    PhraseForm,
    PhraseSearchForm,
)
from models.board import Closure
from models.review import Phrase
from services import closures, phrases
from views.frame.command import Link, removal
from views.frame.resource import ResourceView


class PhraseView(ResourceView):
    subject, explanation = "定型文", "否認の理由として繰り返し使う文の照会、登録、変更、削除を行います。"
    permissions = {"search": P.PHRASE_SEARCH, "register": P.PHRASE_REGISTER, "change": P.PHRASE_CHANGE}
    visible, find = staticmethod(phrases.visible), staticmethod(phrases.find)
    create, update = staticmethod(phrases.register), staticmethod(phrases.change)
    check_create, check_update = staticmethod(phrases.check_register), staticmethod(phrases.check_change)
    search_form_class = PhraseSearchForm
    create_form_class, edit_form_class = PhraseForm, PhraseChangeForm
    column_labels = terms.PHRASE
    column_list = ("text", "place", "created_at")
    column_details_list = ("place", "text", "created_at")
    column_sortable_list = ("place", "text")
    default_order = (Phrase.place,)
    detail_link = "text"
    buttons = (
        removal(P.PHRASE_DELETE, phrases.delete),
        Link("変更", ".edit_view", P.PHRASE_CHANGE),
    )


class ClosureView(ResourceView):
    subject, explanation = (
        "休業日",
        "年末年始など、営業日に数えない日の照会、登録、変更、削除を行います。土曜、日曜、祝日の登録は不要です。",
    )
    permissions = {"search": P.CLOSURE_SEARCH, "register": P.CLOSURE_REGISTER, "change": P.CLOSURE_CHANGE}
    visible, find = staticmethod(closures.visible), staticmethod(closures.find)
    create, update = staticmethod(closures.register), staticmethod(closures.change)
    check_create, check_update = staticmethod(closures.check_register), staticmethod(closures.check_change)
    search_form_class = ClosureSearchForm
    create_form_class, edit_form_class = ClosureForm, ClosureChangeForm
    column_labels = terms.CLOSURE
    column_list = ("name", "starts_on", "ends_on", "yearly")
    column_details_list = ("name", "starts_on", "ends_on", "yearly", "created_at")
    column_sortable_list = ("name", "starts_on", "ends_on")
    default_order = (Closure.starts_on,)
    detail_link = "name"
    buttons = (
        removal(P.CLOSURE_DELETE, closures.delete),
        Link("変更", ".edit_view", P.CLOSURE_CHANGE),
    )
