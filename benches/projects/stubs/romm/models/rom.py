NAME_SORT_KEY_MAX_LENGTH = 500


def compute_name_sort_key(name):
    raise NotImplementedError
