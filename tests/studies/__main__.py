"""Run every study, store its rows, and write docs/studies.md; exit code 1 if something does not hold."""

import sys

from tests.studies import catalogue


def main() -> int:
    faults = []
    for study in catalogue.STUDIES:
        study.run()
        found = study.broken(study.stored())
        print(f"{study.name}: {'holds' if not found else 'does not hold'}, rows in {study.file.name}")
        faults += found
    catalogue.DOCUMENT.write_text(catalogue.document(), encoding="utf-8", newline="\n")
    print(f"written: docs/{catalogue.DOCUMENT.name}")
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
