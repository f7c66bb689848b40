from enum import StrEnum


class CustomerType(StrEnum):
    individual = "individual"
    team = "team"
