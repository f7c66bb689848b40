class SQLA:
    pass
