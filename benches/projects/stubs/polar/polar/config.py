class settings:
    SECRET = "secret"
    STRIPE_SECRET_KEY = ""
    CURRENT_JWK_KID = "kid"
    USER_SESSION_TTL = None

    @staticmethod
    def generate_frontend_url(path):
        return path
