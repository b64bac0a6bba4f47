"""Into a file: ffmpeg's words for a recipe, and the repeat flags that ffmpeg itself cannot write."""

from __future__ import annotations

from pathlib import Path

from encore.media.process import run
from encore.synthetic.recipe import DROPPED_OF, FORMATS, TapeRecipe

SOUND = {".mpg": "ac3", ".vob": "ac3", ".ts": "mp2", ".mp4": "aac"}
"""The usual sound of each container; PCM in all others."""
ENCODERS = {
    "ac3": ("ac3", "-b:a", "192k"),
    "mp2": ("mp2", "-b:a", "192k"),
    "aac": ("aac", "-b:a", "160k"),
    "pcm": ("pcm_s16le",),
}
FIELD_MODES = {"tff": "tff", "bff": "bff", "progressive": "prog"}
EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata:g", "-1")
"""No dates and versions in the file: the same recipe gives the same bytes."""
GOP = 15
"""Half a second between intra pictures, as on a DVD."""


def pixel_format(recipe: TapeRecipe) -> str:
    """FFmpeg's name of the tape's samples."""
    return f"yuv{recipe.sampling}p" + ("10le" if recipe.depth == 10 else "")


def write(recipe: TapeRecipe, path: Path, folder: Path) -> list[str]:
    """Arguments for ffmpeg that read raw frames from its standard input and write the tape.

    Args:
        recipe: the tape.
        path: where to.
        folder: holds sound.wav, words.srt and about.txt, as far as the recipe asks for them.
    """
    picture = ["-thread_queue_size", "64", "-f", "rawvideo", "-pixel_format", pixel_format(recipe), "-video_size"]
    picture += [f"{recipe.frame.width}x{recipe.frame.height}", "-framerate", str(recipe.rate), "-i", "pipe:0"]
    if recipe.scan == "soft":
        return [*picture, *_filters(recipe), *_encoder(recipe), *EXACT, "-f", "mpeg2video", str(folder / "film.m2v")]
    return [*picture, *_others(recipe, path, folder), *_filters(recipe), *_encoder(recipe), *_end(path)]


def finish_soft(recipe: TapeRecipe, path: Path, folder: Path) -> None:
    """Put repeat flags into film.m2v and join it with the sound.

    Raises:
        ToolError: ffmpeg failed.
    """
    film = folder / "film.m2v"
    film.write_bytes(with_repeat_flags(film.read_bytes()))
    picture = ["-fflags", "+genpts", "-f", "mpegvideo", "-i", str(film)]
    run("writing a soft-telecined tape", [*picture, *_others(recipe, path, folder), "-c:v", "copy", *_end(path)])


def with_repeat_flags(stream: bytes) -> bytes:
    """Turn a progressive 24/1.001 MPEG-2 stream without B-pictures into 30/1.001 with fields 3:2:3:2.

    ffmpeg's encoder cannot set `repeat_first_field`; the bits are at fixed places (ISO/IEC 13818-2, 6.2).
    """
    data, at, number = bytearray(stream), 0, 0
    while (at := data.find(b"\x00\x00\x01", at)) >= 0 and at + 8 < len(data):
        code, kind = data[at + 3], data[at + 4] >> 4
        if code == 0xB3:  # sequence header: frame_rate_code 1 (24/1.001) becomes 4 (30/1.001)
            data[at + 7] = data[at + 7] & 0xF0 | 4
        elif code == 0xB5 and kind == 1:  # sequence extension: no longer progressive_sequence, but low_delay (no B)
            data[at + 5] &= 0xF7
            data[at + 9] |= 0x80
        elif code == 0xB5 and kind == 8:  # picture coding extension: pictures of 2, 3, 2, 3 fields
            top_first, repeat = ((1, 0), (1, 1), (0, 0), (0, 1))[number % 4]
            data[at + 7] = data[at + 7] & 0x7D | top_first << 7 | repeat << 1
            number += 1
        at += 4
    return bytes(data)


def _others(recipe: TapeRecipe, path: Path, folder: Path) -> list[str]:
    """Sound, subtitles, chapters, title: inputs first, then what becomes of them."""
    inputs: list[str] = []
    outputs = ["-map", "0:v", *EXACT]
    count = 1
    if recipe.sound != "none":
        inputs += ["-i", str(folder / "sound.wav")]
        suffix = path.suffix.lower()
        codec = SOUND.get(suffix, "pcm") if recipe.sound == "auto" else recipe.sound
        encoder = ("pcm_dvd",) if codec == "pcm" and FORMATS[suffix] == "vob" else ENCODERS[codec]
        outputs += ["-map", f"{count}:a", "-c:a", *encoder, "-flags:a", "+bitexact"]
        count += 1
    if recipe.subtitles:
        inputs += ["-i", str(folder / "words.srt")]
        words = "srt" if path.suffix.lower() == ".mkv" else "mov_text"
        outputs += ["-map", f"{count}:s", "-c:s", words, "-metadata:s:s:0", "language=eng"]
        count += 1
    if recipe.chapters:
        inputs += ["-f", "ffmetadata", "-i", str(folder / "about.txt")]
        outputs += ["-map_chapters", str(count)]
    return [*inputs, *outputs, *(["-metadata", f"title={recipe.title}"] if recipe.title else [])]


def _filters(recipe: TapeRecipe) -> list[str]:
    """What the raw frames are, which ffmpeg cannot know."""
    ntsc = recipe.standard == "ntsc"
    tag = "smpte170m" if ntsc else "bt470bg"
    siting = "topleft" if recipe.codec == "dv" and not ntsc else "left"
    steps = [
        f"setparams=field_mode={FIELD_MODES[recipe.flagged]}:range=tv:color_primaries={tag}"
        f":color_trc={tag}:colorspace={tag}:chroma_location={siting}"
    ]
    if recipe.sample_aspect is not None:
        steps.append(f"setsar={recipe.shape.numerator}/{recipe.shape.denominator}")
    if recipe.vfr:
        every, at = DROPPED_OF
        late = f"if(eq(mod(N,4),1),0.3/({recipe.rate}),0)"
        steps += ["settb=1/90000", f"setpts=PTS+{late}/TB", f"select=not(eq(mod(n\\,{every})\\,{at}))"]
        steps[-2] = steps[-2].replace(",", "\\,")
    return ["-vf", ",".join(steps), *(["-fps_mode", "passthrough", "-enc_time_base", "1/90000"] if recipe.vfr else [])]


def _encoder(recipe: TapeRecipe) -> list[str]:
    """The picture codec; two threads always, because some encoders' output depends on their number."""
    fields = recipe.flagged != "progressive"
    flags = ["-flags", "+ildct+ilme"] if fields else []
    common = ["-pix_fmt", pixel_format(recipe), "-threads", "2"]
    rate = recipe.bit_rate
    if recipe.codec == "mpeg2":
        ahead = "0" if recipe.scan == "soft" else "2"  # repeat flags are written in coding order
        limits = ["-b:v", str(rate), "-maxrate", str(rate * 3 // 2), "-bufsize", "1835k", "-g", str(GOP), "-bf", ahead]
        return ["-c:v", "mpeg2video", *common, *limits, *flags]
    if recipe.codec == "mpeg2_422":
        limits = ["-b:v", str(rate), "-maxrate", str(rate), "-bufsize", str(rate // 4), "-g", str(GOP), "-bf", "0"]
        return [
            "-c:v",
            "mpeg2video",
            *common,
            *limits,
            "-intra_vlc",
            "1",
            "-non_linear_quant",
            "1",
            "-qmax",
            "28",
            *flags,
        ]
    if recipe.codec == "h264":
        order = ["-x264-params", "bff=1" if recipe.flagged == "bff" else "tff=1"] if fields else []
        return ["-c:v", "libx264", *common, "-preset", "veryfast", "-crf", "18", "-g", str(2 * GOP), *order, *flags]
    if recipe.codec == "ffv1":
        return ["-c:v", "ffv1", *common, "-level", "3", "-slices", "4", "-g", "1", *flags]
    return ["-c:v", "dvvideo", *common, *flags]


def _end(path: Path) -> list[str]:
    return ["-f", FORMATS[path.suffix.lower()], str(path)]
