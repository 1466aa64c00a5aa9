//! How often a demand is said to be missed that was met: answers are built to meet or to miss one, so that nobody has
//! to say which.

use super::found;

const WORDS: &[&str] = &[
    "river", "stone", "window", "quiet", "amber", "signal", "paper", "north", "lantern", "copper", "walks",
    "carries", "turns", "slowly", "under", "every", "second", "harbour", "garden", "winter", "gives", "and",
];

/// Numbers that look drawn, the same every time (xorshift64*, Vigna 2016).
struct Lots(u64);

impl Lots {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn words(&mut self, count: usize) -> Vec<&'static str> {
        (0..count).map(|_| self.of(WORDS)).collect()
    }

    /// A sentence of so many words, now and then with markup.
    fn sentence(&mut self, words: usize) -> String {
        let mut words: Vec<String> = self.words(words).into_iter().map(str::to_owned).collect();
        if let Some(first) = words.first_mut() {
            first[..1].make_ascii_uppercase();
        }
        if words.len() > 2 && self.below(3) == 0 {
            let at = 1 + self.below(words.len() - 1);
            words[at] = format!("{0}{1}{0}", self.of(&["*", "**", "`"]), words[at]);
        }
        format!("{}.", words.join(" "))
    }

    fn sentences(&mut self, count: usize) -> Vec<String> {
        (0..count)
            .map(|_| {
                let words = 3 + self.below(9);
                self.sentence(words)
            })
            .collect()
    }
}

/// A requirement, and an answer that meets or misses it.
fn built(lots: &mut Lots, kind: usize, met: bool) -> (String, String) {
    let n = 2 + lots.below(7);
    // By how much it is missed.
    let off = 1 + lots.below(3);
    match kind {
        0 => {
            let has = if met { n } else { n + off };
            let marker = lots.of(&["- ", "* ", "+ "]);
            let items: Vec<String> = lots
                .sentences(has)
                .into_iter()
                .map(|item| format!("{marker}{item}"))
                .collect();
            let asks = lots.of(&[
                "exactly {n} bullet points",
                "Give {n} bullet points.",
                "use at most {n} bullet points",
            ]);
            (
                asks.replace("{n}", &n.to_string()),
                format!("Here it is:\n\n{}\n", items.join("\n")),
            )
        }
        1 => {
            let has = if met { n } else { n + off };
            let asks = lots.of(&[
                "at most {n} sentences",
                "Write no more than {n} sentences.",
                "exactly {n} sentences",
            ]);
            (asks.replace("{n}", &n.to_string()), lots.sentences(has).join(" "))
        }
        2 => {
            let most = 20 + lots.below(60);
            let has = if met { most - lots.below(5) } else { most + off };
            let asks = lots.of(&[
                "at most {n} words",
                "No more than {n} words.",
                "Keep it under {m} words",
            ]);
            let asks = asks
                .replace("{n}", &most.to_string())
                .replace("{m}", &(most + 1).to_string());
            (asks, lots.sentence(has))
        }
        3 => {
            let has = if met { n } else { n + off };
            let paragraphs: Vec<String> = (0..has).map(|_| lots.sentences(2).join(" ")).collect();
            let asks = lots.of(&["exactly {n} paragraphs", "Write {n} paragraphs."]);
            (asks.replace("{n}", &n.to_string()), paragraphs.join("\n\n"))
        }
        4 => {
            let word = lots.of(&["tide", "Zürich", "retry_limit"]);
            let mut sentences = lots.sentences(n);
            if met {
                sentences.push(format!("Then the {word} came."));
            }
            let asks = lots.of(&["include the word \"{w}\"", "It must contain the word \"{w}\"."]);
            (asks.replace("{w}", word), sentences.join(" "))
        }
        5 => {
            let word = lots.of(&["very", "never", "moon"]);
            let mut sentences = lots.sentences(n);
            if !met {
                sentences.push(format!("It is {word} far."));
            }
            let asks = lots.of(&["do not use the word \"{w}\"", "Avoid the word \"{w}\"."]);
            (asks.replace("{w}", word), sentences.join(" "))
        }
        6 => {
            let mut text = lots.sentences(n).join(" ");
            if !met {
                text = text.replacen(' ', ", ", 1);
            }
            (lots.of(&["do not use any commas", "no commas"]).to_owned(), text)
        }
        7 => {
            let text = lots.sentences(n).join(" ");
            let text = if met { text.to_lowercase() } else { text };
            (
                lots.of(&["all lowercase", "in lower case letters only"])
                    .to_owned(),
                text,
            )
        }
        _ => {
            let json = format!("{{\"{}\": {n}}}", lots.of(WORDS));
            let text = if met { json } else { format!("Sure: {json}") };
            (
                lots.of(&["respond in JSON", "The output must be valid JSON."])
                    .to_owned(),
                text,
            )
        }
    }
}

/// [`super::super::super::rules`] states these figures.
#[test]
fn of_4_500_answers_that_meet_a_demand_none_is_faulted_and_misses_are_found() {
    let mut lots = Lots(2026);
    let mut found_missed = 0;
    for i in 0..4_500 {
        let (requirement, output) = built(&mut lots, i % 9, true);
        assert_eq!(found(&requirement, &output), [""; 0], "{requirement} / {output}");
        let (requirement, output) = built(&mut lots, i % 9, false);
        found_missed += usize::from(!found(&requirement, &output).is_empty());
    }
    assert!(found_missed >= 4_400, "{found_missed} of 4,500");
}
