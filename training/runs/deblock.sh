#!/usr/bin/env bash
# The network that takes off what codecs did: deblock.sh PICTURES WORK. Killed, it goes on where it was.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-.venv-torch/bin/python}
$PYTHON -m training.pack --pictures "$1" --out "$2/codec/train" --clips 160 --seed 1 --compressed
$PYTHON -m training.pack --pictures "$1" --out "$2/codec/held" --clips 20 --seed 2 --compressed --validation
$PYTHON -m training.train deblock --packs "$2/codec/train" --validation "$2/codec/held" --out "$2/deblock" --steps 16000 --rate 8e-4
$PYTHON -m training.export deblock --checkpoint "$2/deblock/state.pt" --folder encore/inference
