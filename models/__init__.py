"""Tables, one file per noun. No queries, mail or request in here."""

from models.account import Account, PasswordGeneration
from models.attachment import Attachment, AttachmentChunk
from models.audit import AuditEntry
from models.base import db
from models.board import Challenge, Closure, MailDomain
from models.certificate import ClientCertificate, UnregisteredCertificate
from models.due_work import DueWork
from models.mail import OutgoingMail
from models.maintenance import Maintenance
from models.member import Member, Registration
from models.notice import Notice, NoticeOperator, NoticeRead
from models.operator import Operator, OperatorRecipient
from models.post import Post, PostArea, PostedArea
from models.review import Phrase, Review
from models.sign_in import SignInCounter, SignInSession, SignInThrottle
from models.staff import Staff
from models.ticket import Ticket
from models.user import User

__all__ = [
    "Account",
    "Attachment",
    "AttachmentChunk",
    "AuditEntry",
    "Challenge",
    "ClientCertificate",
    "Closure",
    "DueWork",
    "MailDomain",
    "Maintenance",
    "Member",
    "Notice",
    "NoticeOperator",
    "NoticeRead",
    "Operator",
    "OperatorRecipient",
    "OutgoingMail",
    "PasswordGeneration",
    "Phrase",
    "Post",
    "PostArea",
    "PostedArea",
    "Registration",
    "Review",
    "SignInCounter",
    "SignInSession",
    "SignInThrottle",
    "Staff",
    "Ticket",
    "UnregisteredCertificate",
    "User",
    "db",
]
