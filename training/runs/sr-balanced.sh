#!/usr/bin/env bash
# The released sr-balanced: sr-balanced.sh PICTURES WORK. Finished parts are kept: run it again after a kill.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-.venv-torch/bin/python}
training/runs/packs.sh "$1" "$2"
$PYTHON -m training.train sr-balanced --packs "$2/train" --validation "$2/held" --out "$2/sr-balanced" --steps 24000
$PYTHON -m training.export sr-balanced --checkpoint "$2/sr-balanced/state.pt" --folder encore/inference
