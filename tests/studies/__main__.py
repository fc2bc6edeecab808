"""Run studies, store their rows, and write docs/studies.md: `python -m tests.studies [STUDY...]`, all by default.

Exit code 1 if something does not hold, 2 for a study there is not.
"""

import sys
from collections.abc import Sequence

from tests.studies import catalogue


def main(names: Sequence[str]) -> int:
    known = {study.name: study for study in catalogue.STUDIES}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"found the study {', '.join(unknown)}; expected any of {', '.join(known)}", file=sys.stderr)
        return 2
    faults = []
    for study in [known[name] for name in names] or catalogue.STUDIES:
        study.run()
        found = study.broken(study.stored())
        print(f"{study.name}: {'holds' if not found else 'does not hold'}, rows in {study.file.name}")
        faults += found
    catalogue.DOCUMENT.write_text(catalogue.document(), encoding="utf-8", newline="\n")
    print(f"written: docs/{catalogue.DOCUMENT.name}")
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
