"""QUESTIONS: everything that is asked of a tape, in one place; a new question is a line here."""

from __future__ import annotations

from encore.analysis.borders import BordersQuestion
from encore.analysis.complexity import ComplexityQuestion
from encore.analysis.composite import CompositeQuestion
from encore.analysis.compression import CompressionQuestion
from encore.analysis.corrupt import CorruptQuestion
from encore.analysis.damage import DamageQuestion
from encore.analysis.faces import FacesQuestion
from encore.analysis.fields import FieldsQuestion
from encore.analysis.frames import FramesQuestion
from encore.analysis.light import LightQuestion
from encore.analysis.motion import MotionQuestion
from encore.analysis.noise import NoiseQuestion
from encore.analysis.question import Question
from encore.analysis.sharpness import SharpnessQuestion
from encore.analysis.shots import ShotsQuestion
from encore.analysis.thumbs import ThumbsQuestion

QUESTIONS: tuple[type[Question], ...] = (
    FieldsQuestion,
    BordersQuestion,
    ThumbsQuestion,
    ShotsQuestion,
    FramesQuestion,
    CorruptQuestion,
    DamageQuestion,
    NoiseQuestion,
    CompressionQuestion,
    SharpnessQuestion,
    CompositeQuestion,
    LightQuestion,
    MotionQuestion,
    ComplexityQuestion,
    FacesQuestion,
)
