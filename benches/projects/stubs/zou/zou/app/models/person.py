ROLE_TYPES = [("user", "Artist"), ("admin", "Studio Manager")]
POSITION_TYPES = [("supervisor", "Supervisor"), ("lead", "Lead"), ("artist", "Artist")]
SENIORITY_TYPES = [("senior", "Senior"), ("mid", "Mid"), ("junior", "Junior")]
