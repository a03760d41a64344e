//! Which characters of a text of strangers would a reader not see, and what is shown in their place?
//!
//! A log can hold what moves a terminal's cursor, turns the direction of what follows it (so that a text shows another
//! order than it has), or takes no room and lets two different words look the same. Page, terminal, picture and lockfile
//! agree here on which those are.

/// Whether `c` is a control character, ends a line, turns the direction of writing, or has neither width nor ink.
///
/// Joiners are among them though Persian and families of emoji use them: also there a word with one and a word without look
/// the same. Selectors of variants (U+FE00 to U+FE0F) are not: they stand behind half of all emoji and only choose how
/// those look.
///
/// # Source
/// The property `Default_Ignorable_Code_Point` of the Unicode Character Database 16, which holds the marks of direction, without
/// the selectors; and separators of lines and paragraphs, and marks of annotation (U+FFF9 to U+FFFB).
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// `c` as a reader sees it: a tab as a space, what is hidden as U+FFFD.
#[must_use]
pub fn shown(c: char) -> char {
    match c {
        '\t' => ' ',
        c if is_hidden(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_hidden, shown};

    #[test]
    fn what_turns_the_direction_or_has_no_width_is_hidden() {
        // override, isolate, zero width space, joiner, soft hyphen, filler of Hangul, tag that spells an `A`
        let hidden =
            ['\u{202e}', '\u{2066}', '\u{200b}', '\u{200d}', '\u{ad}', '\u{3164}', '\u{e0041}', '\u{1b}'];
        assert!(hidden.into_iter().all(is_hidden));
        assert!(!"aß磁ש م́ \u{a0}\u{3000}\u{fe0f}🦀\u{fffd}".chars().any(is_hidden));
    }

    #[test]
    fn what_is_hidden_is_shown_to_be_there_and_a_tab_is_a_space() {
        assert_eq!("a\u{200b}b\tc\n".chars().map(shown).collect::<String>(), "a\u{fffd}b c\u{fffd}");
    }
}
