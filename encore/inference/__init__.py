"""Networks: cards, verified weights, and the only door to OpenVINO, ONNX and PyTorch."""
