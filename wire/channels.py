"""The channels of a session's recording (contract 8)."""

SAMPLES, INPUTS, SIGNALS, EVENTS, EVENTS_FINAL = "/samples", "/inputs", "/signals", "/events", "/events_final"
NOTES = "/notes"
"""What befell the recording: gaps, clock steps, restarts, quarantined payloads, trouble with the disk (decision 0122)."""
