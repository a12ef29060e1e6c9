"""Which of the 468 face-mesh points mean what. Left and right are the subject's own.

Numbering: MediaPipe face mesh (`face_landmark.tflite`); 33 is the outer corner of the subject's right eye,
which an unmirrored picture shows on its left side.
"""

from __future__ import annotations

import numpy as np

N_POINTS = 468

RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263
RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS = (33, 133), (362, 263)
RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER = 61, 291
UPPER_LIP_INNER, LOWER_LIP_INNER = 13, 14
UPPER_LIP_OUTER = 0
LIP_MIDDLE = (0, 13, 14, 17)
NOSE_BASE = 2
CHIN = 152

# Points that expressions hardly move; the frontal frame is fitted to them.
FOREHEAD = (10, 109, 338, 67, 297, 103, 332, 54, 284, 21, 251)
TEMPLES = (162, 389, 127, 356, 234, 454)
NOSE_BRIDGE = (168, 6, 197, 195)
EYE_CORNERS = RIGHT_EYE_CORNERS + LEFT_EYE_CORNERS
STABLE = FOREHEAD + TEMPLES + NOSE_BRIDGE + EYE_CORNERS

# (upper lid, lower lid) pairs across the eye opening
RIGHT_LIDS = ((160, 144), (159, 145), (158, 153))
LEFT_LIDS = ((387, 373), (386, 374), (385, 380))

RIGHT_BROW_INNER, LEFT_BROW_INNER = (107, 55, 66, 65), (336, 285, 296, 295)
RIGHT_BROW_OUTER, LEFT_BROW_OUTER = (70, 46, 63, 53), (300, 276, 293, 283)

LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)

MOUTH = np.array(sorted(LIPS_OUTER + LIPS_INNER))  # 40 points: M_P, M_V
FACE = np.arange(N_POINTS)  # all points: F_P, F_V
