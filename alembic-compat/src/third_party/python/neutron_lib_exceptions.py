class NeutronException(Exception):
    message = "An unknown exception occurred."

    def __init__(self, **kwargs):
        self.msg = self.message % kwargs
        super().__init__(self.msg)

    def __str__(self):
        return self.msg


class BadRequest(NeutronException):
    message = "Bad %(resource)s request: %(msg)s."


class NotFound(NeutronException):
    pass


class Conflict(NeutronException):
    pass
