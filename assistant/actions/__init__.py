"""From what the data show to what can be done: playbooks, actions, and what was decided about them."""

from __future__ import annotations

from assistant.actions.action import Action, ActionList, Group, State, Step, Sum
from assistant.actions.desk import Desk

__all__ = ["Action", "ActionList", "Desk", "Group", "State", "Step", "Sum"]
