"""detect-secrets on the files that firstmate scans, one process and one core each: speed and findings.

Run where it is installed (detect-secrets 1.5.0 from PyPI, in an environment of its own):

    python3 -m venv target/clients/detect-secrets
    target/clients/detect-secrets/bin/pip install detect-secrets==1.5.0
    target/clients/detect-secrets/bin/python benches/peers/detect_secrets.py DIR

The other side of the comparison, in the same run when it is built:

    cargo build --release --example eval_policy
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# This file has the name of the package it measures.
sys.path[:] = [place for place in sys.path if Path(place).resolve() != Path(__file__).resolve().parent]

from detect_secrets import SecretsCollection  # noqa: E402
from detect_secrets.settings import default_settings  # noqa: E402

LARGEST = 1 << 20


def files(folder):
    """The files of a folder that are text and not data, in order."""
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < LARGEST:
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def measure(paths, n_bytes):
    """Findings, files with one, and megabytes a second of processor time."""
    secrets = SecretsCollection()
    start = time.process_time()
    with default_settings():
        for path in paths:
            secrets.scan_file(str(path))
    seconds = time.process_time() - start
    found = [secret for _, secret in secrets]
    kinds = {}
    for secret in found:
        kinds[secret.type] = kinds.get(secret.type, 0) + 1
    print(
        f"detect-secrets: {n_bytes / seconds / 1e6:.2f} MB/s, {len(found)} findings in {len(secrets.files)} files: {kinds}"
    )


def firstmate(folder):
    """The same of firstmate, where its example is built."""
    built = Path("target/release/examples/eval_policy")
    if not built.exists():
        print("firstmate: build it first (cargo build --release --example eval_policy)")
        return
    with tempfile.TemporaryDirectory() as empty:
        answer = subprocess.run(
            [built, empty, "--json", "--source", folder], check=True, capture_output=True, text=True
        )
    table = next(table for table in json.loads(answer.stdout) if table["title"].startswith("Programs"))
    row = next(row for row in table["rows"] if row["detector"] == "credentials")
    speed, findings, with_one = row["MB/s of one core"], row["findings"], row["files with one"]
    print(f"firstmate: {speed:.1f} MB/s, {findings} findings in {with_one} files")


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "src"
    found = list(files(folder))
    n_bytes = sum(len(text.encode()) for _, text in found)
    print(f"{folder}: {len(found)} files, {n_bytes / 1e6:.1f} MB, {os.cpu_count()} cores, one used")
    measure([path for path, _ in found], n_bytes)
    firstmate(folder)


if __name__ == "__main__":
    main()
