"""The application's configuration, as its own defaults have it."""


class current_app:
    config = {
        "NOTIFY_SERVICE_ID": "d6aa2c68-a2d9-4437-ab19-3ae8eb202553",
        "NOTIFY_USER_ID": "6af522d0-2915-4e52-83a3-3690455a5fe6",
        "NOTIFY_INTERNATIONAL_SMS_SENDER": "07984404008",
        "NOTIFY_EMAIL_DOMAIN": "notify.example",
        "ADMIN_BASE_URL": "http://localhost:6012",
        "SQLALCHEMY_DATABASE_URI": "postgresql:///",
    }
