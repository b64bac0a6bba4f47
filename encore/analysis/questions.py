"""QUESTIONS: everything that is asked of a tape, in one place; a new question is a line here."""

from __future__ import annotations

from encore.analysis.borders import Borders
from encore.analysis.complexity import Complexities
from encore.analysis.composite import Composites
from encore.analysis.compression import Compression
from encore.analysis.corrupt import Corrupt
from encore.analysis.damage import Damage
from encore.analysis.fields import Fields
from encore.analysis.frames import Frames
from encore.analysis.light import Lights
from encore.analysis.motion import Motions
from encore.analysis.noise import Noises
from encore.analysis.question import Question
from encore.analysis.sharpness import Sharpnesses
from encore.analysis.shots import Shots
from encore.analysis.thumbs import Thumbs

QUESTIONS: tuple[type[Question], ...] = (
    Fields,
    Borders,
    Thumbs,
    Shots,
    Frames,
    Corrupt,
    Damage,
    Noises,
    Compression,
    Sharpnesses,
    Composites,
    Lights,
    Motions,
    Complexities,
)
