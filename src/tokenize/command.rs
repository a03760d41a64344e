//! Passwords among the options of a command: `sshpass -p word`, `mysql -pword`, `curl -u name:word`.
//!
//! In: the text, and where an option stands. Out: the bytes of the secret that it holds or announces. What an option means
//! hangs on the program, so that is looked for in front of it.

use std::ops::Range;

use memchr::memmem;

use super::mask::byte;
use super::scan::is_space;
use super::secret::View;

/// How far in front of an option its program may stand, in bytes: more than people type, and so little that a line of
/// nothing but options is read in linear time.
const REACH: usize = 200;

/// The secret of the option at `option`, if it is one that has any.
pub(super) fn secret(view: View<'_>, option: Range<usize>) -> Option<Range<usize>> {
    let word = &view.text[option.clone()];
    let before = &view.text[option.start.saturating_sub(REACH)..option.start];
    match word {
        [b'-', b'p', ..] if is_behind(before, b"sshpass", |between| between.iter().all(|&b| is_space(b))) => {
            if word.len() > 2 {
                Some(option)
            } else {
                view.argument(option.end)
            }
        }
        [b'-', b'p', _, ..]
            if is_behind(before, b"mysql", are_options) || is_behind(before, b"mariadb", are_options) =>
        {
            Some(option.start..view.value_end(option.start))
        }
        b"-u" | b"--user" if is_behind(before, b"curl", |_| true) => {
            let login = view.argument(option.end)?;
            let colon = login.start + memchr::memchr(b':', &view.text[login.clone()])?;
            let is_url = view.text[colon..].starts_with(b"://");
            (!is_url && colon + 1 < login.end).then_some(colon + 1..login.end)
        }
        _ => None,
    }
}

/// Whether the last program of this name stands by itself or behind a path, perhaps with more to its name (`mysqldump`), and
/// what follows it fits.
fn is_behind(before: &[u8], program: &[u8], fits: impl Fn(&[u8]) -> bool) -> bool {
    let Some(at) = memmem::rfind(before, program) else { return false };
    let name_end = at + program.len();
    let rest = before[name_end..].iter().take_while(|b| b.is_ascii_lowercase() || **b == b'-').count();
    let begins =
        at == 0 || !before[at - 1].is_ascii_alphanumeric() && !matches!(before[at - 1], b'-' | b'_' | b'.');
    begins && is_space(byte(before, name_end + rest)) && fits(&before[(name_end + rest).min(before.len())..])
}

/// Whether these are options, each with one value at most.
fn are_options(text: &[u8]) -> bool {
    let mut may_be_value = false;
    let mut words = text.split(|&b| is_space(b)).filter(|word| !word.is_empty());
    words.all(|word| {
        let is_option = word[0] == b'-';
        let fits = is_option || may_be_value;
        may_be_value = is_option;
        fits
    })
}

impl View<'_> {
    /// What follows an option, behind a blank or `=`, in quotes or not.
    fn argument(self, option_end: usize) -> Option<Range<usize>> {
        let start = self.skip(option_end, |b| is_space(b) || b == b'=');
        let (start, quote) = self.opened(start);
        let end = match quote {
            Some(quote) => self.closing(start, quote)?,
            None => self.value_end(start),
        };
        (start > option_end && end > start && self.at(start) != b'-').then_some(start..end)
    }
}
