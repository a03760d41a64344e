//! Colours, sizes and the rectangles of the page.

use super::place::{Axis, Placement};

/// Red, green, blue.
pub(super) type Colour = (u8, u8, u8);

/// Colours of the largest patterns, largest first: blue, ochre, green, sky, violet, indigo, yellow. Begun at those of Okabe and
/// Ito and moved (simulated annealing, the blue and the ring's red held) until any two of them, [`OTHER`], [`NOISE`] and
/// [`ALARM`] were far apart for every eye: in OKLab .142 for most, .108 with deuteranopia, .109 with protanopia, .082 with
/// tritanopia. Okabe and Ito's pink was .030 from the grey of noise with deuteranopia.
pub(super) const PATTERNS: [Colour; 7] = [
    (0, 114, 178),
    (188, 134, 0),
    (10, 155, 132),
    (56, 208, 255),
    (158, 136, 216),
    (36, 32, 190),
    (226, 196, 40),
];
/// Patterns beyond the largest.
pub(super) const OTHER: Colour = (54, 50, 56);
/// Lines of no pattern.
pub(super) const NOISE: Colour = (178, 178, 178);
/// The one strong colour: outliers and the line they lie above.
pub(super) const ALARM: Colour = (200, 16, 46);
/// Lines by level, least serious first: none of a problem, warnings, errors. Vermillion of Okabe and Ito beside a pale yellow
/// differs in lightness as well.
pub(super) const LEVELS: [Colour; 3] = [(186, 194, 204), (240, 195, 90), (213, 94, 0)];
/// Letters.
pub(super) const INK: Colour = (33, 37, 41);
/// Letters of the second rank, axes.
pub(super) const PALE_INK: Colour = (96, 103, 112);
/// Grid.
pub(super) const GRID: Colour = (232, 234, 237);
/// Behind the lines without a time.
pub(super) const STRIP: Colour = (246, 247, 249);
/// The page.
pub(super) const PAPER: Colour = (255, 255, 255);

/// A rectangle of pixels, both corners inside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    /// Left edge.
    pub(super) left: i32,
    /// Upper edge.
    pub(super) top: i32,
    /// Right edge.
    pub(super) right: i32,
    /// Lower edge.
    pub(super) bottom: i32,
}

impl Rect {
    /// Whether the two share a pixel.
    pub(super) const fn meets(self, other: Self) -> bool {
        self.left <= other.right
            && other.left <= self.right
            && self.top <= other.bottom
            && other.top <= self.bottom
    }

    /// Whether `inner` lies inside, edges included.
    pub(super) const fn holds(self, inner: Self) -> bool {
        self.left <= inner.left
            && inner.right <= self.right
            && self.top <= inner.top
            && inner.bottom <= self.bottom
    }
}

/// Left edge of the titles.
pub(super) const MARGIN_PX: i32 = 24;
/// Left edge of the legend, right of the plot.
pub(super) const LEGEND_LEFT_PX: i32 = 922;

const PLOT: Rect = Rect { left: 78, top: 136, right: 896, bottom: 520 };
/// Rows of the strip that shows how many lines came when.
const RATE_ROWS: (i32, i32) = (76, 122);
/// Widths of the strip: the lesser has room for its label, the greater leaves the axis of time room for four of its own.
const STRIP_WIDTHS_PX: (i32, i32) = (84, 480);
const GAP_PX: i32 = 12;

/// Where lines are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panels {
    /// Lines with a time, or all by number.
    pub(super) main: Rect,
    /// Lines without a time, where others have one.
    pub(super) strip: Option<Rect>,
    /// How many lines came when, above the main panel.
    pub(super) rate: Rect,
}

impl Panels {
    /// Gives the strip room only where it is needed, and as much of all as its lines are of all lines: in a log that hardly
    /// tells times it would else be a crowd beside an empty axis.
    pub(super) fn new(placement: &Placement) -> Self {
        if placement.n_untimed == 0 || !matches!(placement.axis, Axis::Time(_)) {
            return Self { main: PLOT, strip: None, rate: above(PLOT) };
        }
        let width = (placement.untimed_share * f64::from(PLOT.right - PLOT.left)).round() as i32;
        let strip = Rect { right: PLOT.left + width.clamp(STRIP_WIDTHS_PX.0, STRIP_WIDTHS_PX.1), ..PLOT };
        let main = Rect { left: strip.right + GAP_PX, ..PLOT };
        Self { main, strip: Some(strip), rate: above(main) }
    }

    /// Strip and main panel together.
    pub(super) const fn whole() -> Rect {
        PLOT
    }
}

const fn above(panel: Rect) -> Rect {
    Rect { top: RATE_ROWS.0, bottom: RATE_ROWS.1, ..panel }
}

#[cfg(test)]
mod tests {
    use super::{ALARM, Colour, LEVELS, NOISE, OTHER, PAPER, PATTERNS};

    type Matrix = [[f64; 3]; 3];

    /// What light of linear red, green and blue looks like to an eye without one kind of cones: severity 1.0 in Machado,
    /// Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009,
    /// doi:10.1109/TVCG.2009.113.
    const EYES: [(&str, f64, Matrix); 4] = [
        ("all cones", 0.14, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            0.10,
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deuteranopia",
            0.10,
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
        ),
        // One person in some ten thousand; the others are one man in twelve.
        (
            "tritanopia",
            0.08,
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];

    /// Ottosson, "A perceptual color space for image processing", 2020: linear red, green and blue to the response of cones,
    /// and the cube roots of that to lightness, green to red, blue to yellow.
    const TO_CONES: Matrix = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    const TO_LAB: Matrix = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];

    fn times(matrix: &Matrix, vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }

    /// The transfer function of sRGB (IEC 61966-2-1), undone.
    fn linear(byte: u8) -> f64 {
        let share = f64::from(byte) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    }

    fn oklab(eye: &Matrix, (red, green, blue): Colour) -> [f64; 3] {
        let seen = times(eye, [red, green, blue].map(linear)).map(|light| light.clamp(0.0, 1.0));
        times(&TO_LAB, times(&TO_CONES, seen).map(f64::cbrt))
    }

    fn distance(eye: &Matrix, a: Colour, b: Colour) -> f64 {
        let (a, b) = (oklab(eye, a), oklab(eye, b));
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn oklab_gives_the_numbers_of_its_source() {
        let all = &EYES[0].2;
        // white is of lightness 1 without colour, black is nothing; red as in the table of CSS Color 4: 0.628, 0.2249, 0.1258
        for (colour, lab) in
            [((255, 255, 255), [1.0, 0.0, 0.0]), ((0, 0, 0), [0.0; 3]), ((255, 0, 0), [0.628, 0.225, 0.126])]
        {
            let found = oklab(all, colour);
            assert!(found.iter().zip(lab).all(|(found, lab)| (found - lab).abs() < 0.000_6), "{found:?}");
        }
    }

    /// What a page shows in place of a colour where a reader's screen is dark.
    fn dark((red, green, blue): Colour) -> Colour {
        let style = include_str!("../html/report.css");
        let rule = format!("[fill=\"#{red:02x}{green:02x}{blue:02x}\"]{{fill:#");
        let (_, colour) = style.split_once(&rule).expect("each colour of the pictures has a rule");
        let channel = |at: usize| u8::from_str_radix(&colour[at..at + 2], 16).expect("six digits");
        (channel(0), channel(2), channel(4))
    }

    fn assert_told_apart(colours: &[Colour]) {
        for (eye, least, matrix) in &EYES {
            for (at, &a) in colours.iter().enumerate() {
                for &b in &colours[..at] {
                    let found = distance(matrix, a, b);
                    assert!(found >= *least, "{a:?} and {b:?} are {found:.3} apart with {eye}");
                }
            }
        }
    }

    #[test]
    fn any_two_patterns_noise_and_the_ring_are_told_apart_by_every_eye_on_light_paper_and_on_dark() {
        let colours: Vec<Colour> = PATTERNS.into_iter().chain([OTHER, NOISE, ALARM]).collect();
        // also from the paper
        let with = |paper: Colour, colours: Vec<Colour>| [vec![paper], colours].concat();
        assert_told_apart(&with(PAPER, colours.clone()));
        assert_told_apart(&with(dark(PAPER), colours.into_iter().map(dark).collect()));
    }

    #[test]
    fn errors_warnings_and_other_lines_are_told_apart_by_every_eye_on_light_paper_and_on_dark() {
        assert_told_apart(&LEVELS);
        assert_told_apart(&LEVELS.map(dark));
    }
}
