"""The shape of a tape's samples: flags where they make sense, a guess said aloud where they do not."""

from __future__ import annotations

from fractions import Fraction

from encore.core.source import VideoStream

SD_WIDTHS, SD_HEIGHTS = (704, 720, 352, 480, 544, 640, 768), (480, 484, 486, 512, 576, 240, 288, 608)
"""Rasters of 525- and 625-line recordings; 640 and 768 wide ones have square samples by design."""
NONSQUARE_WIDTHS = (704, 720, 352, 480, 544)
PLAUSIBLE = (Fraction(5, 4) * Fraction(98, 100), Fraction(24, 10))
"""Picture shapes that were ever recorded on tape: from 5:4 to letter-box cinema."""
FOUR_BY_THREE = Fraction(4, 3)


def settle_sample_aspect(video: VideoStream) -> tuple[Fraction, bool]:
    """Width of a sample over its height, and whether it had to be guessed.

    A 720x480 raster with square samples (3:2) or without a flag was 4:3 nearly always: wide-screen recordings
    carry their flag, since without it nobody could watch them.
    """
    raster = Fraction(video.width, video.height)
    flagged = video.sample_aspect
    television = video.width in NONSQUARE_WIDTHS and video.height in SD_HEIGHTS
    if flagged is not None and flagged > 0:
        square_by_mistake = television and flagged == 1
        if not square_by_mistake and (not television or PLAUSIBLE[0] <= raster * flagged <= PLAUSIBLE[1]):
            return flagged, False
    if television:
        return FOUR_BY_THREE / raster, True
    return Fraction(1), flagged is not None or video.width in SD_WIDTHS
