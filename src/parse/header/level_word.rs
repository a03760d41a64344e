//! A level as a word of its own: bare, with signs around it, or with a name glued to it.
//!
//! In: one word. Out: its [`LevelWord`]. Whether a level may stand there is decided by [`super::Scan`].

use std::ops::Range;

use crate::entry::Level;
use crate::parse::{kinds, level, names, tag, timestamp};

/// A word that begins with, or is, the name of a level.
pub(super) struct LevelWord {
    pub(super) level: Level,
    pub(super) is_letter: bool,
    /// Whether it has no lower-case letter.
    pub(super) is_upper: bool,
    /// Marked as a column of its own: `INFO:`, `<info>`, `*ERROR*`, `debug/Name:`.
    pub(super) decorated: bool,
    /// A component glued to it: `I/Tag`, `INFO:name:`, `daemon.err`.
    pub(super) name: Option<Range<usize>>,
    pub(super) end: usize,
    /// Whether its colon ends the header.
    pub(super) closes: bool,
    /// Whether it is of a script without capitals, where a column cannot be told from text by its letters.
    pub(super) is_caseless: bool,
}

impl LevelWord {
    /// `channel.LEVEL:`, and columns that colons join in front of it: `user@host:[12]:LEVEL:`.
    fn behind_channel(text: &[u8], start: usize, end: usize) -> Option<Self> {
        if text[end - 1] != b':' {
            return None;
        }
        let dot = start + text[start..end - 1].iter().rposition(|&byte| matches!(byte, b'.' | b':'))?;
        let name = &text[dot + 1..end - 1];
        let is_name =
            dot > start && names::is_one_word(&text[start..dot]) && !text[start..dot].contains(&b'[');
        if !name.iter().all(u8::is_ascii_uppercase) {
            return None;
        }
        let level = level::word(name)?;
        Some(Self {
            level,
            is_letter: false,
            is_upper: true,
            decorated: true,
            name: is_name.then_some(start..dot),
            end,
            closes: true,
            is_caseless: false,
        })
    }

    /// `system,error`: the first topic is the component.
    fn among_topics(text: &[u8], start: usize, end: usize) -> Option<Self> {
        let level = level::topics(&text[start..end])?;
        let comma = start + text[start..end].iter().position(|&byte| byte == b',')?;
        let (is_letter, is_upper, decorated, closes, is_caseless) = (false, false, false, true, false);
        Some(Self {
            level,
            is_letter,
            is_upper,
            decorated,
            name: Some(start..comma),
            end,
            closes,
            is_caseless,
        })
    }

    /// `错误：…` and `【警告】…`, whose wide marks no space parts from the text.
    fn wide(text: &[u8], start: usize, end: usize) -> Option<Self> {
        let word = std::str::from_utf8(&text[start..end]).ok()?;
        let inside = word.strip_prefix(['【', '［']);
        let mark = if inside.is_some() { ['】', '］'] } else { ['：', '｜'] };
        let (name, behind) = inside.unwrap_or(word).split_once(mark)?;
        Some(Self {
            level: level::word(name.as_bytes())?,
            is_letter: false,
            is_upper: true,
            decorated: true,
            name: None,
            end: end - behind.len(),
            closes: inside.is_none(),
            is_caseless: false,
        })
    }

    /// Reads the word between `start` and `end`.
    pub(super) fn read(text: &[u8], start: usize, end: usize) -> Option<Self> {
        if text[start..end].first().is_some_and(|&byte| byte >= 0x80)
            && let Some(found) = Self::wide(text, start, end)
        {
            return Some(found);
        }
        let word = &text[start..end];
        // No level begins with a digit: only what stands behind a channel can be one.
        if word.first().is_some_and(u8::is_ascii_digit) && word.last() != Some(&b':') {
            return None;
        }
        let is_mark = |byte: u8| matches!(byte, b'*' | b'#' | b'-' | b'%' | b'"' | b'=' | b'>' | b'\'');
        let first = start + text[start..end].iter().take_while(|&&byte| is_mark(byte)).count();
        let is_core = |byte: u8| kinds::is(byte, kinds::ALPHANUMERIC | kinds::WIDE);
        let core = &text[first..end];
        let core = &core[..core.iter().take_while(|&&byte| is_core(byte)).count()];
        let stop = first + core.len();
        let letter = (core.len() == 1).then(|| level::letter(core[0])).flatten();
        let Some(level) = letter.or_else(|| level::word(core)) else {
            if let Some(found) = Self::behind_channel(text, start, end) {
                return Some(found);
            }
            let level = match text.get(stop)? {
                b'.' => level::facility(&text[start..end])?,
                b',' => return Self::among_topics(text, start, end),
                _ => return None,
            };
            return Some(Self {
                level,
                is_letter: false,
                is_upper: false,
                decorated: true,
                name: None,
                end,
                closes: false,
                is_caseless: false,
            });
        };
        let is_letter = letter.is_some();
        let is_upper = level::is_upper(core);
        let is_caseless = is_upper && level::is_caseless(core);
        let decorated = first > start;
        let bare =
            Self { level, is_letter, is_upper, decorated, name: None, end, closes: false, is_caseless };
        match &text[stop..end] {
            [] => Some(Self { decorated: bare.decorated && !is_letter, ..bare }),
            // `I/Tag( 123): msg`, `debug/Name: msg`
            [b'/', ..] if stop + 1 < end => {
                let tag = tag::tag(text, stop + 1, true)?;
                Some(Self { decorated: true, name: Some(tag.name), end: tag.end, closes: true, ..bare })
            }
            [b':'] => Some(Self { decorated: !is_letter, closes: true, ..bare }),
            [b',', ..] if is_letter && stop + 1 == end => Some(Self { decorated: true, ..bare }),
            // `INFO:2024-01-01 10:00:00:msg`
            [b':', b'0'..=b'9', ..]
                if is_upper && !is_letter && timestamp::read(text, stop + 1).is_some() =>
            {
                Some(Self { decorated: true, end: stop + 1, ..bare })
            }
            // `INFO:name:msg`
            [b':', ..] if is_upper && !is_letter => {
                let name_end = (stop + 1..end).find(|&i| text[i] == b':')?;
                (name_end > stop + 1).then(|| Self {
                    decorated: true,
                    name: Some(stop + 1..name_end),
                    end: name_end + 1,
                    closes: true,
                    ..bare
                })
            }
            // `NOTICE[3734]:`, `NOTICE[3734][C-1]:`, `ERROR(12)`, `error[E0308]:`
            [b'[' | b'(', .., last]
                if !is_letter && (*last == b':' || (is_upper && matches!(last, b']' | b')'))) =>
            {
                Some(Self { decorated: true, ..bare })
            }
            rest if rest.len() <= 2
                && rest.iter().all(|byte| {
                    matches!(byte, b'*' | b'#' | b'-' | b':' | b'>' | b'"' | b';' | b',' | b'!' | b']')
                }) =>
            {
                Some(Self { decorated: !is_letter, ..bare })
            }
            _ => None,
        }
    }
}
