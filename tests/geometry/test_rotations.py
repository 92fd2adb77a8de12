from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from lucida.geometry.rotations import shortest_turn

directions = st.tuples(*[st.floats(-1, 1)] * 3)


@given(directions, directions)
def test_the_shortest_turn_is_a_rotation_onto_the_other_by_the_angle_between(
    one: tuple[float, float, float], other: tuple[float, float, float]
) -> None:
    lengths = np.linalg.norm([one, other], axis=1)
    assume(lengths.min() > 0.01)
    turn = shortest_turn(one, other)
    assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(turn) > 0
    assert np.allclose(turn @ one / lengths[0], other / lengths[1], atol=1e-4)
    cosine = np.clip(np.dot(one, other) / lengths.prod(), -1, 1)
    assert np.isclose((np.trace(turn) - 1) / 2, cosine, atol=1e-6)


def test_axes_go_to_axes_without_rounding() -> None:
    assert shortest_turn((0, 0, 2), (0, 1, 0)).tolist() == [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    assert shortest_turn((0, -1, 0), (0, 1, 0)).tolist() == [[1, 0, 0], [0, -1, 0], [0, 0, -1]]
    assert shortest_turn((1, 0, 0), (-3, 0, 0)).tolist() == [[-1, 0, 0], [0, -1, 0], [0, 0, 1]]
    assert shortest_turn((0, 1, 0), (0, 1, 0)).tolist() == np.eye(3).tolist()
