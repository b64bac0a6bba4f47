#!/usr/bin/env bash
# The network that restores aligned faces: face-s.sh PICTURES WORK. Finished parts are kept: run it again after a kill.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-.venv-torch/bin/python}
$PYTHON -m training.facetracks.pack --pictures "$1" --out "$2/faces/held" --clips 30 --taken 3 --validation
$PYTHON -m training.facetracks.pack --pictures "$1" --out "$2/faces/train" --clips 240
$PYTHON -m training.facetracks.pack --pictures "$1" --out "$2/faces/train" --clips 40 --seed 2 --taken 3
$PYTHON -m training.train face-s --packs "$2/faces/train" --validation "$2/faces/held" --out "$2/face-s" --batch 4 --steps 6000 --rate 1e-3
$PYTHON -m training.export face-s --checkpoint "$2/face-s/state.pt" --folder encore/inference
$PYTHON -m training.facetracks.judge face-s --folder encore/inference --packs "$2/faces/held"
