class Config:
    FROM_NUMBER = "testing"


configs = {}
