from random import SystemRandom as SystemRandom
from _limbeck import random_bytes as _random_bytes

_one = SystemRandom()
choice = _one.choice
randbits = _one.getrandbits


def randbelow(exclusive_upper_bound):
    if exclusive_upper_bound <= 0:
        raise ValueError("Upper bound must be positive.")
    return _one.randrange(exclusive_upper_bound)


def token_bytes(nbytes=None):
    return _random_bytes(32 if nbytes is None else nbytes)


def token_hex(nbytes=None):
    return token_bytes(nbytes).hex()


def token_urlsafe(nbytes=None):
    import base64
    return base64.urlsafe_b64encode(token_bytes(nbytes)).decode("ascii").rstrip("=")


def compare_digest(a, b):
    return a == b
