from datetime import datetime as DateTime


def human_friendly_diff(*_):
    return ""
