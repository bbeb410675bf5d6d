"""The replay of history, proved against a count that shares no line of code with the engine."""
