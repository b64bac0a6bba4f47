"""Small moving pictures whose motion is known: a smooth random world before a camera."""

from __future__ import annotations

import cv2
import numpy as np

WIDTH, HEIGHT = 160, 120


def world(seed: int = 1, size: tuple[int, int] = (320, 280), grain: float = 1.2) -> np.ndarray:
    """(h, w) float32 codes between 40 and 210 with detail of about `grain` samples."""
    random = np.random.default_rng(seed)
    fine, coarse = (random.normal(0, 1, size[::-1]).astype(np.float32) for _ in range(2))
    made = cv2.GaussianBlur(fine, (0, 0), grain) * grain * 2 + cv2.GaussianBlur(coarse, (0, 0), 12) * 30
    return np.clip(125 + 28 * made, 40, 210).astype(np.float32)


def view(of: np.ndarray, right: float = 0.0, down: float = 0.0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> np.ndarray:
    """What a camera sees that has moved so far."""
    move = np.array([[1, 0, 60 + right], [0, 1, 60 + down]], np.float64)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(of, move, size, flags=flags, borderMode=cv2.BORDER_REFLECT), np.float32)


def pan(step: tuple[float, float], count: int, seed: int = 1, grain: float = 1.2) -> list[np.ndarray]:
    """Pictures of a camera that moves by `step` (right, down) samples per picture."""
    whole = world(seed, grain=grain)
    return [view(whole, step[0] * n, step[1] * n) for n in range(count)]
