SQLITE_DB_BASE_PATH = "/nonexistent"


class ConfigManager:
    pass


config_manager = ConfigManager()
