"""What pages show beyond answers, as plain data in the words of people: pages draw it and compute nothing."""
