from flask_sqlalchemy import SQLAlchemy as _SQLAlchemy


class _SQLA(_SQLAlchemy):
    pass


def get_sqla_class():
    return _SQLA
