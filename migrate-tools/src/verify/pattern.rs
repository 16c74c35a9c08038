//! Generates a text that matches a regular expression, for the usual syntax in conditions of columns and domains.

/// How often a repeated part occurs, if its quantifier does not say.
const TIMES: usize = 1;

/// The maximum number of repetitions of a part.
const MAX_REPETITIONS: usize = 64;

/// Returns a text that matches, different for a different `number` if the pattern leaves a choice. Returns `None` if
/// the pattern has unsupported syntax.
pub(super) fn matching(pattern: &str, number: u32) -> Option<String> {
    let mut maker = Maker {
        rest: pattern.chars().peekable(),
        number,
        depth: 0,
    };
    let made = maker.alternatives()?;
    maker.rest.next().is_none().then_some(made)
}

struct Maker<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    /// The rest of the number that makes the choices.
    number: u32,
    depth: u32,
}

impl Maker<'_> {
    /// Parses `a|b` and generates one of them.
    fn alternatives(&mut self) -> Option<String> {
        let mut all = vec![self.sequence()?];
        while self.rest.next_if_eq(&'|').is_some() {
            all.push(self.sequence()?);
        }
        let at = self.choose(all.len());
        Some(all.swap_remove(at))
    }

    fn sequence(&mut self) -> Option<String> {
        let mut made = String::new();
        while let Some(&next) = self.rest.peek() {
            match next {
                '|' | ')' => break,
                '^' | '$' => {
                    self.rest.next();
                }
                _ => {
                    let piece = self.piece()?;
                    let times = self.times()?;
                    for _ in 0..times {
                        made.push_str(&self.generate(&piece)?);
                    }
                }
            }
        }
        Some(made)
    }

    fn piece(&mut self) -> Option<Piece> {
        match self.rest.next()? {
            '.' => Some(Piece::OneOf(letters())),
            '[' => self.class(),
            '(' => {
                self.depth += 1;
                if self.depth > 16 {
                    return None;
                }
                if self.rest.next_if_eq(&'?').is_some() {
                    self.rest.next_if_eq(&':')?;
                }
                let made = self.alternatives()?;
                self.depth -= 1;
                self.rest.next_if_eq(&')')?;
                Some(Piece::Text(made))
            }
            '\\' => self.escape(),
            '*' | '+' | '?' | '{' => None,
            other => Some(Piece::Text(other.to_string())),
        }
    }

    fn escape(&mut self) -> Option<Piece> {
        match self.rest.next()? {
            'd' => Some(Piece::OneOf(('0'..='9').collect())),
            'w' => Some(Piece::OneOf(letters())),
            's' => Some(Piece::Text(" ".to_owned())),
            'm' | 'M' | 'y' | 'A' | 'Z' | 'b' => Some(Piece::Text(String::new())),
            other if other.is_alphanumeric() => None,
            other => Some(Piece::Text(other.to_string())),
        }
    }

    /// Parses `[a-z0-9_]` up to its end.
    fn class(&mut self) -> Option<Piece> {
        let not = self.rest.next_if_eq(&'^').is_some();
        let mut members: Vec<char> = Vec::new();
        let mut first = true;
        loop {
            let member = match self.rest.next()? {
                ']' if !first => break,
                '[' if self.rest.next_if_eq(&':').is_some() => {
                    members.extend(self.named_class()?);
                    first = false;
                    continue;
                }
                '\\' => match self.escape()? {
                    Piece::OneOf(more) => {
                        members.extend(more);
                        first = false;
                        continue;
                    }
                    Piece::Text(text) => text.chars().next()?,
                },
                other => other,
            };
            first = false;
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.peek().is_some_and(|end| *end != ']') {
                self.rest.next();
                let end = match self.rest.next()? {
                    '\\' => self.rest.next()?,
                    end => end,
                };
                members.extend((member..=end).take(256));
            } else {
                members.push(member);
            }
        }
        if not {
            let others = letters().into_iter().chain([' ', '-', '!']);
            members = others.filter(|letter| !members.contains(letter)).collect();
        }
        (!members.is_empty()).then_some(Piece::OneOf(members))
    }

    fn named_class(&mut self) -> Option<Vec<char>> {
        let mut name = String::new();
        loop {
            match self.rest.next()? {
                ':' => break,
                letter => name.push(letter),
            }
        }
        self.rest.next_if_eq(&']')?;
        Some(match name.as_str() {
            "digit" | "xdigit" => ('0'..='9').collect(),
            "alpha" | "lower" => ('a'..='z').collect(),
            "upper" => ('A'..='Z').collect(),
            "alnum" | "word" => letters(),
            "space" => vec![' '],
            _ => return None,
        })
    }

    /// Parses `*`, `+`, `?`, `{2}`, `{2,}` or `{2,5}`, or nothing.
    fn times(&mut self) -> Option<usize> {
        let times = match self.rest.peek() {
            Some('*' | '+') => {
                self.rest.next();
                // Leaves room for different numbers.
                TIMES + 3
            }
            Some('?') => {
                self.rest.next();
                TIMES
            }
            Some('{') => {
                self.rest.next();
                let mut inside = String::new();
                loop {
                    match self.rest.next()? {
                        '}' => break,
                        letter => inside.push(letter),
                    }
                }
                let least = inside.split(',').next()?.trim();
                let least: usize = match least.is_empty() {
                    true => 0,
                    false => least.parse().ok()?,
                };
                let most = inside.split(',').nth(1).map(str::trim);
                match most {
                    Some(most) if !most.is_empty() => least.max(4).min(most.parse().ok()?),
                    Some(_) => least.max(4),
                    None => least,
                }
            }
            _ => return Some(1),
        };
        // A lazy or possessive quantifier matches the same text.
        let _ = self.rest.next_if(|next| matches!(next, '?' | '+'));
        Some(times.min(MAX_REPETITIONS))
    }

    fn generate(&mut self, piece: &Piece) -> Option<String> {
        match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::OneOf(members) => {
                let at = self.choose(members.len());
                members.get(at).map(char::to_string)
            }
        }
    }

    /// Chooses one of several options, by the digits of the number.
    fn choose(&mut self, many: usize) -> usize {
        let many = u32::try_from(many).unwrap_or(1).max(1);
        let at = self.number % many;
        self.number /= many;
        at as usize
    }
}

/// A part that is generated once or several times.
enum Piece {
    Text(String),
    OneOf(Vec<char>),
}

fn letters() -> Vec<char> {
    ('a'..='z').chain('0'..='9').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_patterns_are_matched() {
        let made = |pattern| matching(pattern, 1001).unwrap_or_default();
        assert_eq!(made("^a{3}$"), "aaa");
        assert_eq!(made(r"^\d{5}(-\d{4})?$").len(), 10);
        assert_eq!(made("^(ok|done)$"), "done");
        assert!(made(r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$").contains('@'));
        assert!(made("^[^@]+@[^@]+$").contains('@'));
        assert_eq!(made("^[[:digit:]]{4}$").len(), 4);
        assert_eq!(made("^#[0-9a-f]{6}$").len(), 7);
    }

    #[test]
    fn different_numbers_produce_different_texts() {
        assert_ne!(matching("^[a-z]+$", 1001), matching("^[a-z]+$", 1002));
        assert_ne!(matching(r"^\d{5}$", 1001), matching(r"^\d{5}$", 1002));
    }

    #[test]
    fn unknown_patterns_produce_nothing() {
        for pattern in ["(?=x)y", r"\p{L}", "[", "(", "*", "a{x}", "a)"] {
            assert_eq!(matching(pattern, 1), None, "{pattern}");
        }
    }
}
