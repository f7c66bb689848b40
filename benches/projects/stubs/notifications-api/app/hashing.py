def hashpw(password):
    return "hash"
