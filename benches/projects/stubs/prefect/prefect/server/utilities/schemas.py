from pydantic import BaseModel as PrefectBaseModel
