import sqlalchemy as sa
from sqlalchemy import orm

Base = orm.declarative_base()


class Action(Base):
    __tablename__ = "ab_permission"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(100), unique=True, nullable=False)


class Resource(Base):
    __tablename__ = "ab_view_menu"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(250), unique=True, nullable=False)


class Permission(Base):
    __tablename__ = "ab_permission_view"
    id = sa.Column(sa.Integer, primary_key=True)
    action_id = sa.Column("permission_id", sa.Integer, sa.ForeignKey("ab_permission.id"))
    action = orm.relationship(Action)
    resource_id = sa.Column("view_menu_id", sa.Integer, sa.ForeignKey("ab_view_menu.id"))
    resource = orm.relationship(Resource)
