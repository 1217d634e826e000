"""The platforms of chat. A file here with a `CHANNEL` is a channel; what all share is in `channel`, `message` and `reception`."""
