"""What happened to paths. These words are public: facts are kept in them for ever."""

from __future__ import annotations

from domain.kernel import CourseId, PathId, SectionId, Value

# --- paths: `path:{path}` -------------------------------------------------------------------------


class PathDrafted(Value):
    title: str


class PathRenamed(Value):
    title: str


class StepPlaced(Value):
    """At the end of the path, or otherwise where it was. Where a section is said, one learns the course there."""

    course: CourseId
    after: tuple[CourseId, ...] = ()
    section: SectionId | None = None


class StepTaken(Value):
    """It is no step of the path any more, nor a prerequisite."""

    course: CourseId


class StepsReordered(Value):
    order: tuple[CourseId, ...]


class RuleSet(Value):
    """How many steps complete the path; all of them, where no number is said."""

    needed: int | None


class StepRested(Value):
    """Nobody enrols on its course any more, so it is asked of nobody who has not done it."""

    course: CourseId


class StepResumed(Value):
    """One may enrol on its course again, and it is asked again."""

    course: CourseId


class StepLocked(Value):
    """It keeps its place for everyone: it is neither passed over nor overtaken, nor put off for a remedy."""

    course: CourseId


class StepUnlocked(Value):
    course: CourseId


class RemedyNamed(Value):
    """A course that helps with a step; none, where none is said."""

    course: CourseId
    remedy: CourseId | None


class CertificateSet(Value):
    """Whether whoever completes the path is given a certificate of it."""

    issued: bool


class PathPublished(Value):
    """Learners see it."""


class PathRetired(Value):
    """Nobody begins it any more."""


PathEvent = (
    PathDrafted
    | PathRenamed
    | StepPlaced
    | StepTaken
    | StepsReordered
    | RuleSet
    | StepRested
    | StepResumed
    | StepLocked
    | StepUnlocked
    | RemedyNamed
    | CertificateSet
    | PathPublished
    | PathRetired
)

# --- where courses are steps: `course_steps:{course}` ---------------------------------------------


class CourseBecameStep(Value):
    path: PathId


class CourseCeasedToBeStep(Value):
    path: PathId


UsesEvent = CourseBecameStep | CourseCeasedToBeStep

# --- one learner on all their paths: `journey:{learner}` ------------------------------------------


class PathBegun(Value):
    path: PathId


class StepOpened(Value):
    """They were enrolled on its course because it is a step of the path, if they were not on it before."""

    path: PathId
    course: CourseId


class StepCompleted(Value):
    """They have completed its course."""

    path: PathId
    course: CourseId


class PathCompleted(Value):
    """So many steps are done as are needed. Where `certified`, a certificate is issued for it."""

    path: PathId
    certified: bool = False


class PathLeft(Value):
    """What they are enrolled on stays."""

    path: PathId
    reason: str


JourneyEvent = PathBegun | StepOpened | StepCompleted | PathCompleted | PathLeft

Event = PathEvent | UsesEvent | JourneyEvent
