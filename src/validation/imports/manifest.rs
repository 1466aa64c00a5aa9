//! The packages that a project says it needs, by the content of its manifest.

use std::collections::HashSet;

use serde_json::Value;

/// The largest manifest that is read, in bytes.
const MAX_BYTES: usize = 256 << 10;

/// Whose packages they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Ecosystem {
    Python,
    Node,
    Rust,
}

/// What a manifest declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Manifest {
    pub(in super::super) ecosystem: Ecosystem,
    /// Packages and the project itself, by their normal names.
    pub(super) names: HashSet<String>,
    /// Whether it takes more from elsewhere: `-r other.txt`, `dynamic`.
    pub(in super::super) partial: bool,
}

impl Manifest {
    /// Reads pyproject.toml, requirements.txt, package.json or Cargo.toml, told by its shape.
    pub(in super::super) fn read(text: &str) -> Result<Self, &'static str> {
        if text.len() > MAX_BYTES {
            return Err("the manifest is larger than 256 KiB");
        }
        if text.trim_start().starts_with('{') {
            let package = serde_json::from_str(text).map_err(|_| "the manifest is not JSON")?;
            return Ok(package_json(&package));
        }
        if text.lines().any(|line| line.trim_start().starts_with('[')) {
            let table: Value = toml::from_str(text).map_err(|_| "the manifest is not TOML")?;
            return Ok(
                if table.get("package").is_some() || table.get("workspace").is_some() {
                    cargo(&table)
                } else {
                    pyproject(&table)
                },
            );
        }
        Ok(requirements(text))
    }

    pub(super) fn declares(&self, name: &str) -> bool {
        self.names.contains(&normal(name))
    }

    fn new(ecosystem: Ecosystem, names: impl IntoIterator<Item = String>) -> Self {
        Self {
            ecosystem,
            names: names.into_iter().collect(),
            partial: false,
        }
    }
}

/// Upper and lower case, `-`, `_` and `.` are the same in names of packages.
pub(super) fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

/// The members at `path`, where they are objects all the way.
fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn keys(value: Option<&Value>) -> impl Iterator<Item = String> {
    let members = value.and_then(Value::as_object).into_iter().flatten();
    members.map(|(name, _)| normal(name))
}

fn package_json(package: &Value) -> Manifest {
    let parts = [
        "dependencies",
        "devDependencies",
        "peerDependencies",
        "optionalDependencies",
    ];
    let names = parts.iter().flat_map(|part| keys(package.get(part)));
    let own = package.get("name").and_then(Value::as_str).map(normal);
    let mut manifest = Manifest::new(Ecosystem::Node, names.chain(own));
    manifest.partial = package.get("workspaces").is_some();
    manifest
}

fn cargo(table: &Value) -> Manifest {
    let parts = ["dependencies", "dev-dependencies", "build-dependencies"];
    let targets = table
        .get("target")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let places = std::iter::once(table).chain(targets.map(|(_, target)| target));
    let names = places.flat_map(|place| {
        parts
            .iter()
            .flat_map(|part| keys(place.get(part)))
            .collect::<Vec<_>>()
    });
    let own = [["package", "name"], ["lib", "name"]];
    let own = own
        .iter()
        .filter_map(|path| at(table, path).and_then(Value::as_str).map(normal));
    let mut manifest = Manifest::new(Ecosystem::Rust, names.chain(own));
    // The manifest of a workspace alone: its packages say what each needs.
    manifest.partial = table.get("package").is_none();
    manifest
}

fn pyproject(table: &Value) -> Manifest {
    let mut names: Vec<String> = Vec::new();
    let mut listed = |list: Option<&Value>| {
        let items = list.and_then(Value::as_array).into_iter().flatten();
        names.extend(items.filter_map(Value::as_str).filter_map(requirement));
    };
    listed(at(table, &["project", "dependencies"]));
    listed(at(table, &["tool", "uv", "dev-dependencies"]));
    for groups in [
        &["project", "optional-dependencies"][..],
        &["dependency-groups"],
        &["tool", "pdm", "dev-dependencies"],
    ] {
        let groups = at(table, groups).and_then(Value::as_object).into_iter().flatten();
        groups.for_each(|(_, list)| listed(Some(list)));
    }
    let poetry = at(table, &["tool", "poetry"]);
    for part in ["dependencies", "dev-dependencies"] {
        names.extend(keys(poetry.and_then(|poetry| poetry.get(part))));
    }
    let groups = poetry
        .and_then(|poetry| poetry.get("group"))
        .and_then(Value::as_object);
    for (_, group) in groups.into_iter().flatten() {
        names.extend(keys(group.get("dependencies")));
    }
    for own in [&["project", "name"][..], &["tool", "poetry", "name"]] {
        names.extend(at(table, own).and_then(Value::as_str).map(normal));
    }
    let dynamic = at(table, &["project", "dynamic"]).and_then(Value::as_array);
    let mut manifest = Manifest::new(Ecosystem::Python, names);
    manifest.partial = dynamic.is_some_and(|parts| parts.iter().any(|part| part == "dependencies"))
        || (table.get("project").is_none() && poetry.is_none());
    manifest
}

fn requirements(text: &str) -> Manifest {
    let mut manifest = Manifest::new(Ecosystem::Python, text.lines().filter_map(requirement));
    let lines = text.lines().map(str::trim);
    manifest.partial = lines
        .clone()
        .any(|line| line.starts_with("-r") || line.starts_with("--requirement"));
    manifest.names.extend(
        lines
            .filter_map(|line| line.rsplit_once("#egg="))
            .map(|(_, name)| normal(name)),
    );
    manifest
}

/// The package that a line such as `requests[socks]>=2; python_version > "3"` asks for.
fn requirement(line: &str) -> Option<String> {
    let line = line.trim();
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
    let name = line.get(..end.unwrap_or(line.len()))?;
    (name.starts_with(|c: char| c.is_ascii_alphanumeric()) && !line.contains("://") || line.contains(" @ "))
        .then(|| normal(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, ecosystem: Ecosystem, names: &[&str]) {
        let manifest = Manifest::read(text).unwrap();
        assert_eq!(manifest.ecosystem, ecosystem);
        let mut found: Vec<_> = manifest.names.iter().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found, names);
    }

    #[test]
    fn each_manifest_is_known_by_its_shape() {
        check(
            "[project]\nname = \"own_one\"\ndependencies = [\"PyYAML>=6\", \"requests[socks] ; os_name == 'nt'\"]\n\
             [project.optional-dependencies]\ntest = [\"pytest\"]\n[dependency-groups]\nx = [{include-group = \"y\"}, \"ruff\"]\n",
            Ecosystem::Python,
            &["own-one", "pytest", "pyyaml", "requests", "ruff"],
        );
        check(
            "[tool.poetry]\nname = \"p\"\n[tool.poetry.dependencies]\npython = \"^3\"\nattrs = \"*\"\n\
             [tool.poetry.group.dev.dependencies]\nmypy = \"*\"\n",
            Ecosystem::Python,
            &["attrs", "mypy", "p", "python"],
        );
        check(
            "# needs\nnumpy==1.2 # why\n-e .\ntorch @ https://x/y.whl\ngit+https://x/y.git#egg=Own_Thing\n\n",
            Ecosystem::Python,
            &["numpy", "own-thing", "torch"],
        );
        check(
            "{\"name\": \"app\", \"dependencies\": {\"@scope/Ab\": \"1\"}, \"devDependencies\": {\"jest\": \"2\"}}",
            Ecosystem::Node,
            &["@scope/ab", "app", "jest"],
        );
        check(
            "[package]\nname = \"c\"\n[dependencies]\nserde_json = \"1\"\n[target.'cfg(unix)'.dependencies]\nlibc = \"1\"\n",
            Ecosystem::Rust,
            &["c", "libc", "serde-json"],
        );
        assert!(Manifest::read("{").is_err() && Manifest::read("[a").is_err());
        assert!(Manifest::read("-r base.txt\n").unwrap().partial);
    }
}
