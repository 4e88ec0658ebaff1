"""Keep a handful of processes running together, and end them together, whatever ends us.

For one machine and one person: the demonstration, and tests that need the whole product. A server in
production has a service manager of its own and runs `fareledger web` and `fareledger worker` under that.
"""

from fareledger.config.supervisor.child import ChildDidNotStart, ChildSpec
from fareledger.config.supervisor.group import Supervisor
from fareledger.config.supervisor.step import StepFailed
from fareledger.config.supervisor.stopping import StopAsked, StopSwitch

__all__ = ["ChildDidNotStart", "ChildSpec", "StepFailed", "StopAsked", "StopSwitch", "Supervisor"]
