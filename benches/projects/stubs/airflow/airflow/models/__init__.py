class DagBag:
    pass
