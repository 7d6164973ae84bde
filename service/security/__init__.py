"""Who may do what: roles and their policy, signed tokens and cookies, one-time links, and the gate that asks them all."""

from service.security.gate import Gate
from service.security.roles import ANONYMOUS_ACTIONS, Action, Identity, Role
from service.security.tokens import SecretKey, SecretKeyError

__all__ = ["ANONYMOUS_ACTIONS", "Action", "Gate", "Identity", "Role", "SecretKey", "SecretKeyError"]
