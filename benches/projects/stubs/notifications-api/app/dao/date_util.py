import calendar
import datetime


def get_month_start_and_end_date_in_utc(month):
    last = calendar.monthrange(month.year, month.month)[1]
    return datetime.datetime(month.year, month.month, 1), datetime.datetime(month.year, month.month, last, 23, 59, 59)


def get_current_financial_year_start_year():
    now = datetime.datetime.now()
    return now.year if now.month >= 4 else now.year - 1
