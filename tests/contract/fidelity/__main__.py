"""``python -m tests.contract.fidelity FLAVOUR …``: record the answers of real servers; of all flavours by default."""

from __future__ import annotations

import sys

from tests.contract.fidelity import clients
from tests.contract.fidelity.flavours import Flavour
from tests.contract.fidelity.recorded import answers_of, write
from tests.contract.servers import FLAVOURS


def main(names: list[str]) -> None:
    for name in names or FLAVOURS:
        flavour = Flavour(name)
        with flavour.real() as server:
            answers = answers_of(server, flavour.cases)
            write(name, flavour.cases, answers)
            clients.record(flavour, server)
        print(f"{name}: {len(answers)} answers", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
