//! Where words end in scripts other than Latin: at their digits, at their marks, and where Latin letters or digits begin,
//! since Chinese, Japanese and Thai write no spaces, and Korean and Cyrillic glue units and endings to a number.
//!
//! In: a run of letters, digits and joiners with something beyond ASCII in it. Out: where its first token ends, and what that is.

/// What a token beyond ASCII begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// ASCII letters and digits, and Latin letters with marks: `für`, `v2`.
    Latin,
    /// Letters of any other script; without spaces a clause, which is then one word.
    Letter,
    /// Digits of any other script: `٣٠`, `１２`.
    Digit,
    /// Punctuation and signs: `，`, `「`, `…`, `№`.
    Mark,
    /// White space.
    Space,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{3000}' | '\u{feff}' => Kind::Space,
        '\u{a1}'..='\u{a9}'
        | '\u{ab}'..='\u{b1}'
        | '\u{b4}'
        | '\u{b6}'..='\u{b8}'
        | '\u{bb}'
        | '\u{bf}'
        | '\u{d7}'
        | '\u{f7}' => Kind::Mark,
        '\0'..='\u{36f}' | '\u{1e00}'..='\u{1eff}' => Kind::Latin,
        // Hebrew, Arabic, Devanagari; general punctuation, currencies, signs; CJK, its wide and vertical forms.
        '\u{5be}'
        | '\u{5c0}'
        | '\u{5c3}'
        | '\u{60c}'
        | '\u{61b}'
        | '\u{61f}'
        | '\u{66a}'
        | '\u{6d4}'
        | '\u{964}'
        | '\u{965}'
        | '\u{200e}'..='\u{2027}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2030}'..='\u{205e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{20a0}'..='\u{20bf}'
        | '\u{2116}'
        | '\u{2190}'..='\u{22ff}'
        | '\u{3001}'..='\u{3003}'
        | '\u{3008}'..='\u{3020}'
        | '\u{30fb}'
        | '\u{fe10}'..='\u{fe6f}'
        | '\u{ff01}'..='\u{ff0f}'
        | '\u{ff1a}'..='\u{ff20}'
        | '\u{ff3b}'..='\u{ff40}'
        | '\u{ff5b}'..='\u{ff65}' => Kind::Mark,
        c if c.is_numeric() => Kind::Digit,
        _ => Kind::Letter,
    }
}

/// The end of the first token of `run`, and its kind.
///
/// A joiner between two kinds belongs to the second: `订单-1001` is `订单` and `-1001`.
pub(super) fn first(run: &str) -> (usize, Kind) {
    let mut known = None;
    let mut joint = None;
    for (at, c) in run.char_indices() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && c != '\'' {
            joint = joint.or(Some(at));
            continue;
        }
        let next = kind(c);
        match known {
            None if matches!(next, Kind::Mark | Kind::Space) && at == 0 => return (c.len_utf8(), next),
            None if matches!(next, Kind::Mark | Kind::Space) => return (at, Kind::Latin),
            None => known = Some(next),
            Some(known) if known != next => return (joint.unwrap_or(at), known),
            Some(_) => {}
        }
        joint = None;
    }
    (run.len(), known.unwrap_or(Kind::Latin))
}

/// The length of what stands in front of the first mark or white space beyond ASCII: where a path or an address ends.
pub(super) fn before_mark(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let is_end = |c: char| !c.is_ascii() && matches!(kind(c), Kind::Mark | Kind::Space);
    text.find(is_end).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::{Kind, first};

    fn parts(mut run: &str) -> Vec<(&str, Kind)> {
        let mut parts = Vec::new();
        while !run.is_empty() {
            let (end, kind) = first(run);
            parts.push((&run[..end], kind));
            run = &run[end..];
        }
        parts
    }

    #[test]
    fn words_end_at_marks_at_digits_and_where_another_script_begins() {
        use Kind::{Digit, Latin, Letter, Mark, Space};
        for (run, expected) in [
            ("用户12345登录成功", &[("用户", Letter), ("12345", Latin), ("登录成功", Letter)][..]),
            (
                "耗时3.5毫秒，重试",
                &[("耗时", Letter), ("3.5", Latin), ("毫秒", Letter), ("，", Mark), ("重试", Letter)],
            ),
            ("订单-1001", &[("订单", Letter), ("-1001", Latin)]),
            ("42님이", &[("42", Latin), ("님이", Letter)]),
            ("35мс", &[("35", Latin), ("мс", Letter)]),
            ("№17", &[("№", Mark), ("17", Latin)]),
            ("٣٠", &[("٣٠", Digit)]),
            ("时间：１２３", &[("时间", Letter), ("：", Mark), ("１２３", Digit)]),
            ("a\u{3000}b", &[("a", Latin), ("\u{3000}", Space), ("b", Latin)]),
        ] {
            assert_eq!(parts(run), expected, "{run}");
        }
    }

    #[test]
    fn latin_letters_with_marks_belong_to_their_word() {
        for word in ["für2", "número", "đã-lưu", "naïve's", "x²", "µs"] {
            assert_eq!(parts(word), [(word, Kind::Latin)]);
        }
        assert_eq!(parts("файл_а.тхт"), [("файл_а.тхт", Kind::Letter)]);
    }
}
