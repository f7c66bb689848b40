import sqlalchemy as sa
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Account(Base):
    __tablename__ = "accounts"
    id = sa.Column(sa.Uuid, primary_key=True)


class Customer(Base):
    __tablename__ = "customers"
    id = sa.Column(sa.Uuid, primary_key=True)
