from enum import StrEnum


class Platforms(StrEnum):
    github = "github"
