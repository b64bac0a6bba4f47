"""Change how one shot is read, and restore the tape by that plan.

python examples/edit_plan.py TAPE SHOT bwdif|weave|film
"""

from __future__ import annotations

import sys
from pathlib import Path

import encore
from encore.planning.plan import Choice, Reading


def with_reading(plan: encore.Plan, number: int, method: str) -> encore.Plan:
    """The plan with another reading of one shot, signed by a person. Plans are frozen, so this is a new one."""
    shot = plan.shots[number]
    reading = Reading.model_validate({"method": method, "order": shot.reading.order})
    why = Choice(because="looked better to me", by="person")
    changed = shot.model_copy(update={"reading": reading, "reading_choice": why})
    shots = (*plan.shots[:number], changed, *plan.shots[number + 1 :])
    return plan.model_copy(update={"shots": shots})


def restore_edited(tape: Path, number: int, method: str, intent: encore.Intent) -> encore.Result:
    """Plan, change the plan, keep it beside the tape, obey it."""
    plan = with_reading(encore.plan(tape, intent=intent), number, method)
    file = tape.with_suffix(".plan.json")
    plan.save(file)
    return encore.restore(tape, plan=file)


if __name__ == "__main__":
    done = restore_edited(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], encore.Intent())
    print(f"{done.output}: {done.reused} of {len(done.chunks)} chunks were finished before")
