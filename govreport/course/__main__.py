"""For teachers who add an exercise: ``python -m govreport.course 1.4 c`` prints the digest of an answer."""

from __future__ import annotations

import sys

from govreport.course.exercises import digest


def main(arguments: list[str]) -> int:
    """Prints the digest of each answer to an exercise; gives the exit status."""
    if len(arguments) < 2:
        print("usage: python -m govreport.course EXERCISE ANSWER...", file=sys.stderr)
        return 2
    exercise, *answers = arguments
    print(" ".join(digest(exercise, answer) for answer in answers))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
