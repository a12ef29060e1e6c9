"""What people preferred: one kind of question of a preference study, beside the numbers that a run measured.

The votes are not in the file. Whoever has the study and its answers can score them again (docs/study.md).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from benchmark.results.records import Count, Name, Positive, Record, Sha256, Text

Percent = Annotated[float, Field(ge=0, le=100)]
_SUM_TOLERANCE = 1e-6


class PreferenceRow(Record):
    """One method of a study.

    Args:
        votes: that have it.
        percent: of all preferences; those of all methods of the study add up to 100.
        ci_low, ci_high: its 95 % interval over raters and cases; None where nothing can be told.
        win_percent: of the preferences in its own votes; 50 is as good as its opponents.
    """

    method: Name
    votes: Positive
    percent: Percent
    ci_low: Percent | None
    ci_high: Percent | None
    win_percent: Percent

    @model_validator(mode="after")
    def _inside_of_its_interval(self) -> PreferenceRow:
        low, high = self.ci_low, self.ci_high
        if (low is None) != (high is None):
            raise ValueError(f"expected both ends of an interval or none of {self.method}")
        if low is not None and high is not None and not low <= self.percent <= high:
            raise ValueError(f"expected {self.percent} of {self.method} in its interval {low}..{high}")
        return self


class StudyRecord(Record):
    """One kind of question: "umtn", which moves more like the driver; "uapp", which looks more like the source.

    Args:
        study_digest, answers_digest: of study.json and of all answers, which lead to these numbers.
        case_list_sha256: of the protocol on whose outputs it was asked.
        excluded: answers that were left out by the study's rules.
        rows: of all methods of the study, those of other files too: percentages depend on them.
        tiers: from better to worse; None where nothing may be ranked, `no_rank_because` says why.
        alpha: Krippendorff's, of raters' agreement; None where it has no value.
    """

    kind: Literal["umtn", "uapp"]
    study_digest: Sha256
    answers_digest: Sha256
    case_list_sha256: Sha256
    raters: Positive
    cases: Positive
    votes: Positive
    ties: Count
    excluded: Count
    rows: Annotated[list[PreferenceRow], Field(min_length=2, max_length=100)]
    tiers: Annotated[list[Annotated[list[Name], Field(min_length=1)]], Field(max_length=100)] | None
    no_rank_because: Text | None
    alpha: Annotated[float, Field(ge=-1, le=1)] | None

    @property
    def metric(self) -> str:
        """What its column is called: only methods of one study share one."""
        return f"{self.kind}[{self.study_digest[:8]}]"

    @model_validator(mode="after")
    def _adds_up(self) -> StudyRecord:
        names = [one.method for one in self.rows]
        if len(set(names)) < len(names):
            raise ValueError(f"expected each method once in the {self.kind} study")
        total = sum(one.percent for one in self.rows)
        if abs(total - 100) > _SUM_TOLERANCE:
            raise ValueError(f"expected percentages that add up to 100 but got {total} in the {self.kind} study")
        if sum(one.votes for one in self.rows) != 2 * self.votes:
            raise ValueError(f"expected two methods in each of {self.votes} votes of the {self.kind} study")
        if (self.tiers is None) != (self.no_rank_because is not None):
            raise ValueError(f"expected tiers or a reason for none in the {self.kind} study")
        if self.tiers is not None and sorted(name for tier in self.tiers for name in tier) != sorted(names):
            raise ValueError(f"expected each method in one tier of the {self.kind} study")
        for row in self.rows:
            share = row.win_percent * row.votes / self.votes
            if abs(share - row.percent) > _SUM_TOLERANCE:
                raise ValueError(f"expected {share} % for {row.method} by its own votes but got {row.percent}")
        return self
