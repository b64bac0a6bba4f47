#!/usr/bin/env bash
# The released sr-best: sr-best.sh PICTURES WORK. It starts as sr-balanced. Finished parts are kept: run it again after a kill.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-.venv-torch/bin/python}
training/runs/sr-balanced.sh "$1" "$2"
test -e "$2/wide.pt" || $PYTHON -m training.widen sr-balanced sr-best --checkpoint "$2/sr-balanced/state.pt" --out "$2/wide.pt"
$PYTHON -m training.train sr-best --packs "$2/train" --validation "$2/held" --out "$2/sr-best" --steps 10000 --start "$2/wide.pt"
$PYTHON -m training.train sr-best --packs "$2/train" --validation "$2/held" --out "$2/sr-best-last" --steps 2000 --rate 2e-4 --start "$2/sr-best/state.pt"
$PYTHON -m training.export sr-best --checkpoint "$2/sr-best-last/state.pt" --folder encore/inference
