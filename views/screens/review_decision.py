"""審査画面: what was submitted, what is new about it, and the decision (BBS-025, BBS-053…055, R-059)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import redirect, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from domain import differences, messages, terms
from domain.differences import Piece
from domain.errors import DomainError, Forbidden
from domain.review import ReviewAction
from forms.review import DecisionForm
from models.base import db
from models.review import Review
from services import attachments, audit, desk, phrases, tickets
from services.desk import Order, Seen
from services.reviews import DECISIONS, KINDS, Fact
from services.tickets import AlreadyDone
from views.frame import labels
from views.frame.conversation import Completion
from views.transaction import transaction

_TOLD = "review_told"  # in the session: what the screen says once
DETAIL, CONFIRM, COMPLETE = "審査画面", "審査確認画面", "審査完了画面"
# Nothing is wrong with what was typed: something else has happened, or it is not this person's to decide.
_CONFLICTS = {"error.R01.00001", "error.R01.00003", "error.R01.00004"}


class Line(NamedTuple):
    """One 項目 of a submission beside what it said before."""

    name: str
    before: list[Piece]
    now: list[Piece]

    @property
    def is_changed(self) -> bool:
        return any(piece.changed for piece in (*self.before, *self.now))


class _Undo(Exception):
    """Ends a rehearsal: its transaction is rolled back."""


class Decision:
    def __init__(self, view: Any, row: Review) -> None:
        self.view, self.row, self.kind = view, row, KINDS[row.kind]
        self.form = DecisionForm(request.form if request.method == "POST" else None)
        # Whatever may be decided on this kind: if it is too late, services.desk says so and who was faster.
        self.form.offering([action for action in DECISIONS if action in self.kind.table])

    def respond(self) -> ResponseReturnValue:
        step = request.form.get("_step") if request.method == "POST" else None
        if step == "claim":
            return self._guarded(self._claim)
        if step == "insert":
            return self._insert()
        if step not in ("confirm", "execute"):
            return self.screen()
        if not self.form.validate():
            return self.screen()
        ticket = request.form.get("ticket", "")
        return self._guarded(self._execute if step == "execute" and tickets.is_ticket(ticket) else self._confirm)

    def _guarded(self, work: Any) -> ResponseReturnValue:
        try:
            return work()
        except Forbidden:
            raise
        except DomainError as error:
            return self._refused(error)

    @property
    def _seen(self) -> Seen:
        return Seen(self.form.place.data or -1, self.form.version.data or -1)

    # ---- steps ---------------------------------------------------------------------------------------
    def _claim(self) -> ResponseReturnValue:
        ticket = request.form.get("ticket", "")
        if not tickets.is_ticket(ticket):
            return self.screen()
        try:
            with transaction() as s:
                tickets.redeem(s, current_user, ticket, f"{self.view.endpoint}.claim:{self.row.id}", {})
                desk.act(s, current_user, self.row, ReviewAction.CLAIM, seen=self._seen)
        except AlreadyDone:
            pass
        else:
            session[_TOLD] = messages.text("info.claim.complete")
        return redirect(self.view.detail_url(self.row.id))

    def _insert(self) -> str:
        """定型文 without the script: the chosen one joins what was typed."""
        typed = request.form.get("phrase", "")
        found = next((p for p in phrases.offered(db.session(), current_user) if str(p.id) == typed), None)
        if found is None:
            self.form.add_error(messages.text("error.R01.00011"), "reason")
        else:
            _put(self.form.reason, "\n".join(text for text in (self.form.reason.data, found.text) if text))
        return self.screen()

    def _confirm(self) -> str:
        action, reason = self.form.values["action"], self.form.values["reason"]
        mails: list[desk.Mail] = []
        try:
            with transaction() as s:
                mails = desk.rehearse(s, current_user, self.row, action, reason, self._seen)
                raise _Undo
        except _Undo:
            pass
        return self.view.render(
            "reviews/confirm.html", title=CONFIRM, row=self.row, kind=self.kind, form=self.form, mails=mails,
            crumbs=self.view.crumbs(*self._crumb(), (CONFIRM, None)), ticket=tickets.new(),
            question=messages.text("info.review.confirm"), result=terms.REVIEW_ACTIONS[action],
        )  # fmt: skip

    def _execute(self) -> ResponseReturnValue:
        action, reason = self.form.values["action"], self.form.values["reason"]
        facts = {"number": self.row.number, "result": terms.REVIEW_ACTIONS[action], "id": self.row.id}
        done = Completion(COMPLETE, "info.review.complete", facts)
        operation = f"{self.view.endpoint}.{action.value}:{self.row.id}"
        try:
            with transaction() as s:
                tickets.redeem(s, current_user, request.form["ticket"], operation, done.as_dict())
                desk.act(s, current_user, self.row, action, reason=reason, seen=self._seen)
        except AlreadyDone as used:
            done = Completion(**used.done)
        return self.view.to_completion(done)

    def _refused(self, error: DomainError) -> ResponseReturnValue:
        """409: the screen as it is now, with the reason on top and everything typed kept."""
        self.form.add_error(messages.text(error.message_id, **error.params), error.field)
        if error.message_id not in _CONFLICTS:
            return self.screen()
        db.session.refresh(self.row)
        self._tell_who()
        return self.screen(), 409

    def _tell_who(self) -> None:
        """Who was faster."""
        row, own = self.row, current_user.id
        if row.decided_by is not None and row.decided_at is not None:
            facts = {"when": labels.instant(None, row.decided_at), "result": self.view.word_of(row.state)}
            self.form.add_error(messages.text("error.R01.00005", who=row.decided_by.name, **facts))
        elif row.claimed_by is not None and row.claimed_at is not None and row.claimed_by_id != own:
            when = labels.instant(None, row.claimed_at)
            self.form.add_error(messages.text("error.R01.00006", who=row.claimed_by.name, when=when))

    # ---- the screen ----------------------------------------------------------------------------------
    def _crumb(self) -> list[Any]:
        return [(DETAIL, self.view.detail_url(self.row.id))]

    def screen(self) -> str:
        s, row, record = db.session(), self.row, desk.record_of(db.session(), self.row)
        self.form.offering(desk.decisions(current_user, row))
        _put(self.form.place, row.version)
        _put(self.form.version, record.version)
        return self.view.render(
            "reviews/details.html",
            title=DETAIL,
            crumbs=self.view.crumbs((DETAIL, None)),
            row=row,
            kind=self.kind,
            form=self.form,
            problems=self.form.problems,
            told=session.pop(_TOLD, ""),
            deadline=desk.deadlines(s, [row]).get(row.id),
            remarks=self.kind.remarks(s, record),
            earlier=desk.earlier(s, current_user, row),
            kinds=KINDS,
            may_claim=desk.may_claim(current_user, row),
            is_own=row.applicant_id is not None and row.applicant_id == current_user.id,
            files=attachments.of_record(s, record) if self.kind.files else None,
            history=audit.history_of(s, record),
            phrases=phrases.offered(s, current_user),
            ticket=tickets.new(),
            **self._beside(),
            **self._contents(record),
        )

    def _beside(self) -> dict[str, Any]:
        """The page of the queue this one stands on, and its neighbours; none if the conditions are no conditions."""
        conditions = self.view.form_of(self.view.conditions())
        if not conditions.validate():
            return {"queue": None, "place": None}
        place = desk.position(db.session(), self.view.rows_of(conditions), Order(conditions.order.data), self.row)
        return {"queue": self.view.queue(conditions, place.rank // self.view.page_size), "place": place}

    def _contents(self, record: Any) -> dict[str, Any]:
        """What was submitted; of a resubmission also what is new about it."""
        s = db.session()
        facts = [(name, _text(value)) for name, value in self.kind.facts(s, record)]
        before = desk.previous(s, self.row)
        return {"facts": facts, "lines": None if before is None else _lines(self.kind.facts(s, before), facts)}


def _put(field: Any, value: Any) -> None:
    """In place of what was sent."""
    field.data, field.raw_data = value, None


def _text(value: Any) -> str:
    return value.striptags() if isinstance(value, Markup) else labels.shown_text(value)


def _lines(before: Sequence[Fact], now: Sequence[tuple[str, str]]) -> list[Line]:
    """What changed first, each in the form's order; what only the earlier one had comes last of these."""
    old, new = {name: _text(value) for name, value in before}, dict(now)
    names = [*new, *(name for name in old if name not in new)]
    lines = [Line(name, *differences.compare(old.get(name, ""), new.get(name, ""))) for name in names]
    return sorted(lines, key=lambda line: not line.is_changed)
