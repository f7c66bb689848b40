from enum import Enum


class OpenIDGroupManagementMode(Enum):
    NONE = "NONE"
    FULL = "FULL"
    MIXED = "MIXED"
