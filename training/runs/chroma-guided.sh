#!/usr/bin/env bash
# The released chroma-guided: chroma-guided.sh PICTURES WORK. Finished parts are kept: run it again after a kill.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-.venv-torch/bin/python}
training/runs/packs.sh "$1" "$2"
$PYTHON -m training.train chroma-guided --packs "$2/train" --validation "$2/held" --out "$2/chroma-guided" --steps 12000
$PYTHON -m training.export chroma-guided --checkpoint "$2/chroma-guided/state.pt" --folder encore/inference
