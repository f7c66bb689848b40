from uuid import UUID as UUIDstr
