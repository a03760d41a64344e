//! How rare, and how bunched, a thing is among many: in nats.

/// `−ln((count + ½) / (total + 1))`: how surprising it is to meet something that was seen `count` times among
/// `total`. At least about 0, for what is always there; `ln(2·(total + 1))` for what was never seen.
///
/// The half is the Krichevsky-Trofimov estimate of a probability from counts: the unseen is rare, not impossible.
#[must_use]
pub fn rarity(count: f64, total: f64) -> f64 {
    -((count + 0.5) / (total + 1.0)).ln()
}

/// `ln((expected + ½) / (observed + ½))`, where `expected` is the mean number of distinct places that `count`
/// throws into `places` equally likely places hit, `places·(1 − (1 − 1/places)^count)`, and `observed` is how
/// many were hit. 0 or less for what is spread evenly; larger the more of it sits in few places.
#[must_use]
pub fn concentration(count: f64, places: f64, observed: f64) -> f64 {
    if places < 1.0 || count <= 0.0 {
        return 0.0;
    }
    let expected = places * (1.0 - (1.0 - 1.0 / places).powf(count));
    ((expected + 0.5) / (observed + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_in_half_of_the_lines_is_not_rare_and_the_unseen_is() {
        // 49.5 + 0.5 of 99 + 1: a half
        assert!((rarity(49.5, 99.0) - 2_f64.ln()).abs() < 1e-12);
        // 0.5 of 100
        assert!((rarity(0.0, 99.0) - 200_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn a_hundred_lines_in_one_of_ten_windows_are_concentrated() {
        // a hundred throws hit all ten windows but for a share of 0.9^100; one was hit: ln(10.5 / 1.5)
        assert!((concentration(100.0, 10.0, 1.0) - 7_f64.ln()).abs() < 1e-4);
        assert!(concentration(100.0, 10.0, 10.0).abs() < 1e-4);
        assert_eq!(concentration(5.0, 0.0, 0.0), 0.0);
    }
}
