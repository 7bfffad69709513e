"""Score your own clips with the pipeline's functions: command line, web page, ONNX export."""
