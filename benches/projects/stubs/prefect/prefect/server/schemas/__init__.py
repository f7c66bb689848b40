from prefect.server.schemas import core
from prefect.server.schemas import schedules
from prefect.server.schemas import states
