"""People keep their tracks through crossings, gaps and growth; what is found at random gets none of length."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from encore.analysis.facetracks import Sights, tracks_of
from tests.analysis.people import Person, found, sights_of

STANDING = Person(lambda _t: 300 + 200j)


def walked(people: list[Person], frames: int = 90, **kind: float) -> tuple[Sights, list[np.ndarray]]:
    sights = sights_of(found(people, frames, **kind))  # type: ignore[arg-type]
    return sights, tracks_of(sights)


def owners(sights: Sights, track: np.ndarray, people: list[Person]) -> set[int]:
    """Who the sights of a track are."""
    whose: set[int] = set()
    for one in track:
        middle = sights.landmarks[one].mean()
        whose.add(int(np.argmin([abs(person.at(2.0 * sights.frame[one]) - middle) for person in people])))
    return whose


def test_one_who_stands_is_one_track() -> None:
    sights, tracks = walked([STANDING])
    assert [len(track) for track in tracks] == [45] and (np.diff(sights.frame[tracks[0]]) == 2).all()


def test_two_who_cross_keep_their_tracks() -> None:
    """They pass in opposite directions, the one behind hidden for twelve frames."""
    people = [
        Person(lambda t: 150 + 2.0 * t + 200j),
        Person(lambda t: 510 - 2.0 * t + 204j, seen=lambda frame: not 39 <= frame <= 50),
    ]
    sights, tracks = walked(people)
    assert len(tracks) == 2
    assert sorted(map(tuple, (owners(sights, track, people) for track in tracks))) == [(0,), (1,)]


def test_a_gap_is_bridged_only_so_far() -> None:
    for gap, count in ((10, 1), (20, 2)):
        hidden = Person(lambda t: 100 + t + 200j, seen=lambda frame, gap=gap: not 40 < frame <= 40 + gap)
        assert len(walked([hidden])[1]) == count


def test_a_dancer_and_somebody_who_comes_near() -> None:
    """Swinging by four face sizes a second, and eyes that grow from 12 to 60 lines in three seconds."""
    people = [
        Person(lambda t: 200 + 60 * np.sin(t / 12) + (150 + 20 * np.sin(t / 6)) * 1j),
        Person(lambda t: 500 + 250j, eyes=lambda t: 12 + 48 * t / 180),
    ]
    _, tracks = walked(people)
    assert len(tracks) == 2 and all(len(track) == 45 for track in tracks)


def test_a_faint_face_goes_on_but_does_not_begin() -> None:
    sights = sights_of(found([STANDING], 60))
    score = np.where((sights.frame > 20) & (sights.frame < 40), 0.2, 0.9)
    score[sights.frame > 50] = 0.2
    faint = Sights(sights.frame, score, sights.box, sights.landmarks, sights.look)
    assert [len(track) for track in tracks_of(faint)] == [30]
    nobody = Sights(sights.frame, np.full(30, 0.3), sights.box, sights.landmarks, sights.look)
    assert tracks_of(nobody) == []


def test_what_is_found_at_random_stays_short() -> None:
    sights, tracks = walked([STANDING], 300, false=0.5)
    lengths = sorted((len(track) for track in tracks), reverse=True)
    assert lengths[0] == 150 and lengths[1] <= 3
    assert owners(sights, max(tracks, key=len), [STANDING, Person(lambda _t: 0j)]) == {0}


def test_nobody_has_no_track() -> None:
    assert tracks_of(sights_of({})) == []


@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_finding_does_not_matter(random, seed: int) -> None:
    people = [Person(lambda t: 150 + 2.0 * t + 200j), Person(lambda t: 510 - 2.0 * t + 230j), STANDING]
    rows = found(people, 60, noise=0.05, false=0.3, seed=seed)
    straight = tracks_of(sights_of(rows))
    for several in rows.values():
        random.shuffle(several)
    assert [track.tolist() for track in tracks_of(sights_of(rows))] == [track.tolist() for track in straight]


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_a_tape_played_backward_has_the_same_tracks(seed: int) -> None:
    people = [Person(lambda t: 150 + 2.0 * t + 200j), Person(lambda t: 510 - 2.0 * t + 206j, seen=lambda f: f % 7 > 1)]
    sights = sights_of(found(people, 80, noise=0.03, false=0.2, seed=seed))
    turned = Sights(78 - sights.frame, sights.score, sights.box, sights.landmarks, sights.look)
    order = np.lexsort((*turned.box.T[::-1], turned.frame))
    back = [{int(order[one]) for one in track} for track in tracks_of(turned.only(order))]
    straight = [set(track.tolist()) for track in tracks_of(sights)]
    assert sorted(map(sorted, back)) == sorted(map(sorted, straight))
