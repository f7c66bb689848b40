PROJECT_STYLES = [("2d", "2D Animation"), ("3d", "3D Animation")]
