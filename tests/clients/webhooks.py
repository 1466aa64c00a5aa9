"""The official Python library of Standard Webhooks over what firstmate sent, and against what it takes: webhooks.py URL < messages

Each line of stdin is a message as it came: {"id", "timestamp", "signature", "body"}.
"""

import datetime
import json
import sys
import urllib.error
import urllib.request

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def headers(message):
    return {f"webhook-{name}": message[name] for name in ("id", "timestamp", "signature")}


def verified(count=0):
    for line in sys.stdin:
        message = json.loads(line)
        told = Webhook(SECRET).verify(message["body"], headers(message))
        assert told["type"] and told["data"]["run_id"], told
        try:
            Webhook(SECRET).verify(message["body"] + " ", headers(message))
        except WebhookVerificationError:
            count += 1
    assert count, "no message came"
    return count


def post(url, body, secret):
    text, now = json.dumps(body), datetime.datetime.now(tz=datetime.timezone.utc)
    signed = {
        "webhook-id": f"msg_{int(now.timestamp() * 1e6)}",
        "webhook-timestamp": str(int(now.timestamp())),
        "content-type": "application/json",
    }
    signed["webhook-signature"] = Webhook(secret).sign(signed["webhook-id"], now, text)
    request = urllib.request.Request(url, text.encode(), signed)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


print(f"ok: {verified()} messages verified")
task = {"task": "say hello", "plan": {"steps": [{"id": "hello", "goal": "Say hello."}]}}
status, run = post(f"{sys.argv[1]}/hooks/v1/runs", task, SECRET)
assert status == 200 and run["status"] == "input_required", run
step = {"step_token": run["pending"][0]["step_token"], "output": "Hello."}
status, run = post(f"{sys.argv[1]}/hooks/v1/runs/{run['run_id']}/submit", step, SECRET)
assert status == 200 and run["status"] == "completed", run
status, problem = post(f"{sys.argv[1]}/hooks/v1/runs", task, "whsec_" + "A" * 32)
assert (status, problem["code"]) == (401, "hooks.signature"), problem
print("ok: what it signs is taken")
