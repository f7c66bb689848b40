from airflow import settings
