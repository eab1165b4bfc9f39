"""Tables, one file per noun. No queries, mail or request in here."""

from models.account import Account, PasswordGeneration
from models.attachment import Attachment, AttachmentChunk
from models.audit import AuditEntry
from models.base import db
from models.certificate import ClientCertificate, UnregisteredCertificate
from models.due_work import DueWork
from models.mail import OutgoingMail
from models.maintenance import Maintenance
from models.notice import Notice, NoticeOperator, NoticeRead
from models.operator import Operator, OperatorRecipient
from models.sign_in import SignInCounter, SignInSession, SignInThrottle
from models.staff import Staff
from models.ticket import Ticket
from models.user import User

__all__ = [
    "Account",
    "Attachment",
    "AttachmentChunk",
    "AuditEntry",
    "ClientCertificate",
    "DueWork",
    "Maintenance",
    "Notice",
    "NoticeOperator",
    "NoticeRead",
    "Operator",
    "OperatorRecipient",
    "OutgoingMail",
    "PasswordGeneration",
    "SignInCounter",
    "SignInSession",
    "SignInThrottle",
    "Staff",
    "Ticket",
    "UnregisteredCertificate",
    "User",
    "db",
]
