"""The contract between machines, service and screens: topics, messages, events, encoding. Imports nothing of ours."""
