#!/usr/bin/env bash
# The face detector: faces.sh PICTURES WORK. PICTURES also has wider/ with wider.csv. Killed, it goes on where it was.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-.venv-torch/bin/python}
$PYTHON -m training.facefinder.train --pictures "$1" --out "$2/faces" --steps 9700
$PYTHON -m training.facefinder.export --checkpoint "$2/faces/state.pt" --pictures "$1" --folder encore/inference
