class DagCode:
    pass
