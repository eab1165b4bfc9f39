"""What people are told about a メンテナンス, in one sentence."""

from domain import clock
from domain.messages import sentence
from services.maintenance import Current


def sentence_of(current: Current) -> str:
    start = clock.minute(current.starts_at)
    if current.ends_at is None:
        if current.is_running:
            return sentence("info.maintenance.running_open")
        return sentence("info.maintenance.planned_open", start=start)
    end = clock.minute(current.ends_at)
    if current.is_running:
        return sentence("info.maintenance.running", end=end)
    return sentence("info.maintenance.planned", start=start, end=end)
