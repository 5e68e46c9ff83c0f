"""A first look at the lake: which facts there are, how far courses go, and when people learn.

annals up --demo
annals lake sync
marimo edit docs/first_look.py
"""

import marimo

app = marimo.App(app_title="A first look at the lake")


@app.cell
def words():
    import marimo as mo

    mo.md(
        """
        # A first look at the lake

        Each fact that was ever told is a row of a Parquet file, and there is a file for each type of fact and each day.
        Nothing below knows anything of Annals: it is DuckDB, Polars and Altair on a folder of files. Change a question,
        and what hangs on it is drawn anew.
        """
    )
    return (mo,)


@app.cell
def lake():
    import os
    from pathlib import Path

    import altair
    import duckdb
    import polars

    folder = Path(os.environ.get("LAKE", "data/lake")).absolute()
    anywhere = f"{folder}/tenant=*/context=*/date=*"
    return altair, anywhere, duckdb, polars


@app.cell
def what_was_told(altair, anywhere, duckdb):
    # How many rows a file has is written at its end: nothing else is read.
    told = duckdb.sql(
        f"""
        select regexp_extract(file_name::text, 'context=([a-z_]+)', 1) as context,
          regexp_extract(file_name::text, '/([A-Za-z]+)-[^/]*$', 1) as fact, sum(num_rows)::bigint as facts
        from parquet_file_metadata('{anywhere}/*.parquet')
        group by all order by facts desc limit 20
        """
    ).pl()
    plot_of_facts = (
        altair.Chart(told, title="What was told most often")
        .mark_bar()
        .encode(altair.X("facts"), altair.Y("fact", sort="-x", title=None), altair.Color("context"))
    )
    plot_of_facts  # noqa: B018 — what stands last in a cell is shown
    return plot_of_facts, told


@app.cell
def courses(altair, anywhere, duckdb):
    progress = duckdb.sql(
        f"""
        select split_part(stream, ':', 2) as course, what, count(distinct stream) as learners
        from (
          select stream, 'enrolled' as what from read_parquet('{anywhere}/LearnerEnrolled-*.parquet')
          union all
          select stream, 'began' from read_parquet('{anywhere}/LessonCompleted-*.parquet')
          union all
          select stream, 'completed' from read_parquet('{anywhere}/CourseCompleted-*.parquet')
        )
        group by all order by course, what
        """
    ).pl()
    plot_of_courses = (
        altair.Chart(progress, title="How far learners come")
        .mark_bar()
        .encode(
            altair.X("what", sort=["enrolled", "began", "completed"], title=None),
            altair.Y("learners"),
            altair.Column("course", title=None),
            altair.Color("what", legend=None),
        )
    )
    plot_of_courses  # noqa: B018
    return plot_of_courses, progress


@app.cell
def when(altair, anywhere, polars):
    lessons = (
        polars.scan_parquet(f"{anywhere}/LessonCompleted-*.parquet")
        .select("at", course=polars.col("stream").str.split(":").list.get(1))
        .sort("at")
        .with_columns(lessons=polars.int_range(1, polars.len() + 1).over("course"))
        .collect()
    )
    plot_of_lessons = (
        altair.Chart(lessons, title="Lessons that were completed")
        .mark_line(interpolate="step-after", point=True)
        .encode(altair.X("at", title=None), altair.Y("lessons"), altair.Color("course"))
    )
    plot_of_lessons  # noqa: B018
    return lessons, plot_of_lessons


if __name__ == "__main__":
    app.run()
