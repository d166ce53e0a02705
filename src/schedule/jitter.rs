//! Small waits that spread work over time and are the same at every start.

use std::time::Duration;

/// A part of `span` that is at least zero and below a tenth of it, the same for the same seed and round.
pub(super) fn below_a_tenth(span: Duration, seed: u64, round: u32) -> Duration {
    below(span, seed, round).mul_f64(0.1)
}

/// A part of `span` that is at least zero and below all of it, the same for the same seed and round.
pub(super) fn below(span: Duration, seed: u64, round: u32) -> Duration {
    let mixed = mix(seed.wrapping_add(u64::from(round).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    // 53 bits are what an f64 holds exactly.
    let fraction = (mixed >> 11) as f64 / (1u64 << 53) as f64;
    span.mul_f64(fraction)
}

/// SplitMix64's finaliser (Steele, Lea, Flood 2014): neighbouring seeds give unrelated numbers.
fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
