#!/usr/bin/env bash
# Patches for all super-resolution networks: packs.sh PICTURES WORK. Finished shards are kept: run it again after a kill.
# CLIPS and HELD make fewer, for a trial.
set -euo pipefail
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-.venv-torch/bin/python}
$PYTHON -m training.pack --pictures "$1" --out "$2/train" --clips "${CLIPS:-400}" --seed 1
$PYTHON -m training.pack --pictures "$1" --out "$2/held" --clips "${HELD:-40}" --seed 1 --validation
