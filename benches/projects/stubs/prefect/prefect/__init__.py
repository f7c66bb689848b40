from prefect import server
