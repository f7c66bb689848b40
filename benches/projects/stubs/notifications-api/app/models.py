import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import declarative_base

BRANDING_ORG = "org"
Base = declarative_base()


class LetterRate(Base):
    __tablename__ = "letter_rates"
    id = sa.Column(UUID(as_uuid=True), primary_key=True)
    start_date = sa.Column(sa.DateTime, nullable=False)
    end_date = sa.Column(sa.DateTime)
    sheet_count = sa.Column(sa.Integer, nullable=False)
    rate = sa.Column(sa.Numeric, nullable=False)
    crown = sa.Column(sa.Boolean, nullable=False)
    post_class = sa.Column(sa.String, nullable=False)


class Job(Base):
    __tablename__ = "jobs"
    id = sa.Column(UUID(as_uuid=True), primary_key=True)


class NotificationHistory(Base):
    __tablename__ = "notification_history"
    id = sa.Column(UUID(as_uuid=True), primary_key=True)


class Service(Base):
    __tablename__ = "services"
    id = sa.Column(UUID(as_uuid=True), primary_key=True)


class Template(Base):
    __tablename__ = "templates"
    id = sa.Column(UUID(as_uuid=True), primary_key=True)
