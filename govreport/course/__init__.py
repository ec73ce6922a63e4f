"""A short course on the reports: self-checks for the exercises in notebooks/course, and invented data for them.

``check("1.2", answer)`` says whether an answer is right; if not, what is wrong with it, and never what is right.
Exercises and the usual mistakes stand in ``exercises.csv`` and ``mistakes.csv``: numbers as sums over the bundled
reports, choices as digests, so that neither file nor notebook gives them away to a passing glance.

>>> print(check("1.1", ...))
Exercise 1.1, not answered yet: put your answer in place of the three dots.
>>> print(check("1.1", 3646).state)
wrong
"""

from govreport.course.checking import Feedback, Score, check, score
from govreport.course.invented import agencies_of_one_rate, intervals

__all__ = ["Feedback", "Score", "agencies_of_one_rate", "check", "intervals", "score"]
