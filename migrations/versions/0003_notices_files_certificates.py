"""Notices with attachments, the whole operator master, client certificates, maintenance."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
# Added as they are written here: SQLite would otherwise rebuild a table that others refer to.
OPERATOR_COLUMNS = {
    "area": "VARCHAR(1) DEFAULT '' NOT NULL CONSTRAINT ck_operators_area CHECK (area = '' OR length(area) = 1)",
    "short_name": "VARCHAR(10) DEFAULT '' NOT NULL",
    "licence": "VARCHAR(20) DEFAULT '' NOT NULL CONSTRAINT ck_operators_licence "
    "CHECK (licence = '' OR licence IN ('generation', 'retail', 'none'))",
    "participation": "VARCHAR(11) DEFAULT '' NOT NULL",
    "postal_code": "VARCHAR(7) DEFAULT '' NOT NULL",
    "address": "VARCHAR(200) DEFAULT '' NOT NULL",
    "contact_department": "VARCHAR(100) DEFAULT '' NOT NULL",
    "contact_name": "VARCHAR(50) DEFAULT '' NOT NULL",
    "contact_phone": "VARCHAR(20) DEFAULT '' NOT NULL",
    "contact_email": "VARCHAR(254) DEFAULT '' NOT NULL",
}


def _endings(*last: str) -> str:
    first = ("logout", "displaced", "replaced", "idle", "expired", "shut_out", "password", "locked")
    return f"ending IS NULL OR ending IN ({', '.join(repr(ending) for ending in (*first, *last))})"


def upgrade() -> None:
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("announced_from", TIME, nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=True),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("cancelled_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("announced_from <= starts_at", name=op.f("ck_maintenance_announced")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_maintenance_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance")),
    )
    op.create_index(op.f("ix_maintenance_ends_at"), "maintenance", ["ends_at"])
    op.create_index(op.f("ix_maintenance_starts_at"), "maintenance", ["starts_at"])

    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("title_folded", sa.String(length=1800), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("shown_from", TIME, nullable=False),
        sa.Column("shown_to", TIME, nullable=False),
        sa.Column("audience", sa.String(length=9), nullable=False),
        sa.Column("role", sa.String(length=1), nullable=True),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(audience = 'role') = (role IS NOT NULL)", name=op.f("ck_notices_audience_role")),
        sa.CheckConstraint("audience IN ('everyone', 'operators', 'role')", name=op.f("ck_notices_audience")),
        sa.CheckConstraint("role IS NULL OR role IN ('6', '7')", name=op.f("ck_notices_role")),
        sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name=op.f("ck_notices_state")),
        sa.CheckConstraint("shown_from < shown_to", name=op.f("ck_notices_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_shown", "notices", ["state", "shown_from"])
    op.create_table(
        "notice_operators",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_operators_notice_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_notice_operators_operator_id")),
        sa.PrimaryKeyConstraint("notice_id", "operator_id", name=op.f("pk_notice_operators")),
    )
    op.create_index(op.f("ix_notice_operators_operator_id"), "notice_operators", ["operator_id"])
    op.create_table(
        "notice_reads",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("read_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_notice_reads_account_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_reads_notice_id")),
        sa.PrimaryKeyConstraint("account_id", "notice_id", name=op.f("pk_notice_reads")),
    )
    op.create_index(op.f("ix_notice_reads_notice_id"), "notice_reads", ["notice_id"])

    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("record_table", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.SmallInteger(), nullable=True),
        sa.Column("uploader_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.CheckConstraint(
            "(record_id IS NULL) = (expires_at IS NOT NULL)", name=op.f("ck_attachments_attached_or_expires")
        ),
        sa.CheckConstraint("(record_id IS NULL) = (place IS NULL)", name=op.f("ck_attachments_attached_with_place")),
        sa.ForeignKeyConstraint(["uploader_id"], ["accounts.id"], name=op.f("fk_attachments_uploader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("key", name=op.f("uq_attachments_key")),
    )
    op.create_index(op.f("ix_attachments_expires_at"), "attachments", ["expires_at"])
    op.create_index(op.f("ix_attachments_uploader_id"), "attachments", ["uploader_id"])
    op.create_index("uq_attachments_record", "attachments", ["record_table", "record_id", "place"], unique=True)
    op.create_table(
        "attachment_chunks",
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name=op.f("fk_attachment_chunks_attachment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("attachment_id", "no", name=op.f("pk_attachment_chunks")),
    )

    op.create_table(
        "client_certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("valid_from", TIME, nullable=False),
        sa.Column("valid_to", TIME, nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_client_certificates_period")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_client_certificates_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_certificates")),
    )
    op.create_index(op.f("ix_client_certificates_operator_id"), "client_certificates", ["operator_id"])
    op.create_index(
        "uq_client_certificates_live",
        "client_certificates",
        ["issuer", "serial"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "unregistered_certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("valid_from", TIME, nullable=False),
        sa.Column("valid_to", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unregistered_certificates")),
    )
    op.create_index(op.f("ix_unregistered_certificates_seen_at"), "unregistered_certificates", ["seen_at"])
    op.create_index("uq_unregistered_certificates", "unregistered_certificates", ["issuer", "serial"], unique=True)

    op.create_table(
        "operator_recipients",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.CheckConstraint("place BETWEEN 1 AND 5", name=op.f("ck_operator_recipients_place")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_operator_recipients_operator_id")),
        sa.PrimaryKeyConstraint("operator_id", "place", name=op.f("pk_operator_recipients")),
    )
    for name, declaration in OPERATOR_COLUMNS.items():
        op.execute(f"ALTER TABLE operators ADD COLUMN {name} {declaration}")
    op.add_column("operators", sa.Column("withdrawn_at", TIME, nullable=True))
    with op.batch_alter_table("outgoing_mails") as batch_op:
        batch_op.add_column(sa.Column("about_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_outgoing_mails_about_id"), "accounts", ["about_id"], ["id"])
        batch_op.add_column(sa.Column("notice_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_outgoing_mails_notice_id"), "notices", ["notice_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_outgoing_mails_notice_id"), ["notice_id"])
    with op.batch_alter_table("sessions") as batch_op:  # nothing refers to it: it may be rebuilt
        batch_op.add_column(sa.Column("certificate_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_sessions_certificate_id"), "client_certificates", ["certificate_id"], ["id"]
        )
        batch_op.drop_constraint(batch_op.f("ck_sessions_ending"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_sessions_ending"), _endings("ended", "cert"))


def downgrade() -> None:
    """Drops notices, files, certificates, and what the operator master has gained."""
    with op.batch_alter_table("outgoing_mails") as batch_op:
        batch_op.drop_index(batch_op.f("ix_outgoing_mails_notice_id"))
        batch_op.drop_constraint(batch_op.f("fk_outgoing_mails_notice_id"), type_="foreignkey")
        batch_op.drop_column("notice_id")
        batch_op.drop_constraint(batch_op.f("fk_outgoing_mails_about_id"), type_="foreignkey")
        batch_op.drop_column("about_id")
    op.execute("UPDATE sessions SET ending = 'ended' WHERE ending = 'cert'")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_sessions_ending"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_sessions_ending"), _endings("ended"))
        batch_op.drop_constraint(batch_op.f("fk_sessions_certificate_id"), type_="foreignkey")
        batch_op.drop_column("certificate_id")
    for name in ("withdrawn_at", *reversed(OPERATOR_COLUMNS)):
        op.execute(f"ALTER TABLE operators DROP COLUMN {name}")
    for table in (
        "operator_recipients", "unregistered_certificates", "client_certificates", "attachment_chunks", "attachments",
        "notice_reads", "notice_operators", "notices", "maintenance",
    ):  # fmt: skip
        op.drop_table(table)
