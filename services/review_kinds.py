"""Every kind of record the review desk decides on. Importing this module declares them."""

from domain.review import REGISTRATION
from domain.roles import Permission
from models.member import Registration
from services import posts, registrations
from services.reviews import Kind, declare

declare(posts.KIND)
declare(
    Kind(
        name=registrations.KIND,
        label="利用申込",
        model=Registration,
        table=REGISTRATION,
        permission=Permission.REGISTRATION_SEARCH,
        days=registrations.DAYS,
        facts=registrations.facts,
        decided=registrations.decided,
        remarks=registrations.remarks,
    )
)
