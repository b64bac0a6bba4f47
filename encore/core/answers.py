"""The answers of analysis about one shot: one document per question, every number with its unit."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from encore.core.doc import Doc
from encore.core.time import Span

LightKind = Literal["flash", "strobe", "blackout", "chase", "beam"]
NoiseKind = Literal["none", "grain", "codec"]


class Noise(Doc):
    """How much a shot rustles, and how; sigma is a standard deviation in 8-bit codes of single fields."""

    luma_sigma: float
    """Temporal, as it was on the tape before compression, as far as compression lets it be known."""
    chroma_sigma: float
    """The same of Cb and Cr together."""
    luma_by_level: tuple[float | None, ...] = ()
    """Temporal sigma in eight bins of luma, codes 16-235; None where the shot has no such brightness."""
    chroma_by_level: tuple[float | None, ...] = ()
    spatial_sigma: float
    """As seen in single fields; much less than the temporal one where a codec has smoothed."""
    kind: NoiseKind
    """`grain`: noise of camera, tape or film. `codec`: mostly what compression left of it or made itself."""
    correlation_across: float
    """Of horizontal neighbours, -1 to 1; 0 is white."""
    correlation_down: float
    """Of neighbouring lines of a field."""
    correlation_time: float
    """Between successive frames; near 0 for noise, more where a codec repeats it."""
    spectrum: tuple[tuple[float, ...], ...] = ()
    """Of luma noise of `luma_sigma`: mean energy (squared codes) of its 8x8 DCT coefficients, rows down, columns
    across; [0][0] is 0, because light changes it."""


class Compression(Doc):
    """What a codec has done to a shot."""

    blockiness: float
    """Step across the 8-sample grid over that beside it; 1 is none."""
    ringing: float
    """Activity beside strong edges over that of flat parts, less what is usual; 0 is none."""
    banding: float
    """Share of smooth gradients that are staircases, 0 to 1."""
    quantiser: float | None = None
    """Mean quantiser where the stream tells it: QP of H.264, twice the quantiser code of MPEG-1/2/4."""
    severity: float = Field(ge=0, le=1)
    """0 nothing to be seen, 1 very coarse; rises with the quantiser."""


class Sharpness(Doc):
    """How much detail a shot really has."""

    blur_sigma: float
    """Standard deviation of the blur at edges, samples across."""
    luma_bandwidth: float
    """Horizontal, share of Nyquist (6.75 MHz): where the spectrum falls 12 dB below that of a sharp picture."""
    chroma_bandwidth: float | None = None
    """The same of chroma against luma's Nyquist; None where too few edges are coloured."""
    halo: float
    """Overshoot beside edges, share of the step; 0 is none."""
    clarity: float = Field(ge=0, le=1)
    """0 mush, 1 as much as the raster can carry: what super-resolution has to start from."""


class Composite(Doc):
    """Faults of composite video and of wrong flags."""

    dot_crawl: float
    """Amplitude along coloured edges, 8-bit codes."""
    rainbow: float
    """Amplitude of false colour on fine luma detail, 8-bit codes."""
    chroma_shift_across: float | None = None
    """Samples that chroma lies to the right of luma; None where colours have too few edges in common with luma."""
    chroma_shift_down: float | None = None
    """Lines of the frame that chroma lies below luma; None as above."""
    range_suspect: Literal["", "full as studio", "studio as full"] = ""
    matrix_suspect: Literal["", "bt601", "bt709"] = ""
    """The matrix that would explain the colours better than the flagged one."""
    clipped_colours: float = 0
    """Share of samples outside R'G'B'."""


class LightEvent(Doc):
    """Something that the light did; never a cut."""

    kind: LightKind
    span: Span
    """Tape frames."""
    rate_hz: float | None = None
    """Of strobes: flashes a second."""


class Light(Doc):
    """The light on a stage."""

    exposure: float
    """Mean luma, 0 black to 1 white (codes 16 to 235)."""
    colours: tuple[tuple[float, float, float], ...] = ()
    """Dominant light colours, strongest first: R'G'B' with the largest part 1."""
    colour_shares: tuple[float, ...] = ()
    """Share of the lit picture of each."""
    clipped: tuple[float, float, float]
    """Share of samples at the upper limit of R', G', B'."""
    change: float
    """Change of local light from frame to frame, share of its level, mean."""
    strobe_hz: float | None = None
    events: tuple[LightEvent, ...] = ()


class Motion(Doc):
    """How camera and things move; samples of the tape per tape frame."""

    global_motion: float
    """Mean length of the camera's movement."""
    pan: tuple[float, float]
    """Mean of it, right and down."""
    zoom: float
    """Growth per frame; 0 none."""
    shake: float
    """Root mean square of the camera's movement less its smooth course."""
    local_motion: float
    """Mean movement against the camera's, of what moves most (95th percentile)."""
    camera: Literal["still", "pan", "zoom", "shake", "moving"]


class Complexity(Doc):
    """How hard a shot is to encode and to restore."""

    si_mean: float
    """Spatial information (ITU-T P.910) of fields, 8-bit codes."""
    si_p95: float
    ti_mean: float
    """Temporal information, the same."""
    ti_p95: float
    dct_energy: float
    """Texture: weighted DCT energy per sample (E of VCA), codes."""
    dct_change: float
    """Its change from frame to frame (h of VCA)."""


class TapeDamage(Doc):
    """What tape and recorder did to a shot; lines are those of the tape frame."""

    dropout_lines: int
    """Line pieces lost."""
    dropout_share: float
    """Of all samples."""
    snow_frames: int
    """Tape frames that are mostly noise without a picture."""
    jitter: float
    """Root mean square sideways displacement of lines against their neighbours, samples."""
    head_switching_lines: int
    scratches: tuple[float, ...] = ()
    """Columns of vertical lines that stand still, samples from the left."""


class FaceTrack(Doc):
    """One person's face through a shot."""

    number: int
    """In its shot, by when it is first seen, of those first seen together the largest first."""
    span: Span
    """Ticks."""
    size: float
    """Distance between the eyes as a face seen from the front would have it, lines of the woven frame, median."""
    smallest: float
    """The same, 5th percentile."""
    largest: float
    """The same, 95th percentile."""
    sharpness: float = Field(ge=0, le=1)
    """How much of the detail that the raster can carry the face has, whatever its contrast and noise, median."""
    yaw_deg: float
    """How far the head is turned, median: 0 to the camera, positive to the right of the picture."""
    turned_deg: float
    """The largest turn to either side, 95th percentile."""
    occluded: float = Field(ge=0, le=1)
    """Share of ticks in which the face was hardly found, not at all, or with its mouth out of place."""
    light: tuple[float, float, float]
    """Colour of the face as it is lit, R'G'B' with the largest part 1, median."""
    exposure: float
    """Mean luma of the face, 0 black to 1 white, median."""
    clipped: float = Field(ge=0, le=1)
    """Share of the face at the upper limit of R', G' or B', median."""
    confidence: float = Field(ge=0, le=1)
    """Score of the search where it found the face, median."""
