class Firmware:
    pass
