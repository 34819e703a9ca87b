"""Survey files of every format, read into columns (`recognition.read_table`)."""
