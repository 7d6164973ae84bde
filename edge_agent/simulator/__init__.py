"""A patient on a machine: torque and movement come out of their physics, the truth out of their state (detection 11)."""

from edge_agent.simulator.characters import CHARACTERS, Character
from edge_agent.simulator.simulation import Block, Simulation, simulate
from edge_agent.simulator.truth import Attempt

__all__ = ["CHARACTERS", "Attempt", "Block", "Character", "Simulation", "simulate"]
