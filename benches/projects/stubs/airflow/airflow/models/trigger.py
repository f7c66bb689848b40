import sqlalchemy as sa
from airflow.models.base import Base
from sqlalchemy.orm import relationship


class TaskInstance(Base):
    __tablename__ = "task_instance_of_trigger"
    id = sa.Column(sa.Integer, primary_key=True)
    trigger_id = sa.Column(sa.Integer, sa.ForeignKey("trigger.id"))


class Trigger(Base):
    __tablename__ = "trigger"
    id = sa.Column(sa.Integer, primary_key=True)
    encrypted_kwargs = sa.Column("kwargs", sa.Text, nullable=False)
    task_instance = relationship(TaskInstance)
