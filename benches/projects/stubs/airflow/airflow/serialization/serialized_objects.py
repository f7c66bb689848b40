class BaseSerialization:
    pass
