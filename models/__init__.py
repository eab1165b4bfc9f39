"""Tables, one file per noun. No queries, mail or request in here."""

from models.account import Account, PasswordGeneration
from models.audit import AuditEntry
from models.base import db
from models.due_work import DueWork
from models.mail import OutgoingMail
from models.operator import Operator
from models.sign_in import SignInCounter, SignInSession, SignInThrottle
from models.staff import Staff
from models.ticket import Ticket
from models.user import User

__all__ = [
    "Account",
    "AuditEntry",
    "DueWork",
    "Operator",
    "OutgoingMail",
    "PasswordGeneration",
    "SignInCounter",
    "SignInSession",
    "SignInThrottle",
    "Staff",
    "Ticket",
    "User",
    "db",
]
