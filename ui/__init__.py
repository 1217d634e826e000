"""The page: shows answers and conversations. It asks and keeps through `assistant`, and computes nothing."""
