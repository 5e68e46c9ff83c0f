"""Who is on which course, and how far along: the read model `enrollments.roster`, made by Spark of the lake alone.

    annals lake sync --to lake
    spark-submit docs/spark_roster.py lake roster

The first path is the lake, the second is where the roster is put, as Parquet: a folder, or a bucket by an address that
your Spark reads (`s3a://bucket/lake`). A third is a tenant; without one it is the roster of every tenant.

Nothing here knows anything of Annals but the words of its facts (docs/facts.json), and those say whose they are by ids.
What is personal, a name or the reason why an account was closed, is sealed in the lake. No key is needed for a roster:
the schema below leaves all of it out, so Spark does not even read it.
"""

import sys

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

# What a fact makes of an enrolment. A new fact that shows on a roster is a word in one of these.
BEGINS = {
    "LearnerEnrolled": "learning",
    "LearnerWaitlisted": "waitlisted",
    "EnrollmentHeldForPayment": "awaiting_payment",
}
ENDS = {
    "CourseCompleted": "graduated",
    "LearnerWithdrew": "withdrew",
    "EnrollmentExpired": "expired",
    "EnrollmentLapsed": "lapsed",
}
RESTS, GOES_ON, ADVANCES = "EnrollmentSuspended", "EnrollmentReinstated", "LessonCompleted"
MOVES = {"EnrollmentPromoted": "main", "EnrollmentReturned": "beta"}
CLOSES, OPENS = ("PersonDeactivated", "PersonRemoved"), "PersonReactivated"
WORDS = (*BEGINS, *ENDS, RESTS, GOES_ON, ADVANCES, *MOVES, *CLOSES, OPENS)

# Of the envelope and the data of these facts, what a roster is made of. What a fact does not have is null.
SCHEMA = """
    log smallint, position bigint, at timestamp, type string, stream string, version int,
    data struct<lessons: array<string>, done: array<string>, until: timestamp, track: string, section: string>
"""


def facts(spark: SparkSession, lake: str, tenant: str) -> DataFrame:
    """The facts that a roster is made of, each once."""
    told = (
        spark.read.schema(SCHEMA)
        .option("basePath", lake)  # `tenant=…/context=…/date=…` are columns
        # A table a type of fact, and the shape's version behind its name: what is of no known shape is `-untyped-`.
        .option("pathGlobFilter", f"{{{','.join(WORDS)}}}-[0-9a-f]*.parquet")
        .parquet(f"{lake}/tenant={tenant}/context={{enrollments,identity}}")
    )
    # A lake that is being filled is whole up to the position that its notes say, for each log.
    whole = spark.read.json(f"{lake}/_annals/log-*.json").select(
        F.regexp_extract("_metadata.file_name", r"log-(\d+)", 1).cast("smallint").alias("log"), "reached"
    )
    return (
        told.join(F.broadcast(whole), "log")
        .where("position <= reached")
        # While small files are made one large one, a fact may be in both.
        .dropDuplicates(["tenant", "stream", "version"])
        .withColumn("word", F.split_part("type", F.lit("."), F.lit(2)))
    )


def roster(told: DataFrame) -> DataFrame:
    """A row a learner on a course, of those whose accounts are open."""
    begins, ends, moves = (F.col("word").isin(*words) for words in (BEGINS, ENDS, MOVES))
    stream = Window.partitionBy("tenant", "stream")
    # Who left may enrol again: only what was told since they began the last time counts.
    lives = (
        told.where("context = 'enrollments'")
        .withColumn("begun", F.max(F.when(begins, F.col("version"))).over(stream))
        .where("version >= begun")
    )
    stands = last(F.coalesce(named(BEGINS), named(ENDS)), begins | ends)
    rests = last(F.col("word"), begins | ends | F.col("word").isin(RESTS, GOES_ON)) == RESTS
    done = F.when(begins, F.coalesce(F.array_size("data.done"), F.lit(0))).when(F.col("word") == ADVANCES, 1)
    rows = lives.groupBy("tenant", "stream").agg(
        last(F.coalesce(named(MOVES), F.col("data.track")), begins | moves).alias("track"),
        F.when(rests, "suspended").otherwise(stands).alias("status"),
        last(F.array_size("data.lessons"), begins).alias("lessons"),
        F.sum(done).cast("int").alias("done"),
        last(F.col("at"), begins).alias("enrolled_at"),
        last(F.col("data.until"), begins).alias("until"),
        last(F.col("at"), ends).alias("ended_at"),
        last(F.col("data.section"), begins).alias("section"),
    )
    # enrollment:<course>:<learner>
    course, learner = (F.split_part("stream", F.lit(":"), F.lit(part)) for part in (2, 3))
    return (
        rows.withColumns({"course": course, "learner": learner})
        .join(away(told), ["tenant", "learner"], "left_anti")
        .select("tenant", "course", "learner", *(name for name in rows.columns if name not in {"tenant", "stream"}))
    )


def away(told: DataFrame) -> DataFrame:
    """Whose account is closed: person:<id>."""
    return (
        told.where("context = 'identity'")
        .groupBy("tenant", F.split_part("stream", F.lit(":"), F.lit(2)).alias("learner"))
        .agg(F.max_by("word", "version").alias("word"))
        .where(F.col("word") != OPENS)
    )


def last(value: Column, where: Column) -> Column:
    """What the last fact of these said."""
    return F.max_by(value, F.when(where, F.col("version")))


def named(words: dict[str, str]) -> Column:
    """What a fact stands for; null where it is none of these."""
    return F.create_map(*(F.lit(one) for pair in words.items() for one in pair))[F.col("word")]


if __name__ == "__main__":
    lake, to, *tenants = sys.argv[1:]
    spark = (
        SparkSession.builder.appName("roster")
        # Moments as the lake has them, for other tools to read.
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate()
    )
    roster(facts(spark, lake, *(tenants or ["*"]))).write.mode("overwrite").parquet(to)
    spark.stop()
