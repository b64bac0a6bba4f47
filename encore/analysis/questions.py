"""QUESTIONS: everything that is asked of a tape, in one place; a new question is a line here."""

from __future__ import annotations

from encore.analysis.borders import Borders
from encore.analysis.fields import Fields
from encore.analysis.question import Question
from encore.analysis.shots import Shots
from encore.analysis.thumbs import Thumbs

QUESTIONS: tuple[type[Question], ...] = (Fields, Borders, Thumbs, Shots)
