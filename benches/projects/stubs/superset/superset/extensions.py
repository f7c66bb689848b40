from sqlalchemy import LargeBinary
from sqlalchemy_utils import EncryptedType


class encrypted_field_factory:
    @staticmethod
    def create(*arguments, **keywords):
        return EncryptedType(*arguments, "key", **keywords)
