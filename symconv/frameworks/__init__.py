"""Layers of PyTorch, TensorFlow, JAX, ONNX and SciPy, read, written and compared."""
