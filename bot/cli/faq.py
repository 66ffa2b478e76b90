"""`hai-chieu faq`: ask, match, measure, check, export and import the topics."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.cli import content, measured
from bot.cli.base import CommandError, add_day_to, day_of, json_lines
from faq import Verdict
from faq.lint import lint
from faq.measure import Line, measure
from handlers import texts, topics
from handlers.messages import clean
from handlers.topics import Library


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    parser = commands.add_parser("faq", help="ask, match, measure, check, export and import the topics")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    one = verbs.add_parser("ask", help="one question, answered as a resident would see it")
    one.add_argument(
        "question", metavar="QUESTION", help='such as "hộ cận nghèo có được thẻ bảo hiểm y tế không"'
    )
    one.add_argument("--json", action="store_true", help="one JSON document instead of text")
    one.set_defaults(run=ask)

    many = verbs.add_parser("match", help="JSON lines {id, question} in, {id, topics, answered, score} out")
    many.set_defaults(run=match)

    evaluated = verbs.add_parser("eval", help="measure against lines {question, topics, style}")
    evaluated.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="JSON lines; all files are one set"
    )
    evaluated.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    evaluated.set_defaults(run=evaluate)

    checked = verbs.add_parser("lint", help="find faults in the content")
    checked.set_defaults(run=check)

    exported = verbs.add_parser("export", help="write all topics, as they stand, to one file")
    exported.add_argument("file", type=Path, metavar="FILE", help="topics.yaml or topics.json")
    exported.set_defaults(run=content.export)

    imported = verbs.add_parser(
        "import", help="put a file's topics in place of those that stand; those it does not name stay"
    )
    imported.add_argument("file", type=Path, metavar="FILE", help="as `faq export` writes it")
    imported.add_argument("--by", required=True, metavar="USER", help="the editor who answers for it")
    imported.set_defaults(run=content.take)

    for verb in (one, many, evaluated, checked):
        add_day_to(verb)
    for verb in (one, many, evaluated, checked, exported):
        verb.add_argument(
            "--shipped", action="store_true", help="the content that comes with the program alone"
        )


def ask(options: argparse.Namespace) -> int:
    """Answer one question."""
    on, library = day_of(options), Library(content.standing(options))
    question = clean(options.question)
    found = library.matcher.match(question, on)
    answered = [hit.topic_id for hit in library.several(question, on)]
    offered: list[str] = []
    if not answered and found.verdict is Verdict.ANSWER:
        answered = [found.hits[0].topic_id]
    elif not answered and found.verdict is Verdict.ASK:
        offered = list(found.offered)
    elif not answered and found.referral is not None:
        answered = [found.referral]
    told = [current for topic_id in answered if (current := library.current(topic_id, on)) is not None]
    if told:
        text = "\n\n".join(topics.tell(*current, on) for current in told)
    elif not library.covers(on):
        text = texts.NOT_ON_DAY.format(day=texts.day(on))
    else:
        text = texts.ASK_BACK if offered else texts.UNKNOWN
    titles = [{"id": i, "title": library.topics[i].title} for i in offered]
    if options.json:
        print(
            json.dumps(
                {
                    "question": options.question,
                    "on": on.isoformat(),
                    "verdict": str(found.verdict),
                    "score": round(found.score, 4),
                    "topic": told[0][0].id if told else None,
                    "topics": [topic.id for topic, _ in told],
                    "text": text,
                    "offered": titles,
                },
                ensure_ascii=False,
            )
        )
    else:
        print("\n".join([text, *(f"  [{entry['title']}]" for entry in titles)]))
    return 0


def match(options: argparse.Namespace) -> int:
    """Match questions from stdin, in order, one line out for each line in."""
    on, library = day_of(options), Library(content.standing(options))
    for number, line in json_lines(sys.stdin, "stdin"):
        if not isinstance(line.get("question"), str) or "id" not in line:
            raise CommandError(
                f'stdin line {number}: needs id and question; example: {{"id": "q1", "question": "…"}}'
            )
        found = library.matcher.match(clean(line["question"]), on)
        answer = {
            "id": line["id"],
            "topics": [hit.topic_id for hit in found.hits],
            "answered": found.verdict is Verdict.ANSWER,
            "score": round(found.score, 4),
        }
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Measure; prints figures by style, the worst confusions, and whether scores mean what they say."""
    lines = []
    for file in options.files:
        try:
            with file.open(encoding="utf-8") as text:
                for number, line in json_lines(text, str(file)):
                    lines.append(_line(line, f"{file} line {number}"))
        except OSError as exc:
            raise CommandError(f"{file}: cannot be read: {exc.strerror or exc}") from exc
    library = Library(content.standing(options))
    known = {t.id for t in library.topics.values() if not t.referral}
    report = measure(library.matcher, lines, known, day_of(options), time.perf_counter)
    if options.json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        measured.show(report)
    return 0


def check(options: argparse.Namespace) -> int:
    """List faults; 1 if there is an error among them."""
    findings = lint(content.standing(options), day_of(options))
    for finding in findings:
        print(f"{finding.level}: {finding.topic_id}: {finding.message}")
    errors = sum(f.level == "error" for f in findings)
    print(f"{errors} errors, {len(findings) - errors} warnings", file=sys.stderr)
    return 1 if errors else 0


def _line(line: dict[str, Any], where: str) -> Line:
    question, accepted, style = line.get("question"), line.get("topics"), line.get("style", "")
    if not isinstance(question, str) or not isinstance(accepted, list) or not isinstance(style, str):
        raise CommandError(
            f'{where}: needs question, topics, style; example: {{"question": "…", "topics": [], "style": "far"}}'
        )
    return Line(clean(question), tuple(map(str, accepted)), style)
