def track_meta_columns(meta):
    raise NotImplementedError
