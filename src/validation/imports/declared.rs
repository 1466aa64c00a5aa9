//! Whether what is imported is among the packages that the project declares.

use std::ops::Range;

use crate::domain::Severity;

use super::super::block::Block;
use super::super::report::Defect;
use super::manifest::{Ecosystem, Manifest, normal};
use super::table::nearest;

/// Packages whose modules have another name: the module, and the packages that have it.
const OTHERWISE: &[(&str, &[&str])] = &[
    ("attr", &["attrs"]),
    ("bs4", &["beautifulsoup4"]),
    (
        "cv2",
        &["opencv-python", "opencv-python-headless", "opencv-contrib-python"],
    ),
    ("Crypto", &["pycryptodome", "pycrypto"]),
    ("dateutil", &["python-dateutil"]),
    ("discord", &["discord-py", "py-cord", "nextcord"]),
    ("docx", &["python-docx"]),
    ("dotenv", &["python-dotenv"]),
    ("fitz", &["pymupdf"]),
    ("git", &["gitpython"]),
    ("github", &["pygithub"]),
    ("grpc", &["grpcio"]),
    ("jose", &["python-jose"]),
    ("jwt", &["pyjwt"]),
    ("ldap", &["python-ldap"]),
    ("magic", &["python-magic", "python-magic-bin"]),
    ("MySQLdb", &["mysqlclient"]),
    ("nacl", &["pynacl"]),
    ("OpenSSL", &["pyopenssl"]),
    ("PIL", &["pillow"]),
    ("pkg_resources", &["setuptools"]),
    ("pptx", &["python-pptx"]),
    ("psycopg2", &["psycopg2-binary"]),
    ("serial", &["pyserial"]),
    ("skimage", &["scikit-image"]),
    ("sklearn", &["scikit-learn"]),
    ("slugify", &["python-slugify"]),
    ("socks", &["pysocks"]),
    ("telegram", &["python-telegram-bot"]),
    ("usb", &["pyusb"]),
    ("websocket", &["websocket-client"]),
    ("win32api", &["pywin32"]),
    ("win32com", &["pywin32"]),
    ("yaml", &["pyyaml", "ruamel-yaml"]),
    ("zmq", &["pyzmq"]),
];

/// Packages that are what they are called, and no project's own module.
const WELL_KNOWN: &[&str] = &[
    "aiohttp",
    "alembic",
    "anthropic",
    "anyio",
    "boto3",
    "celery",
    "click",
    "cryptography",
    "django",
    "fastapi",
    "flask",
    "gunicorn",
    "httpx",
    "jinja2",
    "jsonschema",
    "langchain",
    "loguru",
    "lxml",
    "matplotlib",
    "networkx",
    "numpy",
    "openai",
    "openpyxl",
    "orjson",
    "pandas",
    "paramiko",
    "peewee",
    "plotly",
    "polars",
    "psutil",
    "psycopg",
    "pydantic",
    "pygame",
    "pymongo",
    "pymysql",
    "pytest",
    "redis",
    "requests",
    "rich",
    "scipy",
    "seaborn",
    "selenium",
    "sqlalchemy",
    "starlette",
    "streamlit",
    "sympy",
    "tensorflow",
    "torch",
    "torchvision",
    "tornado",
    "tqdm",
    "transformers",
    "trio",
    "typer",
    "urllib3",
    "uvicorn",
    "websockets",
    "xgboost",
];

/// The defect of importing the Python package `name`, if it is declared under no name it could have.
pub(super) fn python(block: &Block, manifest: &Manifest, name: &str, range: &Range<usize>) -> Option<Defect> {
    let otherwise = OTHERWISE.iter().find(|(module, _)| *module == name);
    let packages = otherwise.map_or(&[][..], |(_, packages)| packages);
    if manifest.declares(name) || packages.iter().any(|package| manifest.declares(package)) {
        return None;
    }
    let wanted = normal(name);
    // `python-frontmatter` has `frontmatter`, `pyfoo` has `foo`, `google-cloud-x` has `google`.
    let likely = manifest.names.iter().any(|known| {
        known.split('-').any(|part| part == wanted)
            || known
                .strip_prefix("py")
                .is_some_and(|rest| rest.trim_start_matches('-') == wanted)
            || known.replace('-', "") == wanted.replace('-', "")
    });
    if likely {
        return None;
    }
    let known = otherwise.is_some() || WELL_KNOWN.contains(&name);
    if !known && let Some(near) = nearest(&wanted, manifest.names.iter().map(String::as_str)) {
        let message = format!("`{name}` is not declared, and close to `{near}`, which is");
        return Some(typo(block, range, message, near));
    }
    Some(undeclared(
        block,
        range,
        name,
        packages.first().copied().unwrap_or(name),
        known,
    ))
}

/// Crates that are what they are called, and nobody's own module.
const WELL_KNOWN_CRATES: &[&str] = &[
    "actix_web",
    "anyhow",
    "async_trait",
    "axum",
    "base64",
    "bincode",
    "bytes",
    "chrono",
    "clap",
    "crossbeam",
    "dashmap",
    "diesel",
    "futures",
    "hyper",
    "indexmap",
    "itertools",
    "jsonwebtoken",
    "lazy_static",
    "libc",
    "ndarray",
    "nom",
    "num_traits",
    "once_cell",
    "parking_lot",
    "proptest",
    "prost",
    "quick_xml",
    "quote",
    "rand",
    "rayon",
    "redis",
    "regex",
    "reqwest",
    "rusqlite",
    "serde",
    "serde_derive",
    "serde_json",
    "serde_yaml",
    "sha2",
    "sled",
    "smallvec",
    "sqlx",
    "syn",
    "tempfile",
    "thiserror",
    "tokio",
    "tokio_stream",
    "toml",
    "tonic",
    "tower",
    "tower_http",
    "tracing",
    "tracing_subscriber",
    "uuid",
    "wasm_bindgen",
    "zeroize",
];

/// The defect of taking something from the crate `name`.
pub(super) fn rust(block: &Block, manifest: &Manifest, name: &str, range: &Range<usize>) -> Option<Defect> {
    if manifest.declares(name) {
        return None;
    }
    let known = WELL_KNOWN_CRATES.contains(&name);
    if !known && let Some(near) = nearest(&normal(name), manifest.names.iter().map(String::as_str)) {
        let message = format!("`{name}` is not declared, and close to `{near}`, which is");
        return Some(typo(block, range, message, near));
    }
    Some(undeclared(block, range, name, name, known))
}

/// The defect of importing `name` in JavaScript; `certain` if it can be nothing of the project itself.
pub(super) fn node(
    block: &Block,
    manifest: &Manifest,
    name: &str,
    range: &Range<usize>,
    certain: bool,
) -> Option<Defect> {
    let types = format!("@types/{}", name.trim_start_matches('@').replace('/', "__"));
    if manifest.declares(name) || manifest.declares(&types) {
        return None;
    }
    if let Some(near) = nearest(&normal(name), manifest.names.iter().map(String::as_str)) {
        let message = format!("`{name}` is not declared, and close to `{near}`, which is");
        return Some(typo(block, range, message, near));
    }
    Some(undeclared(block, range, name, name, certain))
}

fn typo(block: &Block, range: &Range<usize>, message: String, near: &str) -> Defect {
    Defect::new("import.typo", Severity::Warning, block.place(range), message)
        .with_fix(format!("did you mean `{near}`?"))
}

fn undeclared(block: &Block, range: &Range<usize>, name: &str, package: &str, certain: bool) -> Defect {
    let (severity, unless) = if certain {
        (Severity::Warning, "")
    } else {
        (Severity::Info, ", unless it is a module of the project itself")
    };
    let message = format!("the manifest does not declare `{name}`{unless}");
    Defect::new("import.undeclared", severity, block.place(range), message)
        .with_fix(format!("declare `{package}`, or do without it"))
}

/// Why the imports of a block cannot be compared with the manifest.
pub(super) fn unusable(manifest: &Manifest, wanted: Ecosystem) -> Option<&'static str> {
    if manifest.ecosystem != wanted {
        Some("the manifest is of another language")
    } else if manifest.partial {
        Some("the manifest takes packages from other files")
    } else {
        None
    }
}
