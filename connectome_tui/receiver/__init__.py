"""The receiving process: OTLP and Zipkin come in over HTTP and gRPC, events go out over a pipe. It knows no screen."""
