//! The ways in which a right file is made wrong, as models make it wrong.

/// One kind of damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Damage {
    CutAtLine,
    CutInToken,
    DropBracket,
    Dedent,
    LeaveFence,
    Elide,
    InsertProse,
}

pub(crate) const ALL: [Damage; 7] = [
    Damage::CutAtLine,
    Damage::CutInToken,
    Damage::DropBracket,
    Damage::Dedent,
    Damage::LeaveFence,
    Damage::Elide,
    Damage::InsertProse,
];

impl Damage {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CutAtLine => "cut at a line",
            Self::CutInToken => "cut in a token",
            Self::DropBracket => "bracket dropped",
            Self::Dedent => "line dedented",
            Self::LeaveFence => "fence left in",
            Self::Elide => "code left out",
            Self::InsertProse => "prose inserted",
        }
    }

    /// `text` with this damage somewhere that `seed` decides; `None` when there is nothing to damage.
    pub(crate) fn apply(self, language: &str, text: &str, seed: u64) -> Option<String> {
        let mut random = Random(seed);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let line = random.below(lines.len().checked_sub(1)?)?;
        let head = || lines.get(..=line).unwrap_or_default().concat();
        let tail = |from: usize| lines.get(from..).unwrap_or_default().concat();
        match self {
            Self::CutAtLine => Some(head()),
            Self::CutInToken => {
                let places: Vec<usize> = inside_words(text);
                let at = *places.get(random.below(places.len())?)?;
                text.get(..at).map(str::to_owned)
            }
            Self::DropBracket => {
                let places: Vec<usize> = text
                    .match_indices(['(', ')', '[', ']', '{', '}'])
                    .map(|(at, _)| at)
                    .collect();
                let at = *places.get(random.below(places.len())?)?;
                Some(format!("{}{}", text.get(..at)?, text.get(at + 1..)?))
            }
            Self::Dedent => {
                let indented: Vec<usize> = (0..lines.len())
                    .filter(|i| {
                        lines
                            .get(*i)
                            .is_some_and(|line| line.starts_with("  ") && !line.trim().is_empty())
                    })
                    .collect();
                let at = *indented.get(random.below(indented.len())?)?;
                let dedented = lines.get(at)?.get(2..)?;
                Some(format!("{}{dedented}{}", lines.get(..at)?.concat(), tail(at + 1)))
            }
            Self::LeaveFence => Some(format!("{}```\n{}", head(), tail(line + 1))),
            Self::Elide => {
                let left_out = 1 + random.below(10)?;
                let indentation = lines.get(line + 1).map_or("", |line| {
                    line.get(..line.len() - line.trim_start().len()).unwrap_or("")
                });
                let comment = elision(language, random.below(4)?);
                let indentation = indentation.trim_end_matches(['\n', '\r']);
                Some(format!(
                    "{}{indentation}{comment}\n{}",
                    head(),
                    tail(line + 1 + left_out)
                ))
            }
            Self::InsertProse => Some(format!(
                "{}Here is the rest of the code you asked for:\n{}",
                head(),
                tail(line + 1)
            )),
        }
    }
}

fn elision(language: &str, which: usize) -> String {
    let text = [
        "... rest of the code unchanged",
        "... existing code ...",
        "...",
        "rest of the file remains the same",
    ];
    let text = text.get(which).copied().unwrap_or("...");
    match language {
        "python" | "ruby" | "bash" | "toml" | "yaml" => format!("# {text}"),
        "css" => format!("/* {text} */"),
        "html" | "markdown" => format!("<!-- {text} -->"),
        "sql" => format!("-- {text}"),
        _ => format!("// {text}"),
    }
}

fn inside_words(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let word = |at: usize| {
        bytes
            .get(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    (1..text.len()).filter(|at| word(*at - 1) && word(*at)).collect()
}

/// Splitmix64: the same damage in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> Option<usize> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let limit = u64::try_from(limit).ok()?;
        z.checked_rem(limit).and_then(|it| usize::try_from(it).ok())
    }
}
