import uuid


class WorkspaceUUID(uuid.UUID):
    pass
