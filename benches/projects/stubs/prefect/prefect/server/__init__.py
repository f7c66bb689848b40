from prefect.server import schemas
