//! Whether letters look drawn at random: keys and tokens that hold too few digits to be known by them.

/// For each letter the letters that usually follow it, as bits: 316 of 676 pairs, which are 96 % of the pairs in the 7,478
/// words found 50 times and more in the source and comments of open-source programs. Of random pairs they are 47 %.
const USUAL: [u32; 26] = usual([
    "bcdfgiklmnprstuvwxy",
    "aceilorsu",
    "acdehiklmnoprstuvy",
    "acdefilmoprstuvw",
    "abcdefgilmnopqrstuvwxy",
    "acdefilorstu",
    "aeghilnorsu",
    "adeilorstu",
    "abcdefgklmnoprstvxz",
    "e",
    "aeis",
    "acdefilopstuy",
    "abceilmopstu",
    "acdefgiklnopstuvy",
    "abcdfgiklmnoprstuvw",
    "acdehilmoprstuy",
    "u",
    "acdefgiklmnoprstuvy",
    "acdefghiklmnoprstuvwy",
    "acdefhilmnoprstuxy",
    "abcdefgilmnoprst",
    "aeio",
    "aehinors",
    "aceipt",
    "emnps",
    "e",
]);

const fn usual(followers: [&str; 26]) -> [u32; 26] {
    let mut table = [0; 26];
    let mut first = 0;
    while first < 26 {
        let letters = followers[first].as_bytes();
        let mut at = 0;
        while at < letters.len() {
            table[first] |= 1 << (letters[at] - b'a');
            at += 1;
        }
        first += 1;
    }
    table
}

/// Letters that a secret has at least: shorter ones cannot be told from names.
pub(super) const LETTERS_MIN: usize = 16;
/// Of the pairs within words, this share and this many must be unusual: random letters have 53 %, names below 15 %.
const UNUSUAL_SHARE_MIN: f32 = 0.3;
const UNUSUAL_MIN: usize = 4;
/// Pairs looked at, at least: camel case leaves fewer of them than there are letters.
const PAIRS_MIN: usize = 8;

/// Whether a part of `word` between joiners, of at least 16 letters, looks random.
pub(super) fn is_random(word: &[u8]) -> bool {
    let mut from = 0;
    while word.len() - from >= LETTERS_MIN {
        let length =
            word[from..].iter().take_while(|b| !matches!(b, b'.' | b'_' | b'-' | b'$' | b'@')).count();
        if length >= LETTERS_MIN && is_random_part(&word[from..from + length]) {
            return true;
        }
        from = word.len().min(from + length + 1);
    }
    false
}

fn is_random_part(part: &[u8]) -> bool {
    let (unusual, pairs) = unusual_pairs(part);
    unusual >= UNUSUAL_MIN
        && unusual as f32 >= UNUSUAL_SHARE_MIN * pairs as f32
        && pairs >= PAIRS_MIN
        && !is_camel_case(part)
        || is_coded(part)
}

/// Whether words with a capital each make the part, whatever language or letters they are in: they have three letters and
/// more on average, and no two capitals stand side by side, as they do in all but one of 700 random strings of 24 letters of
/// both cases (0.75^23).
fn is_camel_case(part: &[u8]) -> bool {
    let capitals = part.iter().filter(|b| b.is_ascii_uppercase()).count();
    part.iter().all(u8::is_ascii_alphabetic)
        && part[1..].iter().any(u8::is_ascii_uppercase)
        && capitals * 3 <= part.len()
        && !part.windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase))
}

/// Capitals with a digit between them: `IOSFODNN7EXAMPLE`.
fn is_coded(part: &[u8]) -> bool {
    part.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && part.windows(3).any(|three| {
            three[1].is_ascii_digit() && three[0].is_ascii_uppercase() && three[2].is_ascii_uppercase()
        })
}

/// Pairs of letters that seldom follow each other, and all pairs, within the words of camel case.
fn unusual_pairs(part: &[u8]) -> (usize, usize) {
    let (mut unusual, mut pairs) = (0, 0);
    for pair in part.windows(2) {
        let (a, b) = ((pair[0] | 0x20).wrapping_sub(b'a'), (pair[1] | 0x20).wrapping_sub(b'a'));
        let hump = pair[0] & 0x20 != 0 && pair[1] & 0x20 == 0;
        if a < 26 && b < 26 && !hump {
            pairs += 1;
            unusual += usize::from(USUAL[usize::from(a)] & (1 << b) == 0);
        }
    }
    (unusual, pairs)
}

/// Whether a short run behind `token` or `Bearer` looks made by a machine: letters mixed with digits, or small letters with
/// capitals more often than camel case does.
pub(super) fn looks_generated(run: &[u8]) -> bool {
    let digits = run.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = run.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let behind = run.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let mixed = digits > 0 && letters >= 2 && (digits > behind || behind >= 4);
    let switches = run.windows(2).filter(|two| {
        two.iter().all(u8::is_ascii_alphabetic) && two[0].is_ascii_uppercase() != two[1].is_ascii_uppercase()
    });
    let (unusual, pairs) = unusual_pairs(run);
    let strange = unusual >= 3 && unusual * 5 >= pairs * 2;
    run.len() >= 8 && (mixed || strange || switches.count() * 5 >= run.len() * 2) || is_random(run)
}

#[cfg(test)]
mod tests {
    use super::{is_random, looks_generated};
    use crate::ml::rng::Random;

    #[test]
    fn identifiers_of_programs_do_not_look_random() {
        for word in [
            "NameNodeBlockReceiverTask",
            "HTTPSConnectionPool",
            "org.springframework.boot.web.embedded",
            "UnsatisfiedDependencyException",
            "node-local-dns-sqdgz",
            "Donaudampfschifffahrtsgesellschaft",
            "getInterproceduralAnalysis",
            "psfIjaenRltskEwqtuvXboyv",
        ] {
            assert!(!is_random(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn nine_of_ten_random_strings_of_24_letters_look_random() {
        const SMALL: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
        const BOTH: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut random = Random::new(1, 0);
        for letters in [SMALL, BOTH] {
            let mut draw = || -> Vec<u8> {
                (0..24).map(|_| letters[random.below(letters.len() as u64) as usize]).collect()
            };
            let found = (0..1000).filter(|_| is_random(&draw())).count();
            assert!(found >= 900, "{found} of 1000");
        }
    }

    #[test]
    fn a_short_run_of_digits_among_letters_looks_generated() {
        assert!(looks_generated(b"a1b2c3d4") && looks_generated(b"AbCdEfGh"));
        for word in ["TokenValidator", "volume2", "expired", "ConfigMaps"] {
            assert!(!looks_generated(word.as_bytes()), "{word}");
        }
    }
}
