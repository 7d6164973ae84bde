"""What was found, for people: events as words, tables' contents, pictures and pages. Reads events and samples, decides nothing anew."""
