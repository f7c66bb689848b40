class DateRangeMigration:
    x_dateunit_in_since = r'"time_range":\s*".*\s:\s.*"'
    x_dateunit_in_until = r'"time_range":\s*".*\s:\s.*"'
    x_dateunit = r'"time_range":\s*".*"'


def get_since_until(*_, **__):
    raise NotImplementedError


def parse_human_timedelta(*_, **__):
    raise NotImplementedError
