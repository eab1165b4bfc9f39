"""Errors a business rule may raise. Views turn them into screen messages; nothing else does."""


class DomainError(Exception):
    """A rule of the manual refused the operation.

    message_id: id in messages/ja.toml, e.g. "error.Y05.00001". Never a sentence.
    field:      name of the form field the message belongs to, or None for the whole screen.
    params:     values for the placeholders of that message.
    """

    def __init__(self, message_id: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.field = field
        self.params = params


class Forbidden(DomainError):
    """The actor's 権限区分 does not allow the operation."""

    def __init__(self) -> None:
        super().__init__("error.C03.00001")


class Changed(Exception):
    """What was read has changed since: read again and decide again."""
