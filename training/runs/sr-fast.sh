#!/usr/bin/env bash
# The released sr-fast: sr-fast.sh PICTURES WORK. Finished parts are kept: run it again after a kill.
# A trial of minutes, in a clone of its own: CLIPS=8 HELD=2 STEPS=300 training/runs/sr-fast.sh PICTURES WORK
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-.venv-torch/bin/python}
training/runs/packs.sh "$1" "$2"
$PYTHON -m training.train sr-fast --packs "$2/train" --validation "$2/held" --out "$2/sr-fast" --steps "${STEPS:-18000}"
$PYTHON -m training.export sr-fast --checkpoint "$2/sr-fast/state.pt" --folder encore/inference
