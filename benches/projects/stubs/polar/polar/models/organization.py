from enum import StrEnum

import sqlalchemy as sa
from polar.models import Base


class OrganizationStatus(StrEnum):
    CREATED = "created"
    ACTIVE = "active"


class Organization(Base):
    __tablename__ = "organizations"
    id = sa.Column(sa.Uuid, primary_key=True)
