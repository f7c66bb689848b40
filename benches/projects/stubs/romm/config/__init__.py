RESOURCES_BASE_PATH = "/nonexistent/resources"
ASSETS_BASE_PATH = "/nonexistent/assets"
ROMM_DB_DRIVER = "postgresql"


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return False
