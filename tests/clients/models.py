"""The official Python clients of OpenAI, Anthropic and Ollama against the faulty provider: models.py URL

What they take for an answer, a stream and a failure is what the provider has to play.
"""

import sys
import time

import anthropic
import ollama
import openai

TEXT = "the answer is forty-two"


def message(prompt):
    return [{"role": "user", "content": prompt}]


def raised(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind} was not raised")


def waited(call):
    since = time.monotonic()
    return call(), time.monotonic() - since


def play_openai(url):
    def client(retries):
        return openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=retries)

    def ask(prompt, retries=0, **more):
        return client(retries).chat.completions.create(model="m", messages=message(prompt), **more)

    answer = ask("good")
    assert answer.choices[0].message.content == TEXT and answer.choices[0].finish_reason == "stop", answer
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0, answer
    chunks = list(ask("good", stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == TEXT and chunks[-1].usage.completion_tokens > 0, chunks
    error = raised(openai.RateLimitError, lambda: ask("limit openai"))
    assert error.response.headers["retry-after"] == "1" and error.code == "rate_limit_exceeded", error
    answer, time_taken = waited(lambda: ask("limit openai again", retries=1))
    assert answer.choices[0].message.content == TEXT and time_taken >= 1, time_taken
    assert raised(openai.AuthenticationError, lambda: ask("key")).status_code == 401
    assert raised(openai.NotFoundError, lambda: ask("missing")).code == "model_not_found"
    assert raised(openai.BadRequestError, lambda: ask("overflow")).code == "context_length_exceeded"
    assert raised(openai.InternalServerError, lambda: ask("broken")).status_code == 500
    assert "overloaded" in str(raised(openai.APIError, lambda: list(ask("half", stream=True))))
    assert ask("refuse").choices[0].message.refusal


def play_anthropic(url):
    def client(retries):
        return anthropic.Anthropic(base_url=url, api_key="k", max_retries=retries)

    def ask(prompt, retries=0):
        return client(retries).messages.create(model="m", max_tokens=64, messages=message(prompt))

    def stream(prompt):
        with client(0).messages.stream(model="m", max_tokens=64, messages=message(prompt)) as events:
            return "".join(events.text_stream), events.get_final_message()

    answer = ask("good")
    assert answer.content[0].text == TEXT and answer.stop_reason == "end_turn", answer
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0, answer
    text, final = stream("good")
    assert text == TEXT and final.stop_reason == "end_turn" and final.usage.output_tokens > 1, final
    error = raised(anthropic.RateLimitError, lambda: ask("limit anthropic"))
    assert error.response.headers["retry-after"] == "1" and error.body["error"]["type"] == "rate_limit_error", error
    answer, time_taken = waited(lambda: ask("limit anthropic again", retries=1))
    assert answer.content[0].text == TEXT and time_taken >= 1, time_taken
    assert raised(anthropic.AuthenticationError, lambda: ask("key")).status_code == 401
    assert raised(anthropic.NotFoundError, lambda: ask("missing")).status_code == 404
    assert "too long" in str(raised(anthropic.BadRequestError, lambda: ask("overflow")))
    assert raised(anthropic.APIStatusError, lambda: ask("overloaded")).status_code == 529
    assert "overloaded" in str(raised(anthropic.APIStatusError, lambda: stream("half")))
    assert ask("refuse").stop_reason == "refusal"


def play_ollama(url):
    client = ollama.Client(host=url)

    def ask(prompt, **more):
        return client.chat(model="m", messages=message(prompt), **more)

    answer = ask("good")
    assert answer.message.content == TEXT and answer.done and answer.done_reason == "stop", answer
    assert answer.prompt_eval_count > 0 and answer.eval_count > 0, answer
    lines = list(ask("good", stream=True))
    assert "".join(line.message.content for line in lines) == TEXT and lines[-1].done, lines
    assert raised(ollama.ResponseError, lambda: ask("limit ollama")).status_code == 429
    assert raised(ollama.ResponseError, lambda: ask("missing")).status_code == 404
    assert "overloaded" in str(raised(ollama.ResponseError, lambda: list(ask("half", stream=True))))


for play, module in [(play_openai, openai), (play_anthropic, anthropic)]:
    play(sys.argv[1])
    print(f"ok: {module.__name__} {module.__version__}")
play_ollama(sys.argv[1])
print("ok: ollama")
