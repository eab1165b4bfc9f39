"""掲載: 発電設備等の情報 and MYニュース of the board, 掲載情報 of staff.

発電設備等の情報掲示板利用マニュアル 3章, 4章.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import redirect, request, session
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_login import current_user
from markupsafe import Markup

from domain import clock, post_template, terms
from domain.posts import Area
from domain.review import ReviewAction, ReviewState, actions_from
from domain.roles import Permission as P
from forms.base import InputForm
from forms.post import BoardSearchForm, NoSearchForm, PostForm, PostSearchForm, copied
from models.base import db
from models.post import Post
from services import post_search, posts
from views.frame import labels
from views.frame.command import Command, Link
from views.frame.conversation import Completion, Conversation
from views.frame.navigation import Crumb
from views.frame.resource import ResourceView

_NAMES = {"一覧画面": "画面", "登録画面": "新規ニュース作成画面", "登録完了画面": "新規ニュース作成完了画面"}
DELETE = Command(
    "delete", "削除", P.POST_DELETE, posts.delete,
    confirm="info.post_delete.confirm", complete="info.post_delete.complete",
    icon="trash", when=lambda post: ReviewAction.WITHDRAW in actions_from(posts.KIND.table, post.state),
)  # fmt: skip


class _PostView(ResourceView):
    """How a 掲載 looks, whoever reads it."""

    column_labels = terms.POST
    detail_link = "title"
    default_order = (Post.id.desc(),)
    column_sortable_list: Sequence[Any] = ("title", ("period", "starts_on"))

    def shown(self, row: Post, column: str, value: Any) -> Any:
        if column == "side":
            return row.side.label
        if column == "period":
            return self._period(row)
        if column in ("body", "contact", "remarks", "reason"):
            return value  # as typed: escaped, with its line breaks
        if column == "beginning":
            return self._beginning(row)
        return super().shown(row, column, value)

    def _period(self, row: Post) -> Markup:
        """Marked where it is over (A25)."""
        over = Markup(' <span class="mark">{}</span>').format(terms.POST["is_over"]) if row.is_over else ""
        return Markup("<span>{}{}</span>").format(labels.period(row.period), over)

    def _beginning(self, row: Post) -> Markup:
        """The beginning of the text and [もっと見る] (BBS-072)."""
        address = self.get_url(".details_view", id=row.id, back=request.query_string.decode(errors="replace"))
        return Markup('<div><p>{}</p><a href="{}">もっと見る</a></div>').format(row.beginning, address)


class PostBoardView(_PostView):
    """発電設備等の情報画面: the template, the area tabs, the search and what others may read."""

    subject, explanation = "発電設備等の情報", "発電設備等の情報を参照します。"
    permissions = {"search": P.POST_READ}
    visible, find = staticmethod(posts.readable), staticmethod(post_search.browse)
    search_form_class = BoardSearchForm
    lists_at_once, has_history = True, False
    list_template, detail_template = "board/posts.html", "board/post.html"
    column_list = ("title", "side", "area_names", "period", "company", "beginning")
    column_details_list = ("title", "period", "side", "company", "area_names", "body")

    def screen_name(self, what: str) -> str:
        return f"{self.subject}{_NAMES.get(what, what)}"

    def crumbs(self, *last: Crumb) -> list[Crumb]:
        screen = self.screen_name("一覧画面")
        return [(screen, self.list_url()), *last] if last else [(screen, None)]

    def render(self, template: str, **kwargs: Any) -> str:
        area = request.args.get("area", "")
        more = {
            "template_text": post_template.TEMPLATE,
            "areas": post_search.tabs(db.session()),
            "area": area,
            "tab_url": self._tab_url,
        }
        if "row" in kwargs:
            more |= self._contact(kwargs["row"])
        return super().render(template, **more, **kwargs)

    def _tab_url(self, area: Area | None) -> str:
        """The tab with the conditions as they are, from the first page."""
        kept = {k: request.args.getlist(k) for k in request.args if k not in ("area", "page")}
        return self.get_url(".index_view", **kept, **({"area": area.value} if area else {}))

    def _contact(self, row: Post) -> dict[str, str]:
        """The title of the mail to ③ (BBS-075): the day of contact and the reader's company."""
        subject = f"【ご連絡】発電設備等の情報掲示板について（{clock.today():%Y/%m/%d}：{current_user.company}）"
        address = post_template.email_of(row.contact)
        mailto = f"mailto:{quote(address, safe='@')}?subject={quote(subject)}" if address else ""
        return {"mail_subject": subject, "mailto": mailto}


class MyNewsView(_PostView):
    """MYニュース: the own posts with their state; 新規ニュース作成, 削除, 複製して再申請. No change (BBS-057)."""

    subject, explanation = "MYニュース", "自分が登録した発電設備等の情報を参照、作成、削除します。"
    permissions = {"search": P.POST_REGISTER, "register": P.POST_REGISTER}
    visible, find = staticmethod(posts.own), staticmethod(post_search.find_own)
    create = staticmethod(posts.submit)
    search_form_class, create_form_class = NoSearchForm, PostForm
    lists_at_once, has_history = True, False
    list_template, detail_template, input_template = "board/my_news.html", "board/my_post.html", "board/new_post.html"
    column_list = ("title", "side", "area_names", "period", "review_state", "applied_at")
    column_details_list = ("title", "review_state", "period", "applied_at", "side", "company", "area_names", "body")
    column_sortable_list = ("title", ("period", "starts_on"), "applied_at")
    row_buttons = (DELETE,)
    buttons = (
        Link("複製して再申請", ".create_view", P.POST_REGISTER,
             when=lambda post: post.is_over or post.state in (ReviewState.REJECTED, ReviewState.REVOKED)),
        DELETE,
    )  # fmt: skip

    def has_screen(self, name: str) -> bool:
        return name != "complete_view" and super().has_screen(name)  # what was done stands above the list

    def screen_name(self, what: str) -> str:
        found = _NAMES.get(what, what)
        return found if found.startswith("新規") else f"{self.subject}{found}"

    def crumbs(self, *last: Crumb) -> list[Crumb]:
        screen = self.screen_name("一覧画面")
        return [(screen, self.list_url()), *last] if last else [(screen, None)]

    def render(self, template: str, **kwargs: Any) -> str:
        done = session.pop("completed", None) if template == self.list_template else None
        more: dict[str, Any] = {"done": Completion(**done) if isinstance(done, dict) else None}
        if template == self.input_template:
            more["template_text"] = post_template.TEMPLATE
        return super().render(template, **more, **kwargs)

    def shown(self, row: Post, column: str, value: Any) -> Any:
        if column == "body" and row.reason:  # 本文欄に否認理由が追記されます (A27)
            return f"{row.body}\n\n【{terms.POST['reason']}】\n{row.reason}"
        return super().shown(row, column, value)

    def to_completion(self, done: Completion) -> ResponseReturnValue:
        """⑤登録完了後、MYニュース画面に登録した情報が表示されます。"""
        session["completed"] = done.as_dict()
        return redirect(self.get_url(".index_view"))

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """新規ニュース作成画面; with ?id= filled in from an own post (BBS-058)."""
        source = self.get_one(request.args["id"]) if "id" in request.args else None
        posted = request.form if request.method == "POST" else None
        form = PostForm(posted, data=copied(source) if source is not None else None).for_actor(current_user)
        run = partial(posts.submit, copied_from=source)
        return Conversation(self, "regist", form, run, at_once="新規ニュース作成", complete=_told).respond()


def _told(form: InputForm) -> str:
    days = (form.values["ends_on"] - form.values["starts_on"]).days
    return "info.post_long.complete" if days > posts.LONG else "info.post.complete"


class PostView(_PostView):
    """掲載情報 of staff: what was written, in every state; [削除] cleans up ((2)d)."""

    subject, explanation = "掲載情報", "情報掲示板に登録された発電設備等の情報の照会、削除を行います。"
    permissions = {"search": P.POST_SEARCH}
    visible, find = staticmethod(posts.visible), staticmethod(post_search.find)
    search_form_class = PostSearchForm
    column_list = ("id", "title", "member.login_id", "area_names", "period", "review_state", "applied_at")
    column_details_list = (
        "id", "title", "review_state", "member.login_id", "member.company", "period", "side", "company", "contact",
        "area_names", "remarks", "body", "reason", "applied_at", "reminded",
    )  # fmt: skip
    column_sortable_list = ("id", "title", ("period", "starts_on"), "applied_at")
    detail_link = "id"
    buttons = (DELETE,)
