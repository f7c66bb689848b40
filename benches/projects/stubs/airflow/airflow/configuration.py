class conf:
    @staticmethod
    def get(section, key, fallback=None):
        return {"SQL_ALCHEMY_SCHEMA": ""}.get(key.upper(), fallback)

    @staticmethod
    def getint(section, key, fallback=None):
        return fallback

    @staticmethod
    def getboolean(section, key, fallback=None):
        return fallback

    @staticmethod
    def has_option(section, key):
        return False
