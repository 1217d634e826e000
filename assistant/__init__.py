"""From a question to an answer: language, linking, reading, answering, channels."""
