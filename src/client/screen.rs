//! The terminal that a text is for: its width, whether it shows colours, and what must not reach it.

use console::Term;
use unicode_width::UnicodeWidthChar;

use crate::hidden::shown;

/// Longest text from a log that is printed, in characters.
const TEXT_MAX: usize = 400;

/// Narrower terminals are written to as if they were so wide: there is no room for an indented word.
const WIDTH_MIN: usize = 40;

/// How the output is shown; the default is that of a file or a pipe: lines of any length, no colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Columns of the terminal; `None` where lines may be of any length.
    pub width: Option<usize>,
    /// Whether colours are shown.
    pub has_colours: bool,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// A heading.
    Heading,
    /// A level of trouble.
    Trouble,
    /// A level of concern.
    Concern,
    /// What explains something else.
    Aside,
}

impl Screen {
    /// That of standard output: colours only on a terminal that has them, and never where `NO_COLOR` is set.
    #[must_use]
    pub fn of_stdout() -> Self {
        let terminal = Term::stdout();
        if !terminal.is_term() {
            return Self::default();
        }
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_none_or(|kind| kind == "dumb");
        let width = terminal.size_checked().map(|(_, columns)| usize::from(columns).max(WIDTH_MIN));
        Self { width, has_colours: !set("NO_COLOR") && !is_dumb }
    }

    /// A text in the colour of its kind.
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        let code = match style {
            _ if !self.has_colours || text.is_empty() => return text.to_owned(),
            Style::Heading => "1",
            Style::Trouble => "31",
            Style::Concern => "33",
            Style::Aside => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A level, in the colour of its weight.
    pub(super) fn level(self, level: &str) -> String {
        match level {
            "ERROR" | "FATAL" => self.paint(Style::Trouble, level),
            "WARN" => self.paint(Style::Concern, level),
            other => printable(other),
        }
    }

    /// A printable text on one line that has `used` columns already; what does not fit is `…`.
    pub(super) fn cut(self, text: &str, used: usize) -> String {
        let Some(room) = self.width.map(|width| width.saturating_sub(used)) else { return text.to_owned() };
        if columns(text) <= room {
            return text.to_owned();
        }
        format!("{}…", &text[..prefix(text, room.saturating_sub(1))])
    }

    /// A printable text over as many lines as it needs, broken at spaces where there are some; the first line has `used`
    /// columns already, the others begin with `indent` spaces.
    pub(super) fn wrap(self, text: &str, used: usize, indent: usize) -> String {
        let Some(width) = self.width else { return text.to_owned() };
        let mut wrapped = String::with_capacity(text.len());
        let mut rest = text;
        let mut room = width.saturating_sub(used);
        while columns(rest) > room {
            let fits = prefix(rest, room);
            // A space at the very end of the line is where to break as well.
            let space = rest[..fits + usize::from(rest[fits..].starts_with(' '))].rfind(' ');
            let at = match space {
                Some(at) if at > 0 => at,
                // A word that does not fit in what is left of the first line may fit in the next.
                _ if room < width.saturating_sub(indent) => 0,
                _ => fits.max(rest.chars().next().map_or(0, char::len_utf8)),
            };
            wrapped.push_str(rest[..at].trim_end());
            rest = rest[at..].trim_start();
            if rest.is_empty() {
                return wrapped;
            }
            wrapped.push('\n');
            wrapped.extend(std::iter::repeat_n(' ', indent));
            room = width.saturating_sub(indent);
        }
        wrapped.push_str(rest);
        wrapped
    }
}

/// Columns that a printable text takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// How many bytes of a text fit into so many columns; marks stay with the letter that they stand on.
fn prefix(text: &str, columns: usize) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return at;
        }
    }
    text.len()
}

/// A text of strangers (a log, a file's name, a service), safe to print: control characters could else move the cursor or
/// change the terminal, marks of direction show it in another order than it has, and what has no width makes two words look
/// alike.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// A text from a log, [`printable`] and not too long.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => printable(&text[..end]) + "…",
        None => printable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::{Screen, Style, columns, excerpt, printable};

    fn wide(width: usize) -> Screen {
        Screen { width: Some(width), has_colours: false }
    }

    #[test]
    fn control_characters_marks_of_direction_and_what_has_no_width_are_not_printed() {
        assert_eq!(
            printable("a\u{1b}[31mred\r\nb\u{9b}2J\tc"),
            "a\u{fffd}[31mred\u{fffd}\u{fffd}b\u{fffd}2J c"
        );
        assert_eq!(printable("pay \u{202e}gpj.exe\u{2066}"), "pay \u{fffd}gpj.exe\u{fffd}");
        assert_eq!(printable("ad\u{200b}min \u{200f}x\u{feff}"), "ad\u{fffd}min \u{fffd}x\u{fffd}");
        assert_eq!(printable("größer 磁盘 שלום"), "größer 磁盘 שלום");
        assert_eq!(printable(&"ж".repeat(999)).chars().count(), 999);
        assert_eq!(excerpt(&"ж".repeat(400)), "ж".repeat(400));
        assert_eq!(excerpt(&"ж".repeat(402)), "ж".repeat(400) + "…");
    }

    #[test]
    fn a_text_is_broken_at_spaces_and_the_lines_behind_the_first_are_indented() {
        assert_eq!(wide(12).wrap("one two three four", 4, 2), "one two\n  three four");
        assert_eq!(wide(12).wrap("one two", 5, 2), "one two");
        assert_eq!(wide(12).wrap("onetwothree", 5, 1), "\n onetwothree");
        assert_eq!(Screen::default().wrap("one two three four", 4, 2), "one two three four");
    }

    #[test]
    fn a_long_word_is_broken_between_characters_and_wide_ones_count_twice() {
        let text = "磁盘已满无法写入日志文件";
        let wrapped = wide(10).wrap(text, 0, 1);
        assert_eq!(wrapped, "磁盘已满无\n 法写入日\n 志文件");
        assert!(wrapped.lines().all(|line| columns(line) <= 10));
        // e and a combining acute stay together
        assert_eq!(wide(4).wrap("abce\u{301}def", 0, 0), "abce\u{301}\ndef");
        // room for less than a wide character is no endless loop
        assert_eq!(wide(1).wrap("磁盘", 0, 0), "磁\n盘");
    }

    #[test]
    fn what_does_not_fit_on_one_line_ends_with_an_ellipsis() {
        assert_eq!(wide(10).cut("0123456789", 0), "0123456789");
        assert_eq!(wide(10).cut("0123456789", 4), "01234…");
        assert_eq!(wide(8).cut("磁盘已满无", 1), "磁盘已…");
    }

    #[test]
    fn colours_are_for_a_screen_that_has_them() {
        assert_eq!(wide(10).paint(Style::Heading, "a"), "a");
        let coloured = Screen { width: None, has_colours: true };
        assert_eq!(coloured.level("FATAL"), "\u{1b}[31mFATAL\u{1b}[0m");
        assert_eq!(coloured.level("INFO"), "INFO");
    }
}
