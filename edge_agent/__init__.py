"""On the machine: driver -> calibration -> batches -> MQTT. Imports `wire` and nothing of the service."""
