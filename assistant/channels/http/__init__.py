"""The HTTP API: each route hands over to the assistant, the store or the desk, and computes nothing. `app` puts it together."""
