"""An independent row-by-row interpreter of maps agrees with the compiled SQL, on projects made by chance."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle import State
from tests.properties.made.playing import day, staged, worked
from tests.properties.made.project import ALL
from tests.properties.shop import examples
from tests.properties.test_agreement import legs_agree, ticking


@pytest.mark.parametrize("shape", ALL)
@examples(4)
@given(data=st.data())
def test_an_independent_row_by_row_interpreter_of_maps_agrees_with_the_compiled_sql(
    shape: str, data: st.DataObject
) -> None:
    with staged(data, (shape,)) as stage:
        state, world = State(), stage.world
        for number in range(3):
            if number:
                world = worked(data, stage, day(number) - timedelta(hours=1))
            if not legs_agree(stage.engine, world, state, ticking(day(number)), full=data.draw(st.booleans())):
                return
