import uuid as _uuid


def generate_uuid(dashed=True):
    made = _uuid.uuid4()
    return str(made) if dashed else made.hex


def is_uuid_like(val):
    try:
        wanted = _uuid.UUID(val).hex
        text = val.replace("urn:", "").replace("uuid:", "")
    except (TypeError, ValueError, AttributeError):
        return False
    return text.strip("{}").replace("-", "").lower() == wanted
